import Foundation

/// One panel of a plot: its points, ranges and tick labels. Both axes are logarithmic.
struct PlotPanel {
  /// What the panel shows over an axis.
  enum Quantity {
    case time, workspace

    var label: String {
      switch self {
      case .time: "time per call"
      case .workspace: "workspace"
      }
    }
  }

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

  init(_ axis: Sweep.Series, _ curves: [PlotCurve], _ quantity: Quantity) {
    let extent = axis.extents[0]
    let raw = curves.map { curve in
      axis.sizes.compactMap { size -> (x: Double, y: Double)? in
        guard let line = curve.measurements.first(where: { $0.size == size }) else { return nil }
        let value = quantity == .time ? line.median : line.workspaceBytes.map(Double.init)
        guard let value, let length = line.extents[extent], length > 0 else { return nil }
        return (Double(length), value)
      }
    }
    let all = raw.joined()
    let positive = all.map(\.y).filter { $0 > 0 && $0.isFinite }

    // A logarithmic axis has no zero: what holds no workspace is drawn on a line of its own below all others.
    let hasZero = all.contains { $0.y == 0 }
    let least = positive.min() ?? 1, most = positive.max() ?? 1
    let zero = exp2((log2(least) - max(1, 0.12 * log2(most / least))).rounded(.down))
    points = raw.map { $0.filter { $0.y.isFinite }.map { ($0.x, $0.y > 0 ? $0.y : zero) } }

    xRange = Self.padded(all.map(\.x).min() ?? 1, all.map(\.x).max() ?? 1, by: 0.06)
    yRange = Self.padded(hasZero ? zero : least, most, by: 0.08)
    let measured = Set(all.map(\.x)).sorted()
    let areTicks = measured.count <= 7 && measured.allSatisfy { $0.significand == 1 }
    xTicks = (areTicks ? measured : Self.powersOfTwo(xRange, atMost: 7)).map {
      Tick(label: Self.count($0), position: $0)
    }
    switch quantity {
    case .time:
      yTicks = Self.decades(yRange).map { Tick(label: Units.roundTime($0), position: $0) }
    case .workspace:
      // Between the line of zeros and the least workspace there is no scale.
      let above = max(1, hasZero ? least / 1.2 : yRange.lowerBound)
      let ticks = positive.isEmpty ? [] : Self.powersOfTwo(above...max(above, yRange.upperBound), atMost: 7)
      yTicks =
        (hasZero ? [Tick(label: "0", position: zero)] : [])
        + ticks.map { Tick(label: Units.shortBytes(Int($0)), position: $0) }
    }
    let fixed = Sweep.parts(of: axis.sizes.first ?? "").filter { part in
      !axis.extents.contains { part.hasPrefix($0) && Int(part.dropFirst($0.count)) != nil }
    }
    let size = fixed.joined(separator: "-").replacing("-+", with: "+")
    title = quantity.label + (size.isEmpty ? "" : ", \(size)")
    xLabel = axis.extents.joined(separator: ", ")
    yLabel = quantity.label
  }

  /// The range widened by a share of its logarithmic length, and by at least half an octave.
  static func padded(_ least: Double, _ most: Double, by share: Double) -> ClosedRange<Double> {
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
