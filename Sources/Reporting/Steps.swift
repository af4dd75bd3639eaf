import Foundation

/// Steps in a series of positive values, one for each commit, that neither noise nor drift explains.
///
/// 1. Values are taken as logarithms: a step is a ratio. `Scatter` says how they scatter, and whether runs come from runners of two kinds.
/// 2. `LevelShift` finds the best split under a loss that does not grow with outliers, and tests it by permutation: at most a share `level` of
///    series whose values are of one distribution have a split that passes, whatever the distribution. Either side of a split that
///    passes is searched again.
/// 3. Drift and correlation are no such noise, so a split must also stand out by `threshold` standard errors from a level that wanders, and
///    explain the values better than smooth changes do (`Jump`). The weakest that does not is taken back and its two levels become
///    one, until all do.
///
/// How the constants of the third were chosen: on simulated histories, other ones than those of the table in docs/history.md, the most power at
/// at most 1 % of false steps under drift. `HistorySimulation` makes the table.
///
/// References: `LevelShift`, `Jump`.
struct Steps: Sendable, Equatable {
  /// One step.
  struct Step: Sendable, Equatable {
    /// The first value after it.
    let index: Int
    /// The levels before and after.
    let before, after: Double
    /// The ends of the 95 % interval of `after / before`, as if it had not been searched for; the walk of `Jump` widens it.
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
  /// The fewest values that can show one: four of twelve stand at one end or the other in 2 of 495 orders, which is less than `level`; of
  /// eleven in 2 of 330, which is more.
  static let fewest = 12
  /// The share of series without steps in which the permutation test may find one.
  static let level = 0.005
  /// How many standard errors a step must have.
  static let threshold = 4.75

  /// The steps of positive values.
  init(_ values: [Double]) {
    precondition(values.allSatisfy { $0 > 0 && $0.isFinite }, "steps of values that have no logarithm")
    let logs = values.map { log($0) }
    let scatter = Scatter(logs)
    kinds = scatter.gap > 0 ? exp(scatter.gap) : nil
    var changes = Self.splits(logs, 0..<logs.count, scatter)
    var levels = Levels(logs, changes, scatter)
    while let weakest = Self.weakest(levels) {
      changes.remove(at: weakest)
      levels = Levels(logs, changes, scatter)
    }
    steps = changes.indices.map { i in
      let difference = levels.means[i + 1] - levels.means[i], margin = 1.96 * levels.jumps[i].error
      return Step(
        index: changes[i], before: exp(levels.means[i]), after: exp(levels.means[i + 1]),
        lower: exp(difference - margin), upper: exp(difference + margin))
    }
  }

  /// The significant splits of a part of the series, in order.
  private static func splits(_ values: [Double], _ part: Range<Int>, _ scatter: Scatter) -> [Int] {
    guard part.count >= fewest,
      let shift = LevelShift.significant(Array(values[part]), scatter, length: shortest, level: level)
    else { return [] }
    let split = part.lowerBound + shift.index
    return splits(values, part.lowerBound..<split, scatter) + [split]
      + splits(values, split..<part.upperBound, scatter)
  }

  /// The change for which least speaks, where that is too little.
  private static func weakest(_ levels: Levels) -> Int? {
    let jumps = levels.jumps
    return jumps.indices.filter { jumps[$0].significance < threshold || jumps[$0].abruptness < 0 }
      .min { jumps[$0].significance < jumps[$1].significance }
  }
}
