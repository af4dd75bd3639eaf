/// The limits of a machine as one run measured them, and how long a kernel takes at least within them.
///
/// This is the roofline: a call takes at least as long as each resource alone would need for its nominal work, and the greatest
/// of these times binds. Resources are not added up: multiply–adds and exponentials use the same ports, but how many
/// operations an exponential has is our choice, not the machine's.
///
/// Williams, Waterman, Patterson (2009). Roofline: an insightful visual performance model for multicore architectures.
public struct MachineLimits: Sendable, Equatable {
  /// The records.
  public let records: [LimitRecord]

  /// The limits of these records.
  public init(_ records: [LimitRecord] = []) { self.records = records }

  /// A level of the memory hierarchy.
  struct Level: Equatable {
    let name: String
    /// Bytes that it holds; nil for memory.
    let capacity: Int?
    /// Bytes per second, and of which way of going through the working set.
    let rate: Double
    let traffic: String
  }

  /// Whether anything was measured.
  var isEmpty: Bool { records.isEmpty }

  /// The numbers of threads that were measured.
  var threads: [Int] { Set(records.map(\.threads)).sorted() }

  /// The rate of an operation. More threads can do what fewer can: where a neighbour kept them from it, that counts.
  func rate(_ name: String, precision: String, threads: Int) -> Double? {
    let lines = records.filter { $0.name == name && $0.precision == precision && $0.threads <= threads }
    return lines.contains { $0.threads == threads } ? lines.compactMap(\.rate).max() : nil
  }

  /// The levels, nearest first, each with the best of its bandwidths.
  func levels(threads: Int) -> [Level] {
    let bandwidths = records.filter { $0.threads <= threads && $0.level != nil }
    let own = bandwidths.filter { $0.threads == threads }
    let levels = own.distinct { [$0.level] }.compactMap { key -> Level? in
      let rates = bandwidths.filter { [$0.level] == key }.compactMap { line in line.rate.map { (line.name, $0) } }
      guard let name = key[0], let (traffic, rate) = rates.max(by: { $0.1 < $1.1 }) else { return nil }
      return Level(name: name, capacity: own.first { $0.level == name }?.capacity, rate: rate, traffic: traffic)
    }
    return levels.stablySorted { ($0.capacity ?? .max) < ($1.capacity ?? .max) }
  }

  /// What each resource alone needs for the measurement's nominal work.
  ///
  /// Of operands larger than a level, what exceeds it must come from beyond. So these times hold for any kernel that reads its
  /// inputs and writes its outputs once, whatever else it keeps. As much as the levels up to there hold together is granted,
  /// for some caches do not repeat what nearer ones have. Without a first level nothing is known of what is held.
  func roofs(of line: MeasurementRecord) -> [Roof] {
    let multiplyAdd = line.peakFlops ?? rate("multiply-add", precision: line.precision, threads: line.threads)
    let exponential = rate("exp", precision: line.precision, threads: line.threads)
    var roofs = [
      multiplyAdd.map { Roof(name: "compute", seconds: line.work.flops / $0, isCertain: false) },
      exponential.map { Roof(name: "exp", seconds: line.work.transcendentals / $0, isCertain: false) },
    ].compactMap(\.self)
    let levels = levels(threads: line.threads)
    guard levels.contains(where: { $0.capacity != nil }) else { return roofs.filter { $0.seconds > 0 } }
    var held = 0
    for level in levels {
      let beyond = Double(line.operandBytes - held)
      roofs.append(Roof(name: level.name, seconds: beyond / level.rate, isCertain: true))
      held += level.capacity ?? 0
    }
    return roofs.filter { $0.seconds > 0 && $0.seconds.isFinite }
  }

  /// How near to its limit a measurement is; nil where it was not timed or no limit is known.
  public func standing(of line: MeasurementRecord) -> Standing? {
    guard let median = line.median, median > 0 else { return nil }
    return Standing(median: median, roofs: roofs(of: line))
  }
}

/// The least time that one resource needs.
struct Roof: Equatable {
  /// `compute`, `exp` or a level of memory.
  let name: String
  /// The time.
  let seconds: Double
  /// Whether no algorithm can do with less. Operands must be read and results written; but nominal operations are those of a
  /// good algorithm, and a better one may have fewer.
  let isCertain: Bool
}

/// How near to the limit a measurement is.
public struct Standing: Sendable, Equatable {
  /// What binds: `compute`, `exp` or a level of memory.
  public let binding: String
  /// The attainable time as a fraction of the median.
  public let fraction: Double
  /// The clock or the work must be wrong: faster, by more than is allowed for, than operands can be moved.
  public let isBroken: Bool
  /// Faster than nominal operations allow: the variant does with fewer, or the clock is wrong.
  public let isBeyondNominal: Bool

  /// What a measurement may exceed a limit by: limits are measured too.
  static let allowance = 1.05

  init?(median: Double, roofs: [Roof]) {
    let certain = roofs.filter { $0.isCertain && $0.seconds > Self.allowance * median }
    isBroken = !certain.isEmpty
    guard let roof = (isBroken ? certain : roofs).max(by: { $0.seconds < $1.seconds }) else { return nil }
    binding = roof.name
    fraction = roof.seconds / median
    isBeyondNominal = !isBroken && fraction > Self.allowance
  }

  /// The fraction and what binds, as tables show it: `73 % compute`.
  public var text: String {
    let share = "\(Units.percent(fraction)) \(binding)"
    return isBroken ? "**broken**: \(share)" : isBeyondNominal ? "\(share), beyond nominal" : share
  }
}
