import Foundation

/// Holds what a contender says its calls took against the driver's own clock, from request to answer.
///
/// Calls cannot take longer than that, whatever else the machine does. And what they leave of it must be explained: by the way of request
/// and answer, and by the calls off the clock that the protocol allows, a quarter as many. A busy machine may put any pause between
/// request and answer. So too short a time is found from the run with the least left over, never from one run alone, and only where at
/// least one run is not explained by what the system says of waiting for a core either.
struct ClockCheck {
  /// One request to run.
  private struct Run {
    let calls: Int
    let stated, taken, waited: Double
  }

  private var runs: [Run] = []

  /// What calls off the clock may take, as a share of those on it.
  private static let offTheClock = 0.25
  /// What is left over is explained where it is no more than this share of what was stated, or this many seconds.
  private static let slack = (share: 0.25, seconds: 0.001)
  /// Clocks run at slightly different rates.
  private static let clockError = (share: 0.01, seconds: 0.001)
  /// As many runs are needed to say that a time is too short.
  private static let fewest = 3
  /// The longest way of request and answer that is believed, in seconds: a contender could make it as long as it likes.
  private static let longestWay = 0.005

  /// Notes what was said of some calls, how long it was from request to answer, and for how much of that the contender or the driver was
  /// ready but had no core; 0 where that is not known.
  mutating func add(calls: Int, stated: Double, taken: Double, waited: Double = 0) {
    runs.append(Run(calls: calls, stated: stated, taken: taken, waited: waited))
  }

  /// What is wrong with the times of runs of so many calls, in a line; nil where they can be.
  ///
  /// - Parameter way: the least seconds between a request without work and its answer; asked for where it matters only.
  func complaint<E>(calls: Int, way: () throws(E) -> Double) throws(E) -> String? {
    let runs = runs.filter { $0.calls == calls }
    if let impossible = runs.first(where: { !Self.isPossible($0) }) { return Self.text(impossible) }
    guard let best = runs.min(by: { Self.rest($0) < Self.rest($1) }), runs.count >= Self.fewest else { return nil }
    guard !Self.isExplained(best, way: 0) else { return nil }
    let way = min(try way(), Self.longestWay)
    let isExplained =
      Self.isExplained(best, way: way) || runs.allSatisfy { Self.isExplained($0, way: way + $0.waited) }
    return isExplained ? nil : Self.text(best)
  }

  /// Whether calls can have taken so long, and any time at all.
  private static func isPossible(_ run: Run) -> Bool {
    run.stated > 0 && run.stated <= run.taken * (1 + clockError.share) + clockError.seconds
  }

  /// What neither the calls nor those off the clock explain.
  private static func rest(_ run: Run) -> Double { run.taken - (1 + offTheClock) * run.stated }

  private static func isExplained(_ run: Run, way: Double) -> Bool {
    rest(run) - way <= max(slack.share * run.stated, slack.seconds)
  }

  private static func text(_ run: Run) -> String {
    let what = run.calls == 1 ? "1 call" : "\(run.calls) calls"
    return "broken measurement: the contender says that \(what) took \(short(run.stated)) s, "
      + "from request to answer it was \(short(run.taken)) s"
  }
}
