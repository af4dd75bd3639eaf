import Testing

@testable import Reporting

@Suite struct RaceNotesTests {
  private func row(
    _ variant: String, _ samples: [Double], threads: Int = 1, peak: Double? = nil, usual: Double? = nil
  ) -> MeasurementRecord {
    var row = Samples.measurement(variant)
    (row.samples, row.threads, row.peakFlops, row.usualFlops) = (samples, threads, peak, usual)
    return row
  }

  private let rounds = (1...15).map { 1e-6 * Double($0) }

  /// Rounds differ by a factor of 15, the ratio within them by nothing.
  @Test func theWinnerIsComparedWithTheSecondBestInRounds() {
    let lines = RaceNotes.lines([
      row("slow", rounds.map { 9 * $0 }), row("second", rounds.map { 3 * $0 }), row("first", rounds),
    ])
    #expect(lines == ["on 1: first is 3.00× [3.00, 3.00] as fast as second, the second best, from 15 rounds"])
  }

  @Test func whatCannotBeToldApartIsSaid() {
    let other = rounds.enumerated().map { $1 * ($0 % 2 == 0 ? 1.2 : 0.99) }
    let lines = RaceNotes.lines([row("a", rounds), row("b", other)])
    #expect(lines == ["on 1: a and b cannot be told apart: 1.20× [0.99, 1.20] from 15 rounds"])
  }

  @Test func tooFewRoundsAreSaid() {
    let lines = RaceNotes.lines([row("a", [1e-6, 1e-6, 1e-6]), row("b", [2e-6, 2e-6, 2e-6])])
    #expect(lines == ["on 1: a is 2.00× as fast as b from 3 rounds, too few to be sure"])
  }

  @Test func threadsAreComparedApartAndWhatIsWrongNotAtAll() {
    var wrong = row("wrong", rounds.map { $0 / 2 })
    wrong.verdict = .fail
    #expect(RaceNotes.lines([row("a", rounds), row("a", rounds, threads: 2), wrong]) == [])
  }

  @Test func aMachineThatWasBusyIsNamed() {
    let lines = RaceNotes.lines([row("a", rounds, peak: 10e9, usual: 8e9)])
    #expect(lines.count == 1 && lines[0].hasPrefix("on 1: the machine was busy"), "\(lines)")
    #expect(lines[0].contains("8.00 GFLOP/s") && lines[0].contains("20 % less than at its best"), "\(lines)")
    #expect(RaceNotes.lines([row("a", rounds, peak: 10e9, usual: 9.8e9)]) == [])
  }

  /// The limit before the samples against that between them.
  @Test func aLimitThatFellIsNamed() {
    let limits = MachineLimits(Samples.machine)
    let lines = RaceNotes.lines([row("a", rounds, peak: 80e9, usual: 79e9)], within: limits)
    #expect(lines.count == 1 && lines[0].contains("20 % less than before them"), "\(lines)")
    #expect(RaceNotes.lines([row("a", rounds, peak: 95e9, usual: 94e9)], within: limits) == [])
  }

  @Test func aLimitBelowThatOfEarlierRecordsIsNamed() throws {
    let earlier = MachineLimits(Samples.machine)
    let now = MachineLimits([
      Samples.limit("multiply-add", 85e9, precision: "float"), Samples.limit("exp", 0.7e9, precision: "float"),
    ])
    let text = try #require(now.shortfall(of: earlier))
    #expect(text.contains("its limit of exp, float, on 1 is 30 % below the best of them"), "\(text)")
    #expect(earlier.shortfall(of: now) == nil && now.shortfall(of: MachineLimits()) == nil)
  }

  @Test func aSummaryHasTheIntervalAndTheNumberOfSamples() {
    let steady = (0..<15).map { 1e-6 * (1 + 0.001 * Double($0)) }
    #expect(row("a", steady).summary().contains(", 1.01 µs [1.00, 1.01] of 15, "), "\(row("a", steady).summary())")
    #expect(row("a", [1e-6, 1e-6, 1e-6]).summary().contains(", 1.00 µs [1.00, 1.00] of 3, "))
    let noisy = [338, 350, 600, 610, 620, 650, 700, 700, 710, 720, 800, 900, 930, 940, 945].map { $0 * 1e-6 }
    #expect(
      row("a", noisy).summary().contains(", 700 µs [610, 900] of 15, noisy: samples from 338 µs to 945 µs, "),
      "\(row("a", noisy).summary())")
  }
}
