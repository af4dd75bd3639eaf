import ArgumentParser
import Foundation
import KernelSpec

/// The command.
@main
struct Hippodrome: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hippodrome",
    abstract: "Verifies, measures and compares long-sequence kernels.",
    discussion: """
      Exit codes: 0 done, 1 a verdict failed, 2 misuse or bad input; `run` also ends with 3 where the variant refuses the size.
      """,
    subcommands: [
      List.self, Verify.self, Bench.self, MergeCommand.self, Peers.self, ReportCommand.self, HistoryCommand.self,
      RunCommand.self, AccuracyCommand.self, GateCommand.self, CalibrateCommand.self, ContenderCommand.self,
      Probe.self, NeighbourCommand.self, MutantsCommand.self, FigureCommand.self,
    ])

  static func main() {
    do {
      var command = try parseAsRoot()
      try command.run()
    } catch let failure as Failure {
      if let line = failure.line { complain(line) }
      Foundation.exit(failure.code)
    } catch let misfit as Misfit {
      complain(misfit.description)
      Foundation.exit(2)
    } catch {
      let code = exitCode(for: error)
      guard code != .success else { exit(withError: error) }
      complain(message(for: error))
      Foundation.exit(2)
    }
  }
}
