import ArgumentParser
import Fixtures
import Foundation
import Harness
import KernelSpec
import Platform
import Reporting

/// `hippodrome gate`
struct GateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "gate",
    abstract: "Says whether a newer build is slower or hungrier than an older one.",
    discussion: """
      Both builds are measured in turns, sample by sample, two processes of each, so that the noise of the machine is measured in the same \
      samples. What looks slower is measured again in fresh processes before it counts; docs/gate.md has the rule. Exit codes: 0 passed: nothing \
      is slower, hungrier or broken, and every row could have shown it; 1 something is; 2 not decided, or misuse.
      """)

  @Argument(help: "The older build: a `hippodrome` executable, or a folder that it was built in.")
  var base: String

  @Argument(help: "The newer build.")
  var head: String

  @Argument(help: "Kernels; all by default.")
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @Option(
    help: "Sizes to measure instead of the middle of the kernel's sweep, such as H16-N64-L4096; may be repeated.")
  var at: [String] = []

  @Flag(help: "Measure at every size of the kernel's sweep.")
  var allSizes = false

  @Flag(
    help:
      "Measure every variant that the flags leave, not only the one of each kernel and pass that is fastest in the older build."
  )
  var allVariants = false

  @Flag(help: "Measure rows whose code is the same in both builds too.")
  var measureSame = false

  @Flag(help: "Say which rows there are and how long they will take, and end.")
  var dryRun = false

  @OptionGroup var counting: InstructionOptions

  @Option(
    help: """
      With --instructions, fail where a call takes that much more of them. By default they are shown, and rows that take as many are measured last.
      """
  )
  var instructionThreshold: Share?

  /// In seconds. It is a bound, not a duration: a gate ends once no row is open.
  static let usualBudget = 180.0

  @Option(
    help: "How long it may take at most: 180s, 3m. It stops before, once every row would show what must be seen.")
  var budget = Seconds(usualBudget)

  @Option(help: "The least slowdown that matters.")
  var threshold = Share(0.01)

  @Option(
    help: "The slowdown that every row must have been able to show: where one could hide it, the gate does not pass.")
  var blindAbove = Share(0.1)

  @Option(help: "The least growth of workspace or peak memory that matters.")
  var memoryThreshold = Share(0.05)

  @Option(
    help: "Write the verdicts to this file as Markdown; $GITHUB_STEP_SUMMARY gets them in any case, if it is set.")
  var markdown: String?

  @Option(help: "Write the verdicts to this file as JSON.")
  var json: String?

  @Option(help: "Write the verdicts to this file as JUnit XML.")
  var junit: String?

  @Option(help: "Append every sample to this file of records.")
  var records: String?

  func run() throws {
    let chosen = try hippodrome.kernels(named: kernels)
    try choice.check(against: chosen)
    let all = try GateRow.all(chosen, choice.selection.narrowed, sizes: sizes)
    guard !all.isEmpty else { throw Failure.misuse("the selection leaves nothing to compare") }
    let (older, newer) = (try Build(base), try Build(head))
    let files = GateFiles(self, apartFrom: [older.command[0], newer.command[0]])
    try OutputFile.check(files.all)
    guard counting.instructions || instructionThreshold == nil else {
      throw Failure.misuse("--instruction-threshold is for --instructions, which is missing")
    }
    let counters = try counting.counters(of: [older.command, newer.command])
    var rule = GateRule()
    rule.instructionThreshold = instructionThreshold?.value
    (rule.threshold, rule.memoryThreshold) = (threshold.value, memoryThreshold.value)
    rule.blindAbove = blindAbove.value

    let progress = Progress()
    let begin = ContinuousClock.now
    func spent() -> Double { begin.duration(to: .now) / .seconds(1) }
    let same = measureSame ? [:] : older.kernelsSame(in: newer, chosen)
    let courses = GateCourses()
    // Looking is not measuring: where the budget is short, half of it is left.
    var look = try GateLook(
      all.filter { same[$0.kernel.name] == nil }, by: older.command, courses,
      fastest: !allVariants && choice.variant.isEmpty,
      deadline: begin + .seconds(budget.value / 2), show: progress.show)
    progress.clear()
    let looked = spent()
    let counts = dryRun ? GateCounts() : counters.map { look.counted(by: $0, show: progress.show) } ?? GateCounts()
    progress.clear()
    counts.complaints.forEach(complain)
    let counted = spent() - looked
    if counters != nil, !dryRun {
      say(
        "The instructions of \(counts.count) of \(look.rows.count) rows were counted in \(Seconds(counted).text), beyond the budget."
      )
    }
    let forecast = look.forecast(rule, budget: budget.value, spent: looked)
    let untouched = all.compactMap { row in same[row.kernel.name].map { GateVerdict(row, .same, $0) } }
    if !untouched.isEmpty {
      say("\(untouched.count) of \(all.count) rows are not measured: their code is the same in both builds.")
    }
    if dryRun { return say(look.plan(forecast)) }
    say(forecast.text)
    let rows = forecast.chosen.map { look.rows[$0].row }
    let job = GateJob(
      base: older.command, head: newer.command, rule: rule, budget: budget.value - (spent() - counted),
      courses: courses,
      show: progress.show)
    let duels = try job.run(rows).map { duel in
      var duel = duel
      if let counts = counts[duel.row] { (duel.base.instructions, duel.head.instructions) = (counts[0], counts[1]) }
      return duel
    }
    progress.clear()
    let leftOut = look.rows.indices.filter { !forecast.chosen.contains($0) }.map { place in
      var verdict = GateVerdict(look.rows[place].row, .undecided, forecast.leftOut)
      verdict.count(counts[look.rows[place].row.identity], rule)
      return verdict
    }
    let gone = older.variantsMissing(in: newer, kernels: chosen.map { $0.name }, choice)
    let page = GatePage(
      Gate(duels, rule: rule), others: leftOut + untouched + gone, base: base, head: head, budget: budget.value,
      seconds: spent(),
      calibration: storedCalibration())
    for verdict in page.verdicts { say(verdict.line) }
    say(page.summary)
    say(page.calibrated)
    say("gate \(page.conclusion)")
    let complaints = files.write(page, duels)
    complaints.forEach(complain)
    switch page.outcome {
    // What was found weighs more than where it could not be written.
    case .passed: if !complaints.isEmpty { throw Failure(code: 2, line: nil) }
    case .failed: throw Failure(code: page.outcome.exitCode, line: nil)
    case .undecided: throw Failure(code: page.outcome.exitCode, line: page.conclusion)
    }
  }

  private func sizes(_ kernel: any Kernel.Type) throws -> [Size] {
    if !at.isEmpty { return try sizesNamed(at, of: kernel) }
    return allSizes || !choice.size.isEmpty ? kernel.sweep : [kernel.middle]
  }

  private func storedCalibration() -> CalibrationSummary? {
    let path = CalibrationRecord.path(machine: Environment.machine(isa: RunRecord.isa).id)
    guard let contents = try? RecordStore(URL(fileURLWithPath: path)).read() else { return nil }
    return CalibrationSummary(contents.records)
  }
}

