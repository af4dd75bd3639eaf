import Foundation

/// The judgement of two builds: a pure function of the duels between them.
///
/// For each row, the sign test asks whether the median of ln(head ÷ base) over blocks exceeds a threshold: the user's, or what
/// two processes of one build were seen to differ by in the same samples, whichever is larger. Holm's procedure takes care of the
/// number of rows. What it lets through is a suspicion: blocks of one set of processes share what these are off by, so that the test alone
/// would raise false alarms. It is measured again in fresh sets of processes, and counts if the sign test over sets, which are independent
/// of one another, confirms it.
public struct Gate: Sendable {
  /// The rule.
  public let rule: GateRule
  private let rows: [[DuelRecord]]

  /// A gate over duels; those of one row are told apart by their round.
  public init(_ duels: [DuelRecord], rule: GateRule) {
    self.rule = rule
    rows = duels.distinct(\.row).map { row in duels.filter { $0.row == row }.stablySorted { $0.round < $1.round } }
  }

  /// What the first round of a row makes one suspect.
  private struct Suspicion {
    var time = GateVerdict.Time.same
    var memory = GateVerdict.Memory.same
    /// How far the slowdown is, as a logarithm: what is largest is confirmed first.
    var size = 0.0
    var isAny: Bool { time != .same || memory != .same }
    var isGrave: Bool { time == .slower || memory == .hungrier }
  }

  /// The rows that need confirmation, with the first duel of each: those that may have become slower or hungrier first.
  public var suspects: [DuelRecord] {
    let all = zip(rows, suspicions).filter { $1.isAny }
    return all.stablySorted { first, second in
      first.1.isGrave != second.1.isGrave ? first.1.isGrave : first.1.size > second.1.size
    }.map { $0.0[0] }
  }

  private var suspicions: [Suspicion] {
    let firsts = rows.map { GateDuel($0[0], rule) }
    let measured = firsts.indices.filter { !firsts[$0].ratios.isEmpty }
    let slower = Statistics.holm(measured.map { firsts[$0].slower }, alpha: rule.alpha)
    let faster = Statistics.holm(measured.map { firsts[$0].faster }, alpha: rule.alpha)
    var suspicions = firsts.map { Suspicion(memory: $0.memory) }
    for (place, index) in measured.enumerated() {
      suspicions[index].size = Statistics.median(firsts[index].ratios)
      if slower[place] { suspicions[index].time = .slower } else if faster[place] { suspicions[index].time = .faster }
    }
    return suspicions
  }

  /// The verdict on every row, in the order of the duels.
  public var verdicts: [GateVerdict] {
    zip(rows, suspicions).map { verdict($0, $1) }
  }

  private func verdict(_ duels: [DuelRecord], _ suspicion: Suspicion) -> GateVerdict {
    let first = duels[0]
    let rounds = duels.map { GateDuel($0, rule) }
    var verdict = GateVerdict(
      kernel: first.kernel, variant: first.variant, pass: first.pass, precision: first.precision,
      threads: first.threads, size: first.size, time: .undecided, memory: .same,
      blocks: rounds.map(\.ratios.count).reduce(0, +), rounds: duels.count, reason: "")
    if let failed = duels.first(where: { $0.headFailure != nil || $0.baseFailure != nil }) {
      (verdict.time, verdict.reason) = failure(failed)
      return verdict
    }
    if let reason = first.refusal {
      verdict.reason = "refused: \(reason)"
      return verdict
    }
    estimate(&verdict, duels, rounds)
    (verdict.time, verdict.reason) = time(duels, rounds, suspicion.time)
    verdict.memory = memory(rounds, suspicion.memory)
    return verdict
  }

  /// What it means that a build could not be measured. Only the newer one is on trial.
  private func failure(_ duel: DuelRecord) -> (GateVerdict.Time, String) {
    switch (duel.baseFailure, duel.headFailure) {
    case (nil, let head): (.broken, head ?? "")
    case (_, nil) where duel.isAdded: (.added, "the older build does not have it")
    case (let base?, nil): (.undecided, "the older build failed: \(base)")
    case (_?, let head?) where duel.isAdded: (.broken, head)
    case (let base?, let head?): (.undecided, "both builds failed; base: \(base); head: \(head)")
    }
  }

