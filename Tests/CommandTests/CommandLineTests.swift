import Foundation
import Testing

@Test func theVersionNamesTheBuild() throws {
  let outcome = try hippodrome("--version")
  #expect(outcome.code == 0 && outcome.errors.isEmpty)
  let lines = outcome.output.split(separator: "\n")
  #expect(lines.count == 3 && lines[0].contains(/^hippodrome \d+\.\d+\.\d+$/))
  #expect(lines[1].contains(/^build [0-9a-f]{16}, (debug|release), kernels for .+, HDF5 \d+\.\d+\.\d+$/))
}

/// A typing error is answered with what was probably meant.
@Test(arguments: [
  (["verfy"], "unknown subcommand 'verfy' (did you mean verify?), expected list, verify, "),
  (["verify", "s4d.fitler"], "unknown kernel 's4d.fitler' (did you mean s4d.filter?)"),
  (["verify", "s4d.filter", "--variant", "bloked"], "unknown variant 'bloked' (did you mean blocked?)"),
  (["verify", "s4d.filter", "--law", "linear in b"], "unknown law 'linear in b' (did you mean linear in B?)"),
  (["verify", "s4d.filter", "--varaint", "powers"], "Did you mean '--variant'?"),
  (
    ["run", "s4d.filter", "--variant", "power", "fixtures/s4d.filter/H1-N2-L1.h5", "/tmp/none.h5"],
    "(did you mean powers?)"
  ),
  (["peers", "--peer", "pytroch", "--dry-run"], "unknown peer 'pytroch' (did you mean pytorch?)"),
])
func typingErrorsAreAnswered(arguments: [String], line: String) throws {
  let outcome = try hippodrome(arguments)
  #expect(outcome.code == 2 && outcome.lines == 1 && outcome.errors.contains(line), "\(outcome.errors)")
}

/// A value that is none says what one is.
@Test(arguments: [
  (["verify", "--threads", "two"], "'--threads <threads>': expected a whole number"),
  (["bench", "--timeout", "soon"], "'--timeout <timeout>': expected a number"),
  (["bench", "--shard", "3/2"], "'--shard <shard>': expected INDEX/COUNT"),
  (["bench", "--memory", "4XB"], "'--memory <memory>': expected a number of bytes such as 4GB"),
  (["accuracy", "--budget", "soon"], "'--budget <budget>': expected a duration such as 120s"),
  (["calibrate", "--slowdown", "3"], "'--slowdown <slowdown>': expected a share such as 1%"),
  (["verify", "--pass", "back"], "Please provide one of 'forward' and 'gradient'"),
])
func valuesThatAreNoneSayWhatIsExpected(arguments: [String], line: String) throws {
  let outcome = try hippodrome(arguments)
  #expect(outcome.code == 2 && outcome.lines == 1 && outcome.errors.contains(line), "\(outcome.errors)")
}

/// A dry run prints the rows that the run would have, and keeps nothing.
@Test func aDryRunSaysWhatItWouldMeasure() throws {
  try inFolder { folder in
    let outcome = try hippodrome(
      "bench", "s4d.filter", "--at", "H2-N4-L8", "--axis", "L=8,16", "--precision", "float", "--pass", "forward",
      "--threads", "1", "--dry-run", "--records", folder + "/r.jsonl")
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    // Three contenders of 0.6 s and four samples of 10 ms, twice.
    #expect(
      outcome.output == """
        s4d.filter H2-N4-L8 forward float: reference 1, powers 1, blocked 1
        s4d.filter H2-N4-L16 forward float: reference 1, powers 1, blocked 1
        6 rows in 2 groups: about 3.8 s, and the machine's limits before

        """)
    let peers = try hippodrome(
      "peers", "s4d.filter", "--precision", "float", "--pass", "forward", "--threads", "1", "--dry-run", "--records",
      folder + "/r.jsonl")
    #expect(
      peers.code == 0 && peers.output.contains("s4d.filter H256-N64-L1024 forward float: powers 1, blocked 1, "))
    #expect(peers.output.contains(/\n\d+ rows in \d+ races: .* and what peers take to start and to compile\n$/))
    #expect(!FileManager.default.fileExists(atPath: folder + "/r.jsonl"))
  }
}

@Test func theShellCompletesKernelsAndHelpHasExamples() throws {
  for shell in ["bash", "zsh", "fish"] {
    let outcome = try hippodrome("--generate-completion-script", shell)
    #expect(
      outcome.code == 0 && outcome.output.contains("s4d.filter") && outcome.output.contains("blocked"), "\(shell)")
  }
  for command in ["list", "verify", "bench", "peers", "report", "history", "run", "accuracy", "merge", "mutants"] {
    #expect(try hippodrome(command, "--help").output.contains("  hippodrome \(command)"), "\(command)")
  }
}
