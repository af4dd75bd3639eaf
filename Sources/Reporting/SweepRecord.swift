/// Which sweep a run is part of.
public struct SweepRecord: Codable, Sendable, Equatable {
  /// Equal for equal sweeps: the same kernels, sizes, variants and effort.
  public var id: String
  /// How many rows the whole sweep has; measurements give their place among them.
  public var rows: Int
  /// Which part of it the run measures, such as `2/4`; nil for all of it.
  public var shard: String?
  /// A fingerprint of the executable that measured.
  public var build: String

  /// A sweep; see the properties.
  public init(id: String, rows: Int, shard: String? = nil, build: String) {
    self.id = id
    self.rows = rows
    self.shard = shard
    self.build = build
  }
}

extension RunRecord {
  /// Why its measurements may not stand beside another run's as one sweep; nil where they may: the same sweep on the same machine by
  /// the same executable, or by one built from the same clean commit.
  public func conflict(with other: RunRecord) -> String? {
    guard let sweep else {
      return "a run of no sweep, expected \(other.sweep.map { "sweep \($0.id)" } ?? "one of a sweep")"
    }
    guard let expected = other.sweep else { return "a run of sweep \(sweep.id), expected one of no sweep" }
    if machine.id != other.machine.id { return "machine \(machine.id), expected \(other.machine.id)" }
    if sweep.id != expected.id { return "sweep \(sweep.id), expected \(expected.id)" }
    if sweep.rows != expected.rows { return "a sweep of \(sweep.rows) rows, expected \(expected.rows)" }
    if sweep.build == expected.build || commit == other.commit && isOfCleanCommit { return nil }
    return commit == other.commit
      ? "another build of commit \(commit), which does not tell what was built"
      : "commit \(commit), expected \(other.commit)"
  }

  private var isOfCleanCommit: Bool { commit != "unknown" && !commit.hasSuffix("-dirty") }
}

/// The rows of a sweep that records hold.
public struct SweepProgress: Sendable {
  /// The newest measurement of each row, by place.
  public private(set) var held: [Int: MeasurementRecord] = [:]

  /// What the records hold of the sweep that `run` is part of. Other sweeps, machines and builds do not count.
  public init(_ records: [Record], of run: RunRecord) {
    var counts = false
    for record in records {
      switch record {
      case .run(let other): counts = other.conflict(with: run) == nil
      case .measurement(let line): if counts, let row = line.row { held[row] = line }
      case .verdict, .limit, .duel, .calibration, .accuracy: break
      }
    }
  }
}