  /// The threshold that a suspect must clear in fresh processes: the user's, or what the two processes of one build, compared in the same
  /// way over all sets, could not exclude.
  private func threshold(_ duels: [DuelRecord]) -> Double {
    let offsets = duels.flatMap(\.offsets)
    guard !offsets.isEmpty else { return log1p(rule.threshold) }
    let interval = Statistics.medianInterval(offsets)
    return max(log1p(rule.threshold), abs(interval.lower), abs(interval.upper))
  }

  private func time(
    _ duels: [DuelRecord], _ rounds: [GateDuel], _ suspicion: GateVerdict.Time
  ) -> (GateVerdict.Time, String) {
    guard suspicion == .same else {
      let sets = duels.dropFirst().flatMap(\.setRatios).map { suspicion == .faster ? -$0 : $0 }
      let bar = threshold(duels)
      if Statistics.signTest(sets, above: bar) <= GateRule.confirmationLevel { return (suspicion, "") }
      let looks = "looked \(suspicion.rawValue)"
      return Statistics.signTest(sets.map { _ in 1 }, above: 0) <= GateRule.confirmationLevel
        ? (.undecided, "\(looks), seen in \(sets.count { $0 > bar }) of \(sets.count) fresh sets of processes")
        : (.undecided, "\(looks), and the budget was too short to confirm it")
    }
    let first = rounds[0]
    let least = rule.leastBlocks(rows: rows.count)
    guard first.ratios.count >= least else {
      return (
        .undecided, "\(first.ratios.count) blocks within the budget, \(least) are needed for \(rows.count) rows"
      )
    }
    guard first.threshold <= log1p(max(rule.coarsest, rule.threshold)) else {
      return (.undecided, "two processes of one build differ by up to \(Units.percent(expm1(first.resolution)))")
    }
    let interval = Statistics.medianInterval(first.ratios)
    let isWithin = max(abs(interval.lower), abs(interval.upper)) <= first.threshold
    return isWithin ? (.same, "") : (.undecided, "the interval reaches beyond what counts")
  }

  private func memory(_ rounds: [GateDuel], _ suspicion: GateVerdict.Memory) -> GateVerdict.Memory {
    guard suspicion != .same else { return .same }
    guard rounds.count > 1 else { return .undecided }
    return rounds.allSatisfy { $0.memory == suspicion } ? suspicion : .same
  }

  private func estimate(_ verdict: inout GateVerdict, _ duels: [DuelRecord], _ rounds: [GateDuel]) {
    func median(_ side: KeyPath<DuelRecord, [Int]>) -> Int? {
      let bytes = duels.flatMap { $0[keyPath: side] }
      return bytes.isEmpty ? nil : Int(Statistics.median(bytes.map(Double.init)))
    }
    func change(_ base: KeyPath<DuelRecord, [Int]>, _ head: KeyPath<DuelRecord, [Int]>) -> [Int]? {
      median(base).flatMap { old in median(head).map { [old, $0] } }
    }
    verdict.workspaceBytes = change(\.base.workspaceBytes, \.head.workspaceBytes)
    verdict.peakBytes = change(\.base.peakBytes, \.head.peakBytes)
    // The first round of a suspect was chosen for being far off: what confirms it is the better estimate.
    let fair = rounds.count > 1 ? Array(rounds.dropFirst()) : rounds
    let ratios = fair.flatMap(\.ratios)
    guard !ratios.isEmpty, !rounds[0].ratios.isEmpty else { return }
    let interval = Statistics.medianInterval(ratios)
    verdict.ratio = exp(Statistics.median(ratios))
    (verdict.lower, verdict.upper) = (exp(interval.lower), exp(interval.upper))
    verdict.threshold = expm1(rounds.count > 1 ? threshold(duels) : rounds[0].threshold)
    // The interval at the level of Holm's first step trails the median, and the median itself may come out too low: a slowdown
    // that clears the threshold by both is nearly always suspected.
    let first = rounds[0].ratios
    let strict = Statistics.medianInterval(first, confidence: 1 - 2 * rule.alpha / Double(max(rows.count, 1)))
    verdict.visible = expm1(rounds[0].threshold + Statistics.medianInterval(first).upper - strict.lower)
  }
}
