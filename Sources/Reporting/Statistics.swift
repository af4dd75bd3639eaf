import Foundation

/// Order statistics of samples, which assume no distribution: times have a long right tail that a mean follows.
public enum Statistics {
  /// The middle sample, or the mean of the middle two. NaN where a sample is NaN.
  public static func median(_ samples: [Double]) -> Double {
    precondition(!samples.isEmpty, "the median of no samples")
    if samples.contains(where: \.isNaN) { return .nan }
    let sorted = samples.sorted()
    let middle = sorted.count / 2
    if sorted.count % 2 == 1 { return sorted[middle] }
    let sum = sorted[middle - 1] + sorted[middle]
    return sum.isFinite ? sum / 2 : sorted[middle - 1] / 2 + sorted[middle] / 2
  }

  /// The median absolute deviation from the median, unscaled: for normal samples, 0.6745 standard deviations.
  public static func medianAbsoluteDeviation(_ samples: [Double]) -> Double {
    let center = median(samples)
    return median(samples.map { abs($0 - center) })
  }

  /// An interval of a median.
  public struct Interval: Sendable, Equatable {
    /// The lower end, a sample.
    public let lower: Double
    /// The upper end, a sample.
    public let upper: Double
    /// The probability that it covers the median, if the samples are independent.
    public let coverage: Double
  }

  /// The interval of the median by the sign test, at the least coverage that reaches `confidence`.
  ///
  /// Its ends are the k-th smallest and the k-th largest of n samples. Each sample falls below the median with
  /// probability ½, so the ends miss it with probability `2 P(Binomial(n, ½) < k)`, whatever the distribution; k is
  /// the greatest that keeps this within `1 − confidence`. Fewer than six samples cannot reach 95 %: then the
  /// interval is the range of the samples, and `coverage` says how little that is.
  public static func medianInterval(_ samples: [Double], confidence: Double = 0.95) -> Interval {
    precondition(!samples.isEmpty, "the interval of no samples")
    if samples.contains(where: \.isNaN) { return Interval(lower: .nan, upper: .nan, coverage: 0) }
    let sorted = samples.sorted()
    let n = sorted.count
    var k = 1
    var miss = 2 * binomialHalf(n, 0)
    while k < (n + 1) / 2 {
      let next = miss + 2 * binomialHalf(n, k)
      if next > 1 - confidence { break }
      miss = next
      k += 1
    }
    return Interval(lower: sorted[k - 1], upper: sorted[n - k], coverage: max(0, 1 - miss))
  }

  /// How probable it is that as many samples or more lie above `bound`, if the median does not: the one-sided sign test.
  ///
  /// A sample that equals the bound speaks against it, and so does NaN. 1 of no samples.
  public static func signTest(_ samples: [Double], above bound: Double) -> Double {
    let above = samples.count { $0 > bound }
    return min(1, (above..<samples.count + 1).reduce(0) { $0 + binomialHalf(samples.count, $1) })
  }

  /// Which of several hypotheses fall at a family-wise error of `alpha`, by Holm's step-down procedure (Holm 1979, Scandinavian
  /// Journal of Statistics 6:65), whatever the dependence between them.
  public static func holm(_ probabilities: [Double], alpha: Double) -> [Bool] {
    var falls = Array(repeating: false, count: probabilities.count)
    let order = probabilities.indices.sorted { probabilities[$0] < probabilities[$1] }
    for (rank, index) in order.enumerated() {
      guard probabilities[index] <= alpha / Double(probabilities.count - rank) else { break }
      falls[index] = true
    }
    return falls
  }

  /// `P(Binomial(n, ½) = k)`, by logarithms: `2⁻ⁿ` underflows at n = 1075.
  private static func binomialHalf(_ n: Int, _ k: Int) -> Double {
    func logFactorial(_ m: Int) -> Double { lgamma(Double(m) + 1) }
    return exp(logFactorial(n) - logFactorial(k) - logFactorial(n - k) - Double(n) * log(2))
  }
}
