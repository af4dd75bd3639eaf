import ArgumentParser
import Fixtures

/// `hippodrome probe`: the child process in which case files are read first.
struct Probe: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "probe", abstract: "Reads case files.", shouldDisplay: false)

  /// The probe that `verify` and `run` use.
  static var childProcess: CaseProbe { CaseProbe(command: [executablePath(), "probe"]) }

  func run() { CaseProbe.serve() }
}
