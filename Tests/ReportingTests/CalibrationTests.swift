import Foundation
import Testing

@testable import Reporting

private func gate(_ slowdown: Double, _ words: [GateVerdict.Time], neighbour: Bool = false) -> Record {
  let rows = words.enumerated().map { index, word in
    CalibrationRecord.Row(
      GateVerdict(
        kernel: "k", variant: "v\(index)", pass: "forward", precision: "float", threads: 1, size: "L8", time: word,
        memory: .same, threshold: 0.01, blocks: 40, rounds: 1, reason: ""), slowdown: slowdown)
  }
  return .calibration(
    CalibrationRecord(
      budget: 20, hasNeighbour: neighbour, slowdown: slowdown, rule: GateRule(), rows: rows, outcome: .passed,
      seconds: 20,
      date: "2026-01-01T00:00:00Z"))
}

@Test func calibrationCountsAlarmsAndWhatWasSeen() throws {
  let same = Array(repeating: GateVerdict.Time.same, count: 10)
  let slower = Array(repeating: GateVerdict.Time.slower, count: 10)
  let half = Array(slower.prefix(5) + same.prefix(5))
  let records = [gate(0, same), gate(0, same), gate(0.01, half), gate(0.02, slower), gate(0.05, slower)]
  let summary = try #require(CalibrationSummary(records))
  let sentence = try #require(summary.sentence(secondsPerRow: 3, rule: GateRule()))
  #expect(sentence.contains("2.00 s a row and 10 rows: 0 of 20 (at most 17 %) false alarms"))
  #expect(sentence.contains("a slowdown of 2.0 % was seen in 10 of 10"))
  #expect(summary.sentence(secondsPerRow: 1, rule: GateRule()) == nil)
  #expect(
    CalibrationSummary([gate(0, half)])?.sentence(secondsPerRow: 2, rule: GateRule())?.contains("5 of 10") == true)
  #expect(CalibrationSummary([]) == nil)
  // What another rule sees says nothing of this one.
  var other = GateRule()
  other.threshold = 0.05
  #expect(summary.sentence(secondsPerRow: 3, rule: other) == nil)
}

/// Nothing is said of a quiet machine from what was seen beside a neighbour.
@Test func settingsAreNotMixed() throws {
  let records = [gate(0, [.slower], neighbour: true), gate(0, [.same])]
  let summary = try #require(CalibrationSummary(records))
  #expect(summary.sentence(secondsPerRow: 20, rule: GateRule())?.contains("0 of 1 ") == true)
  #expect(
    CalibrationSummary.markdown([(summary, [])]).contains(
      "| 20.0 | 1 | 10 % | busy neighbour | 20 s | 1 passed | 1 of 1"))
  #expect(summary.gates(budget: 20, rows: 1, hasNeighbour: true, rule: GateRule(), slowdown: 0) == 1)
  #expect(summary.gates(budget: 20, rows: 1, hasNeighbour: true, rule: GateRule(), slowdown: 0.1) == 0)
}

@Test func signTestHolmAndProportions() {
  #expect(abs(Statistics.signTest([1, 1, 1, 1, 1], above: 0) - 1 / 32) < 1e-12)
  #expect(abs(Statistics.signTest([1, 1, 1, 0, 0], above: 0) - 0.5) < 1e-12)
  #expect(Statistics.signTest([], above: 0) == 1)
  #expect(abs(Statistics.signTest([.nan, 1], above: 0) - 0.75) < 1e-12)
  #expect(Statistics.holm([0.01, 0.04, 0.03, 0.005], alpha: 0.05) == [true, false, false, true])
  #expect(Statistics.holm([], alpha: 0.05).isEmpty)
  // From the tables of Clopper and Pearson: 0 of 10, 3 of 10, 10 of 10.
  #expect(abs(Statistics.proportionInterval(0, of: 10).upper - 0.3085) < 1e-4)
  let three = Statistics.proportionInterval(3, of: 10)
  #expect(abs(three.lower - 0.0667) < 1e-4 && abs(three.upper - 0.6525) < 1e-4)
  #expect(abs(Statistics.proportionInterval(10, of: 10).lower - 0.6915) < 1e-4)
}
