import ArgumentParser
import Catalog
import Fixtures
import Foundation
import Harness
import KernelSpec
import Messages
import Platform
import Reporting

/// `hippodrome verify`
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judges kernels against fixtures and laws, also kernels from outside.",
    discussion: """
      Prints one line per case, and some below it for each variant that does not pass; after failures what they look like and what they \
      have in common, by cause. Exit codes: 0 nothing failed, 1 a verdict failed, 2 misuse, a case that cannot be read (the others are \
      judged all the same), or nothing was judged of what was asked for. With --external or --contender a program in any language is \
      judged instead of the suite's variants, see docs/verify-your-kernel.md; it must then pass somewhere too.

      Examples:
        hippodrome verify
        hippodrome verify s4d.filter --variant blocked --precision float
        hippodrome verify --cases my-cases --expect 10
        hippodrome verify mamba.scan --external "python3 my_kernel.py"
        hippodrome verify mamba.scan --contender "python3 my_kernel.py" --precision bfloat16 --tolerance 2
      """)

  @Argument(help: "Kernels; all by default.", completion: .kernels)
  var kernels: [String] = []

  @OptionGroup var choice: ChoiceBy<OutsidePrecision>

  @OptionGroup(title: "Kernels from outside") var outside: OutsideOptions

  @Option(
    help: "A folder of case files, or one case file, instead of the kernels' fixtures and laws; may be repeated.",
    completion: .cases)
  var cases: [String] = []

  @Option(
    help: "The folder that holds a folder of fixtures for each kernel (default: fixtures here, else of the checkout)."
  )
  var fixtures: String?

  @Option(name: .customLong("case"), help: "Only the case of this name; may be repeated.")
  var names: [String] = []

  @Option(help: "The first seed of the operands that laws are checked on.")
  var seed = 0

  @Option(help: "How many seeds laws are checked on.")
  var seeds = 3

  @Option(
    name: .customLong("law"),
    help: "Only this law, such as 'permutation of B'; with --cases it is checked on their operands; may be repeated.")
  var laws: [String] = []

  @Option(help: "Expect at least so many verdicts that pass or fail: fewer end with exit code 2.")
  var expect: Int?

  @Option(help: "The folder that failing cases are written to, made small; the first of each variant and check.")
  var failures = ".build/failures"

  @Flag(name: .shortAndLong, help: "Print no cases, only the summary.")
  var quiet = false

  @Option(help: "Stop after this many failures.")
  var maxfail: Int?

  @Flag(help: "Print the verdicts as JSON.")
  var json = false

  @Option(help: "Write the verdicts to this file as JUnit XML.")
  var junit: String?

  @Flag(help: "Keep the verdicts as records, for reports: in reports/results/<machine>/<date>-<commit>.jsonl.")
  var keep = false

  @Option(help: "Keep the verdicts in this file of records instead.")
  var records: String?

  @Option(help: "Draw the errors of what fails against their positions, as SVG images in this folder.")
  var plot: String?

  func run() throws {
    guard seeds >= 1, seed >= 0 else {
      throw Failure.misuse("--seeds is \(seeds) and --seed \(seed), expected at least 1 and 0")
    }
    if let expect, expect < 1 { throw Failure.misuse("--expect is \(expect), expected at least 1") }
    if let maxfail, maxfail < 1 { throw Failure.misuse("--maxfail is \(maxfail), expected at least 1") }
    let chosen = try hippodrome.kernels(named: kernels)
    try outside.check(kernels, choice)
    // What it means to choose among the suite's variants is nothing to a program from outside.
    if outside.isUsed {
      try choice.checkNames(against: chosen)
    } else {
      try choice.check(against: chosen, withReference: true)
    }
    let found = try CaseFinder(cases: cases, fixtures: fixtures).paths(for: chosen)
    var selection = choice.selection
    (selection.cases, selection.laws) = (names, laws)
    let known = Set(chosen.flatMap { Self.laws(of: $0) })
    for law in laws where !known.contains(law) {
      throw Failure.misuse(unknown("law", law, expected: known.sorted(), separator: "; "))
    }

    let output = try VerdictOutput(
      json: json, quiet: quiet, mostFailures: maxfail, junit: junit, keeps: keep, records: records, plots: plot,
      apartFrom: found.paths.values.flatMap(\.self))
    let failures = FailureFolder(failures)
    var bad = 0
    var times: [(kernel: String, seconds: Double)] = []
    // After a signal, for what is written at the end.
    Interruption.allow(seconds: 3)
    func goesOn() -> Bool { !Interruption.isRequested && !output.isStopped }
    for (index, kernel) in chosen.enumerated() where goesOn() {
      let clock = ContinuousClock.now
      let judge = try judge(kernel, selection, failures, output)
      // Laws that are named are checked on cases only where cases are named too.
      for path in laws.isEmpty || !cases.isEmpty ? found.paths[kernel.name] ?? [] : [] {
        guard goesOn() else { break }
        output.show("\(kernel.name) (\(index + 1) of \(chosen.count)) \((path as NSString).lastPathComponent)")
        let item: Case
        do { item = try Case(contentsOf: path, signature: kernel.signature) } catch {
          output.clear()
          complain(error.description)
          bad += 1
          continue
        }
        try output.endingCase {
          if laws.isEmpty { try judge.check(item) } else { try judge.checkLaws(of: item, seed: seed) }
        }
      }
      if cases.isEmpty, goesOn() {
        output.show("\(kernel.name) (\(index + 1) of \(chosen.count)) laws")
        try output.endingCase { try judge.checkLaws(seeds: seed..<seed + seeds) }
      }
      times.append((kernel.name, clock.duration(to: .now) / .seconds(1)))
    }
    for line in found.complaints {
      complain(line)
      bad += 1
    }
    let isWritten = try output.finish(times)
    if Interruption.isRequested { Interruption.end() }
    if bad > 0 { throw Failure(code: 2, line: nil) }
    let judged = JudgedVerdicts(output.verdicts, choice)
    let request = JudgedVerdicts.Request(
      kernels: kernels, cases: names, laws: laws,
      files: found.paths.values.joined().map { ($0 as NSString).lastPathComponent }.sorted())
    if let line = judged.complaint(request, isOutside: outside.isUsed) { throw Failure.misuse(line) }
    if let line = judged.complaintOfRange { throw Failure.misuse(line) }
    if let expect, judged.count < expect {
      throw Failure.misuse("\(judged.count) verdicts that pass or fail, expected at least \(expect)")
    }
    let left = chosen.map { $0.name }.filter { judged.count(of: $0) == 0 }
    if !left.isEmpty, !json { say("nothing was judged of \(left.joined(separator: ", "))") }
    if outside.isUsed { try output.concludeOutside(outside.terms) }
    if output.failed > 0 { throw Failure(code: 1, line: nil) }
    if !isWritten { throw Failure(code: 2, line: nil) }
  }

  private static func laws<K: Kernel>(of _: K.Type) -> [String] { Verification<K>.laws }

  private func judge<K: Kernel>(
    _: K.Type, _ selection: Selection, _ failures: FailureFolder, _ output: VerdictOutput
  ) throws -> any CaseJudge {
    if let program = try outside.program(K.self, choice) {
      return OutsideVerification(
        K.self, program, selection, terms: outside.terms, isStopped: { output.isStopped }, deliver: output.deliver)
    }
    return Verification(
      K.self, selection, failures: failures, isStopped: { output.isStopped }, deliver: output.deliver)
  }
}
