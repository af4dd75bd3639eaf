import ArgumentParser
import Foundation
import Platform
import Reporting

/// `hippodrome history`
struct HistoryCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "history", abstract: "Finds steps in what was measured over commits.",
    discussion: """
      Records are kept by machine and commit. Results of github-action-benchmark (data.js, or lists named after their commit such as
      1a2b3c4.json) can stand among them. Exit codes: 0 done, 1 a step upwards where --fail-on-step asks for it, 2 misuse, or too few \
      commits to see one.

      Examples:
        hippodrome history --kernel s4d.filter --threads 1
        hippodrome history export --format github-action-benchmark
      """,
    subcommands: [Show.self, Export.self, Simulate.self], defaultSubcommand: Show.self)

  /// What history is made of: arguments that both subcommands share.
  struct Source: ParsableArguments {
    @Argument(
      help: """
        Files of records or folders of them, data.js, or lists of results; this machine's folder in reports/results by default.
        """)
    var records: [String] = []

    @Option(help: "Only this kernel; may be repeated.", completion: .kernels)
    var kernel: [String] = []

    @OptionGroup var choice: Choice

    /// Reads everything and puts it in the order of the commits of the current directory's repository.
    func read() throws -> (history: History, commits: CommitLog, uncommitted: Int) {
      // Records may be of variants on other machines' numbers of threads.
      try choice.checkNames(against: try kernels(named: kernel))
      let machine = Environment.machine(isa: RunRecord.isa).id
      let places = records.isEmpty ? ["\(RunRecord.resultsFolder)/\(machine)"] : records
      for place in places where !FileManager.default.fileExists(atPath: place) {
        throw Failure.misuse("\(place): no such file or folder of records")
      }
      let urls = places.map { URL(fileURLWithPath: $0) }
      do {
        let contents = try RecordStore.read(urls.filter { !ActionBenchmark.isOwn($0) })
        for warning in contents.warnings { complain("\(warning)") }
        let (own, uncommitted) = Observation.all(in: contents.records)
        let imported = try urls.filter(ActionBenchmark.isOwn).flatMap(ActionBenchmark.observations)
        let chosen = (imported + own).filter { includes($0.name) }
        guard !chosen.isEmpty else {
          let left = uncommitted == 0 ? "" : " of committed code, \(uncommitted) of code that was never committed"
          throw Failure.misuse(
            "\(places.joined(separator: ", ")): the selection\(choice.words.isEmpty ? "" : " (\(choice.words))") leaves no measurements\(left)"
          )
        }
        let commits = CommitLog.read()
        return (History(chosen, commits: commits), commits, uncommitted)
      } catch let failure as RecordStore.Failure {
        throw Failure.misuse(failure.description)
      } catch let failure as ActionBenchmark.Failure {
        throw Failure.misuse(failure.description)
      }
    }

    /// Whether a row is wanted. Where anything is chosen, rows that are not named as this suite names them are not.
    private func includes(_ row: String) -> Bool {
      let parts = row.split(separator: "/").map(String.init)
      let wanted = [
        kernel, choice.variant, choice.passes.map(\.rawValue), choice.precision.map(\.rawValue),
        choice.threads.map(String.init),
      ]
      if wanted.allSatisfy(\.isEmpty) && choice.size.isEmpty { return true }
      guard parts.count >= 6 else { return false }
      return zip(wanted, parts).allSatisfy { $0.isEmpty || $0.contains($1) }
        && (choice.size.isEmpty || choice.size.contains { parts[5].contains($0) })
    }
  }

  /// `hippodrome history show`
  struct Show: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Writes a page on the steps, with plots of the rows that have some; done where nothing else is said.")

    @OptionGroup var source: Source

    @Option(help: "The folder to write history.md and its plots to.")
    var output = "reports"

    @Flag(
      help: "Exit with 1 where one of the newest commits made a row worse, with 2 where there are too few to tell.")
    var failOnStep = false

    @Option(help: "How many commits count as the newest. A step shows once four of twelve commits have it.")
    var newest = 10

    func run() throws {
      guard newest >= 1 else { throw Failure.misuse("--newest is \(newest), expected at least 1") }
      try OutputFolder(output).check()
      let (history, commits, uncommitted) = try source.read()
      let report = HistoryReport(history, commits: commits, uncommitted: uncommitted)
      do {
        for plot in report.plots() {
          try writeReport(try Gnuplot.svg(plot), plot.name, in: output, apartFrom: source.records)
        }
      } catch let failure as Gnuplot.Failure {
        throw Failure.misuse(failure.description)
      }
      try writeReport(Data(report.markdown.utf8), "history.md", in: output, apartFrom: source.records)
      for finding in report.findings { say(finding.summary) }
      if let blindness = report.blindness {
        if failOnStep { throw Failure.misuse("not decided: \(blindness)") }
        say(blindness)
      }
      let worsened = report.worsened(within: newest)
      if failOnStep, !worsened.isEmpty {
        throw Failure(code: 1, line: "rows that became worse within the newest \(newest) commits: \(worsened.count)")
      }
    }
  }

  /// `hippodrome history simulate`
  struct Simulate: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Counts on simulated histories how often steps are found where there are none, and where there are.")

    @Option(help: "How many histories of each kind of noise and length.")
    var histories = 1000

    @Option(help: "The same seed gives the same table.")
    var seed: UInt64 = 0

    func run() throws {
      guard histories >= 1 else { throw Failure.misuse("--histories is \(histories), expected at least 1") }
      say(HistorySimulation(histories: histories, seed: seed).markdown)
    }
  }

  /// `hippodrome history export`
  struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
      abstract: "Prints results for a dashboard: medians with the half-width of their intervals.",
      discussion: "Samples, verdicts and circumstances are not in these formats and are lost.")

    @OptionGroup var source: Source

    @Option(
      help: """
        github-action-benchmark: the newest commit as the list that its customSmallerIsBetter reads; \
        github-action-benchmark-store: all commits as its data.js.
        """)
    var format = Format.githubActionBenchmark

    enum Format: String, ExpressibleByArgument, CaseIterable {
      case githubActionBenchmark = "github-action-benchmark"
      case githubActionBenchmarkStore = "github-action-benchmark-store"
    }

    func run() throws {
      let (history, commits, _) = try source.read()
      do {
        let text =
          switch format {
          case .githubActionBenchmark: try ActionBenchmark.list(history, commits: commits)
          case .githubActionBenchmarkStore: try ActionBenchmark.store(history, commits: commits)
          }
        StandardStream.output.write(text)
      } catch let failure as ActionBenchmark.Failure {
        throw Failure.misuse(failure.description)
      }
    }
  }
}
