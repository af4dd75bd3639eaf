/// The extents, options and optional operands of one case: everything about it but the data.
///
/// Its description, such as `H2-N16-L64-bilinear` or `B1-D64-L100-N16-G1-softplus+D+z`, is table cell, file name, test name
/// and command-line argument; `Signature.size(_:)` reads it back.
@dynamicMemberLookup
public struct Size: Hashable, Sendable, CustomStringConvertible {
  /// The extents, in the order of the signature.
  public let extents: [Extent]
  /// Options that differ from their default, as text.
  public let options: [String: String]
  /// The optional operands that are present.
  public let present: Set<String>
  /// The canonical text.
  public let description: String
  /// Every option that has a value, chosen or by default.
  private let settings: [String: String]

  /// A named length.
  public struct Extent: Hashable, Sendable {
    /// The name, such as `L`.
    public let name: String
    /// The length.
    public let value: Int
  }

  init(
    extents: [Extent], options: [String: String], settings: [String: String], present: Set<String>,
    description: String
  ) {
    self.extents = extents
    self.options = options
    self.settings = settings
    self.present = present
    self.description = description
  }

  /// The extent of that name: `size.L`.
  public subscript(dynamicMember name: String) -> Int { self[name] }

  /// The extent of that name.
  public subscript(name: String) -> Int {
    guard let extent = extents.first(where: { $0.name == name }) else { fatalError("no extent '\(name)' in \(self)") }
    return extent.value
  }

  /// Whether the flag is on.
  public func flag(_ name: String) -> Bool { settings[name] == "true" }

  /// The chosen name, nil where the default stands.
  public func choice(_ name: String) -> String? { options[name] }

  /// The option's number, nil where none was given and it has no default.
  public func number(_ name: String) -> Double? { settings[name].flatMap { Double($0) } }

  /// The option's whole number, nil where none was given and it has no default.
  public func integer(_ name: String) -> Int? { settings[name].flatMap { Int($0) } }

  /// Whether the optional operand is present.
  public func has(_ operand: String) -> Bool { present.contains(operand) }
}

/// What is wrong with data, a size or a selection, in one line that says what was found and what was expected.
public struct Misfit: Error, CustomStringConvertible {
  /// The line.
  public let description: String

  /// An error that prints as `description`, in one line whatever names and values it quotes.
  public init(_ description: String) {
    self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
