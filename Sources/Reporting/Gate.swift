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

  /// The rows, by their place, that further measuring may settle: those that look slower or faster without being suspect, and those that
  /// could hide a slowdown that must be seen. Whoever had the fewest sets of processes comes first, then what looks slower, then what
  /// sees least.
  public var unsettled: [Int] {
    var needs: [(index: Int, key: (Int, Int, Double))] = []
    for ((index, duels), suspicion) in zip(rows.enumerated(), suspicions) where suspicion.time == .same {
      let first = duels[0]
      guard first.headFailure == nil, first.baseFailure == nil, first.refusal == nil else { continue }
      let duel = GateDuel(first, rule)
      let visible = duel.visible(among: rows.count, rule).map { expm1($0) } ?? .infinity
      let look = first.generations.count < GateRule.mostSets ? duel.look(rule) : .same
      guard visible > rule.blindAbove || look != .same else { continue }
      let rank = look == .slower ? 0 : look == .faster ? 1 : 2
      needs.append((index, (first.generations.count, rank, -visible)))
    }
    return needs.sorted { $0.key < $1.key }.map(\.index)
  }

  /// In how many fresh sets of processes a suspicion should be measured again where there is time. What is far beyond all that
  /// processes of one build differ by needs no more than the least number.
  public func confirmations(of suspect: DuelRecord) -> Int {
    let duel = GateDuel(suspect, rule)
    guard !duel.ratios.isEmpty else { return rule.confirmations }
    let isPlain = abs(Statistics.median(duel.ratios)) > 2 * max(duel.threshold, duel.resolution)
    return isPlain ? rule.confirmations : max(rule.confirmations, GateRule.mostConfirmations)
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
    verdict.count([first.base.instructions, first.head.instructions].compactMap(\.self), rule)
    if let failed = duels.first(where: { $0.headFailure != nil || $0.baseFailure != nil }) {
      (verdict.time, verdict.reason) = failure(failed)
      verdict.isOpen = verdict.time == .undecided
      return verdict
    }
    if let reason = first.refusal {
      (verdict.time, verdict.reason) = (.refused, reason)
      return verdict
    }
    estimate(&verdict, duels, rounds)
    let isConfirmed: Bool
    (verdict.time, verdict.reason, isConfirmed) = time(duels, rounds, suspicion.time)
    verdict.memory = memory(rounds, suspicion.memory)
    verdict.isOpen =
      canHide(verdict) || suspicion.time == .slower && !isConfirmed
      || suspicion.memory == .hungrier && verdict.memory == .undecided
    return verdict
  }

  /// Whether a slowdown that must be seen could be there and not have been.
  private func canHide(_ verdict: GateVerdict) -> Bool {
    guard verdict.time == .same || verdict.time == .undecided else { return false }
    guard let visible = verdict.visible, let upper = verdict.upper, let threshold = verdict.threshold else {
      return true
    }
    return max(visible, upper - 1, threshold) > rule.blindAbove
  }

  /// What it means that a build could not be measured. Only the newer one is on trial.
  private func failure(_ duel: DuelRecord) -> (GateVerdict.Time, String) {
    switch (duel.baseFailure, duel.headFailure) {
    case (nil, let head): (.broken, head ?? "")
    case (let base, nil) where duel.isAdded:
      (
        .added,
        base?.hasPrefix("refused: ") == true ? "the older build does not take it" : "the older build does not have it"
      )
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

  /// The word and the reason, and whether there were sets of processes enough to confirm a suspicion or to deny it.
  private func time(
    _ duels: [DuelRecord], _ rounds: [GateDuel], _ suspicion: GateVerdict.Time
  ) -> (GateVerdict.Time, String, Bool) {
    guard suspicion == .same else {
      let sets = duels.dropFirst().flatMap(\.setRatios).map { suspicion == .faster ? -$0 : $0 }
      let bar = threshold(duels)
      if Statistics.signTest(sets, above: bar) <= GateRule.confirmationLevel { return (suspicion, "", true) }
      let looks = "looked \(suspicion.rawValue)"
      return Statistics.signTest(sets.map { _ in 1 }, above: 0) <= GateRule.confirmationLevel
        ? (.undecided, "\(looks), seen in \(sets.count { $0 > bar }) of \(sets.count) fresh sets of processes", true)
        : (.undecided, "\(looks), and the budget was too short to confirm it", false)
    }
    let first = rounds[0]
    let least = rule.leastBlocks(rows: rows.count)
    guard first.ratios.count >= least else {
      let blocks = "\(first.ratios.count) blocks within the budget, \(least) are needed for \(rows.count) rows"
      return (.undecided, blocks, true)
    }
    guard first.threshold <= log1p(max(rule.coarsest, rule.threshold)) else {
      let most = Units.percent(expm1(first.resolution))
      return (.undecided, "two processes of one build differ by up to \(most)", true)
    }
    let interval = Statistics.medianInterval(first.ratios)
    let isWithin = max(abs(interval.lower), abs(interval.upper)) <= first.threshold
    return isWithin ? (.same, "", true) : (.undecided, "the interval reaches beyond what counts", true)
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
    verdict.ratio = exp(Statistics.median(ratios))
    // Of fewer blocks than these nothing more can be said: no interval covers 95 %, and no sign test falls.
    let interval = Statistics.medianInterval(ratios)
    guard interval.coverage >= 0.95 else { return }
    (verdict.lower, verdict.upper) = (exp(interval.lower), exp(interval.upper))
    guard let visible = rounds[0].visible(among: rows.count, rule) else { return }
    verdict.threshold = expm1(rounds.count > 1 ? threshold(duels) : rounds[0].threshold)
    verdict.visible = expm1(visible)
  }
}
