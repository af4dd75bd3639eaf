import Foundation

/// The judgement of two builds: a pure function of the duels between them.
///
/// For each row, the sign test asks whether the median of ln(head ÷ base) over blocks exceeds a threshold: the user's, or what
/// two processes of one build were seen to differ by in the same samples, whichever is larger. Holm's procedure takes care of the
/// number of rows. What it lets through is a suspicion, which must be confirmed in as many fresh sets of processes as the rule says.
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
    var isAny: Bool { time != .same || memory != .same }
  }

  /// The rows that need confirmation, with one duel of each: those that may have become slower or hungrier first.
  public var suspects: [DuelRecord] {
    let all = zip(rows, suspicions).filter { $1.isAny }
    return all.stablySorted { isGrave($0.1) && !isGrave($1.1) }.map { $0.0[0] }
  }

  private func isGrave(_ suspicion: Suspicion) -> Bool { suspicion.time == .slower || suspicion.memory == .hungrier }

  private var suspicions: [Suspicion] {
    let firsts = rows.map { GateDuel($0[0], rule) }
    let measured = firsts.indices.filter { !firsts[$0].ratios.isEmpty }
    let slower = Statistics.holm(measured.map { firsts[$0].slower }, alpha: rule.alpha)
    let faster = Statistics.holm(measured.map { firsts[$0].faster }, alpha: rule.alpha)
    var suspicions = firsts.map { Suspicion(memory: $0.memory) }
    for (place, index) in measured.enumerated() {
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
    if let failed = duels.first(where: { $0.headFailure != nil }) {
      verdict.time = .broken
      verdict.reason = failed.headFailure!
      return verdict
    }
    if let failed = duels.first(where: { $0.baseFailure != nil }) {
      // Nothing of the newer build is wrong, and there is nothing to compare it with.
      verdict.time = .added
      verdict.reason = "base: \(failed.baseFailure!)"
      return verdict
    }
    if let reason = first.refusal {
      verdict.reason = "refused: \(reason)"
      return verdict
    }
    let least = rule.leastBlocks(rows: rows.count)
    guard rounds[0].ratios.count >= least else {
      verdict.reason =
        "\(rounds[0].ratios.count) blocks within the budget, \(least) are needed for \(rows.count) rows"
      return verdict
    }
    estimate(&verdict, duels, rounds)
    let confirmed = rounds.dropFirst().count { $0.confirms(suspicion.time) }
    let needed = rule.confirmations
    switch suspicion.time {
    case .slower, .faster:
      if rounds.count - 1 >= needed, confirmed == rounds.count - 1 {
        verdict.time = suspicion.time
      } else {
        verdict.reason = "looked \(suspicion.time.rawValue), confirmed \(confirmed) of \(needed) times"
      }
    default:
      verdict.reason = doubt(rounds[0])
      if verdict.reason.isEmpty { verdict.time = .same }
    }
    if suspicion.memory != .same, rounds.count - 1 >= needed, rounds.allSatisfy({ $0.memory == suspicion.memory }) {
      verdict.memory = suspicion.memory
    }
    return verdict
  }

  /// Why a row that is not suspect is not the same either; empty where it is.
  private func doubt(_ duel: GateDuel) -> String {
    guard duel.threshold <= log1p(max(rule.coarsest, rule.threshold)) else {
      return "two processes of one build differ by up to \(Units.percent(expm1(duel.resolution)))"
    }
    let interval = Statistics.medianInterval(duel.ratios)
    let isWithin = max(abs(interval.lower), abs(interval.upper)) <= duel.threshold
    return isWithin ? "" : "the interval reaches beyond what counts"
  }

  private func estimate(_ verdict: inout GateVerdict, _ duels: [DuelRecord], _ rounds: [GateDuel]) {
    let all = rounds.flatMap(\.ratios)
    let interval = Statistics.medianInterval(all)
    (verdict.ratio, verdict.lower, verdict.upper) = (
      exp(Statistics.median(all)), exp(interval.lower), exp(interval.upper)
    )
    verdict.threshold = expm1(rounds[0].threshold)
    // The interval at the level of Holm's first step trails the median by this much: a true slowdown must clear the threshold by it.
    let strict = Statistics.medianInterval(
      rounds[0].ratios, confidence: 1 - 2 * rule.alpha / Double(max(rows.count, 1)))
    verdict.visible = expm1(rounds[0].threshold + Statistics.median(rounds[0].ratios) - strict.lower)
    func least(_ side: KeyPath<DuelRecord, [Int]>) -> Int? { duels.flatMap { $0[keyPath: side] }.min() }
    if let base = least(\.base.workspaceBytes), let head = least(\.head.workspaceBytes) {
      verdict.workspaceBytes = [base, head]
    }
    if let base = least(\.base.peakBytes), let head = least(\.head.peakBytes) { verdict.peakBytes = [base, head] }
  }
}
