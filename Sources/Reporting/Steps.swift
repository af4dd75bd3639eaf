import Foundation

/// Steps in a series of positive values, one for each commit, that neither noise nor drift explains.
///
/// 1. Values are taken as logarithms: a step is a ratio. `Scatter` says how they scatter, and whether runs come from runners
///    of two kinds.
/// 2. `Partition` proposes changes, all at once, under a loss that does not grow with outliers.
/// 3. Drift and correlation look like changes too. So each must be `threshold` more probable than a level that drifts,
///    wherever it may have been, and more than a slope over ten commits (`Evidence`). The one for which least speaks is taken
///    back and its two levels become one, until all do. Neighbours are also judged as pairs: each of two may be needed only
///    because of the other.
/// 4. A test by permutation: of series whose values are of one distribution, whatever it is, at most a share `level` passes.
///
/// How the constants of the third were chosen: on simulated histories, other ones than those of the table in docs/history.md,
/// the most power at at most 1 % of false steps under slow drift. `HistorySimulation` makes the table.
///
/// References: `Partition`, `Evidence`.
struct Steps: Sendable, Equatable {
  /// One step.
  struct Step: Sendable, Equatable {
    /// The first value after it.
    let index: Int
    /// The levels before and after.
    let before, after: Double
    /// The ends of the 95 % interval of `after / before`, as if it had not been searched for; drift widens it.
    let lower, upper: Double

    /// How many times greater the level is after it.
    var ratio: Double { after / before }
  }

  /// The steps, in order.
  let steps: [Step]
  /// How many times slower the second kind of runner is; nil where one kind explains the values.
  let kinds: Double?

  /// The fewest values on either side of a step.
  static let shortest = 4
  /// The fewest values that can show one: four of twelve stand at one end or the other in 2 of 495 orders, which is less than
  /// `level`; of eleven in 2 of 330, which is more.
  static let fewest = 12
  /// The share of series without steps in which the permutation test may find one.
  static let level = 0.005
  /// The logarithm of the least Bayes factor of a step whose place is not known.
  static let threshold = log(9.0)

  /// The steps of positive values.
  init(_ values: [Double]) {
    precondition(values.allSatisfy { $0 > 0 && $0.isFinite }, "steps of values that have no logarithm")
    let logs = values.map { log($0) }
    let scatter = Scatter(logs)
    kinds = scatter.gap > 0 ? exp(scatter.gap) : nil
    guard logs.count >= Self.fewest else {
      steps = []
      return
    }
    let costs = Partition.Costs(logs, scatter)
    let partition = Partition(costs, length: Self.shortest)
    var changes = partition.changes
    var levels = Levels(logs, changes, scatter)
    while let weakest = Self.weakest(levels, logs.count) {
      changes.removeSubrange(weakest)
      levels = Levels(logs, changes, scatter)
    }
    // The test costs most, so it comes last.
    if !changes.isEmpty, !partition.isSignificant(costs, length: Self.shortest, level: Self.level) { changes = [] }
    steps = changes.indices.map { i in
      let difference = levels.means[i + 1] - levels.means[i], margin = 1.96 * levels.evidence.error(of: i)
      return Step(
        index: changes[i], before: exp(levels.means[i]), after: exp(levels.means[i + 1]),
        lower: exp(difference - margin), upper: exp(difference + margin))
    }
  }

  /// The steps of counts that do not scatter: every change of more than a thousandth.
  init(exact values: [Double]) {
    kinds = nil
    var level = values.first ?? 1
    steps = values.indices.dropFirst().compactMap { index in
      let (before, after) = (level, values[index])
      guard abs(after / before - 1) > Self.leastExact else { return nil }
      level = after
      return Step(index: index, before: before, after: after, lower: after / before, upper: after / before)
    }
  }

  /// The least relative change of a count that is a step.
  static let leastExact = 1e-3

  /// The change, or the two neighbours, for which least speaks, where that is too little.
  private static func weakest(_ levels: Levels, _ count: Int) -> Range<Int>? {
    let changes = levels.means.count - 1, evidence = levels.evidence
    // One of these places is the step's, all are as likely before.
    let needed = threshold + log(Double(count - 2 * shortest + 1))
    let singles = (0..<changes).map { $0..<$0 + 1 }, pairs = (0..<max(0, changes - 1)).map { $0..<$0 + 2 }
    func worst(_ groups: [Range<Int>], _ surplus: (Range<Int>) -> Double) -> Range<Int>? {
      groups.map { ($0, surplus($0)) }.filter { $0.1 < 0 }.min { $0.1 < $1.1 }?.0
    }
    return worst(singles + pairs) { evidence.factor(for: $0) - needed * Double($0.count) }
      ?? worst(singles + pairs, evidence.abruptness)
  }
}
