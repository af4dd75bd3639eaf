import Foundation
import Testing

@testable import Reporting

@Suite struct RecordStoreTests {
  let records: [Record] = [.run(Samples.run), .verdict(Samples.verdict), .measurement(Samples.measurement())]

  private func filled(_ tail: String = "") throws -> RecordStore {
    let store = RecordStore(Samples.scratch())
    for record in records { try store.append(record) }
    let file = try FileHandle(forWritingTo: store.url)
    try file.seekToEnd()
    try file.write(contentsOf: Data(tail.utf8))
    try file.close()
    return store
  }

  @Test func whatIsAppendedIsRead() throws {
    #expect(try filled().read() == .init(records: records))
  }

  @Test(arguments: ["{\"schema\":1,\"ki", "{\"schema\":1,\"ki\n", "{"])
  func aTornLastLineIsDroppedAndRemoved(_ tail: String) throws {
    let store = try filled(tail)
    let contents = try store.read()
    #expect(contents.records == records)
    #expect(contents.warnings.map(\.description) == ["\(store.url.path):4: dropped a torn last line"])
    try store.append(.verdict(Samples.verdict))
    #expect(try store.read() == .init(records: records + [.verdict(Samples.verdict)]))
  }

  @Test func aTornLineLongerThanABlockIsRemoved() throws {
    let store = try filled("{\"reason\":\"" + String(repeating: "x", count: 200_000))
    try store.append(.run(Samples.run))
    #expect(try store.read() == .init(records: records + [.run(Samples.run)]))
  }

  @Test func aTornFirstLineLeavesAnEmptyFile() throws {
    let url = Samples.scratch()
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("{\"com".utf8).write(to: url)
    try RecordStore(url).append(.run(Samples.run))
    #expect(try RecordStore(url).read() == .init(records: [.run(Samples.run)]))
  }

  @Test(arguments: [
    ("{\"schema\":2,\"kind\":\"run\"}\n", "schema is 2, expected 1"),
    ("{\"schema\":1,\"kind\":\"run\"}\n", "no 'machine'"),
    ("{\"schema\":1}\n", "no 'kind'"),
    ("{\"schema\":\"1\"}\n", "wrong type at 'schema', expected a whole number, found a text"),
    ("{\"schema\":1,\n{}\n", "not a record"),
    ("\n", "not a record"),
    ("some notes\n", "not a record"),
    ("some notes", "not a record"),
  ])
  func anyOtherBadLineIsAnError(_ tail: String, _ reason: String) throws {
    let store = try filled(tail)
    let error = #expect(throws: RecordStore.Failure.self) { try store.read() }
    #expect(error?.description == "\(store.url.path):4: \(reason)")
  }

  @Test func aFileOfSomethingElseIsNotTouched() throws {
    let url = Samples.scratch("notes.txt")
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("dear diary".utf8).write(to: url)
    let error = #expect(throws: RecordStore.Failure.self) { try RecordStore(url).append(.run(Samples.run)) }
    #expect(error?.description == "\(url.path): does not end in a record, nothing was appended")
    #expect(try String(contentsOf: url, encoding: .utf8) == "dear diary")
  }

  @Test func foldersAreReadRecursivelyInOrder() throws {
    let folder = Samples.scratch("").deletingLastPathComponent()
    for (index, name) in ["b.jsonl", "a/z.jsonl", "a/a.jsonl", "c.txt"].enumerated() {
      var run = Samples.run
      run.command = "\(index)"
      try RecordStore(folder.appending(path: name)).append(.run(run))
    }
    let commands = try RecordStore.read([folder]).records.map { record in
      if case .run(let run) = record { run.command } else { "" }
    }
    #expect(commands == ["2", "1", "0"])
    let error = #expect(throws: RecordStore.Failure.self) { try RecordStore.read([folder.appending(path: "none")]) }
    #expect(error?.description == "\(folder.path)/none: no such file or folder")
  }
}
