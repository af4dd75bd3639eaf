import Foundation

/// What speaks for steps in a series, against a level that drifts.
///
/// Values are noise and a level, and the level is one of several models: constant, a random walk whose moves are up to half of
/// the noise, or a line; all as likely before. A step adds to it at its place. How probable the values are is integrated over
/// what is not known (the level, the size of steps, the scale of the noise, the ratio of two kinds of runners) and averaged
/// over the models. The evidence for a step is by how much it makes them more probable: a Bayes factor. So a drift speaks
/// against a step as far as the values show it, and no further.
///
/// References: Kass, Raftery 1995, Bayes factors, JASA 90:773–795; Durbin, Koopman 2012, Time Series Analysis by State Space
/// Methods, for the filter of the walk and the integral over a level; Romano, Rigaill, Runge, Fearnhead 2022, Detecting abrupt
/// changes in the presence of local fluctuations and autocorrelated noise, JASA 117:2147–2162, arXiv:2005.01379, for steps in a
/// level that walks.
struct Evidence {
  /// What was measured of one commit.
  struct Point {
    /// A logarithm, as if of the quicker kind of runner.
    let value: Double
    /// Whether the runner was of the slower kind.
    let isSlower: Bool
  }

  /// The variances of the walk's moves, in squares of the noise.
  static let walks = [0, 0.05, 0.1, 0.25]
  /// The deviation of the line's slope for each commit, in deviations of the noise.
  static let slope = 0.3
  /// The deviation of a step's size, in deviations of the noise.
  static let size = 10.0
  /// The deviation of what `Scatter.gap` is wrong by, in deviations of the noise.
  static let gap = 1.0
  /// What is known of the noise before: as much as so many values of this deviation tell, since times scatter by about that
  /// from one commit to the next. Twenty values alone tell so little that twice as many steps would be missed.
  static let known = (values: 6.0, deviation: 0.01)

  private let points: [Point?]
  private let steps: Int
  /// The steps, then what may take their place.
  private let slopes: [Slope]
  /// One for each walk.
  private let regressions: [Regression]

  /// The points, with nil for outliers, and the first one after each step.
  init(_ points: [Point?], _ places: [Int]) {
    let slopes = [0, -1, 1].flatMap { shift in places.map { Slope(center: Double($0 + shift)) } }
    self.init(points, slopes, steps: places.count)
  }

  /// A change from 0 to 1 over some commits; a step has a width of one.
  private struct Slope {
    var center: Double
    var width = 1.0

    func height(_ index: Int) -> Double { min(max((Double(index) + 0.5 - center) / width + 0.5, 0), 1) }
  }

  private init(_ points: [Point?], _ slopes: [Slope], steps: Int) {
    (self.points, self.slopes, self.steps) = (points, slopes, steps)
    let rows = points.enumerated().map { index, point in
      point.map { point in
        slopes.map { $0.height(index) } + [point.isSlower ? 1 : 0, Double(index), point.value]
      }
    }
    regressions = slopes.isEmpty ? [] : Self.walks.map { Regression(rows, walk: $0) }
  }

  /// The logarithm of the Bayes factor for some steps beside the others, by their indices. A single step may be next to its
  /// place too.
  func factor(for tested: Range<Int>) -> Double {
    let others = (0..<steps).filter { !tested.contains($0) }
    let shifts = tested.count == 1 ? 3 : 1
    let chances = (0..<shifts).map { shift in probability(others, tested.map { $0 + shift * steps }) }
    return Self.mean(chances) + log(Double(shifts)) - probability(others, [])
  }

  /// The logarithm of how much more probable some steps are, by their indices, than slopes in their place over ten commits or
  /// more.
  func abruptness(of tested: Range<Int>) -> Double {
    let others = (0..<steps).filter { !tested.contains($0) }
    let middle = (slopes[tested.lowerBound].center + slopes[tested.upperBound - 1].center) / 2
    let rivals = [10.0, 16, 24].flatMap { width in [-2.0, 0, 2].map { Slope(center: middle + $0, width: width) } }
    let gentle = Evidence(points, others.map { slopes[$0] } + rivals, steps: others.count)
    let free = Array(others.indices)
    let chances = rivals.indices.map { gentle.probability(free, [others.count + $0]) }
    return probability(others, Array(tested)) - Self.mean(chances)
  }

  /// The standard error of a step's size, as the models have it on average.
  func error(of step: Int) -> Double {
    let fits = fits(Array(0..<steps), [])
    guard let top = fits.map(\.probability).max() else { return .infinity }
    let weights = fits.map { exp($0.probability - top) }
    let variance = zip(weights, fits).reduce(0) { $0 + $1.0 * $1.1.variance(of: step) } / weights.reduce(0, +)
    return variance.squareRoot()
  }

  /// The logarithm of how probable the values are with some steps of any size and some of a size that is drawn.
  private func probability(_ free: [Int], _ drawn: [Int]) -> Double {
    Self.mean(fits(free, drawn).map(\.probability))
  }

  /// The mean of numbers that are given by their logarithms, as its logarithm.
  private static func mean(_ logs: [Double]) -> Double {
    guard let top = logs.max(), top > -.infinity else { return -.infinity }
    return top + log(logs.reduce(0) { $0 + exp($1 - top) } / Double(logs.count))
  }

  /// What each model makes of the values.
  private func fits(_ free: [Int], _ drawn: [Int]) -> [Regression.Fit] {
    let sizes = drawn.map { ($0, Self.size) } + [(slopes.count, Self.gap)]
    let line = regressions.first?.fit(free, sizes + [(slopes.count + 1, Self.slope)], known: Self.known)
    return (regressions.map { $0.fit(free, sizes, known: Self.known) } + [line]).compactMap { $0 }
  }
}
