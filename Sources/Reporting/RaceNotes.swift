/// What a race says beyond its rows: who wins and how surely, and whether the machine was left alone.
public enum RaceNotes {
  /// An interval of a median that is wider than this share of it makes a row noisy.
  static let widest = 0.1
  /// A rate that is less than this share of what the machine can do shows that it does something else too.
  static let steady = 0.95
  /// The same against what was measured at other times: clocks differ from day to day.
  static let usual = 0.9

  /// Lines on rows that were raced together, on the same operands.
  public static func lines(_ race: [MeasurementRecord], within limits: MachineLimits = MachineLimits()) -> [String] {
    let counts = Set(race.map(\.threads)).sorted()
    return counts.flatMap { threads in
      let rows = race.filter { $0.threads == threads }
      return [winner(rows), disturbance(rows, limits)].compactMap(\.self).map { "on \(threads): \($0)" }
    }
  }

  /// How many times as fast the fastest is as the second best, from samples of the same rounds; nil where there are not two.
  private static func winner(_ rows: [MeasurementRecord]) -> String? {
    let ranked = rows.filter(\.counts).stablySorted { $0.median! < $1.median! }
    guard ranked.count > 1, let ratio = PairedRatio(ranked[1].samples, to: ranked[0].samples) else { return nil }
    let (first, second) = (ranked[0].variant, ranked[1].variant)
    let rounds = "from \(ratio.rounds) rounds"
    guard ratio.interval.coverage >= 0.95 else {
      return "\(first) is \(Units.factor(ratio.median)) as fast as \(second) \(rounds), too few to be sure"
    }
    guard ratio.interval.lower > 1 else {
      return "\(first) and \(second) cannot be told apart: \(ratio.text) \(rounds)"
    }
    return "\(first) is \(ratio.text) as fast as \(second), the second best, \(rounds)"
  }

  /// What the machine's own rate, measured between the samples, says of what else it did; nil where that is nothing.
  private static func disturbance(_ rows: [MeasurementRecord], _ limits: MachineLimits) -> String? {
    guard let row = rows.first(where: { $0.peakFlops != nil }), let best = row.peakFlops else { return nil }
    if let typical = row.usualFlops, typical < steady * best {
      return
        "the machine was busy: between these samples it did \(Units.gigaflops(typical)) GFLOP/s of multiply–adds as a rule, "
        + "\(Units.percent(1 - typical / best)) less than at its best"
    }
    let known = limits.rate("multiply-add", precision: row.precision, threads: row.threads)
    if let known, best < Self.usual * known {
      return
        "the machine was busy or throttled: between these samples it did \(Units.gigaflops(best)) GFLOP/s of multiply–adds, "
        + "\(Units.percent(1 - best / known)) less than before them; percents of limits are too high by as much"
    }
    return nil
  }
}

extension MeasurementRecord {
  /// Whether the interval of the median is so wide that small differences mean nothing.
  public var isNoisy: Bool {
    guard let median, median > 0 else { return false }
    let interval = Statistics.medianInterval(samples)
    return interval.upper - interval.lower > RaceNotes.widest * median
  }
}

extension MachineLimits {
  /// What of these limits is far below what machines like this one have given before; nil where nothing is.
  public func shortfall(of earlier: MachineLimits) -> String? {
    let keys = records.filter { $0.level == nil }.distinct { [$0.name, $0.precision ?? "", "\($0.threads)"] }
    let shares = keys.compactMap { key -> (name: String, share: Double)? in
      guard let now = rate(key[0], precision: key[1], threads: Int(key[2])!),
        let then = earlier.rate(key[0], precision: key[1], threads: Int(key[2])!), now < RaceNotes.usual * then
      else { return nil }
      return ("\(key[0]), \(key[1]), on \(key[2])", now / then)
    }
    guard let worst = shares.min(by: { $0.share < $1.share }) else { return nil }
    return "the machine is busy, throttled or not the one that earlier records are of: its limit of \(worst.name) is "
      + "\(Units.percent(1 - worst.share)) below the best of them; percents of limits are too high by as much"
  }
}
