import Foundation
import Reporting
import Testing

/// Records of a row that becomes slower at the ninth of 16 commits that no repository knows.
private func records(_ folder: String) throws -> String {
  let store = RecordStore(URL(filePath: "\(folder)/records.jsonl"))
  for index in 0..<16 {
    let date = String(format: "2026-07-%02dT10:00:00Z", index + 1)
    try store.append(
      .run(
        RunRecord(
          machine: .init(id: "here", cpu: "C", cores: 2, memoryBytes: 1, os: "O", isa: "I"), compiler: "S",
          commit: String(format: "abcdef%06x", index), date: date, command: "hippodrome bench")))
    let seconds = index < 8 ? 1e-3 : 1.3e-3
    try store.append(
      .measurement(
        MeasurementRecord(
          kernel: "s4d.filter", variant: "powers", idea: "i", pass: "forward", precision: "float", threads: 1,
          size: "H1-N2-L8", extents: ["H": 1, "N": 2, "L": 8], verdict: .pass, verified: "oracle",
          samples: [seconds, seconds * 1.01, seconds * 0.99], operandBytes: 1,
          work: .init(flops: 1, transcendentals: 0, scalars: 1), date: date)))
  }
  return store.url.path
}

@Test func historyFindsTheStepAndCIFailsOnIt() throws {
  try inFolder { folder in
    let path = try records(folder)
    let outcome = try hippodrome("history", path, "--output", "\(folder)/reports")
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output.contains("s4d.filter/powers/forward/float/1/H1-N2-L8 is worse since abcdef000008"))
    let page = try String(contentsOfFile: "\(folder)/reports/history.md", encoding: .utf8)
    #expect(page.contains("| `abcdef000008` | `abcdef000007` |"))
    #expect(FileManager.default.fileExists(atPath: "\(folder)/reports/history-1.svg"))

    let strict = try hippodrome("history", path, "--output", "\(folder)/reports", "--fail-on-step")
    #expect(strict.code == 1 && strict.lines == 1, "\(strict.errors)")
    let late = try hippodrome("history", path, "--output", "\(folder)/reports", "--fail-on-step", "--newest", "5")
    #expect(late.code == 0)
  }
}

@Test func tooFewCommitsAreNotAllClear() throws {
  try inFolder { folder in
    let path = try records(folder)
    let text = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").prefix(22).joined(
      separator: "\n")
    try Data((text + "\n").utf8).write(to: URL(filePath: path))
    let plain = try hippodrome("history", path, "--output", "\(folder)/reports")
    #expect(plain.code == 0 && plain.output.contains("no row was measured at more than 11 commits"))
    let strict = try hippodrome("history", path, "--output", "\(folder)/reports", "--fail-on-step")
    #expect(strict.code == 2 && strict.lines == 1 && strict.errors.contains("not decided"), "\(strict.errors)")
  }
}

@Test func whatIsExportedIsReadAgain() throws {
  try inFolder { folder in
    let path = try records(folder)
    let store = try hippodrome("history", "export", path, "--format", "github-action-benchmark-store")
    #expect(store.code == 0)
    try Data(store.output.utf8).write(to: URL(filePath: "\(folder)/data.js"))
    let outcome = try hippodrome("history", "\(folder)/data.js", "--output", "\(folder)/reports")
    #expect(outcome.code == 0 && outcome.output.contains("is worse since abcdef000008"), "\(outcome.errors)")
    let list = try hippodrome("history", "export", path)
    #expect(list.code == 0 && list.output.hasPrefix("[\n") && list.output.contains("\"unit\" : \"ns\""))
  }
}

@Test func badHistoriesGetOneLine() throws {
  try inFolder { folder in
    let path = try records(folder)
    try Data("{}".utf8).write(to: URL(filePath: "\(folder)/data.js"))
    let wrong: [([String], String)] = [
      (["history", "/nonexistent"], "/nonexistent: no such file or folder of records"),
      (["history", "\(folder)/data.js"], "\(folder)/data.js: neither a list of results nor"),
      (["history", path, "--kernel", "s5.filter"], "unknown kernel 's5.filter'"),
      (["history", path, "--size", "L9"], "the selection (--size L9) leaves no measurements"),
      (["history", path, "--newest", "0"], "--newest is 0, expected at least 1"),
      (["history", "export", path, "--format", "csv"], "csv"),
    ]
    for (arguments, text) in wrong {
      let outcome = try hippodrome(arguments + (arguments[1] == "export" ? [] : ["--output", "\(folder)/reports"]))
      #expect(outcome.code == 2, "\(arguments): \(outcome.code)")
      #expect(outcome.lines == 1 && outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
    }
  }
}
