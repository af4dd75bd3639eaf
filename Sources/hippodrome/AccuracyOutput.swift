import Foundation
import Harness
import KernelSpec
import Platform
import Reporting

/// Prints accuracies, series by series, and appends them to a file of records.
final class AccuracyOutput {
  private let json: Bool
  private let run: RunRecord
  private let store: RecordStore
  private let progress = Progress()
  private var all: [AccuracyRecord] = []
  private var series: [AccuracyRecord] = []
  private var notes: [String] = []

  init(json: Bool, records: String?) throws {
    self.json = json
    run = RunRecord.current()
    store = RecordStore(URL(fileURLWithPath: records ?? run.defaultPath))
    try append([.run(run)])
  }

  /// Whether any size was measured.
  var hasMeasured: Bool { !all.isEmpty }

  func show(_ text: String) { progress.show(text) }

  /// A line to print below the series.
  func note(_ line: String) { notes.append(line) }

  /// Keeps what was measured at one size.
  func deliver(
    _ results: [AccuracyResult], _ kernel: any Kernel.Type, _ size: Size, _ pass: Pass, along extents: [String]
  ) throws {
    let date = Environment.date()
    let records = results.map { result in
      AccuracyRecord(
        kernel: kernel.name, variant: result.variant, pass: pass.rawValue, precision: result.precision.rawValue,
        threads: result.threads, along: extents, size: size.description,
        extents: Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) }),
        operands: result.operands.map { .init(operand: $0.name, errors: $0.errors, best: $0.best) }, date: date)
    }
    series += records
    all += records
    try append(records.map { .accuracy($0) })
  }

  /// Prints the lines of the series since the last call.
  func endSeries() {
    progress.clear()
    if !json {
      for fit in AccuracyFit.all(series) { say(line(fit)) }
      for note in notes { say("  \(note)") }
    }
    (series, notes) = ([], [])
  }

  private func line(_ fit: AccuracyFit) -> String {
    let last = fit.records.last!
    let contender = "\(last.variant) \(last.pass) \(last.precision) on \(last.threads)"
    var words = ["\(last.kernel) \(contender), \(fit.range): "]
    words[0] += [fit.growth ?? "no fit", fit.exponent].compactMap(\.self).joined(separator: ", ")
    words.append(String(format: "error %.1e", Statistics.median(last.errors)))
    if let digits = last.digitsLost { words.append(String(format: "%.1f digits lost", digits)) }
    if let ratio = fit.timesReference(in: series) { words.append(String(format: "%.2g × reference", ratio)) }
    return words.joined(separator: "; ")
  }

  func finish() throws {
    progress.clear()
    if json { return try sayJSON() }
    say("records in \(store.url.relativePath)")
  }

  private func sayJSON() throws {
    say(try Record.json(all.map { .accuracy($0) }).trimmingCharacters(in: .newlines))
  }

  private func append(_ records: [Record]) throws {
    do { try store.append(records) } catch {
      // What was measured is shown all the same.
      endSeries()
      if json { try sayJSON() }
      throw Failure.misuse("\(error)")
    }
  }
}
