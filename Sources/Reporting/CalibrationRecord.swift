/// One gate between a build and itself, with a known slowdown in some rows or none: what the gate said of each row.
public struct CalibrationRecord: Codable, Sendable, Equatable {
  /// Seconds that the gate had for all rows.
  public var budget: Double
  /// Whether another process kept a core busy, in bursts.
  public var hasNeighbour: Bool
  /// The share of further calls that head was to do in the rows that were slowed: 0 where none was.
  public var slowdown: Double
  /// The rule that it judged by.
  public var rule: GateRule
  /// What was found in each row.
  public var rows: [Row]
  /// What the gate came to; nil in records from before it was kept.
  public var outcome: GateOutcome?
  /// How long the gate took.
  public var seconds: Double
  /// When, ISO 8601 in UTC.
  public var date: String

  /// One row.
  public struct Row: Codable, Sendable, Equatable {
    /// Kernel, size and variant in one text.
    public var name: String
    /// The share of further calls that it really did, whole calls: 0 in rows that were not slowed.
    public var slowdown: Double
    /// What the gate said of time, and of memory.
    public var time: GateVerdict.Time
    public var memory: GateVerdict.Memory
    /// Head ÷ base, the slowdown from which it counted, and the one that could have been seen.
    public var ratio, threshold, visible: Double?

    /// A gate's verdict on a row whose true slowdown is known.
    public init(_ verdict: GateVerdict, slowdown: Double) {
      name = [verdict.kernel, verdict.size, verdict.variant, verdict.pass, verdict.precision, "\(verdict.threads)"]
        .joined(separator: " ")
      (time, memory, self.slowdown) = (verdict.time, verdict.memory, slowdown)
      (ratio, threshold, visible) = (verdict.ratio, verdict.threshold, verdict.visible)
    }
  }

  /// A gate whose truth is known; see the properties.
  public init(
    budget: Double, hasNeighbour: Bool, slowdown: Double, rule: GateRule, rows: [Row], outcome: GateOutcome? = nil,
    seconds: Double, date: String
  ) {
    self.rule = rule
    self.outcome = outcome
    self.budget = budget
    self.hasNeighbour = hasNeighbour
    self.slowdown = slowdown
    self.rows = rows
    self.seconds = seconds
    self.date = date
  }

  /// The file in which a machine's calibration is kept.
  public static func path(machine: String) -> String { "reports/results/\(machine)/calibration.jsonl" }
}
