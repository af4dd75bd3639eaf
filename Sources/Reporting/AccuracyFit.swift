import Foundation

/// How the error of one contender grows along a series of sizes.
///
/// The exponent is fitted as those of costs are (`GrowthFit`): Theil and Sen's slope in log–log coordinates over the upper half of the
/// axis, of medians over draws. Its interval covers draws drawn anew, 2.5 % cut off at either end, and any one size left out.
///
/// A class of growth is named where it is the nearest to all of the interval. Rounding errors that do not add up stay flat or fall, those that
/// add up independently grow like √L, and those that add up with one sign like L.
public struct AccuracyFit: Sendable {
  /// The classes of growth.
  public enum Growth: Int, Sendable, CaseIterable {
    case flat, root, linear, faster

    /// The class whose exponent, 0, ½ or 1, is nearest.
    init(nearest exponent: Double) {
      self = exponent < 0.25 ? .flat : exponent < 0.75 ? .root : exponent < 1.25 ? .linear : .faster
    }
  }

  /// The records, by ascending extent.
  public let records: [AccuracyRecord]
  /// The exponent and its interval; nil where fewer than three sizes have an error that is a number.
  public let slope: (exponent: Double, lower: Double, upper: Double)?

  /// The fit of one contender's records of one series.
  public init(_ records: [AccuracyRecord]) {
    let sorted = records.sorted { ($0.extents[$0.along[0]] ?? 0) < ($1.extents[$1.along[0]] ?? 0) }
    self.records = sorted
    let points = sorted.compactMap(Point.init)
    guard let upper = GrowthFit.upperHalf(points, \.extent) else {
      slope = nil
      return
    }
    let medians = upper.map { (x: $0.extent, y: log(Statistics.median($0.errors))) }
    let slopes = GrowthFit.withoutOne(medians) + Self.bootstrap(upper)
    // Sizes of one extent, which differ in something else, have no slope.
    guard slopes.allSatisfy(\.isFinite) else {
      slope = nil
      return
    }
    slope = (GrowthFit.slope(medians), slopes.min()!, slopes.max()!)
  }

  /// The fits of all contenders and series, in the order of records.
  public static func all(_ records: [AccuracyRecord]) -> [AccuracyFit] {
    records.distinct { $0.contender + $0.along }.map { key in
      AccuracyFit(records.filter { $0.contender + $0.along == key })
    }
  }

  /// The classes that the interval reaches into, from the slowest.
  public var growths: [Growth] {
    guard let slope else { return [] }
    let (lower, upper) = (Growth(nearest: slope.lower), Growth(nearest: slope.upper))
    return Growth.allCases.filter { (lower.rawValue...upper.rawValue).contains($0.rawValue) }
  }

  /// The classes in words, such as `√L` or `flat to √L`; nil where there is no fit.
  public var growth: String? {
    let names = growths.map { growth in
      switch growth {
      case .flat: "flat"
      case .root: "√\(records[0].along[0])"
      case .linear: records[0].along[0]
      case .faster: "faster than \(records[0].along[0])"
      }
    }
    guard let first = names.first, let last = names.last else { return nil }
    return names.count == 1 ? first : "\(first) to \(last)"
  }

  /// The exponent with its interval, such as `0.48 [0.40, 0.55]`.
  public var exponent: String? {
    slope.map { "\(Units.exponent($0.exponent)) [\(Units.exponent($0.lower)), \(Units.exponent($0.upper))]" }
  }

  private struct Point {
    /// The extent's logarithm.
    let extent: Double
    let errors: [Double]

    init?(_ record: AccuracyRecord) {
      let errors = record.errors
      guard let length = record.extents[record.along[0]], length > 0, !errors.isEmpty,
        errors.allSatisfy({ $0 > 0 && $0.isFinite })
      else { return nil }
      (extent, self.errors) = (log(Double(length)), errors)
    }
  }

  /// The ends of the 95 % interval over draws. The generator starts from a constant: the same records give the same bytes.
  private static func bootstrap(_ points: [Point]) -> [Double] {
    var generator = SplitMix64(state: 0)
    let replicates = 400
    let slopes = (0..<replicates).map { _ in
      GrowthFit.slope(
        points.map { point in
          let drawn = point.errors.map { _ in point.errors.randomElement(using: &generator)! }
          return (point.extent, log(Statistics.median(drawn)))
        })
    }.sorted()
    return [slopes[replicates / 40], slopes[replicates - 1 - replicates / 40]]
  }
}
