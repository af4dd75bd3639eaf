/// A Markdown table.
struct Table {
  /// A column's heading and side.
  struct Column {
    let heading: String
    let isNumber: Bool

    static func text(_ heading: String) -> Column { Column(heading: heading, isNumber: false) }
    static func number(_ heading: String) -> Column { Column(heading: heading, isNumber: true) }
  }

  let columns: [Column]
  var rows: [[String]] = []

  init(_ columns: Column...) { self.init(columns) }

  init(_ columns: [Column]) { self.columns = columns }

  /// The lines, ending in a newline.
  var markdown: String {
    let rule = columns.map { $0.isNumber ? "---:" : "---" }
    return ([columns.map(\.heading), rule] + rows).map { cells in
      "| " + cells.map(Self.escaped).joined(separator: " | ") + " |\n"
    }.joined()
  }

  /// The lines, without columns that say nothing and those that say the same in every row, which is said once above; long tables are folded.
  ///
  /// - Parameter keeping: headings of columns that stay.
  func compact(keeping: Set<String> = []) -> String {
    let telling = columns.indices.filter { column in
      keeping.contains(columns[column].heading) || rows.contains { $0[column] != Units.none }
    }
    let kept = telling.filter { column in
      keeping.contains(columns[column].heading) || rows.count < 3 || rows.contains { $0[column] != rows[0][column] }
    }
    let constant = telling.filter { !kept.contains($0) }
    let said = constant.map { "\(columns[$0].heading) \(Self.escaped(rows[0][$0]))" }.joined(separator: "; ")
    var table = Table(kept.map { columns[$0] })
    table.rows = rows.map { row in kept.map { row[$0] } }
    let above = said.isEmpty ? "" : "In every row: \(said).\n\n"
    guard rows.count > Self.longest else { return above + table.markdown }
    return "\(above)<details><summary>\(rows.count) rows</summary>\n\n\(table.markdown)\n</details>\n"
  }

  /// The rows that are shown unfolded.
  static let longest = 12

  /// A cell ends at a bar or a line's end, so neither may be in it.
  private static func escaped(_ cell: String) -> String {
    cell.replacing("|", with: "\\|").split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
