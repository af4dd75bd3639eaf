import Testing

@testable import Reporting

@Suite struct MachineLimitsTests {
  /// A machine with round numbers: 10 GFLOP/s, 1 G exponentials/s, levels of 1 KiB and 8 KiB at 8 and 4 GB/s, memory at 2 GB/s.
  private let machine = [
    Samples.limit("multiply-add", 10e9, precision: "float"), Samples.limit("exp", 1e9, precision: "float"),
    Samples.limit("read", 2e9, level: "memory", bytes: 1 << 20),
    Samples.limit("read", 3e9, level: "L2", bytes: 4096, capacity: 8192),
    Samples.limit("copy", 4e9, level: "L2", bytes: 4096, capacity: 8192),
    Samples.limit("triad", 8e9, level: "L1", bytes: 768, capacity: 1024),
  ]

  private func line(
    flops: Double = 0, exps: Double = 0, bytes: Int = 0, seconds: Double = 1e-6, peak: Double? = nil
  ) -> MeasurementRecord {
    var line = Samples.measurement(seconds: seconds)
    line.work = .init(flops: flops, transcendentals: exps, scalars: Double(bytes) / 4)
    (line.operandBytes, line.peakFlops) = (bytes, peak)
    return line
  }

  private func roofs(_ line: MeasurementRecord) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: MachineLimits(machine).roofs(of: line).map { ($0.name, $0.seconds) })
  }

  private func isClose(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) <= 1e-12 * b } ?? false }

  @Test func theBestSampleIsTheLimit() {
    #expect(isClose(Samples.limit("exp", 4e9).rate, 4e9))
    var unmeasured = Samples.limit("exp", 4e9)
    unmeasured.samples = []
    #expect(unmeasured.rate == nil)
  }

  @Test func levelsComeNearestFirstWithTheirBestBandwidth() {
    let levels = MachineLimits(machine).levels(threads: 1)
    #expect(levels.map(\.name) == ["L1", "L2", "memory"])
    #expect(levels.map(\.traffic) == ["triad", "copy", "read"])
    #expect(levels.map(\.capacity) == [1024, 8192, nil])
    #expect(zip(levels, [8e9, 4e9, 2e9]).allSatisfy { isClose($0.rate, $1) })
    #expect(MachineLimits(machine).levels(threads: 2).isEmpty)
  }

  @Test func operationsTakeTheirTime() {
    let roofs = roofs(line(flops: 5000, exps: 300))
    #expect(isClose(roofs["compute"], 0.5e-6) && isClose(roofs["exp"], 0.3e-6))
    #expect(roofs.count == 2)
    // The rate that was measured between the samples is nearer to them than that of the run's beginning.
    #expect(isClose(self.roofs(line(flops: 5000, peak: 20e9))["compute"], 0.25e-6))
  }

  /// Up to 1 KiB is in L1, up to 9 KiB in L1 and L2 together; only what exceeds a level comes from beyond.
  @Test(arguments: [
    (1024, ["L1": 128e-9]), (2048, ["L1": 256e-9, "L2": 256e-9]), (9216, ["L1": 1152e-9, "L2": 2048e-9]),
    (109_216, ["L1": 13_652e-9, "L2": 27_048e-9, "memory": 50_000e-9]),
  ])
  func whatExceedsALevelComesFromBeyond(bytes: Int, expected: [String: Double]) {
    let roofs = roofs(line(bytes: bytes))
    #expect(roofs.keys.sorted() == expected.keys.sorted())
    for (name, seconds) in expected { #expect(isClose(roofs[name], seconds)) }
  }

  @Test func theGreatestTimeBinds() throws {
    let limits = MachineLimits(machine)
    let compute = try #require(limits.standing(of: line(flops: 5000, exps: 300, bytes: 1024)))
    #expect(compute.binding == "compute" && isClose(compute.fraction, 0.5) && compute.text == "50 % compute")
    let memory = try #require(limits.standing(of: line(flops: 5000, bytes: 109_216, seconds: 1e-4)))
    #expect(memory.binding == "memory" && isClose(memory.fraction, 0.5) && !memory.isBroken)
    #expect(limits.standing(of: line()) == nil)
    var untimed = line(flops: 5000)
    untimed.samples = []
    #expect(limits.standing(of: untimed) == nil)
  }

  @Test func fasterThanBytesCanMoveIsBroken() throws {
    let limits = MachineLimits(machine)
    // 128 ns of L1, at 104 % and 106 %.
    let allowed = try #require(limits.standing(of: line(bytes: 1024, seconds: 128e-9 / 1.04)))
    #expect(!allowed.isBroken && !allowed.isBeyondNominal && allowed.text == "104 % L1")
    let broken = try #require(limits.standing(of: line(bytes: 1024, seconds: 128e-9 / 1.06)))
    #expect(broken.isBroken && broken.text == "**broken**: 106 % L1")
    // What is certain is named, though operations would take longer still.
    let both = try #require(limits.standing(of: line(flops: 1e6, bytes: 1024, seconds: 64e-9)))
    #expect(both.isBroken && both.binding == "L1" && !both.isBeyondNominal)
  }

  /// A better algorithm has fewer operations than nominal: no proof that the clock is wrong.
  @Test func fasterThanNominalOperationsIsSaidAndNotBroken() throws {
    let fast = try #require(MachineLimits(machine).standing(of: line(flops: 5000, bytes: 1024, seconds: 0.4e-6)))
    #expect(fast.isBeyondNominal && !fast.isBroken && fast.text == "125 % compute, beyond nominal")
  }

  @Test func withoutLimitsThePeakBetweenSamplesIsLeft() throws {
    let standing = try #require(MachineLimits().standing(of: line(flops: 5000, bytes: 1 << 30, peak: 10e9)))
    #expect(standing.text == "50 % compute")
    #expect(MachineLimits().standing(of: line(flops: 5000)) == nil)
  }

  /// Where the system describes no caches, whether operands are near is not known.
  @Test func memoryAloneBoundsNothing() {
    let limits = MachineLimits([Samples.limit("read", 2e9, level: "memory", bytes: 1 << 20)])
    #expect(limits.roofs(of: line(bytes: 1 << 30)).isEmpty)
  }

  @Test func moreThreadsCanDoWhatFewerCan() {
    let pair = [
      Samples.limit("exp", 0.7e9, precision: "float", threads: 2),
      Samples.limit("copy", 7e9, threads: 2, level: "L1", bytes: 1536, capacity: 2048),
    ]
    let limits = MachineLimits(machine + pair)
    #expect(isClose(limits.rate("exp", precision: "float", threads: 2), 1e9))
    #expect(limits.rate("multiply-add", precision: "float", threads: 2) == nil)
    #expect(limits.levels(threads: 2).map(\.capacity) == [2048])
    #expect(isClose(limits.levels(threads: 2)[0].rate, 8e9))
    #expect(limits.table.rows.map { $0[3] } == ["–", "1.00 G/s", "8.00 GB/s (triad)", "–", "–"])
  }

  @Test func aRunsLimitsBoundItsOwnMeasurements() {
    var later = Samples.run
    later.date = "2026-07-02T00:00:00Z"
    var old = line(flops: 5000, bytes: 1024), new = line(flops: 5000, bytes: 1024)
    (old.variant, new.size) = ("older", "N2-L16")
    let records: [Record] =
      [.run(Samples.run)] + machine.map(Record.limit) + [.measurement(old), .run(later), .measurement(new)]
    let report = Report(records)
    let rows = report.files()["toy.sum.md"]!.split(separator: "\n").filter { $0.hasPrefix("| N2") }
    #expect(rows.contains { $0.contains("`older`") && $0.contains("| 50 % compute |") })
    #expect(rows.contains { $0.contains("`lanes`") && !$0.contains("compute") })
  }

  @Test func theIndexShowsLimitsAndCountsBrokenMeasurements() {
    let records: [Record] =
      [.run(Samples.run)] + machine.map(Record.limit) + [.measurement(line(flops: 500, bytes: 1024, seconds: 64e-9))]
    let index = Report(records).files()["README.md"]!
    #expect(
      index.contains(
        """
        **1 measurement is broken**: faster than operands can be moved.

        - [toy.sum](toy.sum.md) `lanes`, forward, float, 1 thread, N2-L8: **broken**: 200 % L1

        ## Limits of the machine

        Measured by the run of 2026-07-01T10:00:00Z; the best of all samples.

        | limit | working set | 1 thread |
        | --- | ---: | ---: |
        | multiply–add, float | – | 10.0 GFLOP/s |
        | exp, float | – | 1.00 G/s |
        | L1 | 768 B | 8.00 GB/s (triad) |
        | L2 | 4 KiB | 4.00 GB/s (copy) |
        | memory | 1 MiB | 2.00 GB/s (read) |

        """))
    let sound = [.run(Samples.run)] + machine.map(Record.limit) + [Record.measurement(line(flops: 500, bytes: 1024))]
    #expect(Report(sound).files()["README.md"]?.contains("is broken") == false)
  }
}
