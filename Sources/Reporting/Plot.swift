/// A gnuplot script, with its data in it, that writes one SVG image to its standard output.
public struct Plot: Sendable, Equatable {
  /// The image's file name.
  public let name: String
  /// The pass whose contenders it shows.
  public let pass: String
  /// The script.
  public let script: String
}

extension KernelPage {
  /// One plot for each pass that was timed along an axis: time above, memory below, and a column for
  /// each of two axes; where there is one axis, time and memory stand side by side.
  var plots: [Plot] {
    passes.compactMap { pass in
      let timed = measurements.filter { $0.pass == pass && $0.counts }
      let curves = PlotCurve.all(timed)
      let axes = sweep.axes.filter { axis in Set(timed.map(\.size)).intersection(axis.sizes).count > 1 }.prefix(2)
      guard !curves.isEmpty, !axes.isEmpty else { return nil }
      let panels = axes.map { axis in [PlotPanel(axis, curves, .time), PlotPanel(axis, curves, .workspace)] }
      let columns = panels.count > 1 ? panels : panels[0].map { [$0] }
      let precisions = curves.distinct { $0.measurements[0].precision }
      let title = [kernel, pass] + (precisions.count == 1 ? precisions : [])
      let script = PlotScript(title: title.joined(separator: ", "), curves: curves, columns: columns).text
      return Plot(name: "\(kernel)-\(pass).svg", pass: pass, script: script)
    }
  }
}

/// One line of a plot: a variant in one precision on a number of threads.
struct PlotCurve {
  let label: String
  /// gnuplot's words for the colour, the line and the points.
  let colour, line, point: String
  let measurements: [MeasurementRecord]

  /// Curves in the order of records. Colour and shape tell variants apart, open points more threads, dashes double
  /// precision, which is left out where there would be too many curves.
  static func all(_ timed: [MeasurementRecord]) -> [PlotCurve] {
    let everything = timed.distinct(\.contender).map { key in timed.filter { $0.contender == key } }
    let single = everything.filter { $0[0].precision == "float" }
    let shown = everything.count > 8 && !single.isEmpty ? single : everything
    let variants = shown.distinct { $0[0].variant }.filter { $0 != "reference" }
    let threads = Set(shown.map { $0[0].threads }).sorted()
    return shown.map { lines in
      let first = lines[0]
      let place = variants.firstIndex(of: first.variant)
      let isDouble = first.precision != "float"
      let parts = [
        first.variant, first.threads == 1 ? nil : KernelPage.threads(first.threads), isDouble ? first.precision : nil,
      ]
      let rank = threads.firstIndex(of: first.threads)!
      let colour = "lc rgb '\(place.map { colours[$0 % colours.count] } ?? "#222222")'"
      let dash = isDouble ? "(8,5)" : rank > 1 ? "(2,4)" : "solid"
      let shape = place.map { shapes[$0 % shapes.count] - min(rank, 1) } ?? 2
      return PlotCurve(
        label: parts.compactMap(\.self).joined(separator: ", "), colour: colour,
        line: "\(colour) lw 1.6 dt \(dash)", point: "pt \(shape) ps 0.75", measurements: lines)
    }
  }

  /// Colours of Okabe and Ito, which colour-blind readers can tell apart, without yellow, too pale on white.
  private static let colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#8b4513"]

  /// gnuplot's filled circles, squares, triangles, diamonds and pentagons; each one's open form is one less.
  private static let shapes = [7, 5, 9, 13, 11, 15]
}
