import Foundation
import Reporting
import Testing

struct MutationReportTests {
  private func report(_ controls: [MutationControl]) -> MutationReport {
    MutationReport(
      seeds: 2, sets: [.init(name: "fixtures", idea: "the kernel's fixtures", isOwn: true)], rules: [],
      mutants: [
        .init(
          kernel: "ema.filter", name: "dt is ignored", pass: "forward", equivalence: nil, isFound: true,
          kills: ["fixtures": ["values", "a.h5", "K: off"]], others: [:])
      ], alarms: [], controls: controls)
  }

  /// A right kernel of somebody else that fails is a false alarm, and the page has it beside the kill rates.
  @Test func controlsAreCountedAndTheirFailuresAreFalseAlarms() throws {
    var control = MutationControl(kernel: "ema.filter")
    control.pass("float", share: 0.25)
    control.pass("float", share: 0.125)
    control.pass("double", share: 0.5)
    control.fail("double", "gradient case L16.h5: gradient of alpha: 2 times its bound")
    let report = report([control])
    #expect(
      report.falseAlarms == ["ema.filter: control, double gradient case L16.h5: gradient of alpha: 2 times its bound"]
    )
    #expect(report.summary == "1 of 1 killable mutants killed, 1 false alarms over 2 seeds, 0 declared equivalent")
    #expect(report.markdown.contains("| ema.filter | 2 | 2 | 25 % | 50 % | 1 |"))
    #expect(report.markdown.contains("4 verdicts, 1 false alarms."))
    let read = try JSONDecoder().decode(MutationReport.self, from: try report.json)
    #expect(read.falseAlarms == report.falseAlarms && read.markdown == report.markdown)
  }

  /// A control that refuses every case, in one precision or in both, is no control.
  @Test func aControlOfWhichNothingWasJudgedFails() throws {
    var control = MutationControl(kernel: "ema.filter")
    control.pass("float", share: 0.25)
    control.demandVerdicts(["float", "double"], unjudged: ["float": "not asked", "double": "no float64 here"])
    #expect(control.failures == ["double nothing was judged: no float64 here"])
    #expect(report([control]).markdown.contains("1 verdicts, 1 false alarms."))
    control.demandVerdicts(["float", "double"], unjudged: [:])
    #expect(control.failures.count == 1)
  }

  @Test func withoutControlsThePageSaysNothingOfThem() {
    #expect(!report([]).markdown.contains("Right kernels of others"))
  }
}
