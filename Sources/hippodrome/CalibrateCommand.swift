import ArgumentParser
import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting

/// `hippodrome calibrate`
struct CalibrateCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "calibrate",
    abstract: "Measures what the gate sees on this machine: its false alarms, and the smallest slowdown it finds.",
    discussion: """
      Gates this build against itself, and against itself with a few drawn rows made to do a known share of further calls in every sample. The \
      gates come in a drawn order; interrupted, it keeps those that were finished, and a later call adds to them. What it finds goes to \
      reports/results/<machine>/calibration.jsonl and reports/calibration.md, and every later gate quotes it.
      """)

  @Argument(help: "Kernels; all by default.")
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @Option(help: "Sizes to measure instead of the least of the kernel's sweep; may be repeated.")
  var at: [String] = []

  @Option(help: "How many rows a gate has, spread over the selection.")
  var rows = 10

  @Option(help: "The time budget of each gate.")
  var budget = Seconds(10)

  @Option(help: "How many comparisons of the build with itself are wanted.")
  var comparisons = 2000

  @Option(help: "How many comparisons are wanted for each slowdown.")
  var trials = 100

  @Option(help: "How many rows of a gate are slowed, in those that have a slowdown.")
  var slowed = 2

  @Option(help: "A known slowdown, such as 3%; may be repeated. 1, 2, 3, 5 and 10 % by default.")
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
    guard rows >= 1, comparisons >= 0, trials >= 0 else {
      throw Failure.misuse(
        "--rows is \(rows), --comparisons \(comparisons), --trials \(trials), expected at least 1, 0, 0")
    }
    guard (1...rows).contains(slowed) else { throw Failure.misuse("--slowed is \(slowed), expected 1 to \(rows)") }
    let chosen = try hippodrome.kernels(named: kernels)
    try choice.check(against: chosen)
    let rows = try spread(GateRow.all(chosen, choice.selection, sizes: sizes).filter(\.isTaken))
    guard !rows.isEmpty else { throw Failure.misuse("the selection leaves nothing to compare") }

    let slowdowns = slowdown.isEmpty ? [0.01, 0.02, 0.03, 0.05, 0.1] : slowdown.map(\.value)
    func gates(_ wanted: Int, of each: Int) -> Int { (wanted + each - 1) / each }
    var plan = Array(repeating: 0.0, count: gates(comparisons, of: rows.count))
    for slowdown in slowdowns { plan += Array(repeating: slowdown, count: gates(trials, of: slowed)) }
    let run = RunRecord.current()
    let store = RecordStore(
      URL(fileURLWithPath: "\(output)/" + CalibrationRecord.path(machine: run.machine.id).dropFirst("reports/".count))
    )
    // What is there already was drawn from other seeds: a second call adds to it.
    let past = (try? store.read().records.count) ?? 0
    var generator = SeededGenerator("calibration", seed: UInt64(past))
    plan.shuffle(using: &generator)
    let progress = Progress()
    let command = [executablePath(), "contender"]
    let busy = neighbour ? try LineProcess([executablePath(), "neighbour"]) : nil
    defer { busy?.stop() }
    let job = GateJob(base: command, head: command, rule: GateRule(), budget: budget.value) { _ in }
    let begin = ContinuousClock.now
    do {
      try store.append(.run(run))
      for (index, slowdown) in plan.enumerated() {
        let seconds = begin.duration(to: .now) / .seconds(1)
        guard seconds + budget.value <= within.value else { break }
        progress.show("gate \(index + 1) of \(plan.count), slowdown \(Share(slowdown).defaultValueDescription)")
        let start = ContinuousClock.now
        let chosen = Set(rows.indices.shuffled(using: &generator).prefix(slowed))
        let extraWork = rows.indices.map { chosen.contains($0) ? slowdown : 0 }
        let duels = try job.run(rows, seed: UInt64(past + index), extraWork: extraWork)
        let verdicts = Gate(duels, rule: job.rule).verdicts
        let found = zip(rows, verdicts).map { row, verdict in
          let duel = duels.first { $0.row == row.identity }
          return CalibrationRecord.Row(verdict, slowdown: duel?.extraWork ?? 0)
        }
        try store.append(
          .calibration(
            CalibrationRecord(
              budget: budget.value, hasNeighbour: neighbour, slowdown: slowdown, rule: job.rule, rows: found,
              seconds: start.duration(to: .now) / .seconds(1), date: Environment.date())))
      }
      progress.clear()
      try finish(store)
    } catch let failure as RecordStore.Failure { throw Failure.misuse(failure.description) }
  }

  private func sizes(_ kernel: any Kernel.Type) throws -> [Size] {
    if !at.isEmpty { return try sizesNamed(at, of: kernel) }
    if !choice.size.isEmpty { return kernel.sweep }
    // Short calls: a few per cent of a sample must be whole calls.
    let byWork = kernel.sweep.sorted { kernel.work($0, .forward).flops < kernel.work($1, .forward).flops }
    return Array(byWork.prefix(1))
  }

  /// As many rows as are wanted, evenly over all.
  private func spread(_ all: [GateRow]) -> [GateRow] {
    guard all.count > rows else { return all }
    return (0..<rows).map { all[$0 * all.count / rows] }
  }

  private func finish(_ store: RecordStore) throws {
    let records = try store.read().records
    guard let summary = CalibrationSummary(records) else {
      throw Failure.misuse("no gate was finished within \(within.defaultValueDescription)")
    }
    let runs = records.compactMap { if case .run(let run) = $0 { run } else { nil } }
    let page = summary.markdown(circumstances: RunRecord.circumstances(runs))
    let path = "\(output)/calibration.md"
    do { try Data(page.utf8).write(to: URL(fileURLWithPath: path), options: .atomic) } catch {
      throw Failure.misuse("\(path): cannot be written: \(error.localizedDescription)")
    }
    say(page)
    say("records in \(store.url.relativePath), page in \(path)")
  }
}
