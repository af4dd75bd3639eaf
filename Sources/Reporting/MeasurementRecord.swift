/// How fast and how large one variant is at one size, with every sample kept.
public struct MeasurementRecord: Codable, Sendable, Equatable {
  /// The kernel's name.
  public var kernel: String
  /// The variant's name; `reference` for the reference itself.
  public var variant: String
  /// The variant's idea in one line.
  public var idea: String
  /// `forward` or `gradient`.
  public var pass: String
  /// `float` or `double`.
  public var precision: String
  /// How many threads the variant uses.
  public var threads: Int
  /// The size's canonical text.
  public var size: String
  /// The size's extents.
  public var extents: [String: Int]
  /// What the checks before and after timing found.
  public var verdict: Outcome
  /// Why, where it is not a pass; else empty.
  public var reason: String
  /// Against what it was checked: `oracle`, `oracle at 3 of 16 H` or `reference in double`.
  public var verified: String
  /// The worst error ÷ bound over operands, norm by norm; nil where nothing was compared.
  public var worst: ErrorRatios?
  /// Seconds per call, in the order they were taken. Empty where the variant was not timed.
  public var samples: [Double]
  /// How many calls a sample averages.
  public var callsPerSample: Int
  /// Bytes that the prepared variant was seen to hold beyond the operands.
  public var workspaceBytes: Int?
  /// Bytes that the variant says it holds beyond the operands.
  public var workspaceClaimed: Int?
  /// The process's peak of resident memory.
  public var peakBytes: Int?
  /// The instructions of one call, where they were counted.
  public var instructions: Int?
  /// Bytes of inputs and outputs.
  public var operandBytes: Int
  /// The nominal cost, the same for all variants.
  public var work: Cost
  /// The machine's multiply–add rate in FLOP/s in this precision on these threads, measured in the same run.
  public var peakFlops: Double?
  /// The median of that rate over the samples, where `peakFlops` is the best of them.
  public var usualFlops: Double?
  /// How the variant says its costs grow; nil where it says nothing.
  public var claims: Claims?
  /// When, ISO 8601 in UTC.
  public var date: String
  /// Its place among the rows of the sweep that the run is part of, from 0.
  public var row: Int?
  /// The race with peers that it is of, nil for other measurements. In records of one race the i-th samples are of the i-th round.
  public var race: String?
  /// For a peer what computes it, such as `JAX 0.10.2`; nil for the suite's own.
  public var software: String?

  /// A nominal cost.
  public struct Cost: Codable, Sendable, Equatable {
    /// Multiplications and additions.
    public var flops: Double
    /// Exponentials, logarithms, roots, sines.
    public var transcendentals: Double
    /// Numbers that must be read or written once.
    public var scalars: Double

    /// A cost; see the properties.
    public init(flops: Double, transcendentals: Double, scalars: Double) {
      self.flops = flops
      self.transcendentals = transcendentals
      self.scalars = scalars
    }
  }

  /// How costs are said to grow.
  public struct Claims: Codable, Sendable, Equatable {
    /// The time of a call.
    public var time: Claim?
    /// The workspace.
    public var workspace: Claim?

    /// Claims; see the properties.
    public init(time: Claim?, workspace: Claim?) {
      self.time = time
      self.workspace = workspace
    }
  }

  /// A growth and its value at this size, so that records can be judged without knowing how growths are written.
  public struct Claim: Codable, Sendable, Equatable {
    /// The growth, such as `B H L log L`.
    public var growth: String
    /// Its value at this size: the cost up to a constant.
    public var value: Double

    /// A claim; see the properties.
    public init(growth: String, value: Double) {
      self.growth = growth
      self.value = value
    }
  }

  /// A measurement; see the properties.
  public init(
    kernel: String, variant: String, idea: String, pass: String, precision: String, threads: Int, size: String,
    extents: [String: Int], verdict: Outcome, reason: String = "", verified: String, worst: ErrorRatios? = nil,
    samples: [Double] = [], callsPerSample: Int = 1, workspaceBytes: Int? = nil, workspaceClaimed: Int? = nil,
    peakBytes: Int? = nil, instructions: Int? = nil, operandBytes: Int, work: Cost, peakFlops: Double? = nil,
    usualFlops: Double? = nil,
    claims: Claims? = nil, date: String, row: Int? = nil, race: String? = nil, software: String? = nil
  ) {
    self.kernel = kernel
    self.variant = variant
    self.idea = idea
    self.pass = pass
    self.precision = precision
    self.threads = threads
    self.size = size
    self.extents = extents
    self.verdict = verdict
    self.reason = reason
    self.verified = verified
    self.worst = worst
    self.samples = samples
    self.callsPerSample = callsPerSample
    self.workspaceBytes = workspaceBytes
    self.workspaceClaimed = workspaceClaimed
    self.peakBytes = peakBytes
    self.instructions = instructions
    self.operandBytes = operandBytes
    self.work = work
    self.peakFlops = peakFlops
    self.usualFlops = usualFlops
    self.claims = claims
    self.date = date
    self.row = row
    self.race = race
    self.software = software
  }

  /// The median seconds per call; nil where the variant was not timed, or where a time is none that a call can take.
  public var median: Double? { samples.isEmpty || !isPossible ? nil : Statistics.median(samples) }

  /// The seconds that a call can take: from well below a cycle to decades. A clock that stood still says 0, and a contender what it likes.
  static let possibleSeconds = 1e-12...1e9

  /// Whether all times are such as a call can take.
  var isPossible: Bool { samples.allSatisfy(Self.possibleSeconds.contains) }

  /// The median with its interval, or that the times are impossible; nil where there are none.
  var timeText: String? {
    guard let least = samples.min(), let most = samples.max() else { return nil }
    return isPossible ? Units.time(samples) : "**impossible**: \(Units.error(least)) to \(Units.error(most)) s"
  }

  /// Whether it was timed and is right, so that it may be compared.
  public var counts: Bool { verdict == .pass && median != nil }

  /// The nominal rate in FLOP/s at the median.
  public var rate: Double? { median.map { work.flops / $0 }.flatMap { $0.isFinite ? $0 : nil } }
}
