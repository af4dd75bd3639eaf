/// A gnuplot script, with its data in it, that writes one SVG image to its standard output.
public struct Plot: Sendable, Equatable {
  /// The image's file name.
  public let name: String
  /// The pass whose contenders it shows; nil where it shows all.
  public let pass: String?
  /// The script.
  public let script: String
}

extension KernelPage {
  /// One plot for each pass that was timed along an axis: time, rate and memory, one above the other, in a column for each of
  /// two axes. And the roofline, where limits are known.
  var plots: [Plot] { (roofline.map { [$0] } ?? []) + sweeps }

  private var sweeps: [Plot] {
    passes.compactMap { pass in
      let timed = measurements.filter { $0.pass == pass && $0.counts }
      let curves = PlotCurve.all(timed)
      let axes = sweep.axes.filter { axis in Set(timed.map(\.size)).intersection(axis.sizes).count > 1 }.prefix(2)
      guard !curves.isEmpty, !axes.isEmpty else { return nil }
      let columns = axes.map { axis in PlotPanel.Quantity.allCases.map { PlotPanel(axis, curves, $0) } }
      let precisions = curves.distinct { $0.measurements[0].precision }
      let title = [kernel, pass] + (precisions.count == 1 ? precisions : [])
      let script = PlotScript(title: title.joined(separator: ", "), curves: curves, columns: columns).text
      return Plot(name: "\(kernel)-\(pass).svg", pass: pass, script: script)
    }
  }
}
