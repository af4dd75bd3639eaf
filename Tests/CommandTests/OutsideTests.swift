import Fixtures
import Foundation
import Testing

private let name = "B2-H2-L61-W1.h5"

/// Judges a shell script that stands for a kernel from outside on one case. `$RUN` computes rightly: `$RUN "$1" "$2"`.
private func verify(_ script: String, _ options: [String] = ["--timeout", "20"]) throws -> Outcome {
  var outcome: Outcome?
  try inFolder { folder in
    let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/hippodrome"
    let text = "RUN='\(command) run convolution.causal'\n\(script)\n"
    try Data(text.utf8).write(to: URL(filePath: folder + "/kernel.sh"))
    outcome = try hippodrome(
      [
        "verify", "convolution.causal", "--case", name, "--external", "sh '\(folder)/kernel.sh'", "--name",
        "outsider",
      ]
        + options)
  }
  return outcome!
}

@Test func aRightProgramFromOutsidePasses() throws {
  for (script, lines) in [
    (#"$RUN "$1" "$2""#, ["1 pass", "forward: judged by the bounds of double"]),
    (
      #"$RUN --gradient "$1" "$2""#,
      ["2 pass", "forward: judged by the bounds of double", "gradient: judged by the bounds of double"]
    ),
  ] {
    let outcome = try verify(script)
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    for line in lines { #expect(outcome.output.contains(line), "\(outcome.output)") }
  }
}

/// Each way to give nothing that can be judged is a verdict with its own line.
@Test(arguments: [
  ("sleep 30", "no result within 0.3 s", ["--timeout", "0.3"]),
  ("sleep 30 & sleep 30", "no result within 0.3 s", ["--timeout", "0.3"]),
  ("kill -SEGV $$", "ended by signal 11", []),
  ("echo first >&2; echo what went wrong >&2; exit 7", "exit code 7: what went wrong", []),
  ("exit 3", "exit code 3, a refusal, expected its reason", []),
  ("true", "wrote no OUTPUT.h5", []),
  (#"echo text > "$2""#, "OUTPUT.h5: not an HDF5 file", []),
  (#"mkfifo "$2""#, "OUTPUT.h5: is no regular file", []),
  (#"rm "$1"; mkfifo "$1"; $RUN "$1" "$2" &"#, "changed its INPUT.h5", []),
  (#"$RUN "$1" "$2.x"; head -c 1500 "$2.x" > "$2""#, "OUTPUT.h5: truncated or corrupt HDF5 file", []),
  (#"cp "$1" "$2""#, "outputs/y: expected (2, 2, 61) ℝ, found nothing", []),
  (#"$RUN "$1" "$2"; echo >> "$1""#, "changed its INPUT.h5", []),
  (#"$RUN "$1" "$2"; rm "$1""#, "changed its INPUT.h5", []),
  (#"$RUN "$1" "$2""#, "gradients/u: expected (2, 2, 61) ℝ, found nothing", ["--pass", "gradient"]),
  (#"$RUN --precision float "$1" "$2""#, "right by the bounds of float", []),
])
func whatGoesWrongOutsideIsAVerdict(script: String, reason: String, options: [String]) throws {
  let outcome = try verify(script, options)
  #expect(outcome.code == 1 && outcome.errors.isEmpty, "\(outcome.errors)")
  #expect(outcome.output.contains("fail: outsider") && outcome.output.contains(reason), "\(outcome.output)")
}

@Test func aProgramMayRefuseButNotEverything() throws {
  let outcome = try verify("echo too short >&2; exit 3")
  #expect(outcome.code == 1 && outcome.errors.contains("nothing passed"))
  #expect(outcome.output.contains("refused 1 times: too short"))
}

/// What it wrote for an earlier case is not there to be judged again, nor is a copy of what is expected.
@Test func aProgramFindsNothingThatItCouldPassOff() throws {
  let outcome = try verify(#"ls "$(dirname "$1")" >&2; h5ls "$1" >/dev/null 2>&1; exit 5"#)
  #expect(outcome.output.contains("exit code 5: input.h5"))
  #expect(
    try verify(#"$RUN --gradient "$1" "$2"; exit 0"#, ["--pass", "forward"]).output.contains("cotangents/y: missing"))
}

@Test func otherResultsOnASecondCallFail() throws {
  try inFolder { folder in
    let outcome = try verify(#"if [ -e \#(folder)/ran ]; then exit 9; fi; touch \#(folder)/ran; $RUN "$1" "$2""#)
    #expect(outcome.code == 1 && outcome.output.contains("on a second call: exit code 9"), "\(outcome.output)")
  }
}

@Test func verdictsOnAProgramFromOutsideAreRecordedAndReplayed() throws {
  try inFolder { folder in
    let paths = ["--junit", folder + "/v.xml", "--records", folder + "/v.jsonl", "--precision", "double"]
    #expect(try verify("exit 1", paths).code == 1)
    let record = try String(contentsOfFile: folder + "/v.jsonl", encoding: .utf8)
    #expect(record.contains(#""variant":"outsider""#))
    #expect(record.contains("--name outsider --precision double\""), "\(record)")
    #expect(try String(contentsOfFile: folder + "/v.xml", encoding: .utf8).contains("exit code 1"))
  }
}

@Test func misuseOfProgramsFromOutsideIsExplained() throws {
  for (arguments, text) in [
    (["verify", "--external", "true"], "found 0 kernels"),
    (["verify", "s4d.filter", "mamba.scan", "--external", "true"], "found 2 kernels"),
    (["verify", "s4d.filter", "--external", "true", "--contender", "true"], "both --external and --contender"),
    (["verify", "s4d.filter", "--external", " "], "is empty"),
    (["verify", "s4d.filter", "--external", "true", "--name", "blocked"], "--name is 'blocked'"),
    (["verify", "s4d.filter", "--external", "true", "--variant", "blocked"], "--variant chooses"),
    (["verify", "s4d.filter", "--external", "true", "--timeout", "0"], "--timeout is 0"),
    (["verify", "s4d.filter", "--timeout", "5"], "--name and --timeout are for --external"),
    (["bench", "--allow-debug-build", "--records", "/nonexistent/r", "--external", "true"], "found 0 kernels"),
  ] {
    let outcome = try hippodrome(arguments)
    #expect(
      outcome.code == 2 && outcome.lines == 1 && outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
  }
}

/// A question that is not answered in time costs its time, and three of them the rest.
@Test func aProgramThatHangsIsGivenUp() throws {
  for flag in ["--external", "--contender"] {
    let begin = ContinuousClock.now
    let outcome = try hippodrome("verify", "s4d.filter", flag, "sh -c 'sleep 600'", "--timeout", "0.2")
    #expect(outcome.code == 1, "\(outcome.errors)")
    #expect(outcome.output.contains("not run, after 3 cases in a row without a result within 0.2 s"))
    // Some sixty questions would take 12 s and more.
    #expect(begin.duration(to: .now) < .seconds(10))
  }
}
