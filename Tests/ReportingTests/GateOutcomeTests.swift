import Foundation
import Testing

@testable import Reporting

/// A page over one row.
private func page(_ duels: [DuelRecord]) -> GatePage {
  GatePage(Gate(duels, rule: GateRule()), base: "old", head: "new", budget: 120, seconds: 7, calibration: nil)
}

/// Exit code, terminal, Markdown, JSON and JUnit say of a gate the same.
private func expect(
  _ page: GatePage, _ outcome: GateOutcome, code: Int32, _ word: String, conclusion: String
) throws {
  #expect(page.outcome == outcome)
  #expect(page.outcome.exitCode == code)
  #expect(page.conclusion == conclusion)
  #expect(page.markdown.hasPrefix("# Gate: \(conclusion)\n"))
  #expect(page.markdown.contains("| \(word) |"))
  #expect(page.verdicts[0].line.hasPrefix(word))
  #expect(page.summary.hasPrefix("1 \(word) of 1 rows"))
  let object = try #require(JSONSerialization.jsonObject(with: Data(try page.json.utf8)) as? [String: Any])
  #expect(object["outcome"] as? String == outcome.rawValue)
  #expect(object["passes"] as? Bool == (code == 0))
  #expect((object["verdicts"] as? [[String: Any]])?.first?["time"] as? String == word)
  #expect(page.records.contains { $0.verdict == .fail } == (code != 0))
}

@Test func allOutputsSayTheSameOfWhatTheNewerBuildRefuses() throws {
  let none = DuelRecord.Side(samples: [[], []])
  var row = Simulation(seed: 10).duel(0, 0, none, none)
  row.headFailure = "refused: too long"
  let broken = page([row])
  try expect(
    broken, .failed, code: 1, "BROKEN", conclusion: "failed: 1 of 1 rows is slower, hungrier or broken")
  #expect(broken.verdicts[0].reason == "refused: too long")
  (row.headFailure, row.baseFailure) = (nil, "refused: too long")
  try expect(page([row]), .passed, code: 0, "ADDED", conclusion: "passed")
  (row.baseFailure, row.refusal) = (nil, "too long")
  try expect(page([row]), .undecided, code: 2, "REFUSED", conclusion: "not decided: no row was compared")
}

/// What was not measured, or too coarsely, is no pass.
@Test func aGateThatCouldNotHaveSeenATenthIsNotDecided() throws {
  var simulation = Simulation(seed: 11)
  let hidden = "not decided: 1 of 1 rows could hide a slowdown of 10 % (--blind-above)"
  let none = DuelRecord.Side(samples: [[], []])
  try expect(page([simulation.duel(0, 0, none, none)]), .undecided, code: 2, "UNDECIDED", conclusion: hidden)
  let noisy = page([simulation.duel(noise: 0.4)])
  #expect(noisy.verdicts[0].visible! > 0.1)
  try expect(noisy, .undecided, code: 2, "UNDECIDED", conclusion: hidden)
  let quiet = page([simulation.duel()])
  #expect(quiet.verdicts[0].visible! < 0.1)
  try expect(quiet, .passed, code: 0, "SAME", conclusion: "passed")
  // A suspicion that there was no time to confirm hides a slowdown, however quiet the machine.
  let suspect = page([simulation.duel(slowdown: 0.5)])
  try expect(suspect, .undecided, code: 2, "UNDECIDED", conclusion: hidden)
  // Another half as much is asked of it.
  var rule = GateRule()
  rule.blindAbove = 0.5
  #expect(GateOutcome(Gate([simulation.duel(noise: 0.1)], rule: rule).verdicts) == .passed)
}

/// Five samples cover a median in 94 % of cases at most; six blocks are the least by which a sign test falls at 2.5 %.
@Test func nothingIsSaidOfTooFewBlocks() {
  let simulation = Simulation(seed: 12)
  func verdict(_ blocks: Int, of rows: Int) -> GateVerdict {
    let side = DuelRecord.Side(samples: Array(repeating: (0..<blocks).map { 1 + 1e-4 * Double($0 % 3) }, count: 2))
    return Gate((0..<rows).map { simulation.duel($0, 0, side, side) }, rule: GateRule()).verdicts[0]
  }
  let five = verdict(5, of: 1)
  #expect(five.ratio != nil && five.lower == nil && five.upper == nil && five.visible == nil && five.isOpen)
  #expect(five.interval == "1.000")
  let six = verdict(6, of: 1)
  #expect(six.lower != nil && six.visible != nil && !six.isOpen)
  let among = verdict(10, of: 38)
  #expect(among.lower != nil && among.visible == nil && among.threshold == nil && among.isOpen)
  #expect(verdict(11, of: 38).visible != nil)
}

/// Rules from before a gate had to see anything.
@Test func olderRulesAreRead() throws {
  let text = #"{"threshold":0.01,"memoryThreshold":0.05,"falseAlarms":0.05,"coarsest":0.1,"confirmations":12}"#
  let rule = try JSONDecoder().decode(GateRule.self, from: Data(text.utf8))
  #expect(rule.blindAbove == .infinity)
  #expect(rule != GateRule())
}
