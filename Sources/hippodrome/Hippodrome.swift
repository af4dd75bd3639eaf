import ArgumentParser
import Foundation
import KernelSpec
import Messages
import Platform

/// The command.
@main
struct Hippodrome: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hippodrome",
    abstract: "Verifies, measures and compares long-sequence kernels.",
    discussion: """
      Exit codes: 0 done, 1 a verdict failed, 2 misuse, bad input, or output that cannot be written, 130 and 143 interrupted; `run` \
      also ends with 3 where the variant refuses the size.

      Examples:
        hippodrome list s4d.filter
        hippodrome verify s4d.filter
        hippodrome bench s4d.filter --at H16-N64-L4096

      hippodrome --generate-completion-script bash|zsh|fish prints a script by which the shell completes options and kernels.
      """,
    version: version,
    subcommands: [
      List.self, Verify.self, Bench.self, MergeCommand.self, Peers.self, ReportCommand.self, HistoryCommand.self,
      RunCommand.self, AccuracyCommand.self, GateCommand.self, CalibrateCommand.self, ContenderCommand.self,
      Probe.self, NeighbourCommand.self, MutantsCommand.self, FigureCommand.self,
    ])

  static func main() {
    StandardStream.secure()
    let code = run()
    // What was found weighs more than where it could not be written.
    guard code == 0, let failure = StandardStream.failure else { Foundation.exit(code) }
    if !failure.isBrokenPipe { complain(failure.description) }
    Foundation.exit(2)
  }

  /// Runs the command that was asked for; the exit code.
  private static func run() -> Int32 {
    do {
      try checkArguments()
      if CommandLine.arguments.dropFirst() == ["--version"] {
        say(try versionText())
        return 0
      }
      var command = try parsed()
      // Those that are children of a driver end as it says.
      let isChild = command is ContenderCommand || command is Probe || command is NeighbourCommand
      if !isChild { Interruption.watch() }
      try command.run()
      return 0
    } catch let failure as Failure {
      if let line = failure.line { complain(line) }
      return failure.code
    } catch let misfit as Misfit {
      complain(misfit.description)
    } catch let failure as OutputFailure {
      complain(failure.description)
    } catch {
      guard exitCode(for: error) != .success else {
        say(fullMessage(for: error))
        return 0
      }
      complain(explanation(of: error))
    }
    return 2
  }

  /// The subcommand with its arguments.
  private static func parsed() throws -> any ParsableCommand {
    do { return try parseAsRoot() } catch {
      if exitCode(for: error) == .success { throw error }
      // The parser takes the name of a subcommand that it does not know for an argument too many.
      let names = configuration.subcommands.map { $0._commandName }
      if let name = CommandLine.arguments.dropFirst().first, !name.hasPrefix("-"), !(names + ["help"]).contains(name)
      {
        let shown = configuration.subcommands.filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        throw Failure.misuse(unknown("subcommand", name, expected: shown))
      }
      throw Failure.misuse(explained(message(for: error)))
    }
  }

  /// Refuses arguments that are no text: the parser would see other names than were given, and files not be found.
  private static func checkArguments() throws {
    for case (let index, let argument?) in CommandLine.unsafeArgv.withMemoryRebound(
      to: UnsafeMutablePointer<CChar>?.self, capacity: Int(CommandLine.argc),
      { start in
        Array(UnsafeBufferPointer(start: start, count: Int(CommandLine.argc))).enumerated()
      })
    where String(validatingCString: argument) == nil {
      throw Failure.misuse(
        "argument \(index), \(escaped(argument)), is not UTF-8, expected a text: rename or link the file")
    }
  }
}
