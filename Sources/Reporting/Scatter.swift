import Foundation

/// What the logarithms of a row's values scatter by from commit to commit: noise, and a second kind of runner where there is one.
///
/// Both are read from the differences of neighbours, which a step disturbs once. Where commits run on either of two kinds of runners, many
/// differences are near one ratio, upwards and downwards. That ratio is the runners', and values are compared as if of one kind.
struct Scatter: Sendable, Equatable {
  /// The deviation of the noise.
  let noise: Double
  /// The logarithm of the ratio of the two kinds of runners; 0 where one kind explains the values.
  let gap: Double

  /// The least noise that is believed, as a share of the value: equal numbers, as of bytes, have none.
  static let leastNoise = 0.005
  /// The least ratio of two kinds that is told from noise with a long tail.
  static let leastGap = 0.08
  /// From how many deviations of the noise on a value is an outlier.
  static let bound = 3.0

  init(_ values: [Double]) {
    let differences = zip(values.dropFirst(), values).map { $0 - $1 }
    guard !differences.isEmpty else {
      (noise, gap) = (Self.leastNoise, 0)
      return
    }
    func spread(with gap: Double) -> Double {
      let moves = differences.map { min(abs($0), abs(abs($0) - gap)) }
      // The median of |a − b| for normal a and b of deviation 1 is 0.9539.
      return max(Self.leastNoise, Statistics.median(moves) / 0.9539)
    }
    // Fewer are outliers, which the bounded loss of `Partition` deals with.
    var most = max(3, differences.count / 10) - 1
    var gap = 0.0
    for candidate in differences.map({ abs($0) }) where candidate >= Self.leastGap {
      let reach = Self.bound * 2.0.squareRoot() * spread(with: candidate)
      let near = differences.filter { abs(abs($0) - candidate) <= reach }
      guard candidate > 2 * reach, near.count > most, near.contains(where: { $0 > 0 }),
        near.contains(where: { $0 < 0 })
      else { continue }
      (most, gap) = (near.count, Statistics.median(near.map { abs($0) }))
    }
    self.gap = gap
    self.noise = spread(with: gap)
  }

  /// How far a value lies above a level of the quicker kind, or of the slower kind where that is nearer.
  func distance(_ value: Double, from level: Double) -> Double {
    let distance = value - level
    return gap > 0 && distance > gap / 2 ? distance - gap : distance
  }

  /// The mean of the values near the level that costs least under the bounded loss.
  func level(_ values: ArraySlice<Double>) -> Double {
    let limit = Self.bound * noise
    func cost(_ level: Double) -> Double {
      values.reduce(0) { $0 + min(pow(distance($1, from: level), 2), limit * limit) }
    }
    var level = values.map { ($0, cost($0)) }.min { $0.1 < $1.1 }!.0
    for _ in 0..<10 {
      let near = values.map { distance($0, from: level) }.filter { abs($0) <= limit }
      if near.isEmpty { break }
      level += near.reduce(0, +) / Double(near.count)
    }
    return level
  }
}
