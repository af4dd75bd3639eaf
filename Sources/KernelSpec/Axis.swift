/// The length of one axis as a linear form in one extent: `L`, `N/2`, `W-1`, or a constant.
///
/// Written as a string literal. Every form can be solved for its extent, so extents are inferred from shapes.
public struct Axis: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The extent it depends on.
  public let extent: String
  /// What the extent is divided by.
  public let divisor: Int
  /// What is added after the division.
  public let offset: Int

  /// Parses `L`, `N/2`, `W-1` or `W+1`.
  public init(stringLiteral text: String) {
    let name = text.prefix { $0.isLetter }
    let rest = text.dropFirst(name.count)
    switch rest.first {
    case nil:
      (divisor, offset) = (1, 0)
    case "/":
      (divisor, offset) = (Int(rest.dropFirst())!, 0)
    default:
      (divisor, offset) = (1, Int(rest)!)
    }
    extent = String(name)
  }

  /// The axis's length when the extent is `value`.
  public func length(_ value: Int) -> Int { value / divisor + offset }

  /// The extent's value when the axis is `length` long.
  public func solved(_ length: Int) -> Int { (length - offset) * divisor }

  /// The form as it is written in a literal.
  public var description: String {
    extent + (divisor == 1 ? "" : "/\(divisor)") + (offset == 0 ? "" : offset > 0 ? "+\(offset)" : "\(offset)")
  }
}
