import Foundation

/// Turns panels into gnuplot's language. All places are computed here, in pixels, so that nothing can overlap by
/// chance.
struct PlotScript {
  let title: String
  let curves: [PlotCurve]
  /// The panels of each column, from the top.
  let columns: [[PlotPanel]]
  /// Lines that panels have beside their curves; points are joined only where there are none, unless `joins` says otherwise.
  var roofs: [PlotRoof] = []
  /// Whether points are joined also where there are roofs.
  var joins = false

  private let panelWidth = 380, panelHeight = 250
  private let left = 106, gapAcross = 116, right = 24
  private let top = 76, keyRow = 24, bottom = 12
  private var gapDown: Int { roofs.isEmpty ? 98 : 118 }
  private var toKey: Int { roofs.isEmpty ? 66 : 88 }

  private var width: Int { left + columns.count * panelWidth + (columns.count - 1) * gapAcross + right }
  private var rows: Int { columns[0].count }
  private var keyHeight: Int { (keyPlaces.last!.row + 1) * keyRow }
  private var height: Int { top + rows * panelHeight + (rows - 1) * gapDown + toKey + keyHeight + bottom }

  var text: String {
    var lines = [
      "set terminal svg size \(width),\(height) font 'sans-serif,13' noenhanced background rgb '\(PlotColour.background.light)'",
      "set multiplot",
      "set label 1 \(quoted(title)) at screen 0.5,\(screenY(24)) center font 'sans-serif,17' textcolor rgb '\(PlotColour.title.light)'",
    ]
    for (c, column) in columns.enumerated() {
      for (r, panel) in column.enumerated() {
        lines += draw(panel, column: c, row: r)
        lines.append("unset label")
      }
    }
    lines += key()
    lines.append("unset multiplot")
    return lines.joined(separator: "\n") + "\n"
  }

  private func draw(_ panel: PlotPanel, column: Int, row: Int) -> [String] {
    let x = left + column * (panelWidth + gapAcross), y = top + row * (panelHeight + gapDown)
    var lines: [String] = []
    var plots: [String] = []
    for (index, points) in panel.points.enumerated() where !points.isEmpty {
      let name = "$data_\(column)_\(row)_\(index)"
      lines.append("\(name) << EOD")
      lines += points.map { "\($0.x) \($0.y)" }
      lines.append("EOD")
      plots.append("\(name) using 1:2 with \(style(of: curves[index]))")
    }
    for (index, points) in panel.roofs.enumerated() where !points.isEmpty {
      let name = "$roof_\(column)_\(row)_\(index)"
      lines.append("\(name) << EOD")
      lines += points.map { "\($0.x) \($0.y)" }
      lines.append("EOD")
      plots.insert("\(name) using 1:2 with lines \(roofs[index].line)", at: 0)
    }
    lines += place(x: x, y: y, width: panelWidth, height: panelHeight)
    lines += [
      scales(panel),
      "set border 3 lc rgb '\(PlotColour.border.light)'",
      "set grid xtics ytics lc rgb '\(PlotColour.grid.light)' lw 0.8 dt solid",
      "set tics nomirror out scale 0.6 textcolor rgb '\(PlotColour.text.light)'",
      "set xrange [\(range(panel.xRange))]",
      "set yrange [\(range(panel.yRange))]",
      "set xtics (\(ticks(panel.xTicks)))",
      "set ytics (\(ticks(panel.yTicks)))",
      label(2, panel.title, x: x + panelWidth / 2, y: y - 16),
      label(3, panel.xLabel, x: x + panelWidth / 2, y: y + panelHeight + 44),
      label(4, panel.yLabel, x: x - 86, y: y + panelHeight / 2) + " rotate",
    ]
    if !panel.caption.isEmpty {
      lines.append(label(5, panel.caption, x: x + panelWidth / 2, y: y + panelHeight + 66))
    }
    lines += [
      "unset key",
      // Nothing to draw is still a panel: a variant may not have measured its workspace.
      "plot " + (plots.isEmpty ? "NaN" : plots.joined(separator: ", \\\n  ")),
    ]
    return lines
  }

