/// A page on steps in a history, and plots of the rows that have some, as a pure function of the history.
public struct HistoryReport: Sendable {
  /// A step and the row that it is in.
  public struct Finding: Sendable {
    /// The row.
    public let series: History.Series
    let step: Steps.Step
    /// How many commits were measured after the first one that has the step.
    let age: Int

    /// Whether the row is worse after it.
    public var isWorse: Bool { (step.after > step.before) == series.isSmallerBetter }

    /// The step in one line, as commands print it.
    public var summary: String {
      "\(series.name) is \(isWorse ? "worse" : "better") since \(commit): \(change), \(ratio)"
    }

    var commit: String { series.points[step.index].commit }
    var change: String { "\(series.unit.text(step.before)) → \(series.unit.text(step.after))" }

    /// `1.10× [1.08, 1.12]`
    var ratio: String {
      let ends = [step.lower, step.upper].map(Units.significant).joined(separator: ", ")
      return "\(Units.factor(step.ratio)) [\(ends)]"
    }
  }

  let history: History
  let commits: [String]
  let uncommitted: Int
  /// The rows that have steps, with them.
  let rows: [(series: History.Series, steps: Steps)]
  /// The steps of all rows, the newest first.
  public let findings: [Finding]

  /// Finds the steps.
  ///
  /// - Parameter uncommitted: how many measurements `Observation.all` left out.
  public init(_ history: History, commits log: CommitLog, uncommitted: Int = 0) {
    self.history = history
    self.uncommitted = uncommitted
    let commits = history.commits(log)
    self.commits = commits
    let places = Dictionary(commits.enumerated().map { ($1, $0) }) { first, _ in first }
    rows = history.series.map { series in
      let values = series.points.map(\.value)
      return (series, series.unit == .instructions ? Steps(exact: values) : Steps(values))
    }.filter { !$0.1.steps.isEmpty }
    findings = rows.flatMap { series, steps in
      steps.steps.map { step in
        Finding(series: series, step: step, age: commits.count - 1 - places[series.points[step.index].commit]!)
      }
    }.stablySorted { $0.age < $1.age }
  }

  /// The steps that came with one of the newest commits and made a row worse.
  public func worsened(within newest: Int) -> [Finding] { findings.filter { $0.isWorse && $0.age < newest } }

  /// Why no step can be seen in any row; nil where one can.
  public var blindness: String? {
    let longest = history.series.map(\.points.count).max() ?? 0
    let isCounted = history.series.contains { $0.unit == .instructions && $0.points.count > 1 }
    guard longest < Steps.fewest, !isCounted else { return nil }
    return "no row was measured at more than \(Self.count(longest, "commit")), a step needs \(Steps.fewest) at least"
  }

  /// The page.
  public var markdown: String {
    let left =
      uncommitted == 0 ? [] : ["\(uncommitted) measurements of code that was never committed are left out.\n"]
    return
      (["# History\n", overview] + left + (findings.isEmpty ? [] : [byCommit, table, images]) + [Self.howToRead])
      .joined(separator: "\n")
  }

  private var overview: String {
    let longest = history.series.map(\.points.count).max() ?? 0
    let machines = history.series.distinct(\.machine)
    guard longest > 0 else { return "No measurements.\n" }
    let first = history.series.flatMap(\.points).map(\.date).min()!.prefix(10)
    let last = history.series.flatMap(\.points).map(\.date).max()!.prefix(10)
    let what = "\(Self.count(history.series.count, "row")) on \(Self.count(machines.count, "machine"))"
    let span = "\(Self.count(commits.count, "commit")), \(first == last ? "\(first)" : "\(first) to \(last)")"
    let head = "\(what) over \(span). "
    let needed = Steps.fewest
    guard longest >= needed else {
      return head
        + "No row was measured at more than \(Self.count(longest, "commit")); a step needs \(needed) at least.\n"
    }
    let judged = history.series.count { $0.points.count >= needed }
    let found = findings.isEmpty ? "No steps" : Self.count(findings.count, "step")
    let short = history.series.count - judged
    let rest = short == 0 ? "" : " \(Self.count(short, "row")) with fewer can show none."
    return head
      + "\(found) in the \(Self.count(judged, "row")) that \(judged == 1 ? "has" : "have") \(needed) commits or more.\(rest)\n"
  }

  private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

  /// How many rows each commit changed. A commit that changed nearly all of them changed the machine, as a rule.
  private var byCommit: String {
    var table = Table(
      .text("machine"), .text("commit"), .number("rows worse"), .number("rows better"), .number("of rows"))
    for key in findings.distinct({ [$0.series.machine, $0.commit] }) {
      let here = findings.filter { [$0.series.machine, $0.commit] == key }
      let rows = history.series.count { $0.machine == key[0] && $0.points.count >= Steps.fewest }
      let worse = here.count(where: \.isWorse)
      table.rows.append([key[0], "`\(key[1])`", "\(worse)", "\(here.count - worse)", "\(rows)"])
    }
    return table.markdown
  }

  private var table: String {
    let showsMachine = history.series.distinct(\.machine).count > 1
    var table = Table(
      .text("row"), .text("commit"), .text("after"), .text("when"), .text("level"), .number("ratio [95 %]"),
      .text("direction"), .text("plot"))
    for finding in findings {
      let points = finding.series.points, step = finding.step
      table.rows.append([
        "`\(finding.series.name)`" + (showsMachine ? " on \(finding.series.machine)" : ""), "`\(finding.commit)`",
        "`\(points[step.index - 1].commit)`", String(points[step.index].date.prefix(10)), finding.change,
        finding.ratio, finding.isWorse ? "**worse**" : "better", "[plot](\(image(of: finding.series)))",
      ])
    }
    return table.markdown
  }

  private var images: String { plots().map { "![steps](\($0.name))\n" }.joined(separator: "\n") }

  private func image(of series: History.Series) -> String {
    Self.imageName(rows.firstIndex { $0.series == series }! / Self.panelsInImage)
  }

  private static let panelsInImage = 8

  private static func imageName(_ index: Int) -> String { "history-\(index + 1).svg" }

  /// Plots of the rows that have steps, a panel for each.
  public func plots() -> [Plot] {
    stride(from: 0, to: rows.count, by: Self.panelsInImage).map { start in
      let shown = rows[start..<min(start + Self.panelsInImage, rows.count)]
      let script = HistoryPlot(panels: shown.map { HistoryPlot.Panel($0.series, $0.steps) }).script
      return Plot(name: Self.imageName(start / Self.panelsInImage), pass: "", script: script)
    }
  }

  private static let howToRead = """
    ## How to read this

    - A row is a contender at one size on one machine: `kernel/variant/pass/precision/threads/size` for the median time of a call, with
      `/workspace` for the bytes it holds and `/instructions` for those of a call. What is within a page counts as a page. Every change of a
      count of instructions by more than a thousandth is a step.
    - A **step** is a change of level that neither noise nor drift explains: at least four measured commits on either side and twelve
      together, levels that at most one in two hundred orders of the same values would show, and a change that is nine times as probable as a
      slowly drifting level, wherever it may have been. Runs on machines of two kinds are noise of that sort. `hippodrome history simulate`
      counts how often that is wrong. The commit is the first measured one that has the new level; the cause may be any that came after
      the one before.
    - A commit that changed nearly all rows of a machine at once changed the machine, as a rule, and not the code.
    - The ratio's interval is that of a step at this place in a level that may drift, as if the place had been known.

    """
}
