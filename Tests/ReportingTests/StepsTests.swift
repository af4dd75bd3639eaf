import Foundation
import Testing

@testable import Reporting

/// Noise that is the same in every run.
private struct Noise {
  var generator: SplitMix64

  init(_ seed: UInt64) { generator = SplitMix64(state: seed) }

  mutating func normal() -> Double {
    let radius = (-2 * log(1 - Double.random(in: 0..<1, using: &generator))).squareRoot()
    return radius * cos(2 * .pi * Double.random(in: 0..<1, using: &generator))
  }

  /// Student's t with three degrees of freedom, with a standard deviation of 1.
  mutating func heavyTailed() -> Double {
    let squares = (0..<3).map { _ in pow(normal(), 2) }.reduce(0, +)
    return normal() / (squares / 3).squareRoot() / 3.0.squareRoot()
  }

  /// A series of log-values with 2 % of noise, of which neighbours correlate.
  mutating func series(_ count: Int, _ kind: Kind, correlation: Double, steps: [Int: Double] = [:]) -> [Double] {
    var state = 0.0
    var level = 0.0
    return (-50..<count).compactMap { index in
      let shock: Double
      switch kind {
      case .normal: shock = normal()
      case .heavyTailed: shock = heavyTailed()
      case .outliers: shock = normal() * (Double.random(in: 0..<1, using: &generator) < 0.05 ? 8 : 1)
      }
      state = correlation * state + (1 - correlation * correlation).squareRoot() * shock
      level += log(steps[index] ?? 1)
      return index < 0 ? nil : exp(level + 0.02 * state)
    }
  }
}

enum Kind: String, CaseIterable { case normal, heavyTailed, outliers }

@Suite struct StepsTests {
  /// At most one series in a hundred has a step that is none: 2,000 short and long series of each kind.
  @Test(arguments: Kind.allCases, [0, 0.3])
  func seriesWithoutStepsHaveNone(kind: Kind, correlation: Double) {
    var noise = Noise(0)
    let found = (0..<2000).count { index in
      !Steps(noise.series(index % 2 == 0 ? 12 : 40, kind, correlation: correlation)).steps.isEmpty
    }
    #expect(found <= 20, "\(found) of 2000 with \(kind) noise")
  }

  @Test(arguments: [(Kind.normal, 6, 0.95), (.heavyTailed, 6, 0.95), (.outliers, 10, 0.9)])
  func aTenthAfterTenCommitsIsFound(kind: Kind, following: Int, share: Double) {
    var noise = Noise(1)
    let found = (0..<500).count { _ in
      let steps = Steps(noise.series(10 + following, kind, correlation: 0, steps: [10: 1.1])).steps
      return steps.contains { abs($0.index - 10) <= 1 && $0.ratio > 1.05 }
    }
    #expect(Double(found) / 500 >= share, "\(found) of 500 with \(kind) noise")
  }

  @Test func intervalsCoverTheRatio() {
    var noise = Noise(2)
    var found = 0, covered = 0
    for _ in 0..<500 {
      for step in Steps(noise.series(30, .normal, correlation: 0, steps: [15: 0.8])).steps where step.index == 15 {
        found += 1
        if step.lower <= 0.8, 0.8 <= step.upper { covered += 1 }
      }
    }
    #expect(found >= 475 && Double(covered) / Double(found) >= 0.9, "\(covered) of \(found)")
  }

  @Test func severalStepsAreFoundInOrder() {
    var noise = Noise(3)
    let steps = Steps(noise.series(60, .normal, correlation: 0, steps: [20: 1.3, 40: 0.7])).steps
    #expect(steps.map(\.index) == [20, 40])
    #expect(abs(steps[0].ratio - 1.3) < 0.05 && abs(steps[1].ratio - 0.7) < 0.05)
    #expect(steps[0].lower < steps[0].ratio && steps[0].ratio < steps[0].upper)
  }

  @Test func numbersWithoutNoise() {
    #expect(Steps(Array(repeating: 4096, count: 30)).steps.isEmpty)
    let steps = Steps(Array(repeating: 4096, count: 8) + Array(repeating: 8192, count: 4)).steps
    #expect(steps.map(\.index) == [8] && abs(steps[0].ratio - 2) < 1e-9)
  }

  @Test func anOutlierIsNoStep() {
    var noise = Noise(4)
    var series = noise.series(20, .normal, correlation: 0)
    series[10] *= 5
    series[19] *= 5
    #expect(Steps(series).steps.isEmpty)
  }

  @Test func fewValuesHaveNoSteps() {
    #expect(Steps([]).steps.isEmpty)
    #expect(Steps([1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2]).steps.isEmpty)
  }

  /// Runners of two kinds in any order are no step, and drift is none; a true step in 1 % of noise is found.
  @Test(arguments: HistorySimulation.Noise.allCases)
  func simulatedHistories(noise: HistorySimulation.Noise) {
    let simulation = HistorySimulation(histories: 200, seed: 0)
    // Of 200 at 1 %, 7 or more would be one in two hundred times.
    let wrong = simulation.falseSteps(noise, 20)
    #expect(wrong <= 6, "\(wrong) of 200 with \(noise.name)")
    guard noise == .normal else { return }
    let found = simulation.found(noise, 40)
    #expect(found >= 190, "\(found) of 200")
  }
}
