import Foundation
import Testing

@testable import Reporting

/// One value after the other of every kind of record is replaced by one that nobody expects.
@Suite struct HostileRecordTests {
  /// What stands in for a number: zeros, the ends of all ranges, and words for what is none.
  private static let numbers = [
    "0", "-0.0", "-1", "1", "5e-324", "1e-310", "1e-13", "1e10", "1e308", "-1e308", "9007199254740993",
    "9223372036854775807", "-9223372036854775808", "1e30", "\"nan\"", "\"inf\"", "\"-inf\"", "\"zero\"", "null",
  ]
  /// The same for a list and for a text.
  private static let lists = ["[]", "[1]", "[0,0,0,0,0,0,0]", "[1e308,1e308,1e308,1e308]", "[5e-324,1e308]"]
  private static let texts = ["\"\"", "\"../../x\"", "\"-+-\"", "\"a|b\\nc\""]

  private static var records: [Record] {
    var raced = Samples.pair
    for index in raced.indices { raced[index].race = "r\(raced[index].size)" }
    raced[0].software = "JAX"
    var claiming = Samples.pair
    // A fit of growth takes long: one contender is enough.
    for index in claiming.indices where !claiming[index].isReference {
      let claim = MeasurementRecord.Claim(growth: "N L", value: claiming[index].work.flops)
      claiming[index].claims = .init(time: claim, workspace: claim)
    }
    let accuracies = [8, 16, 32].map { L in
      AccuracyRecord(
        kernel: "toy.sum", variant: "lanes", pass: "forward", precision: "float", threads: 1, along: ["L"],
        size: "L\(L)", extents: ["L": L], operands: [.init(operand: "y", errors: [1e-7, 2e-7], best: [1e-8, 1e-8])],
        date: Samples.run.date)
    }
    let side = DuelRecord.Side(samples: [[1, 2], [1, 2]], workspaceBytes: [1, 2], peakBytes: [1, 2])
    let duel = DuelRecord(
      kernel: "toy.sum", variant: "lanes", pass: "forward", precision: "float", threads: 1, size: "L8",
      generations: [2], base: side, head: side, seconds: 1, date: Samples.run.date)
    let row = CalibrationRecord(
      budget: 1, hasNeighbour: false, slowdown: 0.1, rule: GateRule(), rows: [], seconds: 1, date: Samples.run.date)
    var run = Samples.run
    run.sweep = SweepRecord(id: "s", rows: 6, build: "b")
    var judged = Samples.verdict
    (judged.tolerance, judged.repeatsWithinBound) = (4, true)
    return [.run(run), .verdict(judged), .duel(duel), .calibration(row)] + Samples.machine.map(Record.limit)
      + (claiming + raced).map(Record.measurement) + accuracies.map(Record.accuracy)
  }

  /// The places of a JSON value and what may stand there instead.
  private static func places(_ value: Any, _ path: [String]) -> [(path: [String], values: [String])] {
    switch value {
    case let object as [String: Any]:
      object.sorted { $0.key < $1.key }.filter { !["kind", "schema"].contains($0.key) }
        .flatMap { places($0.value, path + [$0.key]) }
    case let list as [Any]:
      [(path, lists)] + (list.isEmpty ? [] : places(list[0], path + ["0"]))
    case is String: [(path, texts)]
    default: [(path, numbers)]
    }
  }

  private static func replaced(_ value: Any, _ path: ArraySlice<String>) -> Any {
    guard let key = path.first else { return "@@" }
    if var object = value as? [String: Any] {
      object[key] = replaced(object[key]!, path.dropFirst())
      return object
    }
    var list = value as! [Any]
    list[0] = replaced(list[0], path.dropFirst())
    return list
  }

  @Test func everyPageTakesWhatIsReadAndReadingRefusesTheRest() throws {
    let url = Samples.scratch()
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    let lines = try Self.records.map { String(decoding: try $0.line, as: UTF8.self) }
    var shown = 0, refused = 0
    var done: Set<String> = []
    for (index, line) in lines.enumerated() {
      let value = try JSONSerialization.jsonObject(with: Data(line.utf8)) as! [String: Any]
      for (path, values) in Self.places(value, []) {
        // Of records of one kind the first stands for all, but for the fields that it lacks.
        guard done.insert("\(value["kind"]!) \(path)").inserted else { continue }
        let marked = try JSONSerialization.data(
          withJSONObject: Self.replaced(value, path[...]), options: [.sortedKeys])
        for value in values {
          var changed = lines
          changed[index] = String(decoding: marked, as: UTF8.self).replacing("\"@@\"", with: value)
          try Data((changed.joined(separator: "\n") + "\n").utf8).write(to: url)
          do {
            Self.throwAtEveryPage(try RecordStore(url).read().records)
            shown += 1
          } catch let failure as RecordStore.Failure {
            #expect(failure.description.hasPrefix("\(url.path):\(index + 1): "), "\(path) \(value): \(failure)")
            #expect(!failure.description.contains("\n"))
            refused += 1
          }
        }
      }
    }
    #expect(shown > 300 && refused > 300, "\(shown) shown, \(refused) refused")
  }

  private static func throwAtEveryPage(_ records: [Record]) {
    let family = KernelFamily(name: "all", title: "All", kernels: ["toy.sum", "other"])
    let report = Report(records, families: [family], showsPlots: true)
    _ = (report.files(), report.plots(), GrowthVerdicts.judge(records))
    _ = CalibrationSummary(records).map { CalibrationSummary.markdown([($0, [])]) }
    _ = try? Merge([("a", records)])
    for case .measurement(let line) in records { _ = line.summary(within: MachineLimits(Samples.machine)) }
    let (observations, _) = Observation.all(in: records)
    let history = History(observations, commits: CommitLog())
    let steps = HistoryReport(history, commits: CommitLog())
    _ = (steps.markdown, steps.plots(), steps.findings.map(\.summary))
    _ = (
      try? ActionBenchmark.list(history, commits: CommitLog()),
      try? ActionBenchmark.store(history, commits: CommitLog())
    )
  }

  @Test(arguments: [0, Double.leastNonzeroMagnitude, 1e-13, 1e308])
  func aTimeThatNoCallTakesIsShownAsSuchAndComparedWithNothing(seconds: Double) throws {
    let odd = Samples.measurement(seconds: seconds)
    #expect(odd.median == nil && !odd.counts)
    let page = Report(Samples.records([Samples.measurement("reference"), odd])).files()["toy.sum.md"]!
    #expect(page.contains("**impossible**: "), "\(page)")
    #expect(Observation.all(in: Samples.records([odd])).observations.isEmpty)
  }

  @Test(arguments: ["5e-324", "0", "1e308", "-1", "null"])
  func aHistoryOfAnotherToolHasNoImpossibleValues(value: String) throws {
    let url = Samples.scratch("abcdef0.json")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url) }
    for unit in ["ns", "bytes", "widgets"] {
      try Data("[{\"name\": \"a\", \"unit\": \"\(unit)\", \"value\": \(value), \"range\": \"± 1e308\"}]".utf8).write(
        to: url)
      #expect(try ActionBenchmark.observations(url).isEmpty)
    }
  }

  @Test func aGreatValueOfAnotherToolIsShown() {
    #expect(Observation.Unit.bytes.text(1e30) == "9.09e+17 TiB")
    #expect(Units.duration(1e300).hasSuffix(" min"))
  }
}
