import Foundation

/// Steps in a series of positive values, one for each commit, that neither noise nor drift explains.
///
/// 1. Values are taken as logarithms: a step is a ratio.
/// 2. `LevelShift` finds the best split under a loss that does not grow with outliers, and tests it by permutation: at most a share `level` of
///    series whose values are of one distribution have a split that passes, whatever the distribution, so also where runs come from machines
///    of two kinds. Either side of a split that passes is searched again.
/// 3. Drift and correlation are no such noise. So a split must also be `threshold` standard errors high, widened for the correlation r from
///    commit to commit by `√((1 + r)/(1 − r))`, and must fit better, by `abruptness` squares of the noise, than any slope that takes ten
///    commits or more (`Levels`). The weakest that does not is taken back and its two levels become one, until all do.
///
/// `HistorySimulation` counts how often that is wrong; its table is in docs/history.md.
///
/// References: `LevelShift`; Lund, Wang, Lu, Reeves, Gallagher, Feng 2007, J. Climate 20, for the correlation.
struct Steps: Sendable, Equatable {
  /// One step.
  struct Step: Sendable, Equatable {
    /// The first value after it.
    let index: Int
    /// The levels before and after.
    let before, after: Double
    /// The ends of the 95 % interval of `after / before`, as if it had not been searched for.
    let lower, upper: Double

    /// How many times greater the level is after it.
    var ratio: Double { after / before }
  }

  /// The steps, in order.
  let steps: [Step]

  /// The fewest values on either side of a step.
  static let shortest = 4
  /// The fewest values that can show one: four of twelve stand at one end or the other in 2 of 495 orders, which is less than `level`; of
  /// eleven in 2 of 330, which is more.
  static let fewest = 12
  /// The share of series without steps in which the permutation test may find one.
  static let level = 0.005
  /// How many standard errors a step must have.
  static let threshold = 5.0
  /// By how many squares of the noise a step must fit better than a slope.
  static let abruptness = 1.0

  /// The steps of positive values.
  init(_ values: [Double]) {
    precondition(values.allSatisfy { $0 > 0 && $0.isFinite }, "steps of values that have no logarithm")
    let logs = values.map { log($0) }
    var changes = Self.splits(logs, 0..<logs.count)
    var levels = Levels(logs, changes)
    while let weakest = Self.weakest(levels) {
      changes.remove(at: weakest)
      levels = Levels(logs, changes)
    }
    steps = changes.indices.map { i in
      let difference = levels.means[i + 1] - levels.means[i], margin = 1.96 * levels.errors[i]
      return Step(
        index: changes[i], before: exp(levels.means[i]), after: exp(levels.means[i + 1]),
        lower: exp(difference - margin), upper: exp(difference + margin))
    }
  }

  /// The significant splits of a part of the series, in order.
  private static func splits(_ values: [Double], _ part: Range<Int>) -> [Int] {
    guard part.count >= fewest else { return [] }
    let own = Array(values[part]), noise = LevelShift.noise(own)
    let shift = LevelShift(own, noise: noise, length: shortest)
    guard LevelShift.isSignificant(shift, own, noise: noise, length: shortest, level: level) else { return [] }
    let split = part.lowerBound + shift.index
    return splits(values, part.lowerBound..<split) + [split] + splits(values, split..<part.upperBound)
  }

  /// The change for which least speaks, where that is too little.
  private static func weakest(_ levels: Levels) -> Int? {
    let significances = levels.significances
    let failing = significances.indices.filter {
      significances[$0] < threshold || levels.abruptness[$0] < abruptness
    }
    return failing.min { significances[$0] < significances[$1] }
  }
}
