import Foundation
import Testing

@testable import Reporting

/// The first blocks of a duel, as a short screening gives them.
private func short(_ duel: DuelRecord, _ blocks: Int) -> DuelRecord {
  var duel = duel
  duel.base.samples = duel.base.samples.map { Array($0.prefix(blocks)) }
  duel.head.samples = duel.head.samples.map { Array($0.prefix(blocks)) }
  duel.generations = [blocks]
  return duel
}

/// What is quiet and the same needs no more time; what looks different, sees little or was hardly measured does.
@Test func theBudgetGoesToWhatLooksDifferentOrNoisy() {
  var simulation = Simulation(seed: 21)
  let quiet = simulation.duel(row: 0, process: 0, noise: 0.001)
  let noisy = short(simulation.duel(row: 1, process: 0, noise: 0.3), 20)
  let different = short(simulation.duel(row: 2, slowdown: 0.08, process: 0, noise: 0.01), 7)
  let hardly = short(simulation.duel(row: 3, process: 0, noise: 0.001), 3)
  var broken = simulation.duel(row: 4)
  broken.headFailure = "signal 11"
  let gate = Gate(
    [quiet, noisy, different, hardly, broken, simulation.duel(row: 5, process: 0, noise: 0.001)], rule: GateRule())
  #expect(gate.suspects.isEmpty)
  #expect(gate.unsettled == [2, 3, 1])
  // Whoever had more sets of processes waits for the others.
  var longer = hardly
  longer.append(short(simulation.duel(row: 3, process: 0, noise: 0.001), 1))
  #expect(longer.generations == [3, 1])
  #expect(longer.logRatios.count == 4)
  #expect(Gate([longer, noisy], rule: GateRule()).unsettled == [1, 0])
}

/// A gate as the job runs it: a short screening, further sets for what is not settled, and confirmation of what became suspect.
private func run(_ slowdowns: [Double], sets: Int, noise: Double, _ simulation: inout Simulation) -> (Gate, [Int]) {
  let rule = GateRule()
  var duels = slowdowns.enumerated().map {
    short(
      simulation.duel(row: $0.offset, slowdown: $0.element, noise: noise), rule.leastBlocks(rows: slowdowns.count))
  }
  for _ in 0..<sets {
    guard let index = Gate(duels, rule: rule).unsettled.first else { break }
    duels[index].append(short(simulation.duel(row: index, slowdown: slowdowns[index], noise: noise), 12))
  }
  let spent = duels.map(\.generations.count)
  for suspect in Gate(duels, rule: rule).suspects {
    let row = Int(suspect.variant.split(separator: " ")[1])!
    duels.append(simulation.duel(row: row, round: 1, slowdown: slowdowns[row], noise: noise))
  }
  return (Gate(duels, rule: rule), spent)
}

/// Thirty-eight rows, of which one is slower by a tenth, in noise that a screening does not see through.
@Test func aTenthIsFoundAmongManyRows() {
  var simulation = Simulation(seed: 22)
  var slowdowns = Array(repeating: 0.0, count: 38)
  slowdowns[17] = 0.1
  for _ in 0..<10 {
    let (gate, spent) = run(slowdowns, sets: 200, noise: 0.03, &simulation)
    #expect(gate.verdicts[17].time == .slower)
    #expect(gate.verdicts.count { !$0.passes } == 1)
    #expect(GateOutcome(gate.verdicts) == .failed)
    #expect(spent.contains { $0 > 1 })
  }
}

/// Measuring on where a row looks different gives chance further looks, but what confirms a suspicion is measured anew.
@Test func furtherLooksRaiseNoFalseAlarms() {
  var simulation = Simulation(seed: 23)
  let verdicts = (0..<30).flatMap { _ in
    run(Array(repeating: 0, count: 38), sets: 100, noise: 0.01, &simulation).0.verdicts
  }
  #expect(verdicts.count == 1140)
  #expect(verdicts.count { !$0.passes } <= 1)
}

@Test func whatIsPlainNeedsFewConfirmations() {
  var simulation = Simulation(seed: 24)
  let gate = Gate([simulation.duel()], rule: GateRule())
  #expect(gate.confirmations(of: simulation.duel(slowdown: 0.5)) == 12)
  #expect(gate.confirmations(of: simulation.duel(slowdown: 0.015, process: 0.005)) == 40)
}

@Test func aForecastSaysWhatTheBudgetIsEnoughFor() {
  func row(_ call: Double, _ noise: Double = 0) -> GateForecast.Row {
    GateForecast.Row(
      startSeconds: 0.05, callSeconds: call, samples: (0..<9).map { call * (1 + noise * Double($0 % 3 - 1)) })
  }
  let rows = [row(1e-4), row(1e-4, 0.05), row(0.1), row(1e-4)]
  func forecast(_ budget: Double) -> GateForecast {
    GateForecast(rows, rule: GateRule(), budget: budget, spent: 1, share: 0.5, sampleSeconds: 0.002)
  }
  // Among four rows a sign test needs eight blocks; twelve are planned, of four samples of 2.5 ms and of 125 ms.
  #expect(abs(forecast(30).seconds(0) - (0.3 + 0.12)) < 1e-9)
  #expect(abs(forecast(30).seconds(2) - (0.3 + 6)) < 1e-9)
  #expect(forecast(30).chosen == [0, 1, 2, 3])
  #expect(abs(forecast(30).needed - (1 + 2 * (3 * 0.42 + 6.3))) < 1e-9)
  #expect(!forecast(30).text.contains("left out"))
  let short = forecast(4)
  #expect(short.chosen == [0, 1, 3])
  #expect(
    short.text.contains(
      "The budget is too short: 1 of 4 rows are left out, and the gate cannot pass. All rows need --budget 17s."))
  #expect(short.leftOut == "left out: the budget of 4.0 s is enough for 3 of 4 rows, all need --budget 17s")
  #expect(forecast(0.5).chosen.isEmpty)
  // Without noise the user's threshold is what is seen.
  #expect(abs(short.visible(0)! - 0.01) < 1e-6)
  #expect(short.visible(1)! > 0.1)
  #expect(
    GateForecast(
      [.init(startSeconds: 0, callSeconds: 1, samples: [1, 1])], rule: GateRule(), budget: 9, spent: 0, share: 1,
      sampleSeconds: 0
    ).visible(0) == nil)
}

@Test func normalQuantilesInvertTheDistribution() {
  #expect(abs(Statistics.normalQuantile(0.975) - 1.959_963_985) < 1e-8)
  #expect(abs(Statistics.normalQuantile(0.5)) < 1e-12)
  #expect(abs(Statistics.normalQuantile(0.001) + 3.090_232_306) < 1e-8)
}
