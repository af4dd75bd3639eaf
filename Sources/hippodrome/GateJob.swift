import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting

/// Measures rows of two builds within a time budget: all rows shortly, then those that look different or noisy, then again, in fresh processes,
/// what became suspect.
final class GateJob {
  let base, head: [String]
  let rule: GateRule
  /// Seconds for one run, whatever the number of rows.
  let budget: Double
  private let courses: GateCourses
  private let show: (String) -> Void

  /// The share of the budget that first measurements may use. The rest is for confirming; without suspects it is not used.
  static let firstShare = 0.6

  /// How long a sample is at least. Short: a neighbour that comes and goes every 100 ms disturbs few blocks, not all.
  static let sampleSeconds = 0.002

  /// How long one set of processes takes beyond the first look, of which starting them is a tenth of a second.
  private static let generationSeconds = 0.2

  init(
    base: [String], head: [String], rule: GateRule, budget: Double, courses: GateCourses = GateCourses(),
    show: @escaping (String) -> Void
  ) {
    (self.base, self.head, self.rule) = (base, head, rule)
    (self.budget, self.courses, self.show) = (budget, courses, show)
  }

  /// The duels of all rows. `extraWork` is the share of further work that head is made to do in each row, none where there is no
  /// such row; `seed` orders the samples.
  func run(_ rows: [GateRow], seed: UInt64 = 0, extraWork: [Double] = []) throws(Misfit) -> [DuelRecord] {
    let run = Run(
      job: self, rows: rows, begin: .now, extraWork: rows.indices.map { $0 < extraWork.count ? extraWork[$0] : 0 },
      seed: seed)
    var duels = try run.screened()
    var fresh: [DuelRecord] = []
    var share = Self.firstShare
    while true {
      try run.refine(&duels, within: share)
      let more = try run.confirmed(duels, besides: fresh)
      fresh += more
      // What confirming did not use is for rows that could still hide something, and half of that for confirming what they bring up.
      let left = run.left(of: 1)
      guard left > 2 * Self.generationSeconds, !more.isEmpty || !Gate(duels, rule: rule).unsettled.isEmpty else {
        break
      }
      share = 1 - left / 2 / budget
    }
    return duels + fresh
  }

  /// One run through all rows.
  private struct Run {
    let job: GateJob
    let rows: [GateRow]
    let begin: ContinuousClock.Instant
    let extraWork: [Double]
    let seed: UInt64

    /// What is left of a share of the budget.
    func left(of share: Double) -> Double { share * job.budget - begin.duration(to: .now) / .seconds(1) }

    private func show(_ stage: String, _ index: Int) {
      let row = rows[index]
      job.show("\(stage): \(row.kernel.name) \(row.size) \(row.variant.label)")
    }

    /// Every row, until it would show what must be seen, or its share of the time is over. What rows do not use the later ones have.
    func screened() throws(Misfit) -> [DuelRecord] {
      var duels: [DuelRecord] = []
      for index in rows.indices {
        show("\(index + 1) of \(rows.count)", index)
        var effort = Duel.Effort()
        effort.seconds = left(of: GateJob.firstShare) / Double(rows.count - index)
        duels.append(try duel(index, round: 0, set: 0, effort))
      }
      return duels
    }

    /// Further sets of processes for rows that look different or noisy, until none does or a share of the budget is used.
    func refine(_ duels: inout [DuelRecord], within share: Double) throws(Misfit) {
      while left(of: share) > 0, let index = Gate(duels, rule: job.rule).unsettled.first {
        show("a closer look, \(duels[index].generations.count + 1)", index)
        var effort = Duel.Effort()
        effort.seconds = min(GateJob.generationSeconds, left(of: share))
        effort.leastBlocks = 4
        duels[index].append(try duel(index, round: 0, set: duels[index].generations.count, effort))
      }
    }

    /// Suspicions in fresh sets of processes, but for those that were measured so before, the gravest first: where time is short, some rows
    /// are confirmed rather than none.
    func confirmed(_ duels: [DuelRecord], besides done: [DuelRecord]) throws(Misfit) -> [DuelRecord] {
      let gate = Gate(duels, rule: job.rule)
      let suspects = gate.suspects.filter { suspect in !done.contains { $0.row == suspect.row } }
      var fresh: [DuelRecord] = []
      for (place, first) in suspects.enumerated() {
        guard left(of: 1) > 0 else { break }
        let index = rows.firstIndex { $0.identity == first.row }!
        show("confirming \(place + 1) of \(suspects.count)", index)
        let each = max(GateJob.generationSeconds, first.seconds / Double(max(first.generations.count, 1)))
        let allowed = Int(left(of: 1) / Double(suspects.count - place) / each)
        var effort = Duel.Effort()
        effort.generations = max(job.rule.confirmations, min(gate.confirmations(of: first), allowed))
        effort.seconds = min(Double(effort.generations) * each, left(of: 1))
        effort.leastBlocks = 4
        fresh.append(try duel(index, round: 1, set: 0, effort))
      }
      return fresh
    }

    /// Beyond the budget nothing is started any more: the row says that nothing was measured.
    private func duel(_ index: Int, round: Int, set: Int, _ wanted: Duel.Effort) throws(Misfit) -> DuelRecord {
      let row = rows[index], left = left(of: 1)
      var effort = wanted
      effort.sampleSeconds = GateJob.sampleSeconds
      effort.extraWork = extraWork[index]
      effort.limit = left
      // Who hangs costs its row what is left, not another minute.
      effort.timeout = min(max(left, 10), 60)
      guard left > 0 else { return DuelRecord(DuelResult(), row, round: round) }
      let isScreening = round == 0 && set == 0
      let result = Duel(base: job.base, head: job.head).run(
        row.variant, on: try job.courses.course(row), effort, seed: seed &+ UInt64(round) << 32 &+ UInt64(set) << 40
      ) { result in
        isScreening && job.rule.sees(DuelRecord(result, row, round: round), among: rows.count)
      }
      return DuelRecord(result, row, round: round)
    }
  }
}

extension DuelRecord {
  init(_ result: DuelResult, _ row: GateRow, round: Int) {
    self.init(
      kernel: row.kernel.name, variant: row.variant.name, pass: row.variant.pass.rawValue,
      precision: row.variant.precision.rawValue, threads: row.variant.threads, size: row.size.description,
      round: round, generations: result.generations, base: Side(result.base), head: Side(result.head),
      callsPerSample: max(result.calls, 1),
      extraWork: result.calls > 0 ? Double(result.extraCalls) / Double(result.calls) : 0,
      baseFailure: result.baseFailure, headFailure: result.headFailure, refusal: result.refusal,
      seconds: result.seconds, date: Environment.date())
  }
}

extension DuelRecord.Side {
  init(_ side: DuelResult.Side) {
    self.init(samples: side.samples, workspaceBytes: side.workspace, peakBytes: side.peak)
  }
}
