/// One line of a plot: a variant in one precision on a number of threads.
struct PlotCurve {
  let label: String
  /// gnuplot's words for the colour, the line and the points.
  let colour, line, point: String
  let measurements: [MeasurementRecord]

  /// The curve of the variant that is number `place` among those shown, the reference being none; of `rank` among the numbers of
  /// threads.
  init(_ label: String, place: Int?, rank: Int = 0, isDouble: Bool = false, _ measurements: [MeasurementRecord]) {
    let shade = place.map { PlotColour.curves[$0 % PlotColour.curves.count] } ?? .text
    let dash = isDouble ? "(8,5)" : rank > 1 ? "(2,4)" : "solid"
    let shape = place.map { Self.shapes[$0 % Self.shapes.count] - min(rank, 1) } ?? 2
    self.label = label
    colour = "lc rgb '\(shade.light)'"
    line = "\(colour) lw 1.6 dt \(dash)"
    point = "pt \(shape) ps 0.75"
    self.measurements = measurements
  }

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
      let isDouble = first.precision != "float"
      let parts = [
        first.variant, first.threads == 1 ? nil : KernelPage.threads(first.threads), isDouble ? first.precision : nil,
      ]
      return PlotCurve(
        parts.compactMap(\.self).joined(separator: ", "), place: variants.firstIndex(of: first.variant),
        rank: threads.firstIndex(of: first.threads)!, isDouble: isDouble, lines)
    }
  }

  /// gnuplot's filled circles, squares, triangles, diamonds and pentagons; each one's open form is one less.
  private static let shapes = [7, 5, 9, 13, 11, 15]
}
