import Foundation
import Testing

private let short = ["convolution.causal", "--at", "B1-H1-L64-W64", "--variant", "direct-simd", "--pass", "forward"]

/// The executable that was built with the tests.
let executable = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  .appending(path: "hippodrome").path

/// A script that stands for another build.
private func script(_ body: String, in folder: String) throws -> String {
  let path = folder + "/hippodrome"
  try Data("#!/bin/sh\n\(body)\n".utf8).write(to: URL(filePath: path))
  try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
  return path
}

/// A machine that runs tests is busy: what a gate sees of a build against itself may not suffice there. It never says that something
/// became slower, and says the same by exit code, on the terminal, in Markdown, JUnit and JSON.
@Test func aBuildAgainstItselfIsNeverSlower() throws {
  try inFolder { folder in
    let files = ["--json", folder + "/gate.json", "--markdown", folder + "/gate.md", "--junit", folder + "/gate.xml"]
    let outcome = try hippodrome(
      ["gate", executable, executable] + short
        + ["--precision", "float", "--precision", "double", "--threads", "1", "--threads", "2", "--measure-same"]
        + ["--budget", "60s", "--blind-above", "500%", "--records", folder + "/gate.jsonl"] + files)
    let json = try Data(contentsOf: URL(filePath: folder + "/gate.json"))
    let object = try #require(JSONSerialization.jsonObject(with: json) as? [String: Any])
    let verdicts = try #require(object["verdicts"] as? [[String: Any]])
    // Float and double, on one thread and on two.
    #expect(verdicts.count == 4)
    #expect(!outcome.output.contains("SLOWER  convolution"), "\(outcome.output)")
    #expect(outcome.code == 0 || outcome.code == 2, "\(outcome.output)\(outcome.errors)")
    let passed = outcome.code == 0
    #expect(outcome.output.contains(passed ? "gate passed\n" : "gate not decided: "), "\(outcome.output)")
    let markdown = try String(contentsOfFile: folder + "/gate.md", encoding: .utf8)
    #expect(markdown.hasPrefix(passed ? "# Gate: passed" : "# Gate: not decided: "))
    let xml = try String(contentsOfFile: folder + "/gate.xml", encoding: .utf8)
    #expect(xml.contains("tests=\"4\" failures=\"0\"") == passed, "\(xml)")
    let records = try String(contentsOfFile: folder + "/gate.jsonl", encoding: .utf8)
    #expect(records.split(separator: "\n").count >= 5)
  }
}

/// One executable is the same code as itself; nothing need be measured to say so.
@Test func theSameCodeIsNotMeasured() throws {
  let outcome = try hippodrome(["gate", executable, executable] + short)
  #expect(outcome.code == 0, "\(outcome.output)\(outcome.errors)")
  #expect(outcome.output.contains("1 of 1 rows are not measured: their code is the same in both builds."))
  #expect(outcome.output.contains("the executables are the same, byte for byte"))
  #expect(outcome.output.hasSuffix("gate passed\n"))
}

/// One row for each pass of a kernel, in single precision on one thread, and nothing is judged.
@Test func aDryRunSaysWhatWouldBeMeasured() throws {
  let outcome = try hippodrome(
    "gate", executable, executable, "convolution.causal", "--at", "B1-H1-L64-W64", "--measure-same", "--dry-run",
    "--budget", "60s")
  #expect(outcome.code == 0, "\(outcome.errors)")
  let rows = outcome.output.split(separator: "\n").filter { $0.hasPrefix("convolution.causal  B1-H1-L64-W64  ") }
  #expect(rows.count == 2)
  #expect(rows.allSatisfy { $0.contains("-float-1  ") && $0.contains(" s") })
  #expect(outcome.output.contains("2 rows are measured, in "))
}

/// What the budget is too short for is named before anything is measured, with the budget that it takes.
@Test func aBudgetThatIsTooShortIsNotDecided() throws {
  let outcome = try hippodrome(["gate", executable, executable] + short + ["--measure-same", "--budget", "10ms"])
  #expect(outcome.code == 2)
  #expect(outcome.output.contains("The budget is too short: 1 of 1 rows are left out"))
  #expect(outcome.output.contains("gate not decided: 1 of 1 rows could hide a slowdown of 10 %"))
  #expect(outcome.errors.contains("not decided"))
}

