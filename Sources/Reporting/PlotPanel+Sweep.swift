import Foundation

extension PlotPanel {
  /// What the panel shows over an axis.
  enum Quantity: CaseIterable {
    case time, rate, workspace

    var label: String {
      switch self {
      case .time: "time per call"
      case .rate: "rate"
      case .workspace: "workspace"
      }
    }

    /// The unit of ticks that do not say theirs.
    var unit: String? { self == .rate ? "GFLOP/s" : nil }

    func value(_ line: MeasurementRecord) -> Double? {
      switch self {
      case .time: line.median
      case .rate: line.rate
      case .workspace: line.workspaceBytes.map(Double.init)
      }
    }
  }

  /// A quantity of each curve's measurements along an axis.
  init(_ axis: Sweep.Series, _ curves: [PlotCurve], _ quantity: Quantity) {
    let extent = axis.extents[0]
    let raw = curves.map { curve in
      axis.sizes.compactMap { size -> (x: Double, y: Double)? in
        guard let line = curve.measurements.first(where: { $0.size == size }) else { return nil }
        let value = quantity.value(line)
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
    case .rate:
      yTicks = Self.decades(yRange).map { Tick(label: Units.plain($0 / 1e9), position: $0) }
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
    yLabel = quantity.unit ?? quantity.label
  }
}
