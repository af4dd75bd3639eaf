/// What the machine can do at best of one thing: a rate that no kernel can exceed.
public struct LimitRecord: Codable, Sendable, Equatable {
  /// `multiply-add` or `exp`; for bandwidths how the working set was gone through: `read`, `copy`, `triad` or `stream`.
  public var name: String
  /// `float` or `double`; nil for bandwidths.
  public var precision: String?
  /// On how many threads.
  public var threads: Int
  /// Of a bandwidth, where the working set is: `L1`, `L2` … or `memory`.
  public var level: String?
  /// Bytes of the working set, of all threads together.
  public var bytes: Int?
  /// The most bytes that the level holds for so many threads; nil for memory.
  public var capacity: Int?
  /// Floating-point operations, exponentials or bytes of one call.
  public var amount: Double
  /// Seconds per call, in the order they were taken.
  public var samples: [Double]
  /// When, ISO 8601 in UTC.
  public var date: String

  /// A limit; see the properties.
  public init(
    name: String, precision: String? = nil, threads: Int, level: String? = nil, bytes: Int? = nil,
    capacity: Int? = nil,
    amount: Double, samples: [Double], date: String
  ) {
    (self.name, self.precision, self.threads) = (name, precision, threads)
    (self.level, self.bytes, self.capacity) = (level, bytes, capacity)
    (self.amount, self.samples, self.date) = (amount, samples, date)
  }

  /// The name of the level that every working set fits in.
  public static let memory = "memory"

  /// The greatest rate of all samples: whatever else the machine does makes a sample slower and never faster, so that of a
  /// maximum the best sample tells most. Nil without samples.
  public var rate: Double? {
    guard let least = samples.min(), MeasurementRecord.possibleSeconds.contains(least), amount > 0 else { return nil }
    let rate = amount / least
    return rate.isFinite ? rate : nil
  }
}
