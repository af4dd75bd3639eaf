import Foundation

/// The records of one sweep from several files: what one run would have written.
public struct Merge: Sendable {
  /// A run line and every row once, in the sweep's order.
  public let records: [Record]
  /// How many rows of the sweep are in no file.
  public let missing: Int

  /// Merges files; their order does not matter.
  ///
  /// A row that failed and was measured again in the same file counts once, as measured last. The run line is the earliest run's,
  /// with a command line that does not say how the sweep was split.
  /// - Throws: a line that names the file where there are verdicts, measurements of no sweep, another sweep, machine or build, or a
  ///   row twice.
  public init(_ files: [(name: String, records: [Record])]) throws(RecordStore.Failure) {
    var runs: [RunRecord] = []
    var limits: [LimitRecord] = []
    var rows: [Int: (line: MeasurementRecord, file: String)] = [:]
    for (name, records) in files {
      var hasRun = false
      for record in records {
        switch record {
        case .run(let run):
          let expected = runs.first ?? run
          if let conflict = run.conflict(with: expected) { throw RecordStore.Failure("\(name): \(conflict)") }
          runs.append(run)
          hasRun = true
        case .limit(let limit):
          limits.append(limit)
        case .verdict, .duel, .calibration, .accuracy:
          throw RecordStore.Failure("\(name): holds other records, expected measurements of a sweep only")
        case .measurement(let line):
          guard hasRun, let row = line.row, let sweep = runs.first?.sweep, (0..<sweep.rows).contains(row) else {
            throw RecordStore.Failure("\(name): \(line.place) is of no sweep, expected measurements of a sweep only")
          }
          if let other = rows[row], other.file != name || other.line.verdict != .fail {
            let places = other.file == name ? "twice in \(name)" : "in \(other.file) and in \(name)"
            throw RecordStore.Failure("\(line.place) is \(places), expected once")
          }
          rows[row] = (line, name)
        }
      }
    }
    guard var run = runs.min(by: { ($0.date, $0.command) < ($1.date, $1.command) }) else {
      throw RecordStore.Failure("\(files.map(\.name).joined(separator: ", ")): no records of a sweep")
    }
    run.sweep?.shard = nil
    run.command = Self.whole(run.command)
    missing = (run.sweep?.rows ?? 0) - rows.count
    // Each part measured the limits of the machine; the report takes the best of them.
    limits = limits.sorted {
      ($0.date, $0.name, $0.threads, $0.bytes ?? 0) < ($1.date, $1.name, $1.threads, $1.bytes ?? 0)
    }
    records =
      [.run(run)] + limits.map { .limit($0) } + rows.sorted { $0.key < $1.key }.map { .measurement($0.value.line) }
  }

  /// The command line without what says how the sweep was split, continued and kept.
  static func whole(_ command: String) -> String {
    command.replacing(/\ --(shard|records)[ =]('[^']*'|[^ ]+)/, with: "").replacing(
      /\ --(resume|retry-failed)\b/, with: "")
  }
}

extension MeasurementRecord {
  /// The row in one line, for messages.
  fileprivate var place: String { "\(kernel) \(size) \(variant) \(pass) \(precision) on \(threads)" }
}
