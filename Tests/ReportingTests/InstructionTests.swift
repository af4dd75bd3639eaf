import Foundation
import Testing

@testable import Reporting

private func verdict(_ counts: [Int]?, threshold: Double?) -> GateVerdict {
  var rule = GateRule()
  rule.instructionThreshold = threshold
  var verdict = GateVerdict(
    kernel: "s4d.filter", variant: "powers", pass: "forward", precision: "float", threads: 1, size: "H1-N2-L3",
    time: .same, reason: "", isOpen: false)
  verdict.count(counts, rule)
  return verdict
}

@Test func countsOfInstructionsAreShownAndJudgedWhereAsked() {
  let shown = verdict([1_000_000, 1_060_000], threshold: nil)
  #expect(shown.passes)
  #expect(shown.instructionsText == "1,000,000 → 1,060,000 (+6.0 %)")
  #expect(shown.line.hasPrefix("SAME "))
  let failed = verdict([1_000_000, 1_060_000], threshold: 0.05)
  #expect(!failed.passes)
  #expect(GateOutcome([failed]) == .failed)
  #expect(failed.line.hasPrefix("MORE "))
  #expect(verdict([1_000_000, 1_050_000], threshold: 0.05).passes)
  #expect(verdict([1_000_000, 900_000], threshold: 0.05).instructionsText == "1,000,000 → 900,000 (−10 %)")
  #expect(verdict([824, 824], threshold: 0).instructionsText == "824")
  #expect(verdict(nil, threshold: 0).passes)
}

/// Where the budget is not enough for all, rows whose counts are the same are left out first, however quick they are.
@Test func rowsThatTakeAsManyInstructionsAreLeftOutFirst() {
  let rows = [true, false, true].map { isLast in
    GateForecast.Row(startSeconds: isLast ? 0.01 : 1, callSeconds: 1e-3, samples: [], isLast: isLast)
  }
  func chosen(_ budget: Double) -> [Int] {
    GateForecast(rows, rule: GateRule(), budget: budget, spent: 0, share: 1, sampleSeconds: 0.002).chosen
  }
  #expect(chosen(6.2) == [1])
  #expect(chosen(60) == [0, 1, 2])
}

@Test func instructionsAreASeriesOfTheirOwn() throws {
  var line = MeasurementRecord(
    kernel: "s4d.filter", variant: "powers", idea: "", pass: "forward", precision: "float", threads: 1,
    size: "H1-N2-L3", extents: ["H": 1], verdict: .pass, verified: "oracle", samples: [1e-3, 1e-3, 1e-3],
    instructions: 824, operandBytes: 8, work: .init(flops: 1, transcendentals: 0, scalars: 1),
    date: "2026-01-01T00:00:00Z")
  var run = Samples.run
  run.commit = String(repeating: "a", count: 40)
  let counted = Observation.all(in: [.run(run), .measurement(line)]).observations
  #expect(
    counted.map(\.name) == [
      "s4d.filter/powers/forward/float/1/H1-N2-L3", "s4d.filter/powers/forward/float/1/H1-N2-L3/instructions",
    ])
  #expect(counted[1].unit == .instructions)
  #expect(counted[1].value == 824 && counted[1].lower == 824 && counted[1].upper == 824)
  line.instructions = nil
  #expect(Observation.all(in: [.run(run), .measurement(line)]).observations.count == 1)
}

/// Counts do not scatter: a change shows at once, and is found again when it is taken back.
@Test func everyChangeOfACountIsAStep() {
  let steps = Steps(exact: [1000, 1000.5, 1000, 1010, 1010, 1000]).steps
  #expect(steps.map(\.index) == [3, 5])
  #expect(steps[0].ratio == 1.01 && steps[0].lower == 1.01)
  #expect(Steps(exact: []).steps.isEmpty && Steps(exact: [7]).steps.isEmpty)
}
