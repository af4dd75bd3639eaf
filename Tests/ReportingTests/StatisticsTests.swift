import Foundation
import Testing

@testable import Reporting

@Suite struct StatisticsTests {
  @Test func medians() {
    #expect(Statistics.median([3, 1, 2]) == 2)
    #expect(Statistics.median([4, 1, 3, 2]) == 2.5)
    #expect(Statistics.median([7]) == 7)
    #expect(Statistics.median([1, .nan, 2]).isNaN)
    #expect(Statistics.medianAbsoluteDeviation([1, 1, 2, 2, 4, 6, 9]) == 1)
  }

  /// Ranks and coverage from exact sums of binomial coefficients.
  @Test(arguments: [
    (6, 1, 0.96875), (8, 1, 0.9921875), (9, 2, 0.9609375), (10, 2, 0.978515625), (15, 4, 0.96484375),
    (20, 6, 0.958610534667969), (25, 8, 0.956714749336243), (100, 40, 0.964799799782240),
  ])
  func intervals(_ n: Int, _ k: Int, _ coverage: Double) {
    let interval = Statistics.medianInterval((1...n).map(Double.init).shuffled())
    #expect(interval.lower == Double(k))
    #expect(interval.upper == Double(n + 1 - k))
    #expect(abs(interval.coverage - coverage) < 1e-12)
  }

  @Test func fewSamplesSayHowLittleTheyCover() {
    #expect(Statistics.medianInterval([5]) == .init(lower: 5, upper: 5, coverage: 0))
    let five = Statistics.medianInterval([5, 1, 4, 2, 3])
    #expect((five.lower, five.upper) == (1, 5))
    #expect(abs(five.coverage - 0.9375) < 1e-12)
  }

  @Test func manySamplesDoNotUnderflow() {
    let interval = Statistics.medianInterval((1...10_000).map(Double.init))
    #expect((interval.lower, interval.upper) == (4902, 5099))
    #expect(interval.coverage >= 0.95 && interval.coverage < 0.953)
  }
}
