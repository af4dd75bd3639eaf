import ArgumentParser
import Catalog
import Fixtures
import Foundation
import KernelSpec
import Mutants
import Platform
import Reporting

/// `hippodrome mutants`
struct MutantsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "mutants",
    abstract:
      "Tests the checks themselves: judges variants with seeded bugs, which must fail, and right ones, which must not.",
    discussion: """
      Prints survivors and false alarms as they are found, then kill rates by rule. The right kernels of others in controls, which Python \
      runs, are judged too, on as many seeds of laws. Writes mutants.md and mutants.json to the folder of reports. Exit codes: 0 all that can be killed was and no right variant failed, 1 otherwise, 2 misuse.

      Examples:
        hippodrome mutants s4d.filter --quick
      """)

  @Argument(help: "Kernels; all by default.", completion: .kernels)
  var kernels: [String] = []

  @Option(help: "How many drawn cases right variants and mutants are judged on.")
  var seeds = 20

  @Option(
    help: "The folder that holds a folder of fixtures for each kernel (default: fixtures here, else of the checkout)."
  )
  var fixtures: String?

  @Option(
    help:
      "The folder of right kernels of others, <kernel>.py (default: controls beside the folder of fixtures, if it is there)."
  )
  var controls: String?

  @Flag(help: "Leave out other projects' rules and cases and others' right kernels, and write nothing.")
  var quick = false

  @Option(help: "The folder to write to.")
  var output = "reports"

  func run() throws {
    guard seeds >= 1 else { throw Failure.misuse("--seeds is \(seeds), expected at least 1") }
    if !quick { try OutputFolder(output).check() }
    let chosen = try hippodrome.kernels(named: kernels)
    let found = try CaseFinder(cases: [], fixtures: fixtures).paths(for: chosen)
    if let complaint = found.complaints.first { throw Failure.misuse(complaint) }
    guard !quick || controls == nil else {
      throw Failure.misuse("found --controls beside --quick, which leaves them out")
    }
    let progress = Progress()
    let controlTrial =
      quick
      ? nil
      : try ControlTrial(
        folder: controls, besideFixtures: fixtures ?? CaseFinder.fixturesFolder(), seeds: seeds, show: progress.show)
    var parts: [MutationReport] = []
    for kernel in chosen {
      let items = try found.paths[kernel.name]!.map { path in
        do {
          return try Case(contentsOf: path, signature: kernel.signature)
        } catch {
          throw Failure.misuse("\(error)")
        }
      }
      do { parts.append(try judge(kernel, items, controlTrial, progress)) } catch let misfit as Misfit {
        throw Failure.misuse(misfit.description)
      }
    }
    let report = MutationReport(merging: parts)
    guard !report.mutants.isEmpty else {
      throw Failure.misuse(
        "\(chosen.map { $0.name }.joined(separator: ", ")): no mutants, expected kernels that have some")
    }
    say(report.summary)
    let isRight = report.survivors.isEmpty && report.falseAlarms.isEmpty && report.misdeclared.isEmpty
    if !quick {
      do {
        try writeReport(Data(report.markdown.utf8), "mutants.md", in: output)
        try writeReport(try report.json, "mutants.json", in: output)
      } catch let failure as OutputFailure where !isRight {
        throw Failure(code: 1, line: failure.description)
      }
    }
    if !isRight { throw Failure(code: 1, line: nil) }
  }

  private func judge<K: Kernel>(
    _: K.Type, _ items: [Case], _ controls: ControlTrial?, _ progress: Progress
  ) throws -> MutationReport {
    progress.show("\(K.name): what is expected")
    let trial = MutationTrial(K.self, fixtures: items, seeds: seeds, comparesRules: !quick)
    let mutants = K.mutants
    var results: [MutantResult] = []
    trial.run(mutants) { result in
      results.append(result)
      progress.show("\(K.name): mutant \(results.count) of \(mutants.count)")
      guard result.hasSurvived || result.equivalence != nil && result.isFound else { return }
      progress.clear()
      say(
        "\(result.hasSurvived ? "SURVIVED" : "FOUND, though declared equivalent")  \(K.name)  \(result.pass) \(result.name)"
      )
    }
    progress.show("\(K.name): right variants")
    var alarms: [FalseAlarm] = []
    trial.falseAlarms { alarm in
      alarms.append(alarm)
      guard alarm.rule == nil else { return }
      progress.clear()
      say("FALSE ALARM  \(K.name)  \(alarm.variant)  \(alarm.caseName): \(alarm.reason)")
    }
    let control = try controls?.run(K.self, on: items)
    progress.clear()
    for line in control?.failures ?? [] { say("FALSE ALARM  \(K.name)  control  \(line)") }
    return MutationReport(
      seeds: seeds, sets: trial.sets.map { .init(name: $0.name, idea: $0.idea, isOwn: $0.isOwn) },
      rules: Mutants.Rule.others.map { .init(name: $0.name, source: $0.source) }, mutants: results.map { .init($0) },
      alarms: alarms.map { .init($0) },
      controls: control.map { [$0] } ?? [])
  }
}

extension MutationReport.Mutant {
  fileprivate init(_ result: MutantResult) {
    self.init(
      kernel: result.kernel, name: result.name, pass: result.pass.rawValue, equivalence: result.equivalence,
      isFound: result.isFound, kills: result.kills.mapValues { [$0.check, $0.caseName, $0.reason] },
      others: result.others.mapValues { $0.sorted() })
  }
}

extension MutationReport.Alarm {
  fileprivate init(_ alarm: FalseAlarm) {
    self.init(
      kernel: alarm.kernel, variant: alarm.variant, set: alarm.set, caseName: alarm.caseName, rule: alarm.rule,
      reason: alarm.reason)
  }
}
