import Foundation
import Testing

@testable import Reporting

/// A run of a sweep of six rows, and its measurements.
private func run(
  shard: String? = nil, date: String = Samples.run.date, command: String = "hippodrome bench toy.sum",
  _ change: (inout RunRecord) -> Void = { _ in }
) -> Record {
  var run = Samples.run
  (run.date, run.command) = (date, command)
  run.sweep = SweepRecord(id: "0123456789abcdef", rows: 6, shard: shard, build: "b")
  change(&run)
  return .run(run)
}

private let lines: [MeasurementRecord] = (0..<6).map { row in
  var line = Samples.measurement(
    row % 2 == 0 ? "reference" : "lanes", L: 8 << (row / 2), seconds: Double(row + 1) * 1e-6)
  line.row = row
  return line
}

private func rows(_ places: Int...) -> [Record] { places.map { .measurement(lines[$0]) } }

private func failure(_ files: (String, [Record])...) -> String {
  do { _ = try Merge(files) } catch { return error.description }
  return "no failure"
}

@Test func mergedPartsGiveTheReportOfOneRun() throws {
  let one = [run()] + rows(0, 1, 2, 3, 4, 5)
  let first = [run(shard: "1/2", command: "hippodrome bench toy.sum --shard 1/2 --records 'a b.jsonl'")] + rows(2, 3)
  let second =
    [run(shard: "2/2", date: "2026-07-02T10:00:00Z", command: "hippodrome bench toy.sum --shard=2/2")] + rows(0, 1)
    + [run(shard: "2/2", date: "2026-07-02T11:00:00Z", command: "hippodrome bench toy.sum --shard=2/2 --resume")]
    + rows(4, 5)
  for files in [[("a", first), ("b", second)], [("b", second), ("a", first)]] {
    let merge = try Merge(files)
    #expect(merge.records == one && merge.missing == 0)
    #expect(Report(merge.records).files() == Report(one).files())
    #expect(Report(merge.records).plots().keys == Report(one).plots().keys)
  }
}

@Test func missingRowsAreCounted() throws {
  #expect(try Merge([("a", [run()] + rows(0, 5))]).missing == 4)
  #expect(try Merge([("a", [run(shard: "9/9")])]).missing == 6)
}

@Test func aRowMeasuredAgainAfterAFailureCountsOnce() throws {
  var failed = lines[1]
  failed.verdict = .fail
  let merge = try Merge([("a", [run()] + rows(0) + [.measurement(failed), run()] + rows(1))])
  #expect(merge.records == [run()] + rows(0, 1))
}

@Test func whatDoesNotBelongTogetherIsRefused() {
  let good = ("a", [run()] + rows(0, 1))
  #expect(
    failure(good, ("b", [run()] + rows(1, 2)))
      == "toy.sum N2-L8 lanes forward float on 1 is in a and in b, expected once")
  #expect(
    failure(("a", [run()] + rows(1, 1))) == "toy.sum N2-L8 lanes forward float on 1 is twice in a, expected once")
  #expect(
    failure(good, ("b", [run { $0.machine.id = "other" }])) == "b: machine other, expected amd-epyc-2-x86-64-v4")
  #expect(failure(good, ("b", [run { $0.sweep?.id = "other" }])) == "b: sweep other, expected 0123456789abcdef")
  #expect(
    failure(good, ("b", [run { ($0.commit, $0.sweep!.build) = ("ffff", "c") }]))
      == "b: commit ffff, expected 0123456789ab")
  #expect(failure(good, ("b", [.run(Samples.run)])) == "b: a run of no sweep, expected sweep 0123456789abcdef")
  #expect(failure(("a", [.run(Samples.run)])) == "a: a run of no sweep, expected one of a sweep")
  #expect(failure(good, ("b", rows(2))).contains("b: toy.sum N2-L16 reference"))
  #expect(failure(good, ("b", [run(), .measurement(Samples.measurement())])).contains("is of no sweep"))
  #expect(
    failure(good, ("b", [.verdict(Samples.verdict)]))
      == "b: holds other records, expected measurements of a sweep only")
  #expect(failure(("a", []), ("b", [])) == "a, b: no records of a sweep")
}

/// The same commit built twice is one; a working tree with changes may be anything, unless the executable is the same.
@Test(arguments: [
  ("0123456789ab", "other", true), ("0123456789ab-dirty", "other", false), ("0123456789ab-dirty", "b", true),
  ("unknown", "other", false), ("ffff", "b", true), ("ffff", "other", false),
])
func buildsAreTold(_ commit: String, _ build: String, _ belongs: Bool) throws {
  guard case .run(var first) = run() else { return }
  if commit != "ffff" { first.commit = commit }
  var second = first
  second.commit = commit
  second.sweep?.build = build
  #expect((second.conflict(with: first) == nil) == belongs)
}

@Test func progressIsWhatRecordsHoldOfTheSameSweep() throws {
  guard case .run(let this) = run() else { return }
  let records = [.run(Samples.run)] + rows(0) + [run { $0.sweep?.id = "other" }] + rows(1) + [run()] + rows(2, 3)
  #expect(SweepProgress(records, of: this).held.keys.sorted() == [2, 3])
  var failed = lines[2]
  failed.verdict = .fail
  let again = SweepProgress(records + [.measurement(failed)], of: this)
  #expect(again.held[2]?.verdict == .fail)
}

@Test func aWriteOfSeveralRecordsThatIsCutShortLeavesWholeLines() throws {
  let store = RecordStore(Samples.scratch())
  try store.append([run()] + rows(0, 1, 2))
  let whole = try Data(contentsOf: store.url)
  for length in stride(from: 1, to: whole.count, by: 97) {
    try whole.prefix(length).write(to: store.url)
    let held = try store.read().records
    #expect(held == Array(([run()] + rows(0, 1, 2)).prefix(held.count)))
    try store.append(rows(5))
    #expect(try store.read() == .init(records: held + rows(5)))
  }
}

@Test func recordsWithoutASweepAreStillRead() throws {
  let text = String(decoding: try Record.run(Samples.run).line, as: UTF8.self)
  #expect(!text.contains("sweep"))
  #expect(try Record(line: Data(text.utf8)) == .run(Samples.run))
}