/// The files that a gate writes.
private struct GateFiles {
  private let markdown, json, junit, summary: OutputFile?
  private let records: RecordStore?

  init(_ command: GateCommand, apartFrom builds: [String]) {
    func file(_ path: String?) -> OutputFile? { path.map { OutputFile($0, apartFrom: builds) } }
    (markdown, json, junit) = (file(command.markdown), file(command.json), file(command.junit))
    records = command.records.map { RecordStore(URL(fileURLWithPath: $0), apartFrom: builds) }
    let path = ProcessInfo.processInfo.environment["GITHUB_STEP_SUMMARY"] ?? ""
    // Other steps have written there before.
    summary = path.isEmpty ? nil : OutputFile(path, apartFrom: builds, isContinued: true)
  }

  var all: [OutputFile] { [markdown, json, junit, summary, records?.file].compactMap(\.self) }

  /// Writes what was asked for; a line for each file that could not be written.
  func write(_ page: GatePage, _ duels: [DuelRecord]) -> [String] {
    var complaints: [String] = []
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch { complaints.append("\(error)") }
    }
    attempt { try markdown?.write(Data(page.markdown.utf8)) }
    attempt { try json?.write(Data(page.json.utf8)) }
    attempt { try junit?.write(Data(JUnit.xml(page.records.map(Record.verdict)).utf8)) }
    attempt { try summary?.append(Data(page.markdown.utf8)) }
    attempt { try records?.append([.run(.current())] + duels.map(Record.duel)) }
    return complaints
  }
}
