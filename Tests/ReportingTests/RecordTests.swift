import Foundation
import Testing

@testable import Reporting

@Suite struct RecordTests {
  @Test func aRunIsOneSortedLine() throws {
    let line = String(decoding: try Record.run(Samples.run).line, as: UTF8.self)
    #expect(
      line == #"{"command":"hippodrome bench","commit":"0123456789ab","compiler":"Swift 6.3.1","#
        + #""date":"2026-07-01T10:00:00Z","kind":"run","machine":{"cores":2,"cpu":"AMD EPYC","#
        + #""id":"amd-epyc-2-x86-64-v4","isa":"x86-64-v4","memoryBytes":8589934592,"os":"Debian GNU/Linux 12"},"#
        + #""schema":1}"#)
  }

  @Test func aVerdictIsOneSortedLine() throws {
    var verdict = Samples.verdict
    verdict.errors = [
      OperandError(
        operand: "y", global: .init(error: .infinity, bound: 1e-6),
        row: .init(error: -.infinity, bound: 2), element: .init(error: .nan, bound: 0.5))
    ]
    let line = String(decoding: try Record.verdict(verdict).line, as: UTF8.self)
    #expect(
      line == #"{"case":"L8.h5","check":"case","errors":[{"element":{"bound":0.5,"error":"nan"},"#
        + #""global":{"bound":1e-06,"error":"inf"},"operand":"y","row":{"bound":2,"error":"-inf"}}],"#
        + #""kernel":"toy.sum","kind":"verdict","origin":"fixture","pass":"forward","precision":"float","reason":"","#
        + #""replay":"hippodrome verify toy.sum --case L8.h5","schema":1,"seconds":0.5,"threads":1,"#
        + #""variant":"lanes","verdict":"pass"}"#)
  }

  @Test func aLimitIsOneSortedLine() throws {
    let copy = Samples.limit("copy", 50e9, threads: 2, level: "L2", bytes: 1 << 20, capacity: 2 << 20)
    #expect(
      String(decoding: try Record.limit(copy).line, as: UTF8.self)
        == #"{"amount":50000000,"bytes":1048576,"capacity":2097152,"date":"2026-07-01T10:00:00Z","kind":"limit","#
        + #""level":"L2","name":"copy","samples":[0.0011,0.001,0.0012],"schema":1,"threads":2}"#)
    let exponential = Samples.limit("exp", 4e9, precision: "double")
    #expect(
      String(decoding: try Record.limit(exponential).line, as: UTF8.self)
        == #"{"amount":4000000,"date":"2026-07-01T10:00:00Z","kind":"limit","name":"exp","precision":"double","#
        + #""samples":[0.0011,0.001,0.0012],"schema":1,"threads":1}"#)
  }

  @Test func everyKindComesBack() throws {
    var refused = Samples.measurement()
    refused.verdict = .refused
    refused.reason = "needs a power of two\n\"L\" = 7 ≠ 8"
    refused.worst = nil
    refused.samples = []
    refused.workspaceBytes = nil
    for record in [
      .run(Samples.run), .verdict(Samples.verdict), .measurement(Samples.measurement()), .measurement(refused),
      .limit(Samples.limit("copy", 1e9, level: "L1", bytes: 4096, capacity: 8192)), .limit(Samples.limit("exp", 1e9)),
    ] as [Record] {
      #expect(try Record(line: record.line) == record)
    }
  }

  @Test func numbersThatAreNotFiniteComeBack() throws {
    var record = Samples.measurement(seconds: 1.0 / 3)
    record.worst = ErrorRatios(global: .infinity, row: -.infinity, element: .nan)
    guard case .measurement(let back) = try Record(line: Record.measurement(record).line) else {
      Issue.record("another kind came back")
      return
    }
    #expect(back.worst?.global == .infinity)
    #expect(back.worst?.row == -.infinity)
    #expect(back.worst?.element.isNaN == true)
    #expect(back.worst?.worst.isNaN == true)
    #expect(back.samples == record.samples)
  }

  @Test func ratiosFavourNobody() {
    #expect(Deviation(error: 0, bound: 0).ratio == 0)
    #expect(Deviation(error: 1, bound: 0).ratio == .infinity)
    #expect(Deviation(error: 1, bound: 4).ratio == 0.25)
    #expect(Deviation(error: .nan, bound: 4).ratio.isNaN)
    #expect(Deviation(error: 0, bound: .nan).ratio.isNaN)
    #expect(Samples.verdict.worst == ErrorRatios(global: 0.25, row: 0.25, element: 0.25))
  }

  @Test func recordsAsOneArray() throws {
    #expect(try Record.json([]) == "[]\n")
    let records: [Record] = [.run(Samples.run), .verdict(Samples.verdict)]
    let text = try Record.json(records)
    #expect(text.hasPrefix("[\n{\"command\""))
    #expect(try JSONDecoder().decode([Record].self, from: Data(text.utf8)) == records)
  }
}
