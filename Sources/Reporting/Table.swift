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

  /// A cell ends at a bar or a line's end, so neither may be in it.
  private static func escaped(_ cell: String) -> String {
    cell.replacing("|", with: "\\|").split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}
