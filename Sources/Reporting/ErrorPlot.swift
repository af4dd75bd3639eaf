import Foundation

/// Errors against their positions, to be drawn: a panel for each operand that is wrong.
public struct ErrorPlot: Sendable {
  /// The errors of one operand.
  public struct Course: Sendable {
    /// The operand and the axis, for titles.
    public let operand, axis: String
    /// Positions and the largest relative error at each.
    public let positions: [Int], errors: [Double]
    /// The most that a single error may be.
    public let bound: Double

    /// A course; see the properties.
    public init(operand: String, axis: String, positions: [Int], errors: [Double], bound: Double) {
      (self.operand, self.axis, self.positions, self.errors, self.bound) = (operand, axis, positions, errors, bound)
    }
  }

  private let title: String
  private let courses: [Course]

  /// A plot of at most four operands.
  public init(title: String, _ courses: [Course]) {
    self.title = title
    self.courses = Array(courses.prefix(4))
  }

  /// The plot under a file name.
  public func plot(named name: String) -> Plot {
    let curve = PlotCurve("largest error, relative to its row", place: 1, [])
    let script = PlotScript(
      title: title, curves: [curve], columns: [courses.map(panel)],
      roofs: [PlotRoof("the most that is allowed", dash: "solid", width: 2)])
    return Plot(name: name, pass: nil, script: script.text)
  }

  private func panel(_ course: Course) -> PlotPanel {
    let visible = course.errors.filter { $0 > 0 && $0.isFinite }
    let least = max(min(visible.min() ?? course.bound, course.bound), 1e-6 * course.bound)
    let most = max(visible.max() ?? course.bound, course.bound)
    let yRange = PlotPanel.padded(least, most, by: 0.06)
    // What is not a number is drawn at the upper edge, what is exact at the lower one.
    let points = zip(course.positions, course.errors).map { position, error in
      (x: Double(position), y: error.isFinite ? max(error, yRange.lowerBound) : yRange.upperBound)
    }
    let last = Double(max(1, course.positions.last ?? 1))
    let missing = course.errors.count { !$0.isFinite }
    var panel = PlotPanel(
      title: "error of \(course.operand)", xLabel: course.axis, yLabel: "relative error", points: [points],
      xRange: -0.02 * last...1.02 * last, yRange: yRange, xTicks: Self.ticks(upTo: last),
      yTicks: PlotPanel.decades(yRange).map { .init(label: String(format: "%.0e", $0), position: $0) })
    panel.roofs = [[(-0.02 * last, course.bound), (1.02 * last, course.bound)]]
    panel.caption = missing == 0 ? "" : "at the upper edge: \(missing) positions with values that are not finite"
    panel.isLinearAcross = true
    return panel
  }

  /// At most nine multiples of a power of two, so that blocks show.
  private static func ticks(upTo last: Double) -> [PlotPanel.Tick] {
    var step = 1.0
    while last / step > 8 { step *= 2 }
    return stride(from: 0, through: last, by: step).map { .init(label: "\(Int($0))", position: $0) }
  }
}
