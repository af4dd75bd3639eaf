import Foundation
import Testing

@testable import Reporting

/// Records of one race: ours at `ours` seconds, and peers at some factors of it.
private func race(
  _ id: String, L: Int = 8, threads: Int = 1, ours: Double = 1e-6, peers: [String: Double],
  date: String = Samples.run.date
) -> [MeasurementRecord] {
  let own = Samples.measurement(L: L, seconds: ours, date: date)
  var slower = Samples.measurement("plain", L: L, seconds: 2 * ours, date: date)
  slower.idea = "plainly"
  let others = peers.sorted { $0.key < $1.key }.map { name, factor in
    var record = Samples.measurement(name, L: L, seconds: factor * ours, date: date)
    (record.software, record.idea) = ("Toy 1", "as toys do")
    return record
  }
  return ([slower, own] + others).map { record in
    var record = record
    (record.race, record.threads) = (id, threads)
    return record
  }
}

private func page(_ records: [MeasurementRecord]) throws -> String {
  try #require(Report([.run(Samples.run)] + records.map { .measurement($0) }).files()["peers.md"])
}

/// A disturbance that hits both contenders of a round leaves the ratio alone.
@Test func ratiosArePairedByRound() throws {
  let fast = [1.0, 5, 1, 1, 9, 1, 1], slow = fast.map { $0 * 3 }
  let ratio = try #require(PairedRatio(slow, to: fast))
  #expect(abs(ratio.median - 3) < 1e-12 && abs(ratio.interval.lower - 3) < 1e-12 && ratio.rounds == 7)
  #expect(ratio.interval.coverage >= 0.95)
  #expect(ratio.text == "3.00× [3.00, 3.00]")
}

/// Who rested after three rounds is compared in those three; the interval then covers less, and says so.
@Test func ratiosOfFewRoundsSayHowMany() throws {
  let ratio = try #require(PairedRatio([4, 6, 5], to: [2, 2, 2, 100, 100]))
  #expect(ratio.text == "2.50× [2.00, 3.00] of 3")
  #expect(PairedRatio([], to: [1]) == nil)
}

@Test func aRatioIsTheInverseOfItsInverse() throws {
  let a = [1.0, 2, 4, 8, 16, 3], b = [3.0, 1, 1, 2, 2, 2]
  let ratio = try #require(PairedRatio(a, to: b)), inverse = try #require(PairedRatio(b, to: a))
  #expect(abs(ratio.median * inverse.median - 1) < 1e-12)
  #expect(abs(ratio.interval.lower * inverse.interval.upper - 1) < 1e-12)
}

/// The fastest variant is compared with; the summary has the geometric mean over sizes.
@Test func thePageComparesWithTheFastestVariant() throws {
  let text = try page(
    race("a", L: 8, peers: ["toy": 4, "toy-fast": 3]) + race("b", L: 16, peers: ["toy": 16, "toy-fast": 12]))
  #expect(text.contains("Peers: Toy 1."))
  #expect(text.contains("| `toy.sum` | forward | float | 1 | 2 | 6.00× | 3.00× | 12.0× | 8.00× | 6.00× |"))
  #expect(text.contains("| N2-L8 | **`lanes`** | 1.00 µs [0.98, 1.02] | pass | – |"))
  #expect(text.contains("| N2-L8 | `toy` | 4.00 µs [3.92, 4.08] | pass | 4.00× [4.00, 4.00] |"))
  #expect(text.contains("In every row: error ÷ bound 0.50; peak memory 12.0 MiB; run \(Samples.run.date)."))
  #expect(text.contains("- `toy`: as toys do") && !text.contains("plain`"))
}

