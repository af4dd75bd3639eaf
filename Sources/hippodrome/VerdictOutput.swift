import Foundation
import Harness
import Reporting

/// Prints verdicts as they fall, case by case, and keeps them for the files that were asked for.
final class VerdictOutput {
  let json: Bool
  private let junit: String?
  /// The circumstances and where to keep them; finding them out takes a moment, so only if they are wanted.
  private let kept: (run: RunRecord, store: RecordStore)?
  /// The folder to draw errors in.
  private let plots: String?
  private let progress = Progress()
  private(set) var verdicts: [Verdict] = []
  private var reported = 0
  private(set) var failed = 0

  init(json: Bool, junit: String?, keeps: Bool, records: String?, plots: String? = nil) throws {
    (self.json, self.junit, self.plots) = (json, junit, plots)
    guard keeps || records != nil else {
      kept = nil
      return
    }
    let run = RunRecord.current()
    kept = (run, RecordStore(URL(fileURLWithPath: records ?? run.defaultPath)))
  }

  var count: Int { verdicts.count }

  func deliver(_ verdict: Verdict) {
    verdicts.append(verdict)
    if case .fail = verdict.outcome { failed += 1 }
  }

  func show(_ text: String) { progress.show(text) }

  func clear() { progress.clear() }

  /// Prints the lines of the verdicts since the last call, a line for each case.
  func endCase() {
    clear()
    let new = verdicts[reported...]
    reported = verdicts.count
    guard !json else { return }
    var order: [String] = []
    var groups: [String: [Verdict]] = [:]
    for verdict in new {
      if groups[verdict.caseName] == nil { order.append(verdict.caseName) }
      groups[verdict.caseName, default: []].append(verdict)
    }
    for name in order { say(line(groups[name]!)) }
  }

  private func line(_ group: [Verdict]) -> String {
    let words = ["pass", "fail", "mistrusted", "refused"]
    let counts = words.map { word in (word, group.filter { $0.outcome.word == word }.count) }.filter { $0.1 > 0 }
    // A refusal is no defect: the case is as good as the rest of its verdicts, if there are others.
    let word = counts.first { ["fail", "mistrusted"].contains($0.0) }?.0 ?? counts[0].0
    let first = group[0]
    var text = (word == "fail" ? "FAIL" : word).padding(toLength: 10, withPad: " ", startingAt: 0)
    text += " \(first.kernel)  \(first.caseName)  " + counts.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    if let worst = worst(group) { text += "; \(worst)" }
    text += "  [hippodrome \(first.replayOfCase)]"
    for verdict in group where ["fail", "mistrusted"].contains(verdict.outcome.word) {
      let variant = "\(verdict.variant) \(verdict.pass.rawValue) \(verdict.precision) on \(verdict.threads)"
      text += "\n  \(verdict.outcome.word): \(variant): \(verdict.outcome.reason)"
      for line in verdict.diagnosis?.lines ?? [] { text += "\n    \(line)" }
      text += "\n    hippodrome \(verdict.replay)"
      if let kept = verdict.kept { text += "\n    also at \(kept.size): \(kept.reason)" }
      if let replay = verdict.replayOfKept { text += "\n    hippodrome \(replay)" }
    }
    return text
  }

  /// The variant that comes closest to its bound.
  private func worst(_ group: [Verdict]) -> String? {
    let all = group.filter { $0.variant != "reference" }.flatMap { verdict in
      verdict.findings.map { (verdict, $0.share) }
    }
    guard let (verdict, share) = all.max(by: { $0.1 < $1.1 }) else { return nil }
    // A wrong result may be off by more than whole numbers reach.
    let percent = share.isFinite ? String(format: share < 10 ? "%.0f %%" : "%.3g %%", 100 * share) : "inf"
    return "nearest its bound: \(verdict.variant) \(verdict.pass.rawValue) \(verdict.precision), \(percent)"
  }

  /// Writes what was asked for, and says how long each kernel took, where several were judged.
  func finish(_ times: [(kernel: String, seconds: Double)] = []) throws {
    clear()
    let records = verdicts.map { Record.verdict(VerdictRecord($0)) }
    do {
      if let kept {
        for record in [.run(kept.run)] + records { try kept.store.append(record) }
      }
      if let junit { try Data(JUnit.xml(records).utf8).write(to: URL(fileURLWithPath: junit), options: .atomic) }
    } catch let failure as RecordStore.Failure {
      throw Failure.misuse(failure.description)
    } catch {
      throw Failure.misuse("\(junit ?? ""): cannot be written: \(error.localizedDescription)")
    }
    if let plots { try drawErrors(of: verdicts, in: plots, quietly: json) }
    if json { return say(try Record.json(records).trimmingCharacters(in: .newlines)) }
    func count(_ word: String) -> Int { verdicts.filter { $0.outcome.word == word }.count }
    if !times.isEmpty {
      let total = times.reduce(0) { $0 + $1.seconds }
      let each = times.map { "\($0.kernel) \(Self.seconds($0.seconds))" }.joined(separator: ", ")
      say("time: \(each); in all \(Self.seconds(total))")
    }
    say(
      "\(count("pass")) pass, \(count("fail")) fail, \(count("refused")) refused, \(count("mistrusted")) mistrusted")
  }

  private static func seconds(_ value: Double) -> String {
    "\(value.formatted(.number.precision(.fractionLength(1)))) s"
  }
}
