import Foundation
import Testing

@testable import Reporting

/// Synthetic duels: what two builds would give whose truth is known.
struct Simulation {
  private var state: UInt64

  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 &+ 1 }

  private mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 0.5) * 0x1p-53
  }

  private mutating func normal() -> Double { sqrt(-2 * log(uniform())) * cos(2 * .pi * uniform()) }

  /// One duel: each process is off by its own `process` share all along, each sample by `noise`, and one in ten is disturbed by up to
  /// a half.
  mutating func duel(
    row: Int = 0, round: Int = 0, slowdown: Double = 0, process: Double = 0.003, noise: Double = 0.01
  ) -> DuelRecord {
    // The first round has one set of processes, a confirmation as many as the rule says.
    let sets = round == 0 ? [60] : Array(repeating: 30, count: GateRule().confirmations)
    var processes = Array(repeating: [Double](), count: 4)
    for blocks in sets {
      for index in 0..<4 {
        let level = 1e-4 * exp(process * normal()) * (index < 2 ? 1 : 1 + slowdown)
        processes[index] += (0..<blocks).map { _ in
          level * exp(noise * abs(normal())) * (uniform() < 0.1 ? 1 + 0.5 * uniform() : 1)
        }
      }
    }
    var duel = duel(row, round, .init(samples: Array(processes[..<2])), .init(samples: Array(processes[2...])))
    duel.generations = sets
    return duel
  }

  func duel(_ row: Int, _ round: Int, _ base: DuelRecord.Side, _ head: DuelRecord.Side) -> DuelRecord {
    DuelRecord(
      kernel: "kernel", variant: "row \(row)", pass: "forward", precision: "float", threads: 1, size: "L8",
      round: round, generations: [base.samples[0].count], base: base, head: head, seconds: 1,
      date: "2026-01-01T00:00:00Z")
  }

  /// A gate over rows with these true slowdowns; suspects are measured again, with the same truth.
  mutating func gate(_ slowdowns: [Double], process: Double = 0.003, noise: Double = 0.01) -> Gate {
    var duels = slowdowns.enumerated().map {
      duel(row: $0.offset, slowdown: $0.element, process: process, noise: noise)
    }
    for suspect in Gate(duels, rule: GateRule()).suspects {
      let row = Int(suspect.variant.split(separator: " ")[1])!
      duels.append(duel(row: row, round: 1, slowdown: slowdowns[row], process: process, noise: noise))
    }
    return Gate(duels, rule: GateRule())
  }
}

@Test func theGateFindsWhatGotSlowerAndNothingElse() {
  var simulation = Simulation(seed: 1)
  let words = simulation.gate([0, 0.05, 0, -0.05]).verdicts.map(\.time)
  #expect(words == [.same, .slower, .same, .faster])
}

/// 2000 rows of a build against itself, each process off by 1 %, as much as the threshold, or by 3 %; with noise that drowns this or not.
@Test(arguments: [(0.01, 0.03), (0.01, 0.01), (0.03, 0.01)])
func theGateRaisesNoFalseAlarms(process: Double, noise: Double) {
  var simulation = Simulation(seed: 2)
  let verdicts = (0..<200).flatMap { _ in
    simulation.gate(Array(repeating: 0, count: 10), process: process, noise: noise).verdicts
  }
  #expect(verdicts.count == 2000)
  #expect(verdicts.count { !$0.passes } <= 2)
}

@Test func theGateSeesThreePercent() {
  var simulation = Simulation(seed: 3)
  let verdicts = (0..<30).flatMap { _ in simulation.gate(Array(repeating: 0.03, count: 10)).verdicts }
  #expect(Double(verdicts.count { $0.time == .slower }) >= 0.95 * Double(verdicts.count))
}

@Test func aSuspicionCountsOnlyOnceItIsConfirmed() {
  var simulation = Simulation(seed: 4)
  let first = simulation.duel(slowdown: 0.1)
  let not = simulation.duel(round: 1, slowdown: 0)
  let once = Gate([first], rule: GateRule())
  #expect(once.suspects.count == 1)
  #expect(once.verdicts[0].time == .undecided)
  #expect(once.verdicts[0].reason.hasSuffix("too short to confirm it"))
  let denied = Gate([first, not], rule: GateRule()).verdicts[0]
  #expect(denied.time == .undecided)
  #expect(denied.reason == "looked SLOWER, seen in 0 of 12 fresh sets of processes")
  var few = simulation.duel(round: 1, slowdown: 0.1)
  few.generations = [90, 90, 90, 90]
  #expect(Gate([first, few], rule: GateRule()).verdicts[0].reason.hasSuffix("too short to confirm it"))
  let yes = simulation.duel(round: 1, slowdown: 0.1)
  #expect(Gate([first, yes], rule: GateRule()).verdicts[0].time == .slower)
}

/// Two processes of the older build that differ by 8 % say that 5 % cannot be told from chance here.
@Test func whatProcessesOfOneBuildDifferByRaisesTheThreshold() {
  let simulation = Simulation(seed: 5)
  func side(_ levels: Double...) -> DuelRecord.Side {
    .init(samples: levels.map { level in (0..<40).map { level + 1e-4 * Double($0 % 3) } })
  }
  let quiet = Gate([simulation.duel(0, 0, side(1, 1), side(1.05, 1.05))], rule: GateRule())
  #expect(quiet.suspects.count == 1)
  // A newer build that is off by itself is not excused by it.
  let unsteady = Gate([simulation.duel(0, 0, side(1, 1), side(1, 1.5))], rule: GateRule())
  #expect(unsteady.suspects.count == 1)
  let noisy = Gate([simulation.duel(0, 0, side(0.96, 1.04), side(1.05, 1.05))], rule: GateRule())
  #expect(noisy.suspects.isEmpty)
  #expect(noisy.verdicts[0].threshold! > 0.08)
  let hopeless = Gate([simulation.duel(0, 0, side(0.8, 1.2), side(1, 1))], rule: GateRule())
  #expect(hopeless.verdicts[0].time == .undecided)
}

