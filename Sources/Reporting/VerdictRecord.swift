import Messages

/// Whether one variant is right in one case, or obeys one law there.
public struct VerdictRecord: Codable, Sendable, Equatable {
  /// The kernel's name.
  public var kernel: String
  /// A fixture's file name such as `H2-N16-L64__equal-modes.h5`, or a size.
  public var `case`: String
  /// Where the case's operands come from.
  public var origin: Origin
  /// `case` for the comparison with the expected outputs, else `adjoint` or the name of a law.
  public var check: String
  /// The variant's name; `reference` for the reference itself.
  public var variant: String
  /// `forward` or `gradient`.
  public var pass: String
  /// `float` or `double`.
  public var precision: String
  /// How many threads the variant uses.
  public var threads: Int
  /// What the check found.
  public var verdict: Outcome
  /// Why, where it is not a pass; else empty.
  public var reason: String
  /// The worst errors of every operand compared.
  public var errors: [OperandError]
  /// The command that repeats this check alone; empty where it passed.
  public var replay: String
  /// How long the check took.
  public var seconds: Double
  /// Where and how the values are wrong; nil where they are not, and in lines of before there was one.
  public var diagnosis: DiagnosisRecord?
  /// What a program from outside wrote to its standard error before it failed; nil where it wrote nothing.
  public var standardError: String?
  /// By what the bound was multiplied for a program from outside whose author asked for that; else nil.
  public var tolerance: Double?
  /// Whether repeated calls of a program from outside were let differ within the bound; nil where not.
  public var repeatsWithinBound: Bool?

  /// Where the operands of a case come from.
  public enum Origin: String, Codable, Sendable, CaseIterable {
    /// A file made by independent code in high precision.
    case fixture
    /// A file computed by an official implementation.
    case golden
    /// Operands drawn for a law.
    case law
    /// Operands drawn from a seed.
    case drawn
  }

  /// A verdict; see the properties.
  public init(
    kernel: String, case: String, origin: Origin, check: String = "case", variant: String, pass: String,
    precision: String, threads: Int, verdict: Outcome, reason: String = "", errors: [OperandError] = [],
    replay: String, seconds: Double, diagnosis: DiagnosisRecord? = nil,
    standardError: String? = nil, tolerance: Double? = nil, repeatsWithinBound: Bool? = nil
  ) {
    self.kernel = kernel
    self.case = `case`
    self.origin = origin
    self.check = check
    self.variant = variant
    self.pass = pass
    self.precision = precision
    self.threads = threads
    self.verdict = verdict
    self.reason = reason
    self.errors = errors
    self.replay = replay
    self.seconds = seconds
    self.diagnosis = diagnosis
    self.standardError = standardError
    self.tolerance = tolerance
    self.repeatsWithinBound = repeatsWithinBound
  }

  /// By what it was judged in place of the suite's own rule, in words; nil for the rule.
  public var terms: String? { statement(tolerance: tolerance, repeatsWithinBound: repeatsWithinBound == true) }

  /// Whether it passes by its tolerance alone: some error is over the bound itself.
  public var passesByTolerance: Bool { verdict == .pass && tolerance != nil && (worst?.worst ?? 0) > 1 }

  /// The worst error ÷ bound over operands, norm by norm; nil where nothing was compared.
  public var worst: ErrorRatios? { ErrorRatios(worstOf: errors.map(\.ratios)) }
}