@Test func verdictsOfPeersStandBesideTheirTimes() throws {
  var records = race("a", peers: ["coarse": 2, "crashed": 3, "refusing": 4])
  for index in records.indices {
    switch records[index].variant {
    case "coarse":
      (records[index].verdict, records[index].reason) = (.fail, "y: relative error 1e-5, at most 1e-6")
      records[index].worst = ErrorRatios(global: 10, row: 12, element: 11)
    case "crashed":
      (records[index].verdict, records[index].reason) = (.fail, "the process ended: exit code 3")
      (records[index].samples, records[index].worst) = ([], nil)
    case "refusing":
      (records[index].verdict, records[index].reason, records[index].samples) = (.refused, "too long", [])
    default: break
    }
  }
  let text = try page(records)
  #expect(text.contains("| `coarse` | 2.00 µs [1.96, 2.04] | fails the bound: 12× | 12 | 2.00× [2.00, 2.00] |"))
  #expect(text.contains("| `crashed` | – | fail: the process ended: exit code 3 | – | – |"))
  #expect(text.contains("| `refusing` | – | refused: too long |"))
}

/// Where no variant passes there is nothing to compare with, and the page says so of each.
@Test func withoutAPassingVariantThereIsNoRatio() throws {
  var records = race("a", peers: ["toy": 4])
  for index in records.indices where records[index].software == nil {
    (records[index].verdict, records[index].reason, records[index].samples) = (.fail, "wrong", [])
  }
  let text = try page(records)
  #expect(text.contains("| **`lanes`** | – | fail: wrong |") && text.contains("| **`plain`** | – | fail: wrong |"))
  #expect(text.contains("| `toy` | 4.00 µs [3.92, 4.08] | pass | – |"))
}

/// A race is replaced as a whole, and only by one over the same course.
@Test func theNewestRaceCounts() throws {
  let old = race("old", ours: 2e-6, peers: ["toy": 9, "gone": 9], date: "2026-07-01T10:00:00Z")
  let new = race("new", peers: ["toy": 3], date: "2026-07-02T10:00:00Z")
  let other = race("other", threads: 2, peers: ["toy": 5], date: "2026-07-01T09:00:00Z")
  for records in [old + new + other, new + other + old] {
    let text = try page(records)
    #expect(text.contains("3.00× [3.00") && text.contains("5.00× [5.00"))
    #expect(!text.contains("9.00×") && !text.contains("gone"))
  }
}

/// What was asked for and never run is named.
@Test func racesThatWereNotRunAreNamed() {
  let records: [Record] = [.run(Samples.run)] + race("a", peers: ["toy": 4]).map { .measurement($0) }
  let asked = [(8, 1), (8, 2), (1024, 1)].map { L, threads in
    AskedRace(kernel: "toy.sum", size: "N2-L\(L)", pass: "forward", precision: "float", threads: threads)
  }
  let page = Report(records, asked: asked).files()["peers.md"]!
  #expect(page.contains("Of 3 races that were asked for, 2 have no record"))
  #expect(page.contains("| `toy.sum` | N2-L8 | forward float 2 threads |"))
  #expect(page.contains("| `toy.sum` | N2-L1024 | forward float 1 thread |"))
  #expect(
    Report(records, asked: [asked[0]]).files()["peers.md"]!.contains("All 1 races that were asked for were run."))
}

/// Races with peers are at sizes and on cores of their own: tables of variants leave them out.
@Test func tablesOfVariantsLeaveRacesOut() throws {
  let files = Report(
    [.run(Samples.run), .measurement(Samples.measurement(L: 32))].map { $0 }
      + race("a", peers: ["toy": 4]).map { .measurement($0) }
  ).files()
  let page = files["toy.sum.md"]!
  let best = "| N2-L8 | forward | float | 1 | `lanes` | 1.00 µs | `toy` | 4.00× [4.00, 4.00] |"
  #expect(page.contains("\(best) \(Samples.run.date) |"))
  #expect(page.components(separatedBy: "N2-L8 ").count == 2 && page.contains("(peers.md#toysum)"))
  #expect(files["README.md"]?.contains("(peers.md)") == true)
  #expect(Report([.run(Samples.run), .measurement(Samples.measurement())]).files()["peers.md"] == nil)
}

/// Records from before races, which have neither field, still read.
@Test func recordsWithoutRacesRead() throws {
  let record = Record.measurement(race("a", peers: [:])[0])
  #expect(try Record(line: record.line) == record)
  let plain = Record.measurement(Samples.measurement())
  let text = String(decoding: try plain.line, as: UTF8.self)
  #expect(!text.contains("race") && !text.contains("software"))
  #expect(try Record(line: Data(text.utf8)) == plain)
}
