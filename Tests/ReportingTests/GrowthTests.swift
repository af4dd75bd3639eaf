import Foundation
import Testing

@testable import Reporting

@Suite struct GrowthTests {
  private static let lengths = [256, 1024, 4096, 16384, 65536]

  /// Measurements along L whose time and workspace follow the given laws, with 3 % of noise that is the same in every run.
  private func sweep(
    time: (Double) -> Double, workspace: (Double) -> Double = { $0 }, lengths: [Int] = lengths
  ) -> [MeasurementRecord] {
    var noise = SplitMix64(state: 1)
    return lengths.map { length in
      let L = Double(length)
      var line = Samples.measurement(L: length)
      line.samples = (0..<15).map { _ in time(L) * exp(.random(in: -0.05...0.05, using: &noise)) }
      line.workspaceBytes = Int(workspace(L))
      return line
    }
  }

  private func claiming(
    _ lines: [MeasurementRecord], time: (Double) -> Double, workspace: (Double) -> Double
  ) -> [MeasurementRecord] {
    lines.map { line in
      let L = Double(line.extents["L"]!)
      var line = line
      line.claims = .init(
        time: .init(growth: "g", value: time(L)), workspace: .init(growth: "w", value: workspace(L)))
      return line
    }
  }

  private func verdicts(_ lines: [MeasurementRecord]) -> [VerdictRecord] {
    GrowthVerdicts.judge([.run(Samples.run)] + lines.map(Record.measurement))
  }

  private static func nLogN(_ L: Double) -> Double { L * log2(L) }

  @Test func trueClaimsHold() {
    // Set-up that costs as much as a thousand elements is no growth.
    let lines = sweep(time: { 1e-9 * (Self.nLogN($0) + 10_000) }, workspace: { 8 * $0 + 300_000 })
    let outcomes = verdicts(claiming(lines, time: Self.nLogN, workspace: { $0 }))
    #expect(outcomes.map(\.verdict) == [.pass, .pass])
    #expect(outcomes.map(\.check) == ["time grows as g along L", "workspace grows as w along L"])
  }

  @Test func slowerGrowthHolds() {
    let outcomes = verdicts(claiming(sweep(time: { _ in 1e-6 }), time: Self.nLogN, workspace: { $0 * $0 }))
    #expect(outcomes.map(\.verdict) == [.pass, .pass])
  }

  @Test func aCacheThatIsLeftIsNoGrowth() {
    let lines = sweep(time: { 1e-9 * $0 * ($0 > 5000 ? 1.8 : 1) })
    #expect(verdicts(claiming(lines, time: { $0 }, workspace: { $0 })).map(\.verdict) == [.pass, .pass])
  }

  /// A neighbour that quadruples the times of one size is the machine's doing.
  @Test(arguments: [2, 3, 4]) func oneSizeDoesNotDecide(disturbed: Int) {
    let lines = sweep(time: { 1e-9 * $0 * ($0 == Double(Self.lengths[disturbed]) ? 4 : 1) })
    #expect(verdicts(claiming(lines, time: { $0 }, workspace: { $0 })).map(\.verdict) == [.pass, .pass])
  }

  @Test func squaresAgainstLLogLFail() throws {
    let outcomes = verdicts(claiming(sweep(time: { 1e-12 * $0 * $0 }), time: Self.nLogN, workspace: { $0 }))
    let time = try #require(outcomes.first)
    #expect(time.verdict == .fail && outcomes[1].verdict == .pass)
    #expect(
      time.reason.hasPrefix("over L = 4096 to 65536 the exponent is 2.0")
        && time.reason.contains("expected at most 1.10 + 0.25: exceeds what is claimed by 0.8"), "\(time.reason)")
    #expect(
      time.replay == "hippodrome bench toy.sum --variant lanes --pass forward --precision float --threads 1"
        + " --at N2-L4096 --at N2-L16384 --at N2-L65536")
  }

  /// What has a set-up and then a square is a square, though it hides where the set-up outweighs it.
  @Test func squaresBehindASetUpFail() {
    let lines = sweep(time: { 1e-4 + 1e-11 * $0 * $0 })
    #expect(verdicts(claiming(lines, time: Self.nLogN, workspace: { $0 }))[0].verdict == .fail)
  }

  @Test func aRootTooMuchFails() {
    let lines = sweep(time: { 1e-9 * pow($0, 1.5) })
    #expect(verdicts(claiming(lines, time: Self.nLogN, workspace: { $0 }))[0].verdict == .fail)
  }

  @Test func workspaceThatGrowsAgainstAConstantFails() {
    let lines = sweep(time: { 1e-9 * $0 }, workspace: { 4 * $0 })
    #expect(verdicts(claiming(lines, time: { $0 }, workspace: { _ in 1 })).map(\.verdict) == [.pass, .fail])
  }

  /// Rounding within a page is the allocator's.
  @Test func bytesWithinAPageAreNoGrowth() {
    let lines = sweep(time: { 1e-9 * $0 }, workspace: { $0 / 16 })
    #expect(verdicts(claiming(lines, time: { $0 }, workspace: { _ in 1 })).map(\.verdict) == [.pass, .pass])
  }

  @Test func whatCannotBeJudgedIsNot() {
    #expect(verdicts(sweep(time: { $0 })).isEmpty, "nothing is claimed")
    let two = sweep(time: { $0 * $0 }, lengths: [256, 1024])
    #expect(verdicts(claiming(two, time: { $0 }, workspace: { $0 })).isEmpty, "two sizes")
    var wrong = claiming(sweep(time: { $0 }), time: { $0 }, workspace: { $0 })
    for index in wrong.indices { wrong[index].verdict = .fail }
    #expect(verdicts(wrong).isEmpty, "wrong results have no speed")
  }

  @Test func onlyTheUpperHalfCounts() throws {
    let fit = try #require(
      GrowthFit(
        .time, along: ["L"], claiming(sweep(time: { 1e-9 * $0 + 1e-6 }), time: { $0 }, workspace: { $0 })))
    #expect(fit.measurements.map { $0.extents["L"] } == [4096, 16384, 65536])
    let few = try #require(
      GrowthFit(
        .time, along: ["L"],
        claiming(sweep(time: { 1e-9 * $0 }, lengths: [1, 1024, 4096, 8192]), time: { $0 }, workspace: { $0 })))
    #expect(few.measurements.count == 3)
  }

  @Test func thePageAndTheIndexShowIt() throws {
    let lines = claiming(sweep(time: { 1e-12 * $0 * $0 }), time: { $0 }, workspace: { $0 })
    let files = Report([.run(Samples.run)] + lines.map(Record.measurement)).files()
    let page = try #require(files["toy.sum.md"])
    #expect(page.contains("| `lanes` | forward | float | 1 | time | L 4k–64k | `g` | 2.0"))
    #expect(page.contains("| **fails** |") && page.contains("--at N2-L65536"))
    #expect(try #require(files["README.md"]).contains("| [toy.sum](toy.sum.md) | forward | 1 | 1 | 0 | 0 |"))
  }

  @Test func recordsWithoutClaimsAreRead() throws {
    var line = Samples.measurement()
    let old = try Record.measurement(line).line
    #expect(!String(decoding: old, as: UTF8.self).contains("claims"))
    #expect(try Record(line: old) == .measurement(line))
    line.claims = .init(time: .init(growth: "L", value: 8), workspace: nil)
    let new = try Record(line: try Record.measurement(line).line)
    #expect(new == .measurement(line))
  }
}
