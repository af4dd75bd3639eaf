import Foundation
import Reporting
import Testing

@Test func accuracyIsMeasuredKeptAndReported() throws {
  try inFolder { folder in
    let records = folder + "/accuracy.jsonl"
    let outcome = try hippodrome(
      "accuracy", "s4d.filter", "--axis", "L=16..256x4", "--axis", "N=4,8,16", "--draws", "2", "--variant", "powers",
      "--precision", "double", "--records", records)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output.contains("s4d.filter powers forward double on 1, L 16–256: "))
    #expect(outcome.output.contains("s4d.filter reference gradient double on 1, N 4–16: "))
    let lines = try RecordStore(URL(filePath: records)).read().records.compactMap {
      if case .accuracy(let line) = $0 { line } else { nil }
    }
    #expect(lines.count == (3 + 3) * 2 * 2)
    #expect(lines.allSatisfy { $0.errors.count == 2 && $0.precision == "double" })
    let report = try hippodrome("report", records, "--output", folder)
    #expect(report.code == 0)
    #expect(try String(contentsOfFile: folder + "/s4d.filter.md", encoding: .utf8).contains("## Accuracy"))
  }
}

@Test func accuracyKeepsToItsBudget() throws {
  try inFolder { folder in
    let outcome = try hippodrome(
      "accuracy", "convolution.causal", "--axis", "L,W=16,65536", "--pass", "forward", "--budget", "1s", "--records",
      folder + "/accuracy.jsonl")
    #expect(outcome.code == 0)
    #expect(outcome.output.contains("-L65536-W65536: not measured, a draw would take about "))
  }
}

@Test func accuracyRefusesMisuse() throws {
  for (arguments, text) in [
    (["--axis", "Q=16"], "no extent 'Q'"), (["--draws", "0"], "--draws is 0"), (["--variant", "fastest"], "fastest"),
    (["--size", "L7"], "the selection (--size L7) leaves nothing to measure"),
    (["--at", "H2"], "extent N is not given"),
  ] {
    let outcome = try hippodrome(["accuracy", "s4d.filter", "--records", "/nonexistent/a.jsonl"] + arguments)
    #expect(outcome.code == 2 && outcome.lines == 1 && outcome.errors.contains(text), "\(outcome.errors)")
  }
}
