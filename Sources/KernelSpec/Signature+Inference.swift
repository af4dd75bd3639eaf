import Messages

/// Shape and field of an array that was found somewhere: what inference needs to know of it.
public struct Found: Sendable {
  /// The extent of each axis.
  public let shape: [Int]
  /// Whether the elements are complex.
  public let isComplex: Bool

  /// An array's shape and field.
  public init(shape: [Int], isComplex: Bool) {
    self.shape = shape
    self.isComplex = isComplex
  }

  /// As the documentation writes it, such as `(2, 3) ℂ`.
  public var description: String {
    "(\(shape.map(String.init).joined(separator: ", ")))" + (isComplex ? " ℂ" : " ℝ")
  }
}

/// The value of an option or extent as a file gives it.
public enum Given: Sendable, CustomStringConvertible {
  /// A string.
  case text(String)
  /// A truth value.
  case flag(Bool)
  /// A number.
  case number(Double)
  /// Anything else, as it was written.
  case other(String)

  /// The value as JSON writes it.
  public var description: String {
    switch self {
    case .text(let text): "\"\(text)\""
    case .flag(let flag): "\(flag)"
    case .number(let number): number == number.rounded() && abs(number) < 1e15 ? "\(Int(number))" : "\(number)"
    case .other(let text): text
    }
  }
}

extension Signature {
  /// The size of a case whose inputs have the shapes `found` and which says of itself `given` and `options`.
  ///
  /// Extents come from the shapes; `given` must hold those that no shape gives and may repeat the others.
  /// - Throws: `Misfit` naming the operand or key, what was found and what was expected.
  public func size(
    found: [String: Found], given: [String: Given], options: [String: Given]
  ) throws(Misfit) -> Size {
    var values: [String: Int] = [:]
    var source: [String: String] = [:]
    for operand in inputs {
      guard let array = found[operand.name] else {
        if operand.isOptional { continue }
        throw Misfit("inputs/\(operand.name): missing, expected \(operand.type)")
      }
      guard array.isComplex == operand.isComplex, array.shape.count == operand.axes.count else {
        throw Misfit(
          "inputs/\(operand.name): expected \(operand.type)\(operand.isComplex ? "" : " ℝ"), found \(array.description)"
        )
      }
      for (axis, length) in zip(operand.axes, array.shape) {
        let form = form(axis)
        let value = form.solved(length)
        if let known = values[form.extent], known != value {
          throw Misfit(
            "inputs/\(operand.name): axis \(axis) is \(length), expected \(form.length(known)) as in \(source[form.extent]!)"
          )
        }
        values[form.extent] = value
        source[form.extent] = source[form.extent] ?? "inputs/\(operand.name)"
      }
    }
    for name in found.keys.sorted() where !inputs.contains(where: { $0.name == name }) {
      let names = inputs.map(\.name)
      throw Misfit(
        "inputs/\(name): unknown operand\(hint(for: name, among: names)), expected \(names.joined(separator: ", "))")
    }
    for (name, value) in given.sorted(by: { $0.key < $1.key }) where implied[name] == nil {
      try reconcile(name, value, &values, source)
    }
    for extent in extents where values[extent] == nil {
      throw Misfit("size: \(extent) is missing, expected a whole number, since no operand's shape gives it")
    }
    let size = try size(
      values, options: chosen(options), present: Set(found.keys).intersection(inputs.filter(\.isOptional).map(\.name))
    )
    for name in implied.keys.sorted() {
      guard let value = given[name], value.description != "\(size[name])" else { continue }
      throw Misfit("size: \(name) is \(value), expected \(size[name]) as the options have it")
    }
    return size
  }

  private func reconcile(
    _ name: String, _ value: Given, _ values: inout [String: Int], _ source: [String: String]
  ) throws(Misfit) {
    guard extents.contains(name) || derived[name] != nil else {
      throw Misfit(
        "size: \(unknown("extent", name, expected: extents + derived.keys.sorted()))")
    }
    guard case .number(let number) = value, let length = Int(exactly: number), length >= 0, length < 1 << 40 else {
      throw Misfit("size: \(name) is \(value), expected a whole number")
    }
    let form = form(name)
    if let known = values[form.extent], form.length(known) != length {
      let origin = source[form.extent] ?? "size"
      throw Misfit("size: \(name) is \(length), expected \(form.length(known)) as in \(origin)")
    }
    values[form.extent] = values[form.extent] ?? form.solved(length)
  }

  private func chosen(_ given: [String: Given]) throws(Misfit) -> [String: String] {
    var chosen: [String: String] = [:]
    for (name, value) in given.sorted(by: { $0.key < $1.key }) {
      guard let option = options.first(where: { $0.name == name }) else {
        let known = options.isEmpty ? "none" : options.map(\.name).joined(separator: ", ")
        throw Misfit("options: unknown option '\(name)', expected \(known)")
      }
      do {
        chosen[name] = try option.text(value)
      } catch {
        throw Misfit("options: \(error)")
      }
    }
    return chosen
  }

  /// The size and options of a case file that describe `size` in full.
  public func given(_ size: Size) -> (size: [String: Given], options: [String: Given]) {
    let extents = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, Given.number(Double($0.value))) })
    let chosen = options.compactMap { option in size.options[option.name].map { (option.name, option.given($0)) } }
    return (extents, Dictionary(uniqueKeysWithValues: chosen))
  }
}
