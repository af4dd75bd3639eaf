import Foundation
import Harness
import Messages
import Platform
import Reporting

/// Prints verdicts as they fall, case by case, and keeps them for the files that were asked for.
final class VerdictOutput {
  let json: Bool
  /// Whether cases are left out: the summary alone is wanted.
  private let quiet: Bool
  /// After how many failures nothing more is judged.
  private let mostFailures: Int
  private let junit: OutputFile?
  /// The circumstances and where to keep them; finding them out takes a moment, so only if they are wanted.
  private let kept: (run: RunRecord, store: RecordStore)?
  /// The folder to draw errors in.
  private let plots: String?
  private let progress = Progress()
  private var lines = VerdictLines()
  private(set) var verdicts: [Verdict] = []
  private var reported = 0
  /// How many verdicts are in the file of records, after the line of the run; nil before that.
  private var written: Int?
  /// Why files could not be written.
  private var complaints: [String] = []
  private(set) var failed = 0

  /// Checks first that what is asked for can be written, apart from what is read.
  init(
    json: Bool, quiet: Bool = false, mostFailures: Int? = nil, junit: String?, keeps: Bool, records: String?,
    plots: String? = nil, apartFrom inputs: [String]
  ) throws {
    (self.json, self.quiet, self.plots) = (json, quiet, plots)
    self.mostFailures = mostFailures ?? .max
    self.junit = junit.map { OutputFile($0, apartFrom: inputs) }
    if keeps || records != nil {
      let run = RunRecord.current()
      kept = (run, RecordStore(URL(fileURLWithPath: records ?? run.defaultPath), apartFrom: inputs))
    } else {
      kept = nil
    }
    try OutputFile.check([self.junit, kept?.store.file].compactMap(\.self))
    if let plots { try OutputFolder(plots).check() }
  }

  var count: Int { verdicts.count }

  /// Whether there were as many failures as were asked for.
  var isStopped: Bool { failed >= mostFailures }

  func deliver(_ verdict: Verdict) {
    // A program that was ended with the command has not failed.
    guard !Interruption.isRequested else { return }
    verdicts.append(verdict)
    if case .fail = verdict.outcome { failed += 1 }
  }

  func show(_ text: String) {
    progress.show(text)
    Interruption.note("\(lines.counts(of: verdicts)) so far, at \(text)")
  }

  func clear() { progress.clear() }

  /// Judges a case, and prints its lines. Where the judge meets an obstacle of its own, such as a full disk, nothing more can be judged:
  /// what was is concluded.
  func endingCase(_ judge: () throws -> Void) throws {
    do {
      try judge()
      endCase()
    } catch {
      endCase()
      _ = try finish()
      if Interruption.isRequested { Interruption.end() }
      throw error
    }
  }

  /// Prints the lines of the verdicts since the last call, a line for each case.
  func endCase() {
    clear()
    let new = verdicts[reported...]
    reported = verdicts.count
    keep()
    guard !json, !quiet else { return }
    var order: [String] = []
    var groups: [String: [Verdict]] = [:]
    for verdict in new {
      if groups[verdict.caseName] == nil { order.append(verdict.caseName) }
      groups[verdict.caseName, default: []].append(verdict)
    }
    for name in order { say(lines.text(of: groups[name]!)) }
  }

  /// Keeps the verdicts that are not kept yet: what ends the command early does not cost those that fell before.
  private func keep() {
    guard let kept, complaints.isEmpty, written != verdicts.count else { return }
    let records = verdicts[(written ?? 0)...].map { Record.verdict(VerdictRecord($0)) }
    do { try kept.store.append((written == nil ? [.run(kept.run)] : []) + records) } catch {
      return complaints.append("\(error)")
    }
    written = verdicts.count
  }

  /// Writes what was asked for, and says what was found and how long each kernel took, where several were judged; whether all could be
  /// written.
  func finish(_ times: [(kernel: String, seconds: Double)] = []) throws -> Bool {
    clear()
    let records = verdicts.map { Record.verdict(VerdictRecord($0)) }
    keep()
    func attempt(_ body: () throws -> Void) {
      do { try body() } catch let failure as Failure { complaints.append(failure.line ?? "") } catch {
        complaints.append("\(error)")
      }
    }
    attempt { try junit?.write(Data(JUnit.xml(records).utf8)) }
    attempt { if let plots, !Interruption.isRequested { try drawErrors(of: verdicts, in: plots, quietly: json) } }
    try conclude(records, times)
    complaints.forEach(complain)
    return complaints.isEmpty
  }

  private func conclude(_ records: [Record], _ times: [(kernel: String, seconds: Double)]) throws {
    if json { return say(try Record.json(records).trimmingCharacters(in: .newlines)) }
    if !times.isEmpty {
      let total = times.reduce(0) { $0 + $1.seconds }
      let each = times.map { "\($0.kernel) \(Self.seconds($0.seconds))" }.joined(separator: ", ")
      say("time: \(each); in all \(Self.seconds(total))")
    }
    if let text = lines.summary(of: verdicts) { say(text) }
    if isStopped { say("stopped after \(failed) failures (--maxfail): the rest was not judged") }
    say(lines.counts(of: verdicts))
  }

  private static func seconds(_ value: Double) -> String {
    "\(value.formatted(.number.precision(.fractionLength(1)))) s"
  }
}
