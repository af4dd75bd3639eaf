/// What was measured, row by row over commits: for each machine one series per contender, size and cost.
public struct History: Sendable, Equatable {
  /// What a commit cost.
  public struct Point: Sendable, Equatable {
    /// The first twelve digits of the commit's hash.
    public let commit: String
    /// When it was committed where the repository knows it, else when it was measured; ISO 8601 in UTC.
    public let date: String
    /// The median of its measurements' medians, in the series' unit.
    public let value: Double
    /// The ends of its interval; of several measurements the outermost.
    public let lower, upper: Double
  }

  /// One row of measurements over commits.
  public struct Series: Sendable, Equatable {
    /// The machine that measured it.
    public let machine: String
    /// The row, such as `s4d.filter/powers/forward/float/1/H16-N64-L4096`, with `/workspace` for bytes and `/instructions` for those of one call.
    public let name: String
    /// What values count.
    public let unit: Observation.Unit
    /// Whether a greater value is worse.
    public let isSmallerBetter: Bool
    /// A value for each commit, oldest first.
    public let points: [Point]
  }

  /// The series, by machine and in the order in which they came.
  public let series: [Series]

  /// The observations in the order of a repository's commits. Those of one commit are one point.
  public init(_ observations: [Observation], commits: CommitLog) {
    let rows = Dictionary(grouping: observations) { [$0.machine, $0.name] }
    series = observations.distinct { [$0.machine, $0.name] }.stablySorted { $0[0] < $1[0] }
      .map { Self.series(rows[$0]!, commits) }
  }

  private static func series(_ all: [Observation], _ commits: CommitLog) -> Series {
    // Hashes come whole and cut short; twelve digits are what records hold.
    let byCommit = Dictionary(grouping: all) { String((commits.entry($0.commit)?.id ?? $0.commit).prefix(12)) }
    let measured = byCommit.mapValues { $0.map(\.date).min()! }
    let points = commits.sorted(measured).map { commit in
      let same = byCommit[commit]!
      return Point(
        commit: commit, date: commits.entry(commit)?.date ?? measured[commit]!,
        value: Statistics.median(same.map(\.value)), lower: same.map(\.lower).min()!, upper: same.map(\.upper).max()!)
    }
    let newest = all.last!
    return Series(
      machine: newest.machine, name: newest.name, unit: newest.unit, isSmallerBetter: newest.isSmallerBetter,
      points: points)
  }

  /// The distinct commits of all series, in the order of commits.
  func commits(_ log: CommitLog) -> [String] {
    let points = series.flatMap(\.points)
    return log.sorted(Dictionary(points.map { ($0.commit, $0.date) }) { min($0, $1) })
  }
}

/// One value of one row at one commit.
public struct Observation: Sendable, Equatable {
  /// What values count.
  public enum Unit: Sendable, Equatable {
    /// Seconds.
    case seconds
    /// Bytes.
    case bytes
    /// Instructions of one call.
    case instructions
    /// Something else, as it was called where it came from.
    case other(String)
  }

  /// The machine that measured it.
  public var machine: String
  /// The row.
  public var name: String
  /// What the value counts.
  public var unit: Unit
  /// Whether a greater value is worse.
  public var isSmallerBetter = true
  /// The commit's hash.
  public var commit: String
  /// When it was measured, ISO 8601 in UTC.
  public var date: String
  /// The value, positive.
  public var value: Double
  /// The ends of its interval; the value itself where none is known.
  public var lower, upper: Double
}

extension Observation {
  /// What records say: the time and the workspace of whatever passed.
  ///
  /// - Returns: the observations, and how many measurements were left out because their run's code was never committed: such a
  ///   value says nothing of any commit.
  public static func all(in records: [Record]) -> (observations: [Observation], uncommitted: Int) {
    var run: RunRecord?
    var observations: [Observation] = []
    var uncommitted = 0
    for record in records {
      switch record {
      case .run(let next): run = next
      case .limit, .verdict, .duel, .calibration, .accuracy: break
      case .measurement(let line):
        guard line.counts, line.race == nil else { continue }
        guard let run, run.commit != "unknown", !run.commit.hasSuffix("-dirty") else {
          uncommitted += 1
          continue
        }
        observations += of(line, run)
      }
    }
    return (observations, uncommitted)
  }

  private static func of(_ line: MeasurementRecord, _ run: RunRecord) -> [Observation] {
    let name = (line.contender + [line.size]).joined(separator: "/")
    let interval = Statistics.medianInterval(line.samples)
    let time = Observation(
      machine: run.machine.id, name: name, unit: .seconds, commit: run.commit, date: line.date, value: line.median!,
      lower: interval.lower, upper: interval.upper)
    func exact(_ name: String, _ unit: Observation.Unit, _ value: Int) -> Observation {
      var other = time
      other.name += "/" + name
      (other.unit, other.value, other.lower, other.upper) = (unit, Double(value), Double(value), Double(value))
      return other
    }
    // What is within a page counts as a page: it has a logarithm, and is nobody's concern.
    let space = line.workspaceBytes.map { exact("workspace", .bytes, max($0, 4096)) }
    let count = line.instructions.map { exact("instructions", .instructions, max($0, 1)) }
    return [time] + [space, count].compactMap(\.self)
  }
}

extension Observation.Unit {
  /// A value as people read it.
  func text(_ value: Double) -> String {
    switch self {
    case .seconds: Units.time(value)
    case .bytes: Units.bytes(value.rounded())
    case .instructions: "\(Units.significant(value)) instructions"
    case .other(let name): "\(Units.significant(value)) \(name)"
    }
  }
}