/// A build whose process dies at the first call of the kernel is no comparison, and no pass.
@Test func aBuildThatCrashesFails() throws {
  try inFolder { folder in
    let limitOnly = "read line; case $line in *limit*) echo '{\"ready\":true,\"amount\":1}';; esac; exit 7"
    let broken = try script(limitOnly, in: folder)
    let outcome = try hippodrome(
      ["gate", executable, broken] + short + ["--budget", "60s"])
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("BROKEN"))
    #expect(outcome.output.contains("the process ended: exit code 7"))
    let older = try hippodrome(
      ["gate", broken, executable] + short + ["--budget", "60s"])
    #expect(older.output.contains("UNDECIDED"))
    #expect(older.output.contains("the older build failed: the process ended: exit code 7"))
    #expect(older.code == 2)
    #expect(older.output.contains("gate not decided: 1 of 1 rows could hide"))
  }
}

/// A variant that is gone cannot be compared, but whoever reads the verdicts must know.
@Test func aVariantThatIsGoneIsNamed() throws {
  try inFolder { folder in
    let variant = #"{"name": "direct-simd", "pass": "forward", "precision": "float", "threads": 7, "idea": ""}"#
    let list = #"[{"kernel": "convolution.causal", "variants": [\#(variant)]}]"#
    let older = try script(
      "if [ \"$1\" = list ]; then echo '\(list)'; else exec '\(executable)' \"$@\"; fi", in: folder)
    let outcome = try hippodrome(
      ["gate", older, executable] + short + ["--budget", "1s", "--precision", "float"])
    #expect(outcome.output.contains("REMOVED"))
    #expect(outcome.output.contains("direct-simd forward float on 7  the newer build does not have it"))
    let others = try hippodrome(
      ["gate", older, executable] + short + ["--budget", "1s", "--precision", "float", "--threads", "1"])
    #expect(!others.output.contains("REMOVED"))
  }
}

/// Three times the work takes about three times as long, whatever else the machine does.
@Test func calibrationDoesTheWorkThatItClaims() throws {
  try inFolder { folder in
    let outcome = try hippodrome(
      ["calibrate"] + short
        + [
          "--rows", "1", "--comparisons", "1", "--trials", "1", "--slowdown", "200%", "--slowed", "1", "--budget",
          "6s",
        ]
        + ["--output", folder, "--within", "60s", "--allow-debug-build"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let file = try #require(
      FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String }.first { $0.hasSuffix(".jsonl") })
    let lines = try String(contentsOfFile: folder + "/" + file, encoding: .utf8).split(separator: "\n")
    let gates = try lines.dropFirst().map { try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any] }
    #expect(gates.count == 2)
    for gate in gates {
      let slowdown = try #require(gate?["slowdown"] as? Double)
      let row = try #require((gate?["rows"] as? [[String: Any]])?.first)
      #expect(row["slowdown"] as? Double == slowdown)
      let ratio = try #require(row["ratio"] as? Double)
      #expect(slowdown == 0 ? ratio < 2 : ratio > 2)
    }
    // What another machine found stays on the page.
    let other = folder + "/results/another-machine"
    try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
    try FileManager.default.copyItem(atPath: folder + "/" + file, toPath: other + "/calibration.jsonl")
    let again = try hippodrome(
      ["calibrate"] + short + [
        "--rows", "1", "--comparisons", "1", "--trials", "0", "--slowed", "1", "--budget", "3s",
      ]
        + ["--output", folder, "--within", "60s", "--allow-debug-build"])
    #expect(again.code == 0, "\(again.errors)")
    let page = try String(contentsOfFile: folder + "/calibration.md", encoding: .utf8)
    #expect(page.split(separator: "\n").count { $0.hasPrefix("## ") } == 2)
    #expect(page.split(separator: "\n").count { $0.contains("| seconds a row |") } == 4)
  }
}

@Test func aGateOfSomethingElseIsMisuse() throws {
  try inFolder { folder in
    let nothing = try hippodrome(["gate", folder, executable])
    #expect(nothing.code == 2)
    #expect(nothing.errors.contains("found no hippodrome executable, expected one or a folder"))
    let other = try hippodrome(["gate", "/bin/true", executable])
    #expect(other.code == 2)
    #expect(other.errors.contains("does not serve the contender protocol"))
    let share = try hippodrome(["gate", executable, executable, "--threshold", "3"])
    #expect(share.code == 2)
    let budget = try hippodrome(["gate", executable, executable, "--budget", "soon"])
    #expect(budget.code == 2)
    #expect(budget.lines == 1)
  }
}
