import Foundation

/// How many times as long one contender takes as another, from samples taken in the same rounds: what disturbs a round disturbs both.
struct PairedRatio: Equatable {
  /// The median of the rounds' ratios.
  let median: Double
  /// Its interval by the sign test.
  let interval: Statistics.Interval
  /// How many rounds both took part in.
  let rounds: Int

  /// The ratio of `slow` to `fast`, whose i-th samples are of the i-th round; nil where there is no common round.
  ///
  /// Medians are of logarithms, so that the ratio of `fast` to `slow` is the inverse of this one.
  init?(_ slow: [Double], to fast: [Double]) {
    let logarithms = zip(slow, fast).map { log($0 / $1) }
    guard !logarithms.isEmpty else { return nil }
    let ends = Statistics.medianInterval(logarithms)
    median = exp(Statistics.median(logarithms))
    interval = Statistics.Interval(lower: exp(ends.lower), upper: exp(ends.upper), coverage: ends.coverage)
    rounds = logarithms.count
  }

  /// `7.20× [7.11, 7.31]`; rounds too few for 95 % are counted.
  var text: String {
    let ends = "[\(Units.significant(interval.lower)), \(Units.significant(interval.upper))]"
    return "\(Units.factor(median)) \(ends)" + (interval.coverage < 0.95 ? " of \(rounds)" : "")
  }
}
