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
    resolution =
      record.controls.filter { !$0.isEmpty }.map { control in
        let interval = Statistics.medianInterval(control)
        return max(abs(interval.lower), abs(interval.upper))
      }.max() ?? 0
    threshold = max(log1p(rule.threshold), resolution)
    memory = Self.memory(record, rule)
  }

  /// How probable such ratios are if head is not slower by more than the threshold.
  var slower: Double { Statistics.signTest(ratios, above: threshold) }

  /// How probable such ratios are if head is not faster by more than the threshold.
  var faster: Double { Statistics.signTest(ratios.map { -$0 }, above: threshold) }

  /// Whether this duel, in its fresh processes, says so again.
  func confirms(_ verdict: GateVerdict.Time) -> Bool {
    switch verdict {
    case .slower: slower <= GateRule.confirmationLevel
    case .faster: faster <= GateRule.confirmationLevel
    default: false
    }
  }

  private static func memory(_ record: DuelRecord, _ rule: GateRule) -> GateVerdict.Memory {
    let changes = [
      change(record.base.workspaceBytes, record.head.workspaceBytes, GateRule.workspaceGrain, rule),
      change(record.base.peakBytes, record.head.peakBytes, GateRule.peakGrain, rule),
    ]
    return changes.contains(.hungrier) ? .hungrier : changes.contains(.leaner) ? .leaner : .same
  }

  /// Compares the least of each side. It counts beyond the threshold, the grain, and twice what processes of one build differ by.
  private static func change(_ base: [Int], _ head: [Int], _ grain: Int, _ rule: GateRule) -> GateVerdict.Memory {
    guard let old = base.min(), let new = head.min() else { return .same }
    let spread = max(base.max()! - old, head.max()! - new)
    let slack = max(Int(rule.memoryThreshold * Double(old)), grain, 2 * spread)
    return new - old > slack ? .hungrier : old - new > slack ? .leaner : .same
  }
}
