import Foundation

/// A series as constants between changes, and what speaks for each change.
struct Levels {
  /// The level of each segment.
  private(set) var means: [Double] = []
  /// The standard error of the difference at each change.
  private(set) var errors: [Double] = []
  /// By how much a step at each change costs less than the best slope in its place, in squares of the noise.
  private(set) var abruptness: [Double] = []

  private let values: [Double]
  private let bounds: [Int]
  private var noise: Double

  init(_ values: [Double], _ changes: [Int]) {
    self.values = values
    guard !values.isEmpty else {
      (bounds, noise) = ([0, 0], LevelShift.leastNoise)
      return
    }
    bounds = [0] + changes + [values.count]
    noise = LevelShift.noise(values)
    let segments = zip(bounds, bounds.dropFirst()).map { Array(values[$0..<$1]) }
    means = segments.map { Self.level($0, from: Self.start($0, noise), noise) }
    // Once levels are known the noise is that about them, as far as it is of the level's own kind.
    let distances: [Double] = zip(segments, means).flatMap { near($0, $1) }.map { abs($0) }
    let widening = Double(distances.count) / Double(max(1, distances.count - segments.count))
    let first: Double = 1.4826 * Statistics.median(distances) * widening.squareRoot()
    noise = max(LevelShift.leastNoise, first)
    means = zip(segments, means).map { Self.level($0, from: $1, noise) }
    let residuals: [[Double]] = zip(segments, means).map { near($0, $1) }
    let all: [Double] = residuals.flatMap { $0 }
    let squares: Double = all.reduce(0) { $0 + $1 * $1 }
    let products: Double = zip(all, all.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
    let correlation = squares > 0 ? min(max(products / squares, 0), 0.9) : 0
    noise = max(LevelShift.leastNoise, (squares / Double(max(1, all.count - segments.count))).squareRoot())
    let widened = noise * ((1 + correlation) / (1 - correlation)).squareRoot()
    let shares: [Double] = residuals.map { 1 / Double(max(1, $0.count)) }
    errors = zip(shares, shares.dropFirst()).map { widened * ($0 + $1).squareRoot() }
    abruptness = changes.indices.map(abruptness)
  }

  /// The steps in standard errors.
  var significances: [Double] { errors.indices.map { abs(means[$0 + 1] - means[$0]) / errors[$0] } }

  /// The distances of values from a level that are of its own kind.
  private func near(_ values: [Double], _ level: Double) -> [Double] {
    values.map { $0 - level }.filter { abs($0) <= LevelShift.bound * noise }
  }

  /// The value that costs least as a level.
  private static func start(_ values: [Double], _ noise: Double) -> Double {
    let limit = pow(LevelShift.bound * noise, 2)
    func cost(_ level: Double) -> Double { values.reduce(0) { $0 + min(($1 - level) * ($1 - level), limit) } }
    return values.map { ($0, cost($0)) }.min { $0.1 < $1.1 }!.0
  }

  /// The mean of the values that are near it, sought from a start.
  private static func level(_ values: [Double], from start: Double, _ noise: Double) -> Double {
    var level = start
    for _ in 0..<10 {
      let near = values.filter { abs($0 - level) <= LevelShift.bound * noise }
      if near.isEmpty { break }
      level = near.reduce(0, +) / Double(near.count)
    }
    return level
  }

  /// Drift makes levels differ too, and the same splits significant. But it takes many commits for what a step does in one: a line
  /// through both segments, or a slope over ten commits or more about the change, then fits as well.
  private func abruptness(_ change: Int) -> Double {
    let part = Array(values[bounds[change]..<bounds[change + 2]])
    let place = Double(bounds[change + 1] - bounds[change])
    let jump = means[change + 1] - means[change]
    func cost(_ shape: (Double) -> Double) -> Double {
      fit(part, part.indices.map { shape(Double($0) + 0.5) }, (means[change], jump))
    }
    let slopes = [5.0, 8, 12].flatMap { half in
      [-2.0, 0, 2].map { shift in cost { min(max(($0 - place - shift + half) / (2 * half), 0), 1) } }
    }
    let line = cost { $0 / Double(part.count) }
    return min(line, slopes.min()!) - cost { $0 > place ? 1 : 0 }
  }

  /// The bounded cost of `a + b·shape` at its best, sought from a start, in squares of the noise.
  private func fit(_ values: [Double], _ shape: [Double], _ start: (a: Double, b: Double)) -> Double {
    let limit = LevelShift.bound * noise
    var (a, b) = start
    for _ in 0..<8 {
      var count = 0.0, sum = 0.0, squares = 0.0, total = 0.0, product = 0.0
      for (value, x) in zip(values, shape) where abs(value - a - b * x) <= limit {
        (count, sum, squares) = (count + 1, sum + x, squares + x * x)
        (total, product) = (total + value, product + value * x)
      }
      let determinant = count * squares - sum * sum
      guard determinant > 1e-9 else { break }
      (a, b) = ((squares * total - sum * product) / determinant, (count * product - sum * total) / determinant)
    }
    return zip(values, shape).reduce(0) { $0 + min(pow(($1.0 - a - b * $1.1) / noise, 2), pow(LevelShift.bound, 2)) }
  }
}
