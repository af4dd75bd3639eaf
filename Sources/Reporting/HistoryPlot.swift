import Foundation

/// Rows over commits as gnuplot's script: a panel for each row, with medians, their intervals and the levels between steps.
struct HistoryPlot {
  /// One row.
  struct Panel {
    let series: History.Series
    let steps: Steps

    init(_ series: History.Series, _ steps: Steps) { (self.series, self.steps) = (series, steps) }

    /// The first and last place of each level, its value, and whether it is worse than the one before; nil for the first.
    var levels: [(from: Int, to: Int, value: Double, isWorse: Bool?)] {
      let bounds = [0] + steps.steps.map(\.index) + [series.points.count]
      let values = [steps.steps[0].before] + steps.steps.map(\.after)
      return values.indices.map { i in
        let isWorse = i == 0 ? nil : (values[i] > values[i - 1]) == series.isSmallerBetter
        return (bounds[i], bounds[i + 1] - 1, values[i], isWorse)
      }
    }
  }

  let panels: [Panel]

  private let panelWidth = 400, panelHeight = 170
  private let left = 84, gapAcross = 96, right = 40
  private let top = 44, gapDown = 78, bottom = 60

  private var columns: Int { min(2, panels.count) }
  private var rows: Int { (panels.count + columns - 1) / columns }
  private var width: Int { left + columns * panelWidth + (columns - 1) * gapAcross + right }
  private var height: Int { top + rows * panelHeight + (rows - 1) * gapDown + bottom }

  /// The background is part of the image, which is then legible on light pages and dark ones.
  var script: String {
    var lines = [
      "set terminal svg size \(width),\(height) font 'sans-serif,12' noenhanced background rgb 'white'",
      "set multiplot", "unset key", "set border 3 lc rgb '#444444'",
      "set grid ytics lc rgb '#dddddd' lw 0.8 dt solid",
      "set tics nomirror out scale 0.6 textcolor rgb '#222222'",
    ]
    for (index, panel) in panels.enumerated() { lines += draw(panel, index) }
    return (lines + ["unset multiplot"]).joined(separator: "\n") + "\n"
  }

  private func draw(_ panel: Panel, _ index: Int) -> [String] {
    let x = left + index % columns * (panelWidth + gapAcross), y = top + index / columns * (panelHeight + gapDown)
    let points = panel.series.points
    let (scale, unit) = Self.scale(panel.series)
    let least = points.map(\.lower).min()! / scale, most = points.map(\.upper).max()! / scale
    let margin = max(0.08 * (most - least), 0.02 * most)
    var lines = ["$points_\(index) << EOD"]
    lines += points.enumerated().map { place, point in
      "\(place) \(point.value / scale) \(point.lower / scale) \(point.upper / scale)"
    }
    lines.append("EOD")
    // Intervals of hundreds of points would hide one another.
    let style = points.count <= 120 ? "1:2:3:4 with yerrorbars pt 7 ps 0.5 lw 1" : "1:2 with points pt 7 ps 0.2"
    var plots = ["$points_\(index) using \(style) lc rgb '#0072b2'"]
    for (number, level) in panel.levels.enumerated() {
      let name = "$level_\(index)_\(number)", height = level.value / scale
      lines.append("\(name) << EOD\n\(level.from) \(height)\n\(level.to) \(height)\nEOD")
      let colour = level.isWorse.map { $0 ? "#d55e00" : "#009e73" } ?? "#444444"
      plots.append("\(name) with lines lw 2.4 lc rgb '\(colour)'")
    }
    return lines + [
      "set lmargin at screen \(screenX(x))", "set rmargin at screen \(screenX(x + panelWidth))",
      "set tmargin at screen \(screenY(y))", "set bmargin at screen \(screenY(y + panelHeight))",
      "set xrange [-0.6:\(Double(points.count) - 0.4)]",
      String(format: "set yrange [%.8g:%.8g]", least - margin, most + margin),
      "set xtics (\(ticks(panel)))",
      "set label 1 '\(plain(panel.series.name)), \(plain(unit))' at screen \(screenX(x + panelWidth / 2)),"
        + "\(screenY(y - 16)) center textcolor rgb '#111111'",
      "plot " + plots.joined(separator: ", \\\n  "),
    ]
  }

  /// A scale that makes values short, and its name.
  private static func scale(_ series: History.Series) -> (Double, String) {
    let middle = Statistics.median(series.points.map(\.value))
    switch series.unit {
    case .seconds:
      let units = [(1.0, "s"), (1e-3, "ms"), (1e-6, "µs")]
      return units.first { middle >= $0.0 } ?? (1e-9, "ns")
    case .bytes:
      let units = [(1_073_741_824.0, "GiB"), (1_048_576, "MiB"), (1024, "KiB")]
      return units.first { middle >= $0.0 } ?? (1, "B")
    case .instructions:
      let units = [(1e9, "10⁹ instructions"), (1e6, "10⁶ instructions"), (1e3, "10³ instructions")]
      return units.first { middle >= $0.0 } ?? (1, "instructions")
    case .other(let name): return (1, name)
    }
  }

  /// Hashes below the steps, the first commit and the last, as far as there is room.
  private func ticks(_ panel: Panel) -> String {
    let points = panel.series.points
    var places: [Int] = []
    for place in panel.steps.steps.map(\.index) + [0, points.count - 1]
    where places.allSatisfy({ 6 * abs($0 - place) >= points.count }) {
      places.append(place)
    }
    return places.sorted().map { "'\(plain(String(points[$0].commit.prefix(7))))' \($0)" }.joined(separator: ", ")
  }

  /// In single quotes gnuplot knows no escapes but the doubled quote.
  private func plain(_ text: String) -> String {
    text.replacing("'", with: "''").split(whereSeparator: \.isNewline).joined(separator: " ")
  }

  private func screenX(_ pixels: Int) -> String { String(format: "%.5f", Double(pixels) / Double(width)) }

  /// gnuplot counts from the bottom.
  private func screenY(_ pixels: Int) -> String { String(format: "%.5f", 1 - Double(pixels) / Double(height)) }
}
