import Foundation

/// What a gate will take and what it will see, from a brief look at the older build: said before it starts.
public struct GateForecast: Sendable {
  /// A row as it looked.
  public struct Row: Sendable {
    /// How long a process takes to start and to prepare, and one call.
    public var startSeconds, callSeconds: Double
    /// Times of a call in samples.
    public var samples: [Double]
    /// Whether it is left out before others: a call takes as many instructions in both builds.
    public var isLast: Bool

    /// A row; see the properties.
    public init(startSeconds: Double, callSeconds: Double, samples: [Double], isLast: Bool = false) {
      (self.startSeconds, self.callSeconds) = (startSeconds, callSeconds)
      (self.samples, self.isLast) = (samples, isLast)
    }
  }

  private let rows: [Row]
  private let rule: GateRule
  private let budget, spent, share, sampleSeconds: Double

  /// A forecast of a gate that has spent `spent` seconds of its budget on looking, and of the rest gives `share` to the first measurement of all
  /// rows, in samples of `sampleSeconds` at least.
  public init(
    _ rows: [Row], rule: GateRule, budget: Double, spent: Double, share: Double, sampleSeconds: Double
  ) {
    (self.rows, self.rule, self.budget, self.spent) = (rows, rule, budget, spent)
    (self.share, self.sampleSeconds) = (share, sampleSeconds)
  }

  /// How many blocks a row is expected to give at least: a sign test can fall, and the ends of the intervals are not the extremes.
  private var blocks: Int { rule.leastBlocks(rows: rows.count) * 3 / 2 }

  /// How long the first measurement of a row takes: four processes, judged before and after, and blocks of four samples that each begin with
  /// a quarter off the clock.
  public func seconds(_ index: Int) -> Double {
    let row = rows[index]
    return 6 * row.startSeconds + Double(blocks) * 4 * 1.25 * max(sampleSeconds, row.callSeconds)
  }

  /// The rows that the budget is enough for, in order: the quickest, so that they are as many as can be, of those that are not last first.
  public var chosen: [Int] {
    var left = share * (budget - spent)
    let order = rows.indices.sorted {
      rows[$0].isLast == rows[$1].isLast ? seconds($0) < seconds($1) : rows[$1].isLast
    }
    return order.prefix { index in
      left -= seconds(index)
      return left >= 0
    }.sorted()
  }

  /// The budget that all rows need.
  public var needed: Double { spent + rows.indices.map(seconds).reduce(0, +) / share }

  /// The smallest slowdown that will be seen in a row if the noise stays as it was; nil where too few samples were taken to say.
  public func visible(_ index: Int) -> Double? {
    let logs = rows[index].samples.map { log($0) }
    guard logs.count >= 6 else { return nil }
    // Of normal samples the deviation is 1.4826 times the median absolute one. A block's ratio varies as a sample does: two of each side are
    // averaged, and divided.
    let noise = 1.4826 * Statistics.medianAbsoluteDeviation(logs)
    func quantile(_ place: Int) -> Double {
      noise * Statistics.normalQuantile((Double(place) + 0.5) / Double(blocks))
    }
    let samples = (0..<blocks).map { exp(quantile($0)) }
    let even = Array(repeating: 1.0, count: blocks)
    // Two processes of one build differ as two builds do.
    let side = DuelRecord.Side(samples: [even, samples.map { pow($0, 2.0.squareRoot()) }])
    let duel = DuelRecord(
      kernel: "", variant: "", pass: "", precision: "", threads: 1, size: "", generations: [blocks], base: side,
      head: side, seconds: 0, date: "")
    let controls = GateDuel(duel, rule)
    let ratios = Statistics.medianInterval(samples.map { log($0) })
    let strict = Statistics.medianInterval(
      samples.map { log($0) }, confidence: 1 - 2 * rule.alpha / Double(max(rows.count, 1)))
    return expm1(controls.threshold + ratios.upper - strict.lower)
  }

  /// What is to be expected, a sentence to a line.
  public var text: String {
    let chosen = chosen
    let seconds = chosen.map(self.seconds).reduce(0, +)
    let seen = chosen.compactMap(visible).sorted()
    var lines = ["\(chosen.count) \(chosen.count == 1 ? "row is" : "rows are") measured."]
    if !chosen.isEmpty {
      lines = [
        lines[0].dropLast()
          + ", in \(Units.duration(seconds / Double(chosen.count))) each and \(Units.duration(seconds)) together; "
          + "looking at them took \(Units.duration(spent)) of the budget of \(Units.duration(budget))."
      ]
    }
    if let least = seen.first, let most = seen.last {
      lines.append(
        "With the noise of this moment the quietest row shows slowdowns from \(Units.percent(least)) on, the noisiest from "
          + "\(Units.percent(most)) on, \(Units.percent(Statistics.median(seen))) in the median; rows that could hide "
          + "\(Units.percent(rule.blindAbove)) are measured longer.")
    }
    if chosen.count < rows.count {
      lines.append(
        "The budget is too short: \(rows.count - chosen.count) of \(rows.count) rows are left out, and the gate cannot pass. "
          + "All rows need \(Self.option(needed)).")
    }
    return lines.joined(separator: "\n")
  }

  /// `--budget 25s`, rounded up.
  private static func option(_ seconds: Double) -> String { "--budget \(Int(seconds.rounded(.up)))s" }

  /// Why a row was left out.
  public var leftOut: String {
    "left out: the budget of \(Units.duration(budget)) is enough for \(chosen.count) of \(rows.count) rows, all need \(Self.option(needed))"
  }
}

extension Statistics {
  /// Where the normal distribution reaches `probability`, between 0 and 1: by bisection.
  static func normalQuantile(_ probability: Double) -> Double {
    var (low, high) = (-40.0, 40.0)
    for _ in 0..<80 {
      let middle = (low + high) / 2
      if 0.5 * erfc(-middle / 2.0.squareRoot()) < probability { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }
}
