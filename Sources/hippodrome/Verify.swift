import ArgumentParser
import Catalog
import Fixtures
import Foundation
import Harness
import KernelSpec
import Platform
import Reporting

/// `hippodrome verify`
struct Verify: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Judges kernels against fixtures and laws, also kernels from outside.",
    discussion: """
      Prints one line per case, and one below it for each variant that does not pass. Exit codes: 0 nothing failed, 1 a verdict \
      failed, 2 misuse or a case that cannot be read; the other cases are judged all the same. With --external or --contender a program \
      in any language is judged instead of the suite's variants, see docs/verify-your-kernel.md; it must then pass somewhere too.
      """)

  @Argument(help: "Kernels; all by default.")
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @OptionGroup(title: "Kernels from outside") var outside: OutsideOptions

  @Option(
    help: "A folder of case files, or one case file, instead of the kernels' fixtures and laws; may be repeated.")
  var cases: [String] = []

  @Option(help: "The folder that holds a folder of fixtures for each kernel.")
  var fixtures = "fixtures"

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

  @Option(help: "The folder that failing cases are written to, made small; the first of each variant and check.")
  var failures = ".build/failures"

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
    let chosen = try hippodrome.kernels(named: kernels)
    try outside.check(kernels, choice)
    try choice.check(against: chosen)
    let found = try CaseFinder(cases: cases, fixtures: fixtures).paths(for: chosen)
    var selection = choice.selection
    (selection.cases, selection.laws) = (names, laws)
    let known = Set(chosen.flatMap { Self.laws(of: $0) })
    for law in laws where !known.contains(law) {
      throw Failure.misuse("unknown law '\(law)', expected \(known.sorted().joined(separator: "; "))")
    }

    let output = try VerdictOutput(
      json: json, junit: junit, keeps: keep, records: records, plots: plot,
      apartFrom: found.paths.values.flatMap(\.self))
    let failures = FailureFolder(failures)
    var bad = 0
    var times: [(kernel: String, seconds: Double)] = []
    // After a signal, for what is written at the end.
    Interruption.allow(seconds: 3)
    for (index, kernel) in chosen.enumerated() where !Interruption.isRequested {
      let clock = ContinuousClock.now
      let judge = try judge(kernel, selection, failures, output)
      // Laws that are named are checked on cases only where cases are named too.
      for path in laws.isEmpty || !cases.isEmpty ? found.paths[kernel.name] ?? [] : [] {
        if Interruption.isRequested { break }
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
      if cases.isEmpty, !Interruption.isRequested {
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
    if output.count == 0 { throw Failure.misuse("the selection leaves nothing to verify") }
    if outside.isUsed { try output.concludeOutside() }
    if output.failed > 0 { throw Failure(code: 1, line: nil) }
    if !isWritten { throw Failure(code: 2, line: nil) }
  }

  private static func laws<K: Kernel>(of _: K.Type) -> [String] { Verification<K>.laws }

  private func judge<K: Kernel>(
    _: K.Type, _ selection: Selection, _ failures: FailureFolder, _ output: VerdictOutput
  ) throws -> any CaseJudge {
    if let program = try outside.program(K.self, choice) {
      return OutsideVerification(K.self, program, selection, deliver: output.deliver)
    }
    return Verification(K.self, selection, failures: failures, deliver: output.deliver)
  }
}

/// Finds the case files that are meant, by kernel.
struct CaseFinder {
  let cases: [String]
  let fixtures: String

  /// The paths by kernel, and a line for each file that cannot be read.
  ///
  /// A folder may hold cases of kernels that were not asked for or that the catalog does not have: they are passed over. A file that
  /// is named must be of a known kernel.
  func paths(for kernels: [any Kernel.Type]) throws -> (paths: [String: [String]], complaints: [String]) {
    var paths: [String: [String]] = [:]
    var complaints: [String] = []
    if cases.isEmpty {
      for kernel in kernels {
        let folder = (fixtures as NSString).appendingPathComponent(kernel.name)
        paths[kernel.name] = try files(folder)
        guard !paths[kernel.name]!.isEmpty else { throw Failure.misuse("\(folder): no case files (*.h5)") }
      }
      return (paths, [])
    }
    var found: [String] = []
    for place in cases {
      let files = try files(place)
      guard !files.isEmpty else { throw Failure.misuse("\(place): no case files (*.h5)") }
      found += files
    }
    let unreadable = try Probe.childProcess.complaints(found)
    complaints += unreadable.sorted { $0.key < $1.key }.map(\.value)
    let wanted = Set(kernels.map { $0.name })
    let known = Set(catalog.map { $0.name })
    var strangers: [String: Int] = [:]
    for path in found where unreadable[path] == nil {
      let name = try CaseFile.kernel(of: path)
      if wanted.contains(name) {
        paths[name, default: []].append(path)
      } else if !known.contains(name) {
        if cases.contains(path) {
          complaints.append("\(path): unknown kernel '\(name)', expected \(known.sorted().joined(separator: ", "))")
        }
        strangers[name, default: 0] += 1
      }
    }
    if !strangers.isEmpty, paths.isEmpty, complaints.isEmpty {
      complaints.append(
        "\(cases.joined(separator: ", ")): only cases of unknown kernels: \(strangers.keys.sorted().joined(separator: ", "))"
      )
    } else if !strangers.isEmpty, wanted == known {
      complain(
        "passed over \(strangers.values.reduce(0, +)) cases of \(strangers.count) kernels that are not in the catalog"
      )
    }
    return (paths, complaints)
  }

  /// The file itself, or the case files in a folder and its folders.
  private func files(_ place: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
      throw Failure.misuse("\(place): no such file or folder")
    }
    guard isFolder.boolValue else { return [place] }
    let all = FileManager.default.enumerator(atPath: place)?.allObjects as? [String] ?? []
    return all.filter { $0.hasSuffix(".h5") }.sorted().map { (place as NSString).appendingPathComponent($0) }
  }
}
