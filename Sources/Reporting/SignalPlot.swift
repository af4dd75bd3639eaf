/// A signal and what stands for it, to be drawn over its positions: a panel for each way to keep it.
public struct SignalPlot: Sendable {
  /// A line over positions.
  public struct Course: Sendable {
    /// Positions and values.
    public let positions, values: [Double]

    /// A line; see the properties.
    public init(positions: [Double], values: [Double]) { (self.positions, self.values) = (positions, values) }
  }

  /// One panel: the signal, and the others in the order of their names.
  public struct Panel: Sendable {
    /// What it shows.
    public let title: String
    /// What is said under it.
    public let caption: String
    /// The lines, as many as there are names.
    public let courses: [Course]

    /// A panel; see the properties.
    public init(title: String, caption: String, courses: [Course]) {
      (self.title, self.caption, self.courses) = (title, caption, courses)
    }
  }

  private let title: String
  private let signal: Course
  private let names: [String]
  private let panels: [Panel]

  /// A plot of a signal, and under each name one course a panel.
  public init(title: String, signal: Course, names: [String], panels: [Panel]) {
    (self.title, self.signal, self.names, self.panels) = (title, signal, names, panels)
  }

  /// The plot under a file name.
  public func plot(named name: String) -> Plot {
    // What comes last is drawn first, under the others.
    let lines =
      names.enumerated().map { index, name in
        PlotRoof(name, colour: PlotColour.curves[index % PlotColour.curves.count], dash: "solid", width: 1.6)
      } + [PlotRoof("the signal", dash: "solid", width: 3.5)]
    let script = PlotScript(title: title, curves: [], columns: panels.map { [panel($0)] }, roofs: lines)
    return Plot(name: name, pass: nil, script: script.text)
  }

  private func panel(_ panel: Panel) -> PlotPanel {
    let all = panel.courses + [signal]
    // What rings beyond the signal is cut off: the signal is what is looked at.
    let least = signal.values.min() ?? 0, most = signal.values.max() ?? 1
    let margin = 0.25 * max(most - least, 1e-9)
    let last = signal.positions.last ?? 1
    var drawn = PlotPanel(
      title: panel.title, xLabel: "sample", yLabel: "value", points: [], xRange: 0...last,
      yRange: least - margin...most + margin,
      xTicks: stride(from: 0, through: last, by: (last + 1) / 4).map { .init(label: "\(Int($0))", position: $0) },
      yTicks: (Int((least - margin).rounded(.up))...Int((most + margin).rounded(.down))).map {
        .init(label: "\($0)", position: Double($0))
      })
    drawn.roofs = all.map { course in zip(course.positions, course.values).map { (x: $0, y: $1) } }
    drawn.caption = panel.caption
    (drawn.isLinearAcross, drawn.isLinearUp) = (true, true)
    return drawn
  }
}
