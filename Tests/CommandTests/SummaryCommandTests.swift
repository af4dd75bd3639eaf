import Fixtures
import Foundation
import Platform
import Tensors
import Testing

/// Runs a command line in a folder, by the shell, as a person would.
private func shell(_ line: String, in folder: String, _ environment: [String: String] = [:]) throws -> Outcome {
  let result = try ChildProcess.run(
    ["/bin/sh", "-c", "cd \"$FOLDER\" && { \(line)\n}"],
    environment: environment.merging(["FOLDER": folder]) { $1 })
  guard case .exit(let code) = result.ending else { throw StrangeEnding(ending: result.ending) }
  return Outcome(
    code: code, output: String(decoding: result.output, as: UTF8.self),
    errors: String(decoding: result.errors, as: UTF8.self))
}

private struct StrangeEnding: Error {
  let ending: ChildProcess.Ending
}

private let fixtures = root + "/fixtures"
private let case61 = "B2-H2-L61-W1.h5"

/// A kernel that answers zeros to everything.
private let zeros = """
  import sys, h5py
  with h5py.File(sys.argv[-2]) as given, h5py.File(sys.argv[-1], "w") as result:
      result["outputs/y"] = given["inputs/u"][...] * 0
  """

/// Runs a command in a folder whose name needs quotes, with a kernel of zeros beside it.
private func inAwkwardFolder(_ body: (String) throws -> Void) throws {
  try inFolder { parent in
    let folder = parent + "/it is \"Ann's\" folder"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    try Data(zeros.utf8).write(to: URL(filePath: folder + "/my zeros.py"))
    try body(folder)
  }
}

private let external = #"--external "\#(Python.path) './my zeros.py' \"a b\" it\\'s""#

/// Each command that is printed below a failure, run as it stands, fails for the same reason.
@Test(arguments: [
  "verify convolution.causal --fixtures '\(fixtures)' --case \(case61) \(external) --name \"it's mine\"",
  "verify convolution.causal --law 'linear in u' --seed 3 --seeds 1 \(external)",
  "verify convolution.causal --law 'linear in u' --seed 2 --cases './a case.h5' \(external) --precision double",
  "verify --cases 'a case.h5' 'b wrong.h5' --pass forward".replacing("' 'b", with: "' --cases 'b"),
])
func replayLinesRunAsPrinted(arguments: String) throws {
  try inAwkwardFolder { folder in
    try FileManager.default.copyItem(
      atPath: fixtures + "/convolution.causal/" + case61, toPath: folder + "/a case.h5")
    var file = try CaseFile(contentsOf: fixtures + "/s4d.filter/H4-N6-L31__mixed-dt.h5")
    let filter = file.outputs["K"]!
    file.outputs["K"] = Operand(shape: filter.shape, isComplex: false, scalars: filter.scalars.map { -$0 })
    try file.write(to: folder + "/b wrong.h5")

    let outcome = try shell("'\(command)' \(arguments)", in: folder)
    #expect(outcome.code == 1, "\(outcome.output) \(outcome.errors)")
    var reason = ""
    var replayed: Set<String> = []
    for line in outcome.output.split(separator: "\n").map({ $0.trimmingCharacters(in: .whitespaces) }) {
      if line.hasPrefix("fail: ") { reason = line }
      guard line.hasPrefix(command + " verify"), replayed.insert(line).inserted else { continue }
      let again = try shell(line, in: folder)
      #expect(again.code == 1 && again.output.contains(reason), "\(line)\n\(again.output)\(again.errors)")
    }
    #expect(!replayed.isEmpty, "\(outcome.output)")
  }
}