  private func scales(_ panel: PlotPanel) -> String {
    guard panel.isLinearAcross else { return "set logscale xy" }
    return panel.isLinearUp ? "unset logscale xy" : "unset logscale x; set logscale y"
  }

  private func style(of curve: PlotCurve) -> String {
    roofs.isEmpty || joins ? "linespoints \(curve.line) \(curve.point)" : "points \(curve.colour) \(curve.point)"
  }

  /// An entry of the key: its text, and how its line and its point are drawn where it has them.
  private struct Entry {
    let label: String
    let line, point: String?
  }

  private var entries: [Entry] {
    curves.map { curve in
      Entry(
        label: curve.label, line: roofs.isEmpty || joins ? curve.line : nil, point: "\(curve.colour) \(curve.point)")
    } + roofs.map { Entry(label: $0.label, line: $0.line, point: nil) }
  }

  /// A last panel without axes, in pixels from its top left.
  private func key() -> [String] {
    let y = top + rows * panelHeight + (rows - 1) * gapDown + toKey
    var lines = place(x: 0, y: y, width: width, height: keyHeight)
    lines += [
      "unset logscale", "unset border", "unset tics", "unset grid",
      "set xrange [0:\(width)]", "set yrange [\(keyHeight):0]",
    ]
    var plots: [String] = []
    for (index, (entry, place)) in zip(entries, keyPlaces).enumerated() {
      let y = place.row * keyRow + keyRow / 2
      if let line = entry.line {
        lines.append("$key_\(index) << EOD\n\(place.x) \(y)\n\(place.x + 36) \(y)\nEOD")
        plots.append("$key_\(index) with lines \(line)")
      }
      if let point = entry.point {
        lines.append("$point_\(index) << EOD\n\(place.x + 18) \(y)\nEOD")
        plots.append("$point_\(index) with points \(point)")
      }
      lines.append(
        "set label \(quoted(entry.label)) at \(place.x + 44),\(y) left textcolor rgb '\(PlotColour.text.light)'")
    }
    return lines + ["plot " + plots.joined(separator: ", \\\n  ")]
  }

  /// Entries from left to right, in as many rows as their text needs.
  private var keyPlaces: [(x: Int, row: Int)] {
    var x = left, row = 0
    return entries.map { entry in
      let length = 44 + 8 * entry.label.count + 20
      if x > left, x + length > width - right { (x, row) = (left, row + 1) }
      defer { x += length }
      return (x, row)
    }
  }

  private func place(x: Int, y: Int, width panelWidth: Int, height panelHeight: Int) -> [String] {
    [
      "set lmargin at screen \(screenX(x))", "set rmargin at screen \(screenX(x + panelWidth))",
      "set tmargin at screen \(screenY(y))", "set bmargin at screen \(screenY(y + panelHeight))",
    ]
  }

  /// gnuplot's own labels move with the width of tick labels; these stay.
  private func label(_ tag: Int, _ text: String, x: Int, y: Int) -> String {
    "set label \(tag) \(quoted(text)) at screen \(screenX(x)),\(screenY(y)) center textcolor rgb '\(PlotColour.text.light)'"
  }

  private func screenX(_ pixels: Int) -> String { String(format: "%.5f", Double(pixels) / Double(width)) }

  /// gnuplot counts from the bottom.
  private func screenY(_ pixels: Int) -> String { String(format: "%.5f", 1 - Double(pixels) / Double(height)) }

  private func range(_ range: ClosedRange<Double>) -> String {
    String(format: "%.6g:%.6g", range.lowerBound, range.upperBound)
  }

  private func ticks(_ ticks: [PlotPanel.Tick]) -> String {
    ticks.map { "\(quoted($0.label)) \($0.position)" }.joined(separator: ", ")
  }

  /// In single quotes gnuplot knows no escapes but the doubled quote.
  private func quoted(_ text: String) -> String {
    "'" + text.replacing("'", with: "''").split(whereSeparator: \.isNewline).joined(separator: " ") + "'"
  }
}
