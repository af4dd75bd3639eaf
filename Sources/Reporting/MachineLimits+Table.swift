extension MachineLimits {
  /// A row for each limit, a column for each number of threads: of a bandwidth the best way of going through the working set.
  var table: Table {
    var table = Table([.text("limit"), .number("working set")] + threads.map { .number(KernelPage.threads($0)) })
    table.rows = rows.map { row in [row.name, row.bytes.map(Units.shortBytes) ?? Units.none] + row.cells }
    return table
  }

  /// The same as lines of a terminal.
  public var lines: [String] {
    rows.flatMap { row in
      zip(threads, row.cells).filter { $1 != Units.none }.map { "limit \(row.name) on \($0): \($1)" }
    }
  }

  private struct Row {
    let name: String
    let bytes: Int?
    let cells: [String]
  }

  private var rows: [Row] {
    let operations = records.filter { $0.level == nil }.distinct { [$0.name, $0.precision ?? ""] }.map { key in
      let unit = key[0] == "multiply-add" ? "FLOP/s" : "/s"
      let name = (key[0] == "multiply-add" ? "multiply–add" : key[0]) + ", \(key[1])"
      return Row(
        name: name, bytes: nil,
        cells: threads.map { rate(key[0], precision: key[1], threads: $0).map { Units.rate($0, unit) } ?? Units.none }
      )
    }
    let bandwidths = records.filter { $0.level != nil }
    let names = threads.flatMap { levels(threads: $0).map(\.name) }.distinct(\.self)
    return operations
      + names.map { name in
        let bytes = bandwidths.filter { $0.level == name }.compactMap(\.bytes).min()
        let cells = threads.map { count in
          let level = self.levels(threads: count).first { $0.name == name }
          return level.map { "\(Units.rate($0.rate, "B/s")) (\($0.traffic))" } ?? Units.none
        }
        return Row(name: name, bytes: bytes, cells: cells)
      }
  }
}
