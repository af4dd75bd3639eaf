import Foundation

/// One variant at one size in two builds, measured in turns, with every sample kept.
public struct DuelRecord: Codable, Sendable, Equatable {
  /// The kernel's name.
  public var kernel: String
  /// The variant's name.
  public var variant: String
  /// `forward` or `gradient`.
  public var pass: String
  /// `float` or `double`.
  public var precision: String
  /// How many threads the variant uses.
  public var threads: Int
  /// The size's canonical text.
  public var size: String
  /// 0 for the first measurement, from 1 for those that confirm it in fresh processes.
  public var round: Int
  /// How many blocks each set of processes gave, in order.
  public var generations: [Int]
  /// The older build.
  public var base: Side
  /// The newer build.
  public var head: Side
  /// How many calls a sample averages.
  public var callsPerSample: Int
  /// The share of extra calls that each sample of the newer build was made to do: a slowdown that is known. 0 in a gate.
  public var extraWork: Double
  /// Why the older build could not be measured; nil where it could.
  public var baseFailure: String?
  /// Why the newer build could not be measured; nil where it could.
  public var headFailure: String?
  /// Why the variant does not take the size in either build.
  public var refusal: String?
  /// How long all of it took, from the start of the processes.
  public var seconds: Double
  /// When, ISO 8601 in UTC.
  public var date: String

  /// What one build gave, in several processes of it.
  public struct Side: Codable, Sendable, Equatable {
    /// Seconds per call of each process, in the order of blocks.
    public var samples: [[Double]]
    /// Heap bytes that each process holds beyond the operands; empty where the system does not tell.
    public var workspaceBytes: [Int]
    /// Each process's peak of resident memory in bytes; empty where the system does not tell.
    public var peakBytes: [Int]
    /// The instructions of one call; nil where they were not counted.
    public var instructions: Int?

    /// A side; see the properties.
    public init(
      samples: [[Double]], workspaceBytes: [Int] = [], peakBytes: [Int] = [], instructions: Int? = nil
    ) {
      self.samples = samples
      self.workspaceBytes = workspaceBytes
      self.peakBytes = peakBytes
      self.instructions = instructions
    }
  }

  /// A duel; see the properties.
  public init(
    kernel: String, variant: String, pass: String, precision: String, threads: Int, size: String, round: Int = 0,
    generations: [Int], base: Side, head: Side, callsPerSample: Int = 1, extraWork: Double = 0,
    baseFailure: String? = nil,
    headFailure: String? = nil, refusal: String? = nil, seconds: Double, date: String
  ) {
    self.kernel = kernel
    self.variant = variant
    self.pass = pass
    self.precision = precision
    self.threads = threads
    self.size = size
    self.round = round
    self.generations = generations
    self.base = base
    self.head = head
    self.callsPerSample = callsPerSample
    self.extraWork = extraWork
    self.baseFailure = baseFailure
    self.headFailure = headFailure
    self.refusal = refusal
    self.seconds = seconds
    self.date = date
  }

  /// Adds what was measured of the same row in further sets of processes.
  public mutating func append(_ other: DuelRecord) {
    func joined(_ old: Side, _ new: Side) -> Side {
      Side(
        samples: zip(old.samples, new.samples).map { $0 + $1 },
        workspaceBytes: old.workspaceBytes + new.workspaceBytes,
        peakBytes: old.peakBytes + new.peakBytes, instructions: old.instructions ?? new.instructions)
    }
    (base, head) = (joined(base, other.base), joined(head, other.head))
    generations += other.generations
    baseFailure = baseFailure ?? other.baseFailure
    headFailure = headFailure ?? other.headFailure
    seconds += other.seconds
  }

  /// What tells one row of a gate from another.
  public var row: [String] { [kernel, variant, pass, precision, "\(threads)", size] }

  /// The natural logarithm of head ÷ base for each block, each the geometric mean of its processes.
  var logRatios: [Double] {
    let base = logs(base), head = logs(head)
    return zip(base, head).map { $1 - $0 }
  }

  /// The same of one process of a build ÷ the other of it, where the truth is 0.
  func control(_ side: Side) -> [Double] {
    side.samples.count == 2 ? zip(side.samples[0], side.samples[1]).map { log($1 / $0) } : []
  }

  /// ln(head ÷ base) of each set of processes: the median over its blocks.
  var setRatios: [Double] { medians(logRatios) }

  /// What two processes of one build differed by, as a logarithm: of each set of processes, of either build.
  var offsets: [Double] { [base, head].flatMap { medians(control($0)) } }

  private func medians(_ blocks: [Double]) -> [Double] {
    var rest = blocks[...]
    return generations.compactMap { count in
      let own = rest.prefix(count)
      rest = rest.dropFirst(count)
      return own.isEmpty ? nil : Statistics.median(Array(own))
    }
  }

  /// Whether the older build has no such variant or does not take the size, as it says itself.
  var isAdded: Bool {
    baseFailure?.hasPrefix("refused: ") == true
      || ["unknown kernel", "has no variant", "has no pass"].contains { baseFailure?.contains($0) == true }
  }

  private func logs(_ side: Side) -> [Double] {
    let count = side.samples.map(\.count).min() ?? 0
    return (0..<count).map { block in
      side.samples.reduce(0) { $0 + log($1[block]) } / Double(side.samples.count)
    }
  }
}
