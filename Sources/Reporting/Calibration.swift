import Foundation

/// What gates whose truth is known say about gates: false alarms and the slowdowns that are seen.
public struct CalibrationSummary: Sendable {
  /// One way to gate: so many seconds a row, with a neighbour or without.
  struct Setting: Hashable {
    let secondsPerRow: Double
    let rows: Int
    let hasNeighbour: Bool
    let rule: GateRule
  }

  /// How often something happened.
  struct Frequency {
    let count, trials: Int

    /// `0 of 2000 (at most 0.15 %)`, `57 of 60 (86–99 %)`: the 95 % interval of Clopper and Pearson.
    var text: String {
      let interval = Statistics.proportionInterval(count, of: trials)
      let low = Units.percent(interval.lower), high = Units.percent(interval.upper)
      return count == 0 ? "0 of \(trials) (at most \(high))" : "\(count) of \(trials) (\(low) to \(high))"
    }

    var share: Double { Double(count) / Double(trials) }
  }

  private let gates: [CalibrationRecord]

  /// A summary of the calibrations among the records; nil where there is none.
  public init?(_ records: [Record]) {
    gates = records.compactMap { if case .calibration(let gate) = $0 { gate } else { nil } }
    if gates.isEmpty { return nil }
  }

  var settings: [Setting] {
    func key(_ setting: Setting) -> (Int, Double, Int, Double) {
      (setting.hasNeighbour ? 1 : 0, setting.secondsPerRow, setting.rows, -setting.rule.blindAbove)
    }
    return Set(gates.map(Self.setting)).sorted { key($0) < key($1) }
  }

  private static func setting(_ gate: CalibrationRecord) -> Setting {
    let exact = gate.budget / Double(max(gate.rows.count, 1))
    return Setting(
      secondsPerRow: (exact * 100).rounded() / 100, rows: gate.rows.count, hasNeighbour: gate.hasNeighbour,
      rule: gate.rule)
  }

  /// The rows of a setting that were slowed by so much; 0 for those that were not slowed, be others in their gate or not.
  private func rows(_ setting: Setting, _ slowdown: Double) -> [CalibrationRecord.Row] {
    gates.filter { Self.setting($0) == setting && (slowdown == 0 || $0.slowdown == slowdown) }.flatMap(\.rows)
      .filter { ($0.slowdown == 0) == (slowdown == 0) }
  }

  /// Rows of a build against itself that were called slower, hungrier or broken; nil where none were tried.
  func falseAlarms(_ setting: Setting) -> Frequency? {
    let rows = rows(setting, 0)
    guard !rows.isEmpty else { return nil }
    let alarms = rows.count { $0.time == .slower || $0.time == .broken || $0.memory == .hungrier }
    return Frequency(count: alarms, trials: rows.count)
  }

  /// Rows of a build against itself that were called faster or leaner.
  func falseGains(_ setting: Setting) -> Frequency? {
    let rows = rows(setting, 0)
    guard !rows.isEmpty else { return nil }
    return Frequency(count: rows.count { $0.time == .faster || $0.memory == .leaner }, trials: rows.count)
  }

  /// How often each known slowdown was called slower.
  func power(_ setting: Setting) -> [(slowdown: Double, seen: Frequency)] {
    let slowdowns = Set(gates.filter { Self.setting($0) == setting && $0.slowdown > 0 }.map(\.slowdown)).sorted()
    return slowdowns.compactMap { slowdown in
      let rows = rows(setting, slowdown)
      // A gate may have been interrupted before a slowed row.
      return rows.isEmpty ? nil : (slowdown, Frequency(count: rows.count { $0.time == .slower }, trials: rows.count))
    }
  }

  /// How many gates of a setting there are with so great a slowdown in some rows.
  public func gates(budget: Double, rows: Int, hasNeighbour: Bool, rule: GateRule, slowdown: Double) -> Int {
    gates.count {
      $0.budget == budget && $0.rows.count == rows && $0.hasNeighbour == hasNeighbour && $0.rule == rule
        && $0.slowdown == slowdown
    }
  }

  /// How long gates of a setting took, and what those came to in which nothing was slowed.
  private func course(_ setting: Setting) -> (seconds: String, outcomes: String) {
    let all = gates.filter { Self.setting($0) == setting }
    // A setting whose figures are no numbers equals none, itself included.
    guard !all.isEmpty else { return (Units.none, Units.none) }
    let outcomes = all.filter { $0.slowdown == 0 }.compactMap(\.outcome)
    let words = [GateOutcome.passed, .undecided, .failed].map { word in (word, outcomes.count { $0 == word }) }
    let text = words.filter { $0.1 > 0 }.map { "\($0.1) \($0.0.rawValue)" }.joined(separator: ", ")
    return (Units.duration(Statistics.median(all.map(\.seconds))), text.isEmpty ? Units.none : text)
  }

  /// The smallest slowdown tried from which on all were seen in 95 % of trials.
  func smallestSeen(_ setting: Setting) -> (slowdown: Double, seen: Frequency)? {
    power(setting).reversed().prefix { $0.seen.share >= 0.95 }.last
  }

