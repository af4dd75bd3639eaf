/// The operands, outputs, options and extents of a kernel, as data: shapes are inferred, checked and printed from it.
public struct Signature: Sendable {
  /// The extents, in the order in which sizes print them.
  public let extents: [String]
  /// Named axes that depend on an extent, such as `M` = `N/2`.
  public let derived: [String: Axis]
  /// Extents that options give, such as a rank: sizes have them, but nothing else gives them.
  public let implied: [String: @Sendable (Size) -> Int]
  /// What the kernel reads.
  public let inputs: [OperandSpec]
  /// What the kernel writes.
  public let outputs: [OperandSpec]
  /// What changes its meaning.
  public let options: [OptionSpec]
  /// Extents that must divide others: `("G", "D")` asks that G divides D.
  public let divides: [(divisor: String, extent: String)]
  /// Extents along which nothing interacts: the forward pass at one index depends on the operands at that index only.
  public let independent: [String]
  /// What is wrong with a size for other reasons, such as options that exclude one another; nil for a size that is right.
  public let rule: @Sendable (Size) -> String?
  /// Which sizes are drawn for laws and mutants: all but those that are right and of no use, such as a long computation whose result is
  /// hardly given.
  public let isDrawn: @Sendable (Size) -> Bool

  /// A signature; see the properties.
  public init(
    extents: [String], derived: [String: Axis] = [:], implied: [String: @Sendable (Size) -> Int] = [:],
    inputs: [OperandSpec], outputs: [OperandSpec],
    options: [OptionSpec] = [], divides: [(divisor: String, extent: String)] = [], independent: [String] = [],
    rule: @escaping @Sendable (Size) -> String? = { _ in nil },
    isDrawn: @escaping @Sendable (Size) -> Bool = { _ in true }
  ) {
    self.extents = extents
    self.derived = derived
    self.implied = implied
    self.inputs = inputs
    self.outputs = outputs
    self.options = options
    self.divides = divides
    self.independent = independent
    self.rule = rule
    self.isDrawn = isDrawn
  }

  /// The axis's linear form in its extent.
  public func form(_ axis: String) -> Axis { derived[axis] ?? Axis(stringLiteral: axis) }

  /// The shape of an operand at `size`.
  public func shape(_ operand: OperandSpec, _ size: Size) -> [Int] {
    operand.axes.map { form($0).length(size[form($0).extent]) }
  }

  /// The inputs that are present at `size`.
  public func inputs(_ size: Size) -> [OperandSpec] {
    inputs.filter { !$0.isOptional || size.has($0.name) }
  }

  /// A size from values of the extents, texts of options and the names of the optional operands present.
  ///
  /// - Throws: `Misfit` where a value is missing, below its least, does not divide as it must, or breaks the rule.
  public func size(
    _ values: [String: Int], options chosen: [String: String] = [:], present: Set<String> = []
  ) throws(Misfit) -> Size {
    var ordered: [Size.Extent] = []
    for name in extents {
      guard let value = values[name] else { throw Misfit("extent \(name) is not given") }
      guard value >= 1 else { throw Misfit("extent \(name) is \(value), expected at least 1") }
      ordered.append(Size.Extent(name: name, value: value))
    }
    for (name, axis) in derived.sorted(by: { $0.key < $1.key }) {
      let value = values[axis.extent]!
      guard value % axis.divisor == 0, axis.length(value) >= 1 else {
        throw Misfit("extent \(axis.extent) is \(value), expected a multiple of \(axis.divisor) (\(name) = \(axis))")
      }
    }
    for (divisor, extent) in divides where values[extent]! % values[divisor]! != 0 {
      throw Misfit("extent \(divisor) is \(values[divisor]!), expected a divisor of \(extent) = \(values[extent]!)")
    }
    let named = ordered.map { "\($0.name)\($0.value)" }
    var others: [String: String] = [:], settings: [String: String] = [:]
    for option in options {
      let value = chosen[option.name] ?? option.standard
      settings[option.name] = value
      if value != option.standard { others[option.name] = value }
    }
    let switches = options.compactMap { option in others[option.name].map(option.token) }
    let extra = inputs.filter { present.contains($0.name) }.map { "+\($0.name)" }
    let description = (named + switches).joined(separator: "-") + extra.joined()
    func size(_ extents: [Size.Extent]) -> Size {
      Size(extents: extents, options: others, settings: settings, present: present, description: description)
    }
    let given = size(ordered)
    let size = size(
      ordered + implied.sorted { $0.key < $1.key }.map { Size.Extent(name: $0.key, value: $0.value(given)) })
    if let complaint = rule(size) { throw Misfit(complaint) }
    return size
  }

  /// Reads a size back from its description.
  ///
  /// - Throws: `Misfit` naming the part that is unknown or missing.
  public func size(_ description: String) throws(Misfit) -> Size {
    let parts = description.split(separator: "+", omittingEmptySubsequences: false).map(String.init)
    var values: [String: Int] = [:]
    var chosen: [String: String] = [:]
    for token in tokens(parts[0]) {
      let name = String(token.prefix { !$0.isNumber })
      if extents.contains(name), let value = Int(token.dropFirst(name.count)) {
        values[name] = value
      } else if let (option, value) = try option(writtenAs: token, in: description) {
        chosen[option] = value
      } else {
        throw Misfit(
          "size '\(description)': '\(token)' is neither an extent (\(extents.joined(separator: ", "))) nor an option")
      }
    }
    for name in parts.dropFirst() where !inputs.contains(where: { $0.isOptional && $0.name == name }) {
      let optional = inputs.filter(\.isOptional).map(\.name)
      throw Misfit(
        "size '\(description)': '\(name)' is not an optional operand (\(optional.joined(separator: ", ")))")
    }
    do {
      return try size(values, options: chosen, present: Set(parts.dropFirst()))
    } catch {
      throw Misfit("size '\(description)': \(error)")
    }
  }

  /// The parts of a description, neither a number's exponent nor what follows a dash in a choice's name parted from it.
  private func tokens(_ text: String) -> [String] {
    let names = options.flatMap { option -> [String] in
      if case .choice(let names) = option.kind { names } else { [] }
    }
    return text.split(separator: "-").map(String.init).reduce(into: []) { tokens, part in
      if let last = tokens.last,
        isCutExponent(last) || names.contains(where: { $0 == "\(last)-\(part)" })
      {
        tokens[tokens.count - 1] = "\(last)-\(part)"
      } else {
        tokens.append(part)
      }
    }
  }

  /// Whether it ends as a number before a minus in its exponent does, such as `dt=1e`.
  private func isCutExponent(_ token: String) -> Bool {
    token.contains("=") && token.hasSuffix("e") && token.dropLast().last!.isNumber
  }

  private func option(writtenAs token: String, in description: String) throws(Misfit) -> (String, String)? {
    let sides = token.split(separator: "=", maxSplits: 1).map(String.init)
    if sides.count == 2, let option = options.first(where: { $0.name == sides[0] }) {
      let value: Given =
        Bool(sides[1]).map(Given.flag) ?? Double(sides[1]).map(Given.number) ?? .text(sides[1])
      do {
        return (option.name, try option.text(value))
      } catch {
        throw Misfit("size '\(description)': \(error)")
      }
    }
    for option in options {
      switch option.kind {
      case .flag where option.name == token: return (option.name, "true")
      case .choice(let values) where values.contains(token): return (option.name, token)
      default: continue
      }
    }
    return nil
  }
}
