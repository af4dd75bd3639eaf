import Foundation

/// What one duel says by itself.
struct GateDuel {
  /// ln(head ÷ base) of each block.
  let ratios: [Double]
  /// The least |ln ratio| that counts here: the user's, or what two processes of one build were seen to differ by.
  let threshold: Double
  /// What base against base and head against head could not exclude: the farthest end of their intervals.
  let resolution: Double
  /// Whether memory grew or shrank beyond what counts.
  let memory: GateVerdict.Memory

  init(_ record: DuelRecord, _ rule: GateRule) {
    ratios = record.logRatios
    let resolutions = [record.base, record.head].map { Self.resolution(record.control($0)) }
    let least = max(log1p(rule.threshold), resolutions[0])
    // A newer build whose processes differ more than the older's must not be excused by it: it raises the bar at most twofold.
    threshold = max(least, min(resolutions[1], 2 * least))
    resolution = max(resolutions[0], resolutions[1])
    memory = Self.memory(record, rule)
  }

  /// How probable such ratios are if head is not slower by more than the threshold.
  var slower: Double { Statistics.signTest(ratios, above: threshold) }

  /// How probable such ratios are if head is not faster by more than the threshold.
  var faster: Double { Statistics.signTest(ratios.map { -$0 }, above: threshold) }

  /// The smallest slowdown, as a logarithm, that would nearly always have been suspected among `rows` with as much noise; nil where
  /// there are too few blocks for a suspicion. The interval at the level of Holm's first step trails the median, and the median itself may
  /// come out too low: a slowdown that clears the threshold by both is nearly always suspected.
  func visible(among rows: Int, _ rule: GateRule) -> Double? {
    guard ratios.count >= rule.leastBlocks(rows: rows) else { return nil }
    let strict = Statistics.medianInterval(ratios, confidence: 1 - 2 * rule.alpha / Double(max(rows, 1)))
    return threshold + Statistics.medianInterval(ratios).upper - strict.lower
  }

  /// What the row looks like: the 95 % interval lies beyond the threshold that the user gave. Not even a suspicion yet.
  func look(_ rule: GateRule) -> GateVerdict.Time {
    guard !ratios.isEmpty else { return .same }
    let interval = Statistics.medianInterval(ratios)
    guard interval.coverage >= 0.95 else { return .same }
    return interval.lower > log1p(rule.threshold)
      ? .slower : interval.upper < -log1p(rule.threshold) ? .faster : .same
  }

  private static func resolution(_ control: [Double]) -> Double {
    guard !control.isEmpty else { return 0 }
    let interval = Statistics.medianInterval(control)
    return max(abs(interval.lower), abs(interval.upper))
  }

  private static func memory(_ record: DuelRecord, _ rule: GateRule) -> GateVerdict.Memory {
    let changes = [
      change(record.base.workspaceBytes, record.head.workspaceBytes, GateRule.workspaceGrain, rule),
      change(record.base.peakBytes, record.head.peakBytes, GateRule.peakGrain, rule),
    ]
    return changes.contains(.hungrier) ? .hungrier : changes.contains(.leaner) ? .leaner : .same
  }

  /// Compares the medians. A change counts beyond the threshold, the grain, and twice what processes of the older build differ by.
  private static func change(_ base: [Int], _ head: [Int], _ grain: Int, _ rule: GateRule) -> GateVerdict.Memory {
    guard let least = base.min(), let most = base.max(), !head.isEmpty else { return .same }
    let old = Statistics.median(base.map(Double.init)), new = Statistics.median(head.map(Double.init))
    let slack = max(rule.memoryThreshold * old, Double(grain), 2 * Double(most - least))
    return new - old > slack ? .hungrier : old - new > slack ? .leaner : .same
  }
}
