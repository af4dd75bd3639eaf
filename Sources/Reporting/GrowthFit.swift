import Foundation

/// How a cost of one contender grows along one axis of a sweep, held against what the contender claims.
///
/// The exponents are slopes in log–log coordinates by Theil and Sen: the median over all pairs of sizes. The claim is judged by
/// `excess`, the slope of cost ÷ claimed growth, which is 0 where the cost grows as claimed, also where that is no power
/// of an extent. A claim fails only if the whole interval of `excess` lies above `slack`: growing slower is no fault,
/// since a growth bounds from above, and set-up costs weigh less and less.
///
/// Only the upper half of the axis counts (on a logarithmic scale; at least three sizes), for a growth says what
/// happens from some size on: below it set-up and other algorithms for small sizes show. What set-up still outweighs there
/// is not seen: the sweep must go on to sizes that matter.
///
/// - The interval of a time is the bootstrap's: medians of samples drawn anew from the samples of each size, 2.5 % cut off at
///   either end. It knows the noise within a measurement, not that sizes are measured at different moments. So it is widened to
///   the slopes that leave one size out: no single size, measured while the machine did something else, decides. A
///   workspace has no noise, and the latter interval alone.
/// - For that, and for caches, is the slack: where operands leave a cache, the same number of operations takes longer. 0.25 allows a
///   cost to be twice what is claimed after a 16-fold growth of the extent, as the upper half of a sweep mostly is. The three kernels
///   that the suite began with exceed what they claim by at most 0.16 along any axis, on two shared cores. A factor `√L` too much
///   fails, `L²` against `L log L` by far; a factor `log L` does not, for the measurement cannot tell it from a cache.
///
/// References: Theil 1950, A rank-invariant method of linear and polynomial regression analysis; Sen 1968, JASA 63:1379–1389; Efron,
/// Tibshirani 1993, An introduction to the bootstrap, ch. 13 (percentile interval). Goldsmith, Aiken, Wilkerson 2007, Measuring empirical
/// computational complexity, fits exponents in the same way.
struct GrowthFit: Sendable, Equatable {
  /// What grows.
  enum Quantity: String, Sendable {
    case time, workspace
  }

  /// By how much the exponent may exceed the claimed one.
  static let slack = 0.25

  let quantity: Quantity
  /// The extents that grow together, the first of which is the abscissa.
  let extents: [String]
  /// The measurements it is fitted to, by ascending extent.
  let measurements: [MeasurementRecord]
  /// The growth that is claimed.
  let claim: String
  /// The claim's own exponent over these sizes: 1.08 for `L log L`.
  let claimedExponent: Double
  /// The cost's exponent.
  let exponent: Double
  /// How far the cost's exponent lies above the claimed one, with the ends of its interval.
  let excess, lower, upper: Double

  /// Nil where fewer than three sizes have both a cost and the same claim.
  init?(_ quantity: Quantity, along extents: [String], _ measurements: [MeasurementRecord]) {
    let points = measurements.compactMap { Point($0, quantity, extents[0]) }.sorted { $0.extent < $1.extent }
    guard let claim = points.last?.claim.growth, points.allSatisfy({ $0.claim.growth == claim }),
      let upper = Self.upperHalf(points, \.extent)
    else { return nil }
    self.quantity = quantity
    self.extents = extents
    self.measurements = upper.map(\.measurement)
    self.claim = claim
    claimedExponent = Self.slope(upper.map { ($0.extent, log($0.claim.value)) })
    exponent = Self.slope(upper.map { ($0.extent, log($0.cost)) })
    excess = Self.slope(upper.map { ($0.extent, $0.excess) })
    let slopes =
      Self.withoutOne(upper.map { ($0.extent, $0.excess) }) + (quantity == .time ? Self.bootstrap(upper) : [])
    guard slopes.allSatisfy(\.isFinite) else { return nil }
    (lower, self.upper) = (slopes.min()!, slopes.max()!)
  }

  /// Whether the cost is compatible with the claim.
  var holds: Bool { lower <= Self.slack }

  private struct Point {
    let measurement: MeasurementRecord
    /// The extent's logarithm.
    let extent: Double
    let cost: Double
    let claim: MeasurementRecord.Claim

    var excess: Double { log(cost / claim.value) }

    init?(_ measurement: MeasurementRecord, _ quantity: Quantity, _ extent: String) {
      let claim = quantity == .time ? measurement.claims?.time : measurement.claims?.workspace
      // Below a page an allocator's rounding is all there is to see.
      let bytes = measurement.workspaceBytes.map { max(Double($0), 4096) }
      guard measurement.counts, let claim, claim.value > 0, let length = measurement.extents[extent], length > 0,
        let cost = quantity == .time ? measurement.median : bytes, cost > 0
      else { return nil }
      (self.measurement, self.cost, self.claim) = (measurement, cost, claim)
      self.extent = log(Double(length))
    }
  }

  /// The points from the middle of the axis on, or the last three; nil of fewer. They are in the order of the extent's logarithm.
  static func upperHalf<Element>(_ points: [Element], _ extent: (Element) -> Double) -> [Element]? {
    guard points.count >= 3, let first = points.first, let last = points.last else { return nil }
    let middle = (extent(first) + extent(last)) / 2
    let upper = points.filter { extent($0) >= middle - 1e-9 }
    return upper.count >= 3 ? upper : points.suffix(3)
  }

  /// The median of the slopes between all pairs of points.
  static func slope(_ points: [(x: Double, y: Double)]) -> Double {
    let slopes = points.indices.flatMap { i in
      points[(i + 1)...].map { ($0.y - points[i].y) / ($0.x - points[i].x) }
    }
    return Statistics.median(slopes)
  }

  /// The slopes without one of the points each.
  static func withoutOne(_ points: [(x: Double, y: Double)]) -> [Double] {
    points.indices.map { left in slope(points.indices.filter { $0 != left }.map { points[$0] }) }
  }

  /// The ends of the bootstrap's 95 % interval of `excess`. The generator starts from a constant: the same records give the same bytes.
  private static func bootstrap(_ points: [Point]) -> [Double] {
    var generator = SplitMix64(state: 0)
    let replicates = 1000
    let slopes = (0..<replicates).map { _ in
      slope(
        points.map { point in
          let samples = point.measurement.samples
          let drawn = samples.map { _ in samples.randomElement(using: &generator)! }
          return (point.extent, log(Statistics.median(drawn) / point.claim.value))
        })
    }.sorted()
    return [slopes[replicates / 40], slopes[replicates - 1 - replicates / 40]]
  }
}

/// Steele, Lea, Flood 2014, Fast splittable pseudorandom number generators: for draws that are the same in every run.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
