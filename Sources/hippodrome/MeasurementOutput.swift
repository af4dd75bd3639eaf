import Foundation
import Harness
import KernelSpec
import Messages
import Platform
import Reporting

/// Prints measurements as they come and appends them to a file of records.
final class MeasurementOutput {
  private let json: Bool
  private let store: RecordStore
  private let run: RunRecord
  let progress = Progress()
  /// What has been measured in this run, after the line of the run.
  private var records: [Record] = []
  private var kept = 0
  /// Rows of the same sweep that were measured before.
  private var held: [MeasurementRecord] = []
  private var limits = MachineLimits()
  /// How many rows of this run's part of the sweep failed, those measured before among them.
  private(set) var failed = 0

  init(json: Bool, records path: String?, apartFrom inputs: [String] = [], sweep: SweepRecord? = nil) throws {
    self.json = json
    var run = RunRecord.current()
    run.sweep = sweep
    self.run = run
    store = RecordStore(URL(fileURLWithPath: path ?? run.defaultPath), apartFrom: inputs)
    try store.file.check()
    records = [.run(run)]
  }

  /// The rows of the groups that the file holds already and that need not be measured again.
  func held(of groups: [SweepGroup], retryFailed: Bool) throws -> Set<Int> {
    guard FileManager.default.fileExists(atPath: store.url.path) else { return [] }
    let contents: RecordStore.Contents
    do { contents = try store.read() } catch { throw Failure.misuse(explanation(of: error)) }
    for warning in contents.warnings { complain("\(warning)") }
    let mine = Set(groups.flatMap(\.places.values))
    let held = SweepProgress(contents.records, of: run).held.filter { row, line in
      mine.contains(row) && !(retryFailed && line.verdict == .fail)
    }
    failed += held.values.count { $0.verdict == .fail }
    self.held = held.values.sorted { $0.row! < $1.row! }
    if !json, !held.isEmpty { say("\(held.count) of \(mine.count) rows are in \(store.url.relativePath)") }
    return Set(held.keys)
  }

  /// Where every variant's row was refused or mistrusted, those measured before among them: how many, and why the first was. Nil where one
  /// was measured or is wrong.
  var reasonForNothing: String? {
    let all = held + records.compactMap { if case .measurement(let line) = $0 { line } else { nil } }
    let rows = all.filter { $0.variant != "reference" }
    guard rows.allSatisfy({ ![.pass, .fail].contains($0.verdict) }) else { return nil }
    return "\(rows.count) rows" + (rows.first.map { " \($0.verdict.rawValue), \($0.variant): \($0.reason)" } ?? "")
  }

  func begin(_ group: SweepGroup, _ place: String) {
    begin(group.kernel.name, group.size, group.pass, group.precision, place)
  }

  func begin(_ kernel: String, _ size: Size, _ pass: Pass, _ precision: Precision, _ place: String) {
    let text = "\(place): \(kernel) \(size) \(pass.rawValue) \(precision.rawValue)"
    progress.show(text)
    let rows = records.count { if case .measurement = $0 { true } else { false } }
    Interruption.note("\(rows) rows of this run are in \(store.url.relativePath), at \(text)")
  }

  /// Keeps what a group gave, in the sweep's order. It is written at once, so that a group is recorded whole or not at all, but for a
  /// write that is cut short.
  func deliver(_ results: [RaceResult], _ group: SweepGroup) throws {
    progress.clear()
    let date = Environment.date()
    var lines = results.map { result in
      var line = MeasurementRecord(result, kernel: group.kernel, size: group.size, date: date)
      line.row = group.places[SweepGroup.contender(result.variant, result.threads)]
      return line
    }
    lines.sort { $0.row! < $1.row! }
    failed += lines.count(where: isWrong)
    records += lines.map { .measurement($0) }
    if !json {
      for line in lines { say(line.summary(within: limits)) }
      note(lines)
    }
    try keep()
  }

  /// Says who wins among rows that were raced together, and whether the machine was left alone.
  private func note(_ race: [MeasurementRecord]) {
    for line in RaceNotes.lines(race, within: limits) { say("  " + line) }
  }

  /// Says so of a race with peers, whose contenders have all been delivered.
  func conclude(race: String) {
    note(records.compactMap { if case .measurement(let line) = $0, line.race == race { line } else { nil } })
  }

  /// A time that no machine can have is no better than a wrong result.
  private func isWrong(_ line: MeasurementRecord) -> Bool {
    line.verdict == .fail || limits.standing(of: line)?.isBroken == true
  }

  /// Keeps what a race gave of one contender, be it a peer's; `race` names a race with peers.
  func deliver(_ result: RaceResult, _ kernel: any Kernel.Type, _ size: Size, race: String? = nil) throws {
    let line = MeasurementRecord(result, kernel: kernel, size: size, date: Environment.date(), race: race)
    if isWrong(line) { failed += 1 }
    records.append(.measurement(line))
    progress.clear()
    if !json { say(line.summary(within: limits)) }
    try keep()
  }

  /// Keeps the limits that the rows of this run are compared with.
  func deliver(_ limits: [LimitRecord]) throws {
    self.limits = MachineLimits(limits)
    records += limits.map { .limit($0) }
    try keep()
    progress.clear()
    guard !json else { return }
    self.limits.lines.forEach(say)
    let earlier = MachineLimits.kept(in: [run.defaultFolder, store.url.relativePath])
    if let shortfall = self.limits.shortfall(of: earlier) { say(shortfall) }
  }

  private func keep() throws {
    do { try store.append(Array(records[kept...])) } catch {
      // What was measured is shown all the same, and a row that failed weighs more.
      if json { try sayJSON() }
      throw Failure(code: failed > 0 ? 1 : 2, line: "\(error)")
    }
    kept = records.count
  }

  private func sayJSON() throws { say(try Record.json(records).trimmingCharacters(in: .newlines)) }

  func finish() throws {
    // A part of a sweep that has no rows is a file all the same: whoever merges looks for it.
    if kept == 0, held.isEmpty { try keep() }
    failed += reportGrowth(held.map { .measurement($0) } + records, quietly: json)
    if json { try sayJSON() }
    if !json { say("records in \(store.url.relativePath)") }
  }
}

/// One line on stderr that is written over: only where somebody looks at it.
struct Progress {
  private let isShown = Ink.isTerminal(STDERR_FILENO)

  func show(_ text: String) {
    if !text.isEmpty { Interruption.note("at \(text)") }
    guard isShown else { return }
    StandardStream.error.write("\r\u{1B}[K\(text)")
  }

  func clear() { show("") }
}
