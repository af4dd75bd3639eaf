/// A choice, a switch or a number that changes what a kernel computes.
///
/// Values are kept as text: `true` and `false`, a choice's name, or the shortest decimal that reads back as the number.
public struct OptionSpec: Sendable {
  /// The kinds of option.
  public enum Kind: Sendable {
    /// One of several names, the first of which is the default.
    case choice([String])
    /// On or off.
    case flag
    /// A whole number in a range.
    case integer(ClosedRange<Int>)
    /// A number in a range.
    case number(ClosedRange<Double>)
  }

  /// The key in case files.
  public let name: String
  /// What values it takes.
  public let kind: Kind
  /// What stands where a case says nothing; nil where nothing does.
  public let standard: String?
  /// Other values to try where no case is given.
  public let alternatives: [String]

  /// One of several names, the first of which is the default.
  public static func choice(_ name: String, _ values: String...) -> Self {
    Self(name: name, kind: .choice(values), standard: values[0], alternatives: Array(values.dropFirst()))
  }

  /// On or off.
  public static func flag(_ name: String, default isOn: Bool = false) -> Self {
    Self(name: name, kind: .flag, standard: "\(isOn)", alternatives: ["\(!isOn)"])
  }

  /// A whole number in a range, and values of it to try.
  public static func integer(
    _ name: String, _ range: ClosedRange<Int>, default standard: Int? = nil, drawn: [Int]
  ) -> Self {
    Self(
      name: name, kind: .integer(range), standard: standard.map { "\($0)" },
      alternatives: drawn.filter { $0 != standard }.map { "\($0)" })
  }

  /// A number in a range, and values of it to try.
  public static func number(
    _ name: String, _ range: ClosedRange<Double>, default standard: Double? = nil, drawn: [Double]
  ) -> Self {
    Self(
      name: name, kind: .number(range), standard: standard.map { Given.number($0).description },
      alternatives: drawn.filter { $0 != standard }.map { Given.number($0).description })
  }

  /// What it takes, in words.
  public var expectation: String {
    switch kind {
    case .choice(let names): names.joined(separator: " or ")
    case .flag: "true or false"
    case .integer(let range):
      "a whole number from \(range.lowerBound) " + (range.upperBound == .max ? "on" : "to \(range.upperBound)")
    case .number(let range):
      "a number from \(range.lowerBound) " + (range.upperBound == .infinity ? "on" : "to \(range.upperBound)")
    }
  }

  /// The text of a value.
  ///
  /// - Throws: `Misfit` where it is none that the option takes.
  public func text(_ value: Given) throws(Misfit) -> String {
    switch (kind, value) {
    case (.flag, .flag(let isOn)): return "\(isOn)"
    case (.choice(let names), .text(let name)) where names.contains(name): return name
    case (.integer(let range), .number(let number)):
      if let whole = Int(exactly: number), range.contains(whole) { return "\(whole)" }
    case (.number(let range), .number(let number)) where number.isFinite && range.contains(number):
      // A plus would begin an optional operand's name in a size.
      return value.description.filter { $0 != "+" }
    default: break
    }
    throw Misfit("\(name) is \(value), expected \(expectation)")
  }

  /// The value that a text of this option stands for.
  public func given(_ text: String) -> Given {
    switch kind {
    case .choice: .text(text)
    case .flag: .flag(text == "true")
    case .integer, .number: Double(text).map(Given.number) ?? .other(text)
    }
  }

  /// The value as sizes print it: a choice's name, a flag's own where it is switched on, and otherwise such as `alpha=0.25`.
  func token(_ text: String) -> String {
    switch kind {
    case .choice: text
    case .flag: text == "true" ? name : "\(name)=\(text)"
    case .integer, .number: "\(name)=\(text)"
    }
  }
}
