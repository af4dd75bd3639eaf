import ArgumentParser
import Fixtures

/// `hippodrome probe`: the child process in which case files are read first.
struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Reads case files.", shouldDisplay: false)

  /// The probe that `verify` and `run` use.
  static var childProcess: CaseProbe { CaseProbe(command: [executablePath(), "probe"]) }

  /// The probe for what programs from outside wrote.
  static var resultsProcess: CaseProbe { CaseProbe(command: [executablePath(), "probe", "--results"]) }

  @Flag(help: "The files are results of programs from outside.")
  var results = false

  func run() { CaseProbe.serve(results: results) }
}
