/// What the suite made of a right kernel that somebody else wrote, who had not read the reference: every failure is a false alarm.
public struct MutationControl: Sendable, Codable {
  /// What came of one precision.
  private struct Part: Codable {
    var passed = 0
    var failed = 0
    /// The largest error of what passed, in units of its bound.
    var largest = 0.0
  }

  let kernel: String
  private var parts: [String: Part] = [:]
  /// The verdicts that failed, and why.
  public private(set) var failures: [String] = []

  /// Nothing judged yet.
  public init(kernel: String) { self.kernel = kernel }

  /// Notes a verdict that passed, by its largest error in units of its bound.
  public mutating func pass(_ precision: String, share: Double) {
    parts[precision, default: Part()].passed += 1
    parts[precision]!.largest = max(parts[precision]!.largest, share)
  }

  /// Notes a verdict that failed, and what it said.
  public mutating func fail(_ precision: String, _ line: String) {
    parts[precision, default: Part()].failed += 1
    failures.append("\(precision) \(line)")
  }

  /// Notes a failure for each of these precisions that has no verdict: a control that refuses everything says nothing.
  ///
  /// - Parameter unjudged: by precision, why something was not judged.
  public mutating func demandVerdicts(_ precisions: [String], unjudged: [String: String]) {
    for precision in precisions where parts[precision] == nil {
      fail(precision, "nothing was judged\(unjudged[precision].map { ": \($0)" } ?? "")")
      parts[precision] = Part()
    }
  }

  /// The section of a page.
  static func section(_ controls: [MutationControl], _ seeds: Int) -> String {
    var table = Table(
      [
        .text("kernel"), .number("verdicts, float"), .number("verdicts, double"),
        .number("nearest to its bound, float"), .number("double"), .number("false alarms"),
      ])
    for control in controls {
      let parts = ["float", "double"].map { control.parts[$0] ?? Part() }
      table.rows.append(
        [control.kernel] + parts.map { "\($0.passed + $0.failed)" }
          + parts.map { $0.passed > 0 ? Units.percent($0.largest) : Units.none } + ["\(control.failures.count)"])
    }
    let all = controls.flatMap { $0.parts.values.map { $0.passed + $0.failed } }.reduce(0, +)
    let alarms = controls.map(\.failures.count).reduce(0, +)
    return """
      ## Right kernels of others

      Plain evaluations of the definitions in NumPy, in single and double precision, with gradients derived by hand, by somebody who had not read the
      references: [`controls`](../controls/README.md). The suite judges them as it does any kernel from outside, on the fixtures and on the laws of \(seeds) seeds.
      \(all) verdicts, \(alarms) false alarms.

      \(table.markdown)
      """
  }
}