@Test func aFailingRunEndsWithItsCauses() throws {
  try inAwkwardFolder { folder in
    let line = "'\(command)' verify convolution.causal --fixtures '\(fixtures)' --seeds 1 \(external)"
    let outcome = try shell(line + " --quiet --junit v.xml --records v.jsonl", in: folder)
    #expect(outcome.code == 1 && outcome.errors.isEmpty, "\(outcome.errors)")
    // Of the cases nothing is printed, and the first line names the cause with how often it was seen.
    let lines = outcome.output.split(separator: "\n").map(String.init)
    #expect(!outcome.output.contains("\nFAIL") && !outcome.output.hasPrefix("FAIL"))
    let cause = try #require(lines.first { $0.contains("failures") })
    #expect(cause.hasSuffix("look like: zeros"), "\(cause)")
    #expect(lines.contains { $0.hasPrefix("  smallest: ") } && lines.contains { $0.hasPrefix("  \(command) verify") })
    #expect(lines.contains { $0.contains(" not judged") }, "laws of wrong values are not judged: \(lines)")
    #expect(!outcome.output.contains("e+") && !outcome.output.contains("\u{1B}"))
    // JUnit has the diagnosis in the message and in full, and skips what was not judged.
    let junit = try String(contentsOfFile: folder + "/v.xml", encoding: .utf8)
    #expect(junit.contains("; looks like: zeros (leaves 0 % of the error)\">"))
    #expect(junit.contains("times its bound\nwrong: "))
    #expect(junit.contains("<skipped message=\"not judged: a call by itself fails already: "))
    #expect(try String(contentsOfFile: folder + "/v.jsonl", encoding: .utf8).contains("\"verdict\":\"unjudged\""))

    let stopped = try shell(line + " --maxfail 2", in: folder)
    #expect(stopped.code == 1 && stopped.output.contains("stopped after 2 failures (--maxfail)"))
    #expect(stopped.output.contains(", 2 fail, "), "\(stopped.output)")
    let misuse = try shell(line + " --maxfail 0", in: folder)
    #expect(misuse.code == 2 && misuse.errors == "hippodrome: --maxfail is 0, expected at least 1\n")
  }
}

/// A command that cannot be run is run once, and one whose first calls all end alike three times; both are shown what they said.
@Test func whatCannotBeRunIsNotRunHundredsOfTimes() throws {
  try inAwkwardFolder { folder in
    let line = "'\(command)' verify convolution.causal --fixtures '\(fixtures)'"
    let mistyped = try shell(line + " --external 'pythn3 zeros.py'", in: folder)
    #expect(mistyped.code == 1)
    #expect(mistyped.output.contains(" 1 fail, "), "\(mistyped.output)")
    #expect(mistyped.output.contains("not run, since the command cannot be run: exit code 127: "))
    #expect(mistyped.output.components(separatedBy: "not found").count < 6, "\(mistyped.output)")

    try Data("import sys\nimport no_such_module\n".utf8).write(to: URL(filePath: folder + "/missing.py"))
    for way in ["--external", "--contender"] {
      let missing = try shell(line + " \(way) 'python3 missing.py' --pass forward", in: folder)
      #expect(missing.code == 1 && missing.errors.isEmpty, "\(missing.errors)")
      #expect(missing.output.contains(" 3 fail, "), "\(missing.output)")
      #expect(missing.output.contains("not run, after the first 3 calls all ended alike: "))
      #expect(missing.output.components(separatedBy: "| Traceback").count == 2, "shown whole, once")
    }
  }
}

/// On a terminal words have colours, unless they are unwanted.
@Test func coloursAreForTerminals() throws {
  try inFolder { folder in
    let script = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)"
    let line =
      "python3 -c '\(script)' '\(command)' verify convolution.causal --case \(case61) --fixtures '\(fixtures)'"
    for (environment, isColoured) in [
      (["TERM": "xterm", "NO_COLOR": ""], true), (["TERM": "xterm", "NO_COLOR": "1"], false),
      (["TERM": "dumb", "NO_COLOR": ""], false),
    ] {
      let outcome = try shell(line, in: folder, environment)
      #expect(outcome.output.contains("\u{1B}[32mpass") == isColoured, "\(environment): \(outcome.output)")
    }
  }
}
