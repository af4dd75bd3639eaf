import KernelSpec

/// How long to measure.
public struct Effort: Sendable {
  /// The least duration of one sample; calls are repeated to fill it.
  public var sampleSeconds = 0.01
  /// How many samples are wanted of each contender.
  public var samples = 20
  /// A contender that has used this many seconds, and given three samples, rests.
  public var contenderSeconds = 0.6
  /// A reference that would take longer than this for one call is not timed.
  public var referenceSeconds = 5.0
  /// A pause before every sample. Threads of some libraries spin for milliseconds after a call, at the next contender's expense.
  public var pauseSeconds = 0.0
  /// A contender that takes longer than this for one answer is stopped and fails.
  public var timeoutSeconds = 120.0
  /// What one contender may allocate, in bytes; nil for no limit.
  public var memoryBytes: Int?

  /// The default: about a second for each variant and size.
  public init() {}
}

/// What was measured of one contender at one size.
public struct RaceResult: Sendable {
  /// The variant's name, or `reference`, or the peer's.
  public let variant: String
  /// What of the kernel.
  public let pass: Pass
  /// In which precision.
  public let precision: Precision
  /// On how many threads.
  public let threads: Int
  /// Whether it was right, before and after it was timed.
  public var outcome: Outcome
  /// By what it was judged.
  public var means: String
  /// How wrong it was.
  public var findings: [Finding] = []
  /// Seconds per call, every sample: the i-th was taken in the race's i-th round.
  public var samples: [Double] = []
  /// How many calls one sample has.
  public var calls = 0
  /// Heap bytes that it keeps beyond the operands, and what it says it keeps.
  public var workspace, claimed: Int?
  /// The process's peak while it ran, and the bytes of its operands.
  public var peak, operands: Int?
  /// The instructions of one call, where they were counted.
  public var instructions: Int?
  /// Multiply–add operations per second of the machine, on as many threads, measured between the samples.
  public var peakFlops: Double?
  /// The same of each sample, of which that is the best.
  public var peakRates: [Double] = []
  /// For a peer what computes it, such as `JAX 0.10.2`; nil for the suite's own.
  public var software: String?
  /// The idea in a line, where the contender says it.
  public var idea: String?

  /// The largest relative error of an operand with which a peer is still timed.
  public static let sanity = 1e-2

  /// Whether it was judged and every operand is a number to within `sanity`: wrong by the suite's bounds, perhaps, but the same
  /// computation.
  public var isSane: Bool {
    !findings.isEmpty && findings.allSatisfy { $0.error.isFinite && $0.error.global <= Self.sanity }
  }
}
