import Foundation
import Harness
import KernelSpec
import Reporting

/// Prints measurements as they come and appends them to a file of records.
final class MeasurementOutput {
  private let json: Bool
  private let total: Int
  private let store: RecordStore
  let progress = Progress()
  private var begun = 0
  private var records: [Record] = []
  private var limits = MachineLimits()
  private(set) var failed = 0

  init(json: Bool, records path: String?, total: Int) throws {
    (self.json, self.total) = (json, total)
    let run = RunRecord.current()
    store = RecordStore(URL(fileURLWithPath: path ?? run.defaultPath))
    try keep(.run(run))
  }

  func begin(_ kernel: String, _ size: Size, _ pass: Pass, _ precision: Precision) {
    begun += 1
    progress.show("\(begun) of \(total): \(kernel) \(size) \(pass.rawValue) \(precision.rawValue)")
  }

  func deliver(_ measurement: RaceResult, _ kernel: any Kernel.Type, _ size: Size) throws {
    let record = MeasurementRecord(measurement, kernel: kernel, size: size, date: Environment.date())
    // A time that no machine can have is no better than a wrong result.
    if limits.standing(of: record)?.isBroken == true { failed += 1 }
    if case .fail = measurement.outcome { failed += 1 }
    progress.clear()
    if !json { say(record.summary(within: limits)) }
    try keep(.measurement(record))
  }

  func deliver(_ limits: [LimitRecord]) throws {
    self.limits = MachineLimits(limits)
    for limit in limits { try keep(.limit(limit)) }
    progress.clear()
    if !json { self.limits.lines.forEach(say) }
  }

  private func keep(_ record: Record) throws {
    records.append(record)
    do { try store.append(record) } catch { throw Failure.misuse("\(error)") }
  }

  func finish() throws {
    failed += reportGrowth(records, quietly: json)
    if json { say(try Record.json(records).trimmingCharacters(in: .newlines)) }
    if !json { say("records in \(store.url.relativePath)") }
  }
}

/// One line on stderr that is written over: only where somebody looks at it.
struct Progress {
  private let isShown = isatty(STDERR_FILENO) == 1

  func show(_ text: String) {
    guard isShown else { return }
    FileHandle.standardError.write(Data("\r\u{1B}[K\(text)".utf8))
  }

  func clear() { show("") }
}

/// Prints a line at once: whoever reads a pipe should not wait for a buffer to fill.
func say(_ line: String) {
  print(line)
  fflush(nil)
}
