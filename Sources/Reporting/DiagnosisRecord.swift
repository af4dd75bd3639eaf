/// Where and how the values of a failed check are wrong.
public struct DiagnosisRecord: Codable, Sendable, Equatable {
  /// The diagnosis as it is printed.
  public var lines: [String]
  /// What is wrong, the furthest beyond its bound first.
  public var faults: [Fault]
  /// The operands that are right.
  public var right: [String]

  /// One operand that is wrong.
  public struct Fault: Codable, Sendable, Equatable {
    /// The output, or the input whose gradient it is.
    public var operand: String
    /// Where its worst scalar is, from the slowest axis.
    public var place: [Step]
    /// What was found and what was expected there.
    public var found, expected: Double
    /// The error in units of its bound.
    public var ratio: Double
    /// How many scalars are wrong, of how many.
    public var wrong, count: Int
    /// What the errors have in common: phrases.
    public var patterns: [String]
    /// What the pattern looks like, the best explanation first.
    public var causes: [Cause]

    /// A fault; see the properties.
    public init(
      operand: String, place: [Step], found: Double, expected: Double, ratio: Double, wrong: Int, count: Int,
      patterns: [String], causes: [Cause]
    ) {
      (self.operand, self.place, self.found, self.expected) = (operand, place, found, expected)
      (self.ratio, self.wrong, self.count) = (ratio, wrong, count)
      (self.patterns, self.causes) = (patterns, causes)
    }
  }

  /// An axis and the index along it.
  public struct Step: Codable, Sendable, Equatable {
    /// The axis as the signature names it; `part` where 0 is the real and 1 the imaginary part.
    public var axis: String
    /// The index.
    public var index: Int

    /// A step; see the properties.
    public init(axis: String, index: Int) { (self.axis, self.index) = (axis, index) }
  }

  /// A family of mistakes that explains what was found.
  public struct Cause: Codable, Sendable, Equatable {
    /// The family, in a phrase.
    public var description: String
    /// The share of the error that it leaves.
    public var residual: Double

    /// A cause; see the properties.
    public init(description: String, residual: Double) {
      (self.description, self.residual) = (description, residual)
    }
  }

  /// A diagnosis; see the properties.
  public init(lines: [String], faults: [Fault], right: [String]) {
    (self.lines, self.faults, self.right) = (lines, faults, right)
  }
}
