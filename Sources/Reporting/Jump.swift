import Foundation

/// A jump in a part of a series, against drift: the level may wander from commit to commit, and may change smoothly.
///
/// 1. The level is a random walk, and values are the level and noise. How fast it wanders is what the values make most likely, but
///    at least `leastWalk`. The jump must stand out from what the walk does by itself.
/// 2. A step must explain the values at least as well as each of several smooth shapes does, by the Bayesian information criterion, which makes
///    shapes of more parameters dearer: polynomials to the third degree, and slopes over ten commits or more.
///
/// References: Romano, Rigaill, Runge, Fearnhead 2022, Detecting abrupt changes in the presence of local fluctuations and autocorrelated
/// noise, JASA 117:2147–2162, arXiv:2005.01379, for the walk; Durbin, Koopman 2012, Time Series Analysis by State Space Methods, for its filter and
/// restricted likelihood; Schwarz 1978, Annals of Statistics 6:461–464, for the criterion.
struct Jump {
  /// The standard error of the jump.
  let error: Double
  /// The jump in standard errors; 0 where there are too few values to tell.
  let significance: Double
  /// By how much a step explains the values better than the best smooth shape does, as a difference of the criterion.
  let abruptness: Double

  /// The least variance of the walk's moves that is believed, in squares of the noise: a third of the noise at each commit.
  static let leastWalk = 0.1

  /// A jump at a place in logarithms of values, with nil for outliers.
  init(_ values: [Double?], at place: Int) {
    let fits = (0..<4).compactMap { Self.fit(values, place, walk: Self.leastWalk * pow(2, Double($0))) }
    let best = fits.max { $0.likelihood < $1.likelihood }
    error = best?.error ?? .infinity
    significance = best.map { abs($0.jump) / $0.error } ?? 0
    abruptness = best == nil ? -.infinity : Self.abruptness(values, place)
  }

  private struct Fit {
    let jump: Double, error: Double, likelihood: Double
  }

  /// The jump by generalized least squares: the filter of the walk makes the values' innovations, and those of the step, independent.
  private static func fit(_ values: [Double?], _ place: Int, walk: Double) -> Fit? {
    var level: (value: Double, step: Double)?
    var variance = 1.0, count = 0.0, logs = 0.0
    var steps = 0.0, products = 0.0, squares = 0.0
    for (index, value) in values.enumerated() {
      variance += level == nil ? 0 : walk
      guard let value else { continue }
      let step = index >= place ? 1.0 : 0
      guard let old = level else {
        level = (value, step)
        continue
      }
      let total = variance + 1, gain = variance / total
      let (x, y) = (step - old.step, value - old.value)
      (steps, products, squares) = (steps + x * x / total, products + x * y / total, squares + y * y / total)
      (count, logs) = (count + 1, logs + log(total))
      level = (old.value + gain * y, old.step + gain * x)
      variance *= 1 - gain
    }
    let freedom = count - 1
    guard freedom >= 2, steps > 1e-9 else { return nil }
    let jump = products / steps, rest = max(squares - jump * products, 0)
    let scale = max(rest / freedom, Scatter.leastNoise * Scatter.leastNoise)
    let likelihood = -0.5 * (freedom * log(scale) + rest / scale + logs + log(steps))
    return Fit(jump: jump, error: (scale / steps).squareRoot(), likelihood: likelihood)
  }

  private static func abruptness(_ values: [Double?], _ place: Int) -> Double {
    let seen = values.indices.filter { values[$0] != nil }
    let times = seen.map { Double($0) + 0.5 }, seenValues = seen.map { values[$0]! }
    let place = Double(place), half = Double(values.count) / 2
    func rest(_ shapes: [(Double) -> Double]) -> Double { Self.rest(seenValues, shapes.map { times.map($0) }) }
    // A step has two levels and a place.
    let own = rest([{ $0 > place ? 1 : 0 }])
    let scale = max(own / Double(max(1, seen.count - 3)), Scatter.leastNoise * Scatter.leastNoise)
    func lead(_ rest: Double, parameters: Int) -> Double {
      (rest - own) / scale + Double(parameters - 3) * log(Double(seen.count))
    }
    var least = Double.infinity
    for degree in 1...3 {
      let powers: [(Double) -> Double] = (1...degree).map { power in { pow(($0 - half) / half, Double(power)) } }
      least = min(least, lead(rest(powers), parameters: degree + 1))
    }
    for width in [10.0, 16, 24] {
      for shift in [-2.0, 0, 2] {
        let slope: (Double) -> Double = { min(max(($0 - place - shift) / width + 0.5, 0), 1) }
        least = min(least, lead(rest([slope]), parameters: 4))
      }
    }
    return least
  }

  /// The squares that a constant and the shapes leave of the values, by Gram and Schmidt.
  private static func rest(_ values: [Double], _ shapes: [[Double]]) -> Double {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
    func without(_ a: [Double], _ part: [Double]) -> [Double] {
      let share = dot(a, part)
      return zip(a, part).map { $0 - share * $1 }
    }
    var basis: [[Double]] = []
    for shape in [values.map { _ in 1 }] + shapes {
      let own = basis.reduce(shape, without)
      let length = dot(own, own).squareRoot()
      if length > 1e-6 { basis.append(own.map { $0 / length }) }
    }
    let left = basis.reduce(values, without)
    return dot(left, left)
  }
}
