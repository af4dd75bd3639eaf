import ArgumentParser
import Fixtures
import Foundation
import Harness
import KernelSpec
import Platform
import Reporting

/// `hippodrome calibrate`
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measures what the gate sees on this machine: its false alarms, and the smallest slowdown it finds.",
    discussion: """
      Gates this build against itself, and against itself with a few drawn rows made to do a known share of further calls in every sample. The \
      gates come in a drawn order; interrupted, it keeps those that were finished, and a later call adds to them. With --whole-catalog the gates \
      are those that `hippodrome gate` runs where nothing is chosen: one drawn row is made 3, 1.3 and 1.1 times as slow, 3, 10 and 10 times, and a \
      later call makes up what is missing. What it finds goes to \
      reports/results/<machine>/calibration.jsonl and reports/calibration.md, and every later gate quotes it.
      """)

  @Argument(help: "Kernels; all by default.", completion: .kernels)
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @Option(help: "Sizes to measure instead of the least of the kernel's sweep; may be repeated.")
  var at: [String] = []

  @Flag(help: "The rows, size and budget of a gate where nothing is chosen, and one slowed row.")
  var wholeCatalog = false

  @Option(help: "How many rows a gate has, spread over the selection.")
  var rows = 10

  @Option(help: "The time budget of each gate (default: 10s; of the whole catalog, the gate's own).")
  var budget: Seconds?

  @Option(help: "How many comparisons of the build with itself are wanted.")
  var comparisons = 2000

  @Option(
    help: "How many comparisons are wanted for each slowdown (default: 100; of the whole catalog, 3, 10 and 10).")
  var trials: Int?

  @Option(
    help: "How many rows of a gate are slowed, in those that have a slowdown (default: 2; of the whole catalog, 1).")
  var slowed: Int?

  @Option(
    help:
      "A known slowdown, such as 3%; may be repeated (default: 1, 2, 3, 5 and 10 %; of the whole catalog, 200, 30 and 10 %)."
  )
  var slowdown: [Share] = []

  @Flag(help: "Keep the last core busy, in bursts, with another process.")
  var neighbour = false

  @Option(help: "Stop after this time with what there is then.")
  var within = Seconds(7200)

  /// For tests of the command itself, which do not look at times.
  @Flag(help: .hidden)
  var allowDebugBuild = false

  @Option(help: "The folder of reports to write to.")
  var output = "reports"

  func run() throws {
    if !allowDebugBuild { try refuseDebugBuild() }
    guard slowdown.allSatisfy({ $0.value > 0 }) else { throw Failure.misuse("--slowdown is 0, expected more") }
    let slowed = slowed ?? (wholeCatalog ? 1 : 2)
    guard rows >= 1, comparisons >= 0, trials ?? 0 >= 0 else {
      throw Failure.misuse(
        "--rows is \(rows), --comparisons \(comparisons), --trials \(trials ?? 0), expected at least 1, 0, 0")
    }
    let chosen = try hippodrome.kernels(named: kernels)
    try choice.check(against: chosen)
    let command = [executablePath(), "contender"]
    let progress = Progress()
    let courses = GateCourses()
    let looking = ContinuousClock.now
    let rows = try wholeCatalog ? defaultRows(chosen, command, courses, progress) : spread(chosen)
    // A gate where nothing is chosen looks at its rows first, and has for measuring what that leaves of its budget.
    let looked = wholeCatalog ? looking.duration(to: .now) / .seconds(1) : 0
    guard !rows.isEmpty else { throw choice.leavesNothing(to: "compare") }
    guard (1...rows.count).contains(slowed) else {
      throw Failure.misuse("--slowed is \(slowed), expected 1 to \(rows.count)")
    }
    let run = RunRecord.current()
    let store = RecordStore(
      URL(fileURLWithPath: "\(output)/" + CalibrationRecord.path(machine: run.machine.id).dropFirst("reports/".count))
    )
    let page = OutputFile("\(output)/calibration.md", apartFrom: [store.url.path], makesFolders: true)
    try OutputFile.check([store.file, page])
    // What is there already was drawn from other seeds: a second call adds to it.
    let past = (try? store.read().records) ?? []
    var generator = SeededGenerator("calibration", seed: UInt64(past.count))
    let budget = budget?.value ?? (wholeCatalog ? GateCommand.usualBudget : 10)
    let job = GateJob(
      base: command, head: command, rule: GateRule(), budget: max(budget - looked, budget / 2), courses: courses
    ) { _ in }
    let plan = plan(rows.count, slowed, budget, job.rule, past).shuffled(using: &generator)
    let busy = neighbour ? try LineProcess([executablePath(), "neighbour"]) : nil
    defer { busy?.stop() }
    let begin = ContinuousClock.now
    var longest = 0.0
    do {
      // Where nothing is missing, the page is all that is written.
      if !plan.isEmpty { try store.append(.run(run)) }
      for (index, slowdown) in plan.enumerated() {
        let seconds = begin.duration(to: .now) / .seconds(1)
        // A gate stops when it has seen enough: as long as the longest so far is what the next may take.
        guard seconds + min(job.budget, wholeCatalog && longest > 0 ? 1.5 * longest : job.budget) <= within.value
        else {
          break
        }
        progress.show("gate \(index + 1) of \(plan.count), slowdown \(Share(slowdown).defaultValueDescription)")
        let start = ContinuousClock.now
        let chosen = Set(rows.indices.shuffled(using: &generator).prefix(slowed))
        let extraWork = rows.indices.map { chosen.contains($0) ? slowdown : 0 }
        let duels = try job.run(rows, seed: UInt64(past.count + index), extraWork: extraWork)
        let verdicts = Gate(duels, rule: job.rule).verdicts
        let took = start.duration(to: .now) / .seconds(1)
        longest = max(longest, took)
        let found = zip(rows, verdicts).map { row, verdict in
          let duel = duels.first { $0.row == row.identity }
          return CalibrationRecord.Row(verdict, slowdown: duel?.extraWork ?? 0)
        }
        try store.append(
          .calibration(
            CalibrationRecord(
              budget: budget, hasNeighbour: neighbour, slowdown: slowdown, rule: job.rule, rows: found,
              outcome: GateOutcome(verdicts), seconds: looked + took, date: Environment.date())))
      }
      progress.clear()
      try finish(store, page)
    } catch let failure as RecordStore.Failure { throw Failure.misuse(failure.description) }
  }

  /// The slowdown of each gate that is to be run: 0 for a build against itself.
  private func plan(
    _ rows: Int, _ slowed: Int, _ budget: Double, _ rule: GateRule, _ past: [Record]
  ) -> [Double] {
    func gates(_ wanted: Int, of each: Int) -> Int { (max(wanted, 0) + each - 1) / max(each, 1) }
    guard wholeCatalog else {
      let slowdowns = slowdown.isEmpty ? [0.01, 0.02, 0.03, 0.05, 0.1] : slowdown.map(\.value)
      return Array(repeating: 0, count: gates(comparisons, of: rows))
        + slowdowns.flatMap { Array(repeating: $0, count: gates(trials ?? 100, of: slowed)) }
    }
    let summary = CalibrationSummary(past)
    func done(_ slowdown: Double) -> Int {
      summary?.gates(
        budget: budget, rows: rows, hasNeighbour: neighbour, rule: rule, slowdown: slowdown) ?? 0
    }
    let slowdowns = slowdown.isEmpty ? [2.0, 0.3, 0.1] : slowdown.map(\.value)
    var plan: [Double] = []
    // Rows that are not slowed are compared with themselves, whatever else the gate has.
    var compared = done(0) * rows
    for slowdown in slowdowns {
      let wanted = gates(trials ?? (slowdown >= 1 ? 3 : 10), of: slowed)
      plan += Array(repeating: slowdown, count: max(0, wanted - done(slowdown)))
      compared += max(wanted, done(slowdown)) * (rows - slowed)
    }
    return plan + Array(repeating: 0, count: gates(comparisons - compared, of: rows))
  }

  /// The rows of a gate where nothing is chosen.
  private func defaultRows(
    _ chosen: [any Kernel.Type], _ command: [String], _ courses: GateCourses, _ progress: Progress
  ) throws -> [GateRow] {
    let all = try GateRow.all(chosen, choice.selection.narrowed) { kernel in
      at.isEmpty ? [kernel.middle] : try sizesNamed(at, of: kernel)
    }
    let look = try GateLook(
      all.filter(\.isTaken), by: command, courses, fastest: choice.variant.isEmpty, deadline: .now + .seconds(600),
      show: progress.show)
    progress.clear()
    return look.rows.map(\.row)
  }

  /// As many rows as are wanted, evenly over all that the selection has at the least size. Calls are short there: a few per cent of a sample
  /// must be whole calls.
  private func spread(_ chosen: [any Kernel.Type]) throws -> [GateRow] {
    let all = try GateRow.all(chosen, choice.selection) { kernel in
      if !at.isEmpty { return try sizesNamed(at, of: kernel) }
      if !choice.size.isEmpty { return kernel.sweep }
      let byWork = kernel.sweep.sorted { kernel.work($0, .forward).flops < kernel.work($1, .forward).flops }
      return Array(byWork.prefix(1))
    }.filter(\.isTaken)
    guard all.count > rows else { return all }
    return (0..<rows).map { all[$0 * all.count / rows] }
  }

  private func finish(_ store: RecordStore, _ file: OutputFile) throws {
    let records = try store.read().records
    guard let summary = CalibrationSummary(records) else {
      throw Failure.misuse("no gate was finished within \(within.defaultValueDescription)")
    }
    func runs(_ records: [Record]) -> [RunRecord] {
      records.compactMap { if case .run(let run) = $0 { run } else { nil } }
    }
    let here = (summary, runs(records))
    say(CalibrationSummary.markdown([here]))
    // Other machines keep their place on the page.
    let folder = store.url.deletingLastPathComponent()
    let results =
      (try? FileManager.default.contentsOfDirectory(atPath: folder.deletingLastPathComponent().path)) ?? []
    let others = results.sorted().filter { $0 != folder.lastPathComponent }.compactMap { machine in
      let url = folder.deletingLastPathComponent().appending(path: "\(machine)/\(store.url.lastPathComponent)")
      let records = (try? RecordStore(url).read().records) ?? []
      return CalibrationSummary(records).map { ($0, runs(records)) }
    }
    try file.write(Data(CalibrationSummary.markdown([here] + others).utf8))
    say("records in \(store.url.relativePath), page in \(file.path)")
  }
}
