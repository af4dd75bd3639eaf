import Catalog
import Fixtures
import Foundation
import KernelSpec
import Limits
import Reporting
import Testing

@testable import Harness
@testable import hippodrome

private let filter = catalog.first { $0.name == "s4d.filter" }!

@Suite struct LimitsOutputTests {
  private let levels = [
    CacheLevel(name: "L1", bytes: 32 << 10, sharing: 1), CacheLevel(name: "L2", bytes: 1 << 20, sharing: 1),
  ]

  /// The contender that was built with the tests.
  private var contender: [String] {
    [
      URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hippodrome").path,
      "contender",
    ]
  }

  private func variants(_ precision: Precision, _ threads: Int) -> [Variant] {
    filter.variants.filter { $0.precision == precision && $0.threads == threads }
  }

  @Test func whatIsNotRunIsNotMeasured() {
    let one = MachineLimit.all(for: variants(.float, 1), levels: levels)
    // Two operations; reads, copies and triads in two levels; these and streams in memory.
    #expect(one.count == 2 + 2 * 3 + 4)
    #expect(one.allSatisfy { $0.trial.threads == 1 && $0.trial.precision != .double })
    #expect(one.filter { $0.level == "L2" }.allSatisfy { $0.trial.bytes == 512 << 10 && $0.capacity == 1 << 20 })
    #expect(one.filter { $0.trial.name == "stream" }.map(\.level) == ["memory"])
    #expect(one.filter { $0.level == "memory" }.allSatisfy { $0.capacity == nil })
    let all = MachineLimit.all(for: variants(.float, 2) + variants(.double, 1), levels: levels)
    #expect(all.count == 2 * (4 + 2 * 3 + 4))
    #expect(MachineLimit.all(for: [], levels: levels).isEmpty)
  }

  @Test func oneContenderServesEveryLimit() throws {
    let trials =
      Traffic.allCases.map { LimitTrial($0.rawValue, threads: 2, bytes: 48 << 10) }
      + Precision.allCases.flatMap { precision in
        ["multiply-add", "exp"].map { LimitTrial($0, precision: precision, threads: 1) }
      }
    let results = try LimitRace(command: contender, rounds: 2).run(trials)
    #expect(results.map(\.samples.count) == trials.map { _ in 10 })
    for (trial, result) in zip(trials, results) {
      let rate = result.amount / result.samples.min()!
      #expect(rate > 1e7 && rate < 1e14, "\(trial.name)")
    }
  }

  @Test(arguments: [
    (LimitTrial("luck", threads: 1), "unknown limit 'luck', expected multiply-add, exp, read, copy, triad, stream"),
    (LimitTrial("copy", threads: 1), "limit 'copy' needs bytes, the working set"),
    (LimitTrial("exp", threads: 0), "threads is 0, expected 1 to 1024"),
  ])
  func whatIsNoLimitIsOneLine(trial: LimitTrial, message: String) {
    let misfit = #expect(throws: Misfit.self) { try LimitRace(command: contender).run([trial]) }
    #expect(misfit?.description == message)
  }

  @Test func aBrokenMeasurementCountsAsAFailure() throws {
    let path = NSTemporaryDirectory() + "limits-\(UUID().uuidString).jsonl"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let output = try MeasurementOutput(json: false, records: path)
    let limit = LimitRecord(
      name: "read", threads: 1, level: "L1", bytes: 1 << 20, capacity: 1 << 30, amount: 1e6, samples: [1e-3], date: ""
    )
    try output.deliver([limit])
    let kernel = filter
    var result = RaceResult(
      variant: kernel.variants[0].name, pass: .forward, precision: .float, threads: 1, outcome: .pass, means: "oracle"
    )
    // At 1 GB/s a thousand bytes take a microsecond.
    (result.operands, result.samples) = (1000, [0.96e-6])
    try output.deliver(result, kernel, kernel.sweep[0])
    #expect(output.failed == 0)
    result.samples = [0.94e-6]
    try output.deliver(result, kernel, kernel.sweep[0])
    #expect(output.failed == 1)
    let kinds = try RecordStore(URL(filePath: path)).read().records
    #expect(kinds.count == 4 && kinds[1] == .limit(limit))
  }
}
