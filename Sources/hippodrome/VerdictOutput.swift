import Foundation
import Harness
import Reporting

/// Prints verdicts as they fall, case by case, and keeps them for the files that were asked for.
final class VerdictOutput {
  private let json: Bool
  private let junit: String?
  private let store: RecordStore?
  private let run = RunRecord.current()
  private let progress = Progress()
  private var verdicts: [Verdict] = []
  private var reported = 0
  private(set) var failed = 0

  init(json: Bool, junit: String?, keeps: Bool, records: String?) throws {
    (self.json, self.junit) = (json, junit)
    store = keeps || records != nil ? RecordStore(URL(fileURLWithPath: records ?? run.defaultPath)) : nil
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
    func count(_ word: String) -> Int { group.filter { $0.outcome.word == word }.count }
    let words = ["fail", "mistrusted", "refused"].filter { count($0) > 0 }
    let word = words.first ?? "pass"
    let counts = ["pass", "fail", "mistrusted", "refused"].filter { count($0) > 0 }.map { "\(count($0)) \($0)" }
    var text =
      "\((count("fail") > 0 ? "FAIL" : word == "refused" ? "pass" : word).padding(toLength: 10, withPad: " ", startingAt: 0)) "
    text += "\(group[0].kernel)  \(group[0].caseName)  \(counts.joined(separator: ", "))"
    if let worst = worst(group) { text += "; \(worst)" }
    text += "  [hippodrome \(group[0].replayOfCase)]"
    for verdict in group where verdict.outcome.word == "fail" || verdict.outcome.word == "mistrusted" {
      text +=
        "\n  \(verdict.outcome.word): \(verdict.variant) \(verdict.pass.rawValue) \(verdict.precision) on \(verdict.threads): \(verdict.outcome.reason)"
      text += "\n    hippodrome \(verdict.replay)"
    }
    return text
  }

  /// The variant that comes closest to its bound.
  private func worst(_ group: [Verdict]) -> String? {
    let all = group.filter { $0.variant != "reference" }.flatMap { verdict in
      verdict.findings.map { (verdict, $0.share) }
    }
    guard let (verdict, share) = all.max(by: { $0.1 < $1.1 }) else { return nil }
    let percent = share.isFinite ? "\(Int((100 * share).rounded())) %" : "inf"
    return "nearest its bound: \(verdict.variant) \(verdict.pass.rawValue) \(verdict.precision), \(percent)"
  }

  /// Writes what was asked for.
  func finish() throws {
    clear()
    let records = verdicts.map { Record.verdict(VerdictRecord($0)) }
    do {
      if let store {
        for record in [.run(run)] + records { try store.append(record) }
      }
      if let junit { try Data(JUnit.xml(records).utf8).write(to: URL(fileURLWithPath: junit), options: .atomic) }
    } catch let failure as RecordStore.Failure {
      throw Failure.misuse(failure.description)
    } catch {
      throw Failure.misuse("\(junit ?? ""): cannot be written: \(error.localizedDescription)")
    }
    if json { return say(try Record.json(records).trimmingCharacters(in: .newlines)) }
    func count(_ word: String) -> Int { verdicts.filter { $0.outcome.word == word }.count }
    say(
      "\(count("pass")) pass, \(count("fail")) fail, \(count("refused")) refused, \(count("mistrusted")) mistrusted")
  }
}
