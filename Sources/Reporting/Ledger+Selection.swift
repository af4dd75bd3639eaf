extension Ledger {
  /// Which measurements are shown where several runs made them.
  ///
  /// Times of two runs are not compared: the build, and what else the machine did, differ. So a kernel's rows in one pass, precision and
  /// number of threads come from one run, the newest of those with the most rows; a size that this run lacks comes whole from
  /// the best of the others. A run that measured one variant again replaces nothing.
  struct Selection {
    /// The measurements that are shown.
    let entries: [Entry<MeasurementRecord>]
    /// The newest measurement of each variant and size in each run.
    let all: [Entry<MeasurementRecord>]

    /// - Parameter wholes: for each run the one that it goes on from.
    init(_ measured: [Entry<MeasurementRecord>], sameAs wholes: [Int]) {
      var newest = Newest<MeasurementRecord>()
      for var entry in measured {
        entry.whole = entry.run.map { wholes[$0] }
        newest.add(entry, ["\(entry.whole ?? -1)"] + entry.line.key, date: entry.line.date)
      }
      all = newest.entries
      let bySize = Dictionary(grouping: all) { Self.course($0.line) + [$0.line.size] }
      let byCourse = Dictionary(grouping: all) { Self.course($0.line) }
      var chosen: [[String]: Int] = [:]
      for (course, entries) in byCourse {
        let main = Self.best(entries)
        for size in entries.distinct(\.line.size) {
          let rows = bySize[course + [size]]!
          chosen[course + [size]] = rows.contains { Self.run($0) == main } ? main : Self.best(rows)
        }
      }
      entries = all.filter { chosen[Self.course($0.line) + [$0.line.size]] == Self.run($0) }
    }

    private static func course(_ line: MeasurementRecord) -> [String] {
      [line.kernel, line.pass, line.precision, "\(line.threads)"]
    }

    private static func run(_ entry: Entry<MeasurementRecord>) -> Int { entry.whole ?? -1 }

    /// The run with the most rows; of several the newest, as runs are in order of dates.
    private static func best(_ entries: [Entry<MeasurementRecord>]) -> Int {
      Dictionary(grouping: entries, by: run).max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }!.key
    }
  }
}
