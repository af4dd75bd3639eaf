import Foundation
import Testing

@testable import Reporting

@Suite struct ActionBenchmarkTests {
  private func written(_ text: String, _ name: String, _ body: (URL) throws -> Void) throws {
    let url = Samples.scratch(name)
    try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: url.deletingLastPathComponent()) }
    try Data(text.utf8).write(to: url)
    try body(url)
  }

  private func complaint(_ text: String, _ name: String = "data.js") throws -> String {
    var line = ""
    try written(text, name) { url in
      do {
        _ = try ActionBenchmark.observations(url)
      } catch { line = "\(error)".replacing(url.path, with: "FILE") }
    }
    return line
  }

  @Test func theStoreGoesThereAndBack() throws {
    let log = Past.log(24)
    let history = Past.history(Past.records(24, from: 12, times: 1.3), 24)
    let text = try ActionBenchmark.store(history, commits: log)
    #expect(text.hasPrefix("window.BENCHMARK_DATA = {"))
    try written(text, "data.js") { url in
      let back = History(try ActionBenchmark.observations(url), commits: log)
      #expect(back.series.map(\.name) == history.series.map(\.name))
      #expect(back.series.map(\.machine) == history.series.map(\.machine))
      #expect(back.series.map(\.unit) == history.series.map(\.unit))
      for (a, b) in zip(back.series.flatMap(\.points), history.series.flatMap(\.points)) {
        #expect(a.commit == b.commit && a.date == b.date && abs(a.value / b.value - 1) < 1e-12)
      }
      let steps = HistoryReport(back, commits: log).findings
      #expect(steps.map(\.commit) == HistoryReport(history, commits: log).findings.map(\.commit) && steps.count == 1)
    }
  }

  @Test func theListIsTheNewestCommits() throws {
    let history = Past.history(Past.records(3, from: 2, times: 2), 3)
    let text = try ActionBenchmark.list(history, commits: Past.log(3))
    let list = try #require(JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    #expect(list.count == 2 && list[0]["name"] as? String == "toy.sum/lanes/forward/float/1/N2-L8")
    #expect(list[0]["unit"] as? String == "ns" && abs((list[0]["value"] as? Double ?? 0) - 2000) < 1e-6)
    #expect((list[0]["range"] as? String)?.hasPrefix("± ") == true)
    #expect(list[1]["unit"] as? String == "bytes" && list[1]["value"] as? Double == 4096 && list[1]["range"] == nil)
    try written(text, "abc0002.json") { url in
      let back = try ActionBenchmark.observations(url)
      #expect(back.map(\.name) == history.series.map(\.name) && back.allSatisfy { $0.commit == "abc0002" })
      #expect(back.map(\.machine) == history.series.map(\.machine))
    }
  }

  @Test func machinesCannotShareAList() throws {
    var other = Samples.run
    (other.machine.id, other.commit) = ("b", Past.commit(0))
    let records = Past.run(0, Samples.measurement()) + [.run(other), .measurement(Samples.measurement())]
    #expect(
      throws: ActionBenchmark.Failure(
        description: "records are of 2 machines, expected one of amd-epyc-2-x86-64-v4, b")
    ) {
      try ActionBenchmark.list(Past.history(records, 1), commits: Past.log(1))
    }
  }

  /// As the action writes it, with a suite of Google's benchmark and one of rates.
  @Test func aForeignStoreIsRead() throws {
    let text = """
      window.BENCHMARK_DATA = {
        "lastUpdate": 1720000000000,
        "repoUrl": "https://github.com/a/b",
        "entries": {
          "C++": [
            {
              "commit": {"author": {"name": "x"}, "distinct": true, "id": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
                "message": "m", "timestamp": "2024-07-03T09:46:40+02:00", "tree_id": "t", "url": "u"},
              "date": 1720000000000,
              "tool": "googlecpp",
              "benches": [
                {"name": "fib", "value": 2.5, "unit": "us/iter", "extra": "iterations: 100\\nthreads: 1"},
                {"name": "broken", "value": null, "unit": "us/iter"},
                {"name": "range", "value": 1200, "unit": "ns/iter", "range": "± 1,000"},
                {"name": "number", "value": 1200, "unit": "ns/iter", "range": 200}
              ]
            }
          ],
          "JS": [
            {"commit": {"id": "bbbbbbb"}, "date": 1720000000000, "tool": "benchmarkjs",
              "benches": [{"name": "fib", "value": 81.6, "unit": "ops/sec", "range": "±1.12%"}]}
          ]
        }
      }
      """
    try written(text, "data.js") { url in
      let all = try ActionBenchmark.observations(url)
      #expect(all.map(\.name) == ["C++/fib", "C++/range", "C++/number", "JS/fib"])
      #expect(all.map(\.unit) == [.seconds, .seconds, .seconds, .other("ops/sec")])
      #expect(abs(all[0].value - 2.5e-6) < 1e-18 && all[0].date == "2024-07-03T09:46:40Z")
      #expect(abs(all[1].lower - 2e-7) < 1e-15 && abs(all[1].upper - 2.2e-6) < 1e-15)
      #expect(all.map(\.isSmallerBetter) == [true, true, true, false] && all.allSatisfy { $0.machine == "imported" })
      #expect(abs(all[2].lower - 1e-6) < 1e-15)
      #expect(all[3].lower == 81.6, "a range in percent is no half-width")
    }
  }

  @Test func badFilesGetOneLine() throws {
    #expect(try complaint("{}") == "FILE: neither a list of results nor 'window.BENCHMARK_DATA = {…}'")
    #expect(try complaint("window.BENCHMARK_DATA = {") == "FILE: not JSON")
    #expect(try complaint("window.BENCHMARK_DATA = {}") == "FILE: no 'lastUpdate'")
    #expect(
      try complaint(
        #"window.BENCHMARK_DATA = {"lastUpdate": 0, "repoUrl": "", "entries": {"s": [{"date": 0, "tool": "go", "benches": []}]}}"#
      )
        == "FILE: no 'entries.s.0.commit'")
    #expect(
      try complaint(#"[{"name": "a", "unit": "ns", "value": "x"}]"#, "abcdef1.json")
        == "FILE: wrong type at '0.value', expected a number, found a text")
    #expect(
      try complaint("[]", "output.json")
        == "FILE: a list of results names no commit, expected a file named after one, such as 1a2b3c4.json")
    #expect(throws: ActionBenchmark.Failure(description: "/nonexistent/data.js: cannot be read")) {
      try ActionBenchmark.observations(URL(filePath: "/nonexistent/data.js"))
    }
  }
}
