import Foundation

/// One panel of a plot: its points, ranges and tick labels. Both axes are logarithmic unless it says otherwise.
struct PlotPanel {
  /// A labelled position on an axis.
  struct Tick: Equatable {
    let label: String
    let position: Double
  }

  let title: String
  let xLabel: String
  let yLabel: String
  /// The points of each curve, in the order of curves.
  let points: [[(x: Double, y: Double)]]
  let xRange: ClosedRange<Double>
  let yRange: ClosedRange<Double>
  let xTicks: [Tick]
  let yTicks: [Tick]
  /// Lines without points, in the order of the plot's roofs, and what is said of them under the panel.
  var roofs: [[(x: Double, y: Double)]] = []
  var caption = ""
  /// Whether the horizontal axis is linear.
  var isLinearAcross = false
  /// Whether the vertical axis is linear as well as the horizontal one.
  var isLinearUp = false

  /// The range widened by a share of its logarithmic length, and by at least half an octave. What no axis can show, such as a
  /// subnormal error, moves to where one ends.
  static func padded(_ least: Double, _ most: Double, by share: Double) -> ClosedRange<Double> {
    let shown = 1e-200...1e200
    let least = Swift.min(Swift.max(least, shown.lowerBound), shown.upperBound)
    let most = Swift.min(Swift.max(most, least), shown.upperBound)
    let margin = max(0.5, share * log2(most / least))
    return least * exp2(-margin)...most * exp2(margin)
  }

  /// Powers of two, of four, of eight …: the finest of these with at most so many in the range.
  static func powersOfTwo(_ range: ClosedRange<Double>, atMost limit: Int) -> [Double] {
    let first = Int(log2(range.lowerBound).rounded(.up)), last = Int(log2(range.upperBound).rounded(.down))
    guard first <= last else { return [] }
    var step = 1
    while (last - first) / step + 1 > limit { step += 1 }
    // Multiples of the step, so that fours are 4, 16, 64 and not 8, 32, 128.
    return (first...last).filter { $0 % step == 0 }.map { exp2(Double($0)) }
  }

  /// Powers of ten, with twos and fives between them where the range is short, and thinned where it is long.
  static func decades(_ range: ClosedRange<Double>) -> [Double] {
    let exponents = Int(log10(range.lowerBound).rounded(.down))...Int(log10(range.upperBound).rounded(.down))
    func ticks(_ digits: [Double], every step: Int = 1) -> [Double] {
      exponents.filter { $0 % step == 0 }
        .flatMap { e in digits.map { e < 0 ? $0 / pow(10, Double(-e)) : $0 * pow(10, Double(e)) } }
        .filter(range.contains)
    }
    let tens = ticks([1])
    if tens.count > 7 { return ticks([1], every: 3) }
    return tens.count >= 3 ? tens : ticks([1, 2, 5])
  }

  /// 256, 1k, 64k, 1M.
  static func count(_ value: Double) -> String {
    switch value {
    case 1_048_576...: "\(Int(value / 1_048_576))M"
    case 1024...: "\(Int(value / 1024))k"
    default: value >= 1 ? "\(Int(value))" : "\(value)"
    }
  }
}
