import Fixtures
import Foundation
import Testing

private let equalModes = "H2-N16-L61__equal-modes.h5"

/// A selection of which nothing is left is not a pass, whatever selects it.
@Test(arguments: [
  (["verify", "s4d.filter", "--threads", "0"], "--threads is 0, expected at least 1"),
  (["verify", "s4d.filter", "--threads", "100"], "no variant of s4d.filter runs on 100 threads, expected 1, 2"),
  (["verify", "s4d.filter", "--threads", "1", "--threads", "3"], "runs on 3 threads, expected 1, 2"),
  (
    ["verify", "s4d.filter", "--case", equalModes, "--case", "H2-N16-L61__equal-mode.h5"],
    "nothing was judged of the case 'H2-N16-L61__equal-mode.h5' (did you mean \(equalModes)?)"
  ),
  (["verify", "s4d.filter", "--size", "L61", "--size", "L62"], "nothing was judged of sizes that contain 'L62'"),
  (
    ["verify", "s4d.filter", "--case", equalModes, "--law", "linear in B"],
    "nothing was judged of the case '\(equalModes)'"
  ),
  (
    ["verify", "s4d.filter", "mamba.scan", "--case", equalModes, "--variant", "powers"],
    "nothing was judged of mamba.scan"
  ),
  (
    ["verify", "s4d.filter", "--case", equalModes, "--variant", "powers", "--expect", "9"],
    "8 verdicts that pass or fail, expected at least 9"
  ),
  (["verify", "s4d.filter", "--expect", "0"], "--expect is 0, expected at least 1"),
  (
    ["verify", "--cases", "fixtures/s4d.filter/\(equalModes)", "mamba.scan"],
    "a case of s4d.filter, expected of mamba.scan"
  ),
  (["verify", "--seeds", "0"], "--seeds is 0"),
  (["run", "s4d.filter", "--threads", "0", "fixtures/s4d.filter/\(equalModes)", "/tmp/none.h5"], "--threads is 0"),
  (["accuracy", "s4d.filter", "--threads", "9"], "runs on 9 threads"),
  (["bench", "s4d.filter", "--size", "L77", "--dry-run"], "no size contains 'L77', expected a part of H16-N64-L256"),
  (
    ["bench", "s4d.filter", "--variant", "reference", "--dry-run"], "no variant of s4d.filter is --variant reference"
  ),
  (["peers", "s4d.filter", "--threads", "9", "--dry-run"], "runs on 9 threads"),
  (["mutants", "--seeds", "0"], "--seeds is 0"),
  (["gate", "/nonexistent", "/nonexistent", "--threads", "0"], "--threads is 0"),
])
func nothingJudgedIsExitCodeTwo(arguments: [String], line: String) throws {
  let outcome = try hippodrome(arguments)
  #expect(outcome.code == 2 && outcome.lines == 1, "\(outcome.code): \(outcome.errors)")
  #expect(outcome.errors.contains(line), "\(outcome.errors)")
}

/// What was asked for and judged ends as before, the reference alone where it is asked for among it.
@Test func whatWasJudgedIsCounted() throws {
  for arguments in [
    ["--variant", "powers", "--expect", "8"], ["--variant", "reference", "--expect", "2"],
    ["--size", "L61", "--pass", "forward", "--seeds", "1", "--expect", "8"],
  ] {
    let outcome = try hippodrome(["verify", "s4d.filter", "--case", equalModes] + arguments)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
  }
}

/// Files without anything to tell of are not merged to an empty sweep, or reported on.
@Test func recordsOfNothingAreRefused() throws {
  try inFolder { folder in
    let bench = try hippodrome(
      "bench", "s4d.filter", "--at", "H2-N4-L8", "--variant", "powers", "--pass", "forward", "--precision", "float",
      "--threads", "1", "--shard", "2/2", "--allow-debug-build", "--without-limits", "--records",
      folder + "/part.jsonl")
    #expect(bench.code == 0, "a part of a sweep may have no rows: \(bench.errors)")
    let report = try hippodrome("report", folder + "/part.jsonl", "--output", folder + "/reports")
    #expect(report.code == 2 && report.errors.contains("no verdicts, measurements or accuracies among 1 records"))
    #expect(!FileManager.default.fileExists(atPath: folder + "/reports"))
    let merge = try hippodrome("merge", folder + "/part.jsonl", "--output", folder + "/all.jsonl")
    #expect(merge.code == 2 && merge.errors.contains("no rows of a sweep"), "\(merge.errors)")
    let history = try hippodrome("history", folder + "/part.jsonl", "--output", folder + "/reports")
    #expect(history.code == 2 && history.errors.contains("leaves no measurements"))
  }
}

@Test func measuringNothingIsNoSuccess() throws {
  try inFolder { folder in
    let bench = try hippodrome(
      "bench", "s4d.filter", "--at", "H64-N4-L65536", "--memory", "1MB", "--variant", "powers", "--pass", "forward",
      "--precision", "float", "--threads", "1", "--allow-debug-build", "--without-limits", "--without-reference",
      "--records", folder + "/r.jsonl")
    #expect(bench.code == 2 && bench.lines == 1, "\(bench.errors)")
    #expect(bench.errors.contains("nothing was measured: 1 rows refused, powers: needs at least"), "\(bench.errors)")
    let accuracy = try hippodrome(
      "accuracy", "s4d.filter", "--at", "H64-N64-L4096", "--axis", "L=65536", "--budget", "1ms", "--variant",
      "powers",
      "--pass", "forward", "--records", folder + "/a.jsonl")
    #expect(accuracy.code == 2 && accuracy.errors.contains("no size was measured within --budget 0.001s"))
  }
}