@Test func whatCannotBeMeasuredSaysSo() {
  let simulation = Simulation(seed: 6)
  let none = DuelRecord.Side(samples: [[], []])
  var broken = simulation.duel(0, 0, none, none)
  broken.headFailure = "signal 11"
  var added = simulation.duel(1, 0, none, none)
  added.baseFailure = "kernel has no variant row 1 forward float on 1 threads"
  var refused = simulation.duel(2, 0, none, none)
  refused.refusal = "too long"
  var both = simulation.duel(4, 0, none, none)
  (both.baseFailure, both.headFailure) = ("signal 4", "signal 4")
  var old = simulation.duel(5, 0, none, none)
  old.baseFailure = "signal 9"
  let duels = [broken, added, refused, simulation.duel(3, 0, none, none), both, old]
  let verdicts = Gate(duels, rule: GateRule()).verdicts
  #expect(verdicts.map(\.time) == [.broken, .added, .refused, .undecided, .undecided, .undecided])
  #expect(verdicts.map(\.passes) == [false, true, true, true, true, true])
  #expect(verdicts.map(\.isOpen) == [false, false, false, true, true, true])
  #expect(verdicts[3].reason == "0 blocks within the budget, 8 are needed for 6 rows")
}

@Test func memoryIsGatedToo() {
  var simulation = Simulation(seed: 7)
  func duel(_ round: Int, _ base: [Int], _ head: [Int]) -> DuelRecord {
    var duel = simulation.duel(round: round)
    duel.base.workspaceBytes = base
    duel.head.workspaceBytes = head
    return duel
  }
  func memory(_ base: [Int], _ head: [Int]) -> GateVerdict.Memory {
    Gate((0...1).map { duel($0, base, head) }, rule: GateRule()).verdicts[0].memory
  }
  #expect(memory([1_000_000, 1_000_000], [2_000_000, 2_000_000]) == .hungrier)
  #expect(memory([2_000_000, 2_000_000], [1_000_000, 1_000_000]) == .leaner)
  #expect(memory([1_000_000, 1_000_000], [1_040_000, 1_040_000]) == .same)
  #expect(memory([100, 100], [10_000, 10_000]) == .same)
  // Processes of one build differ by as much: a plan that was found by timing.
  #expect(memory([1_000_000, 1_500_000], [1_600_000, 1_700_000]) == .same)
  // One of two processes of the newer build that holds three times as much is no noise of the older.
  #expect(memory([1_000_000, 1_000_000], [1_000_000, 3_000_000]) == .hungrier)
  #expect(Gate([duel(0, [1_000_000], [2_000_000])], rule: GateRule()).verdicts[0].memory == .undecided)
  var hurried = duel(0, [1_000_000], [2_000_000])
  (hurried.base.samples, hurried.head.samples) = ([[], []], [[], []])
  #expect(Gate([hurried], rule: GateRule()).suspects.count == 1)
  let hungry = Gate((0...1).map { duel($0, [1_000_000], [2_000_000]) }, rule: GateRule())
  #expect(!hungry.verdicts[0].passes)
}

@Test func theGateIsWrittenAsMarkdownJSONAndJUnit() throws {
  var simulation = Simulation(seed: 8)
  let gate = simulation.gate([0, 0.1])
  let page = GatePage(gate, base: "old", head: "new", budget: 120, seconds: 7, calibration: nil)
  #expect(page.summary == "1 SAME, 1 SLOWER of 2 rows in 7.0 s (budget 120 s)")
  #expect(page.markdown.hasPrefix("# Gate: failed: 1 of 2 rows is slower, hungrier or broken\n"))
  #expect(page.markdown.contains("| SLOWER | SAME | kernel | `row 1` forward float on 1 | L8 | 1."))
  #expect(page.markdown.contains("has not been calibrated for such a gate"))
  let object = try #require(JSONSerialization.jsonObject(with: Data(try page.json.utf8)) as? [String: Any])
  #expect(object["passes"] as? Bool == false)
  #expect((object["verdicts"] as? [[String: Any]])?.map { $0["time"] as? String } == ["SAME", "SLOWER"])
  let xml = JUnit.xml(page.records.map(Record.verdict))
  #expect(xml.contains("tests=\"2\" failures=\"1\" skipped=\"0\""))
  #expect(xml.contains("hippodrome gate old new kernel --variant row 1"))
}

@Test func duelsAndCalibrationsAreReadBack() throws {
  var simulation = Simulation(seed: 9)
  let gate = simulation.gate([0.1])
  let duel = Record.duel(simulation.duel())
  let row = CalibrationRecord.Row(gate.verdicts[0], slowdown: 0.1)
  let calibration = Record.calibration(
    CalibrationRecord(
      budget: 10, hasNeighbour: true, slowdown: 0.1, rule: GateRule(), rows: [row], seconds: 9,
      date: "2026-01-01T00:00:00Z"))
  for record in [duel, calibration] { #expect(try Record(line: try record.line) == record) }
}
