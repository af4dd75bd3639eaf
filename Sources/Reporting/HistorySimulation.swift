import Foundation

/// How often `Steps` is wrong: histories whose truth is known, drawn anew for each kind of noise.
public struct HistorySimulation: Sendable {
  /// What the values of commits scatter by, 1 % where nothing else is said.
  enum Noise: CaseIterable {
    case normal, logNormal, correlated
    case tenth12, third12, half12, tenth20, third20, half20
    case wave2, wave3, line, walk2, walk5, walk10, slide

    var name: String {
      switch self {
      case .normal: "normal"
      case .logNormal: "log-normal, skewed"
      case .correlated: "correlated, 0.3 from commit to commit"
      case .tenth12: "10 % of runs at 1.2×"
      case .third12: "30 % of runs at 1.2×"
      case .half12: "50 % of runs at 1.2×"
      case .tenth20: "10 % of runs at 2×"
      case .third20: "30 % of runs at 2×"
      case .half20: "50 % of runs at 2×"
      case .wave2: "drift: a wave of ±2 %, 40 to 160 commits long"
      case .wave3: "drift: a wave of ±3 %, 40 to 160 commits long"
      case .line: "drift: a line, up to 10 % over all commits"
      case .walk2: "drift: a walk of 0.2 % a commit"
      case .walk5: "drift: a walk of 0.5 % a commit"
      case .walk10: "fast: a walk of 1 % a commit"
      case .slide: "fast: a slide of 10 % over ten commits"
      }
    }

    /// Whether the level moves by as much as the noise from commit to commit, which is no slow drift.
    var isFast: Bool { self == .walk10 || self == .slide }

    /// The share of runs on the slower kind of runner, and how many times slower it is.
    var kinds: (share: Double, ratio: Double)? {
      switch self {
      case .tenth12: (0.1, 1.2)
      case .third12: (0.3, 1.2)
      case .half12: (0.5, 1.2)
      case .tenth20: (0.1, 2)
      case .third20: (0.3, 2)
      case .half20: (0.5, 2)
      default: nil
      }
    }
  }

  private let histories: Int
  private let seed: UInt64
  static let lengths = [20, 40, 100]
  /// How many histories have a step: fewer, as what is found takes longer than what is not.
  private var trials: Int { (histories + 1) / 2 }

  /// A simulation of so many histories of each kind and length.
  public init(histories: Int, seed: UInt64) { (self.histories, self.seed) = (histories, seed) }

  /// A table of shares with their 95 % intervals.
  public var markdown: String {
    let lengths = Self.lengths
    var table = Table(
      [.text("noise")] + lengths.map { .number("false steps, \($0) commits") }
        + lengths.map { .number("5 % found, \($0) commits") }
        + lengths.dropFirst().map { .number("10 % for ten commits found, \($0) commits") })
    for noise in Noise.allCases {
      let wrong = lengths.map { text(falseSteps(noise, $0), of: histories) }
      let found = lengths.map { text(self.found(noise, $0), of: trials) }
      let risen = lengths.dropFirst().map { text(foundAndTakenBack(noise, $0), of: trials) }
      table.rows.append([noise.name] + wrong + found + risen)
    }
    return table.markdown
  }

  /// How many histories without a step have one.
  func falseSteps(_ noise: Noise, _ length: Int) -> Int {
    var draws = Draws(seed, noise, length)
    return (0..<histories).count { _ in !Steps(draws.series(noise, length)).steps.isEmpty }
  }

  /// In how many of `trials` histories a step of 5 %, at a drawn place with four commits on either side at least, is found at its
  /// commit or the next to it.
  func found(_ noise: Noise, _ length: Int) -> Int {
    var draws = Draws(seed &+ 1, noise, length)
    return (0..<trials).count { _ in
      let place = Int.random(in: Steps.shortest...length - Steps.shortest, using: &draws.generator)
      let values = draws.series(noise, length).enumerated().map { $0 < place ? $1 : 1.05 * $1 }
      return Steps(values).steps.contains { abs($0.index - place) <= 1 }
    }
  }

  /// In how many of `trials` histories a rise of 10 % that is taken back after ten commits, at a drawn place with four commits
  /// on either side at least, is found at both of its ends or next to them.
  func foundAndTakenBack(_ noise: Noise, _ length: Int) -> Int {
    var draws = Draws(seed &+ 2, noise, length)
    return (0..<trials).count { _ in
      let place = Int.random(in: Steps.shortest...length - Steps.shortest - 10, using: &draws.generator)
      let values = draws.series(noise, length).enumerated().map { (place..<place + 10).contains($0) ? 1.1 * $1 : $1 }
      let steps = Steps(values).steps
      return [place, place + 10].allSatisfy { end in steps.contains { abs($0.index - end) <= 1 } }
    }
  }

  private func text(_ count: Int, of histories: Int) -> String {
    let ends = Statistics.proportionInterval(count, of: histories)
    return
      "\(Units.percent(Double(count) / Double(histories))) [\(Units.percent(ends.lower)), \(Units.percent(ends.upper))]"
  }

  /// Noise that is the same in every run.
  private struct Draws {
    var generator: SplitMix64

    init(_ seed: UInt64, _ noise: Noise, _ length: Int) {
      let place = Noise.allCases.firstIndex(of: noise)!
      generator = SplitMix64(state: seed &+ UInt64(place) << 40 &+ UInt64(length) << 20)
    }

    private mutating func share() -> Double { Double.random(in: 0..<1, using: &generator) }

    private mutating func normal() -> Double {
      (-2 * log(1 - share())).squareRoot() * cos(2 * .pi * share())
    }

    mutating func series(_ noise: Noise, _ length: Int) -> [Double] {
      let phase = 2 * .pi * share(), period = 40 * pow(4, share()), slope = 0.2 * (share() - 0.5)
      let start = noise == .slide ? Double(length - 10) * share() : 0
      var state = normal(), walk = 0.0
      return (0..<length).map { index in
        let wave = sin(phase + 2 * .pi * Double(index) / period)
        var value = 0.01 * normal()
        switch noise {
        case .normal: break
        // Of deviation 1 % too, with a long tail to the right.
        case .logNormal: value = 0.01 * (exp(value * 100) - 1.6487) / 2.1612
        case .correlated:
          state = 0.3 * state + 0.91.squareRoot() * value * 100
          value = 0.01 * state
        case .wave2: value += 0.02 * wave
        case .wave3: value += 0.03 * wave
        case .line: value += slope * Double(index) / Double(length)
        case .walk2, .walk5, .walk10:
          walk += (noise == .walk2 ? 0.002 : noise == .walk5 ? 0.005 : 0.01) * normal()
          value += walk
        case .slide: value += 0.1 * min(max(Double(index) - start, 0) / 10, 1)
        default:
          let (part, ratio) = noise.kinds!
          if share() < part { value += log(ratio) }
        }
        return exp(value)
      }
    }
  }
}