  /// What a gate by this rule with that many seconds a row may say of itself: from the calibration with the most seconds that
  /// are not more.
  public func sentence(secondsPerRow: Double, rule: GateRule) -> String? {
    let fitting = settings.filter {
      !$0.hasNeighbour && $0.rule == rule && $0.secondsPerRow <= secondsPerRow * 1.001
    }
    guard let setting = fitting.last else { return nil }
    var text = "Calibrated here with \(Units.significant(setting.secondsPerRow)) s a row and \(setting.rows) rows: "
    text += falseAlarms(setting).map { "\($0.text) false alarms; " } ?? ""
    if let (slowdown, seen) = smallestSeen(setting) {
      text += "a slowdown of \(Units.percent(slowdown)) was seen in \(seen.text) trials"
    } else {
      text += "no slowdown tried was seen in 95 % of trials"
    }
    return text + " (`hippodrome calibrate`)."
  }

  /// A page on machines: what was found on each, and in which runs.
  public static func markdown(_ machines: [(summary: CalibrationSummary, runs: [RunRecord])]) -> String {
    let sections = machines.map { summary, runs in
      "\n## \(runs.last?.machine.id ?? "A machine")\n\n"
        + summary.section(circumstances: RunRecord.circumstances(runs))
    }
    return """
      # What the gate sees

      Gates between a build and itself, in some of which a few rows were made to do a known share of further calls in every sample. \
      *Seconds a row* is the budget by the number of rows, of which a gate takes as much as it needs until every row would show a slowdown \
      that it *must see*; older gates had none such, and took all. In brackets is the 95 % interval of Clopper and Pearson. A *false alarm* is a row that was not slowed and was called slower or hungrier. A \
      *busy neighbour* is another process that computes and copies in bursts, pinned to the last core.

      """ + sections.joined()
  }

  /// What was found on one machine.
  func section(circumstances: String) -> String {
    let places: [Table.Column] = [
      .number("seconds a row"), .number("rows"), .number("must see"), .text("machine"),
    ]
    var alarms = Table(
      places + [
        .number("took, median"), .text("gates without a slowdown"), .number("false alarms"), .number("false gains"),
        .number("smallest slowdown seen in 95 % of trials"), .number("counts from, median"),
      ])
    var powers = Table(places + [.number("true slowdown"), .number("seen")])
    for setting in settings {
      let place = [
        Units.significant(setting.secondsPerRow), "\(setting.rows)",
        setting.rule.blindAbove.isFinite ? Units.percent(setting.rule.blindAbove) : Units.none,
        setting.hasNeighbour ? "busy neighbour" : "quiet",
      ]
      let (took, outcomes) = course(setting)
      let smallest = smallestSeen(setting).map { Units.percent($0.slowdown) }
      let thresholds = rows(setting, 0).compactMap(\.threshold)
      alarms.rows.append(
        place + [
          took, outcomes, falseAlarms(setting)?.text ?? Units.none, falseGains(setting)?.text ?? Units.none,
          smallest ?? Units.none,
          thresholds.isEmpty ? Units.none : Units.percent(Statistics.median(thresholds)),
        ])
      for (slowdown, seen) in power(setting) {
        powers.rows.append(place + [Units.percent(slowdown), seen.text])
      }
    }
    let names = gates.flatMap(\.rows).map(\.name).distinct { $0 }.sorted()
    return """
      \(circumstances)
      \(alarms.markdown)
      \(powers.markdown)
      Rows:

      \(names.map { "- \($0)" }.joined(separator: "\n"))

      """
  }
}

extension Statistics {
  /// The interval of a proportion that covers it in at least `confidence` of experiments (Clopper and Pearson 1934, Biometrika 26:404).
  public static func proportionInterval(
    _ count: Int, of trials: Int, confidence: Double = 0.95
  ) -> (lower: Double, upper: Double) {
    precondition(trials > 0 && (0...trials).contains(count), "\(count) of \(trials) is no proportion")
    let tail = (1 - confidence) / 2
    /// P(at least `count`) rises with the proportion.
    func atLeast(_ count: Int, _ p: Double) -> Double {
      (count..<trials + 1).reduce(0) { sum, k in
        let logs = lgamma(Double(trials) + 1) - lgamma(Double(k) + 1) - lgamma(Double(trials - k) + 1)
        return sum + exp(logs + (k > 0 ? Double(k) * log(p) : 0) + (k < trials ? Double(trials - k) * log1p(-p) : 0))
      }
    }
    func solve(_ target: Double, _ count: Int) -> Double {
      var (low, high) = (0.0, 1.0)
      for _ in 0..<60 {
        let middle = (low + high) / 2
        if atLeast(count, middle) < target { low = middle } else { high = middle }
      }
      return (low + high) / 2
    }
    return (count == 0 ? 0 : solve(tail, count), count == trials ? 1 : solve(1 - tail, count + 1))
  }
}
