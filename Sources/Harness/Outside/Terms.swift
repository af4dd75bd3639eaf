/// What the author of a program from outside asks for in place of the rule for the suite's own variants.
public struct Terms: Hashable, Sendable {
  /// By what bounds are multiplied: 1 or more.
  public let tolerance: Double
  /// Whether a repeated call may give other bits, if they are right too.
  public let repeatsWithinBound: Bool
  /// The format whose bounds are taken, where no variant computes in it.
  let format: NarrowFormat?

  /// The suite's own rule, where nothing is asked for.
  public init(tolerance: Double = 1, repeatsWithinBound: Bool = false) {
    self.init(tolerance: tolerance, repeatsWithinBound: repeatsWithinBound, format: nil)
  }

  private init(tolerance: Double, repeatsWithinBound: Bool, format: NarrowFormat?) {
    precondition(tolerance >= 1 && tolerance.isFinite, "a tolerance of \(tolerance), expected a finite number from 1")
    (self.tolerance, self.repeatsWithinBound, self.format) = (tolerance, repeatsWithinBound, format)
  }

  /// The same by the bounds of a format.
  func by(_ format: NarrowFormat?) -> Terms {
    Terms(tolerance: tolerance, repeatsWithinBound: repeatsWithinBound, format: format)
  }
}
