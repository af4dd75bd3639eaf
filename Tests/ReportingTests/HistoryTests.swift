import Foundation
import Testing

@testable import Reporting

/// Commits and records that tests of histories share.
enum Past {
  /// The hash of the n-th commit.
  static func commit(_ index: Int) -> String {
    String(format: "%07x", 0xabc_0000 + index) + String(repeating: "0", count: 33)
  }

  static func log(_ count: Int) -> CommitLog {
    CommitLog((0..<count).map { CommitLog.Entry(id: commit($0), date: date($0), subject: "Change \($0)") })
  }

  static func date(_ index: Int) -> String { String(format: "2026-07-%02dT10:00:00Z", index + 1) }

  /// A run of the n-th commit and its measurements.
  static func run(_ index: Int, suffix: String = "", _ lines: MeasurementRecord...) -> [Record] {
    var run = Samples.run
    (run.commit, run.date) = (String(commit(index).prefix(12)) + suffix, date(index))
    return [.run(run)] + lines.map(Record.measurement)
  }

  /// A row that takes 1 µs at each commit and from one on longer, with noise of a hundredth.
  static func records(_ count: Int, from first: Int, times ratio: Double) -> [Record] {
    (0..<count).flatMap { index in
      run(index, Samples.measurement(seconds: (index % 2 == 0 ? 1e-6 : 1.01e-6) * (index < first ? 1 : ratio)))
    }
  }

  static func history(_ records: [Record], _ count: Int) -> History {
    History(Observation.all(in: records).observations, commits: log(count))
  }
}

@Suite struct HistoryTests {
  @Test func rowsAreOrderedByCommitsNotByFiles() throws {
    let records = Past.run(2, Samples.measurement(seconds: 3e-6)) + Past.run(0, Samples.measurement(seconds: 1e-6))
    let history = Past.history(records + Past.run(1, Samples.measurement(seconds: 2e-6)), 3)
    let time = try #require(history.series.first)
    #expect(time.name == "toy.sum/lanes/forward/float/1/N2-L8" && time.unit == .seconds)
    #expect(time.points.map(\.value) == [1e-6, 2e-6, 3e-6])
    #expect(time.points[0].commit == "abc000000000" && time.points[0].date == Past.date(0))
    #expect(time.points[0].lower < 1e-6 && time.points[0].upper > 1e-6)
    #expect(history.series.map(\.name).last == "toy.sum/lanes/forward/float/1/N2-L8/workspace")
    #expect(history.series.last?.points.map(\.value) == [4096, 4096, 4096], "a page at least")
  }

  @Test func commitsThatTheRepositoryDoesNotKnowComeByDate() {
    let log = Past.log(3)
    let dates = [
      Past.commit(0): "x", Past.commit(2): "x", "fffffff": Past.date(1), "eeeeeee": "2026-06-01T00:00:00Z",
    ]
    #expect(log.sorted(dates) == ["eeeeeee", Past.commit(0), "fffffff", Past.commit(2)])
    #expect(log.entry("abc0001")?.subject == "Change 1" && log.entry("abc0") == nil && log.entry("abc0009") == nil)
  }

  @Test func measurementsOfOneCommitAreOnePoint() {
    let twice = Past.run(0, Samples.measurement(seconds: 1e-6)) + Past.run(0, Samples.measurement(seconds: 3e-6))
    let points = Past.history(twice, 1).series[0].points
    #expect(points.count == 1 && abs(points[0].value - 2e-6) < 1e-12)
    #expect(points[0].lower < 1e-6 && points[0].upper > 3e-6)
  }

  @Test func whatWasNeverCommittedOrIsWrongIsLeftOut() {
    var wrong = Samples.measurement()
    wrong.verdict = .fail
    let (observations, uncommitted) = Observation.all(
      in: Past.run(0, suffix: "-dirty", Samples.measurement()) + Past.run(1, wrong)
        + Past.run(2, Samples.measurement()))
    #expect(observations.count == 2 && uncommitted == 1)
  }

  @Test func machinesAreApart() {
    var other = Samples.run
    (other.machine.id, other.commit) = ("b", Past.commit(0))
    let records = Past.run(0, Samples.measurement()) + [.run(other), .measurement(Samples.measurement())]
    #expect(
      Past.history(records, 1).series.map(\.machine) == ["amd-epyc-2-x86-64-v4", "amd-epyc-2-x86-64-v4", "b", "b"])
  }

  @Test func gitTellsTheCommits() throws {
    let folder = Samples.scratch("repository")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(CommitLog.read("/nonexistent").entries.isEmpty)
    let git = ["git", "-C", folder.path, "-c", "user.name=a", "-c", "user.email=a@b"]
    _ = try Subprocess.run(git + ["init", "-q"])
    for (subject, date) in [("First", "2026-07-02T00:00:00Z"), ("Then\tmore", "2026-07-01T00:00:00Z")] {
      _ = try Subprocess.run(
        git + ["commit", "-q", "--allow-empty", "-m", subject], environment: ["GIT_COMMITTER_DATE": date])
    }
    let entries = CommitLog.read(folder.path).entries
    #expect(entries.map(\.subject) == ["First", "Then\tmore"], "parents first, whatever the clock said")
    #expect(entries.map(\.date) == ["2026-07-02T00:00:00Z", "2026-07-01T00:00:00Z"])
  }
}

@Suite struct HistoryReportTests {
  private func report(_ count: Int, from first: Int, times ratio: Double) -> HistoryReport {
    HistoryReport(
      Past.history(Past.records(count, from: first, times: ratio), count), commits: Past.log(count), uncommitted: 2)
  }

  @Test func aStepIsInThePage() {
    let report = report(20, from: 12, times: 1.2)
    #expect(report.findings.count == 1)
    #expect(
      report.markdown.contains("2 rows on 1 machine over 20 commits, 2026-07-01 to 2026-07-20. 1 step in the 2 rows"))
    #expect(
      report.markdown.contains(
        "| `toy.sum/lanes/forward/float/1/N2-L8` | `abc000c00000` | `abc000b00000` | 2026-07-13 | "
          + "1.00 µs → 1.21 µs | 1.20× [1.19, 1.21] | **worse** | [plot](history-1.svg) |"), "\(report.markdown)")
    #expect(report.markdown.contains("| amd-epyc-2-x86-64-v4 | `abc000c00000` | 1 | 0 | 2 |"))
    #expect(report.markdown.contains("![steps](history-1.svg)"))
    #expect(report.markdown.contains("2 measurements of code that was never committed"))
    #expect(report.plots().map(\.name) == ["history-1.svg"])
  }

  @Test func onlyNewStepsForTheWorseCount() {
    let slower = report(20, from: 12, times: 1.2)
    #expect(slower.worsened(within: 8).count == 1 && slower.worsened(within: 7).isEmpty)
    #expect(report(20, from: 12, times: 0.8).worsened(within: 20).isEmpty)
    #expect(report(20, from: 12, times: 0.8).markdown.contains("| better |"))
  }

  @Test func oneCommitHasNoHistory() {
    let page = report(1, from: 1, times: 1).markdown
    #expect(
      page.contains("over 1 commit, 2026-07-01. No row was measured at more than 1 commit; a step needs 12 at least.")
    )
    #expect(report(1, from: 1, times: 1).plots().isEmpty)
  }

  @Test func noStepsAreSaid() {
    #expect(report(12, from: 12, times: 1).markdown.contains("No steps in the 2 rows that have 12 commits or more."))
    #expect(report(12, from: 12, times: 1).blindness == nil)
    #expect(report(11, from: 4, times: 9).findings.isEmpty)
    #expect(
      report(11, from: 4, times: 9).blindness
        == "no row was measured at more than 11 commits, a step needs 12 at least")
  }

  @Test(.enabled(if: Gnuplot.isInstalled)) func plotsAreDrawn() throws {
    let plot = try #require(report(20, from: 12, times: 1.2).plots().first)
    let svg = String(decoding: try Gnuplot.svg(plot), as: UTF8.self)
    #expect(svg.contains("toy.sum/lanes/forward/float/1/N2-L8, µs") && svg.contains("abc000c"))
  }
}
