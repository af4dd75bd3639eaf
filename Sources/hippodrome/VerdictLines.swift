import Foundation
import Harness
import Messages

/// Verdicts as lines for a terminal.
struct VerdictLines {
  private let ink = Ink(STDOUT_FILENO)
  /// How this command was called, so that the commands that are printed run as they stand.
  private let command = Verdict.quoted(CommandLine.arguments[0])
  /// What programs from outside wrote to their standard errors, as far as it was shown.
  private var shown: Set<String> = []

  /// The most causes that a summary lists.
  private static let mostCauses = 20
  private static let words = ["pass", "fail", "mistrusted", "refused", "not judged"]

  /// The verdicts on a case: a line, and some for each that is bad.
  mutating func text(of group: [Verdict]) -> String {
    let counts = counted(group).filter { $0.count > 0 }
    // A refusal is no defect: the case is as good as the rest of its verdicts, if there are others.
    let word = counts.first { ["fail", "mistrusted"].contains($0.word) }?.word ?? counts[0].word
    let first = group[0]
    var text = painted((word == "fail" ? "FAIL" : word).padding(toLength: 10, withPad: " ", startingAt: 0), word)
    text += " \(first.kernel)  \(first.caseName)  " + counts.map { "\($0.count) \($0.word)" }.joined(separator: ", ")
    if let worst = worst(group) { text += "; \(worst)" }
    for terms in group.compactMap(\.terms.statement).uniqued() { text += "; \(terms)" }
    text += "  [\(command) \(first.replayOfCase)]"
    for verdict in group where ["fail", "mistrusted"].contains(verdict.outcome.word) {
      text +=
        "\n  \(painted(verdict.outcome.word, verdict.outcome.word)): \(contender(verdict)): \(verdict.outcome.reason)"
      for line in verdict.diagnosis?.lines ?? [] { text += "\n    \(line)" }
      for line in errors(verdict) { text += "\n    | \(line)" }
      text += "\n    \(command) \(verdict.replay)"
      if let kept = verdict.kept { text += "\n    also at \(kept.size): \(kept.reason)" }
      if let replay = verdict.replayOfKept { text += "\n    \(command) \(replay)" }
    }
    for verdict in group where verdict.passesByTolerance {
      let over = verdict.findings.filter { $0.share > 1 }.map { "\($0.operand) \(times($0.share))" }
      text += "\n  passes by its tolerance alone: \(contender(verdict)): \(over.joined(separator: ", "))"
    }
    for reason in group.compactMap(\.notRun) where shown.insert(reason).inserted { text += "\n  \(reason)" }
    for reason in group.compactMap(\.beyondPrecision).uniqued() { text += "\n  not judged: \(reason)" }
    return text
  }

  /// The failures by cause; nil where there are none.
  func summary(of verdicts: [Verdict]) -> String? {
    let groups = FailureSummary(verdicts).groups
    guard !groups.isEmpty else { return nil }
    var lines: [String] = [""]
    for group in groups.prefix(Self.mostCauses) {
      lines.append(ink.strong(group.line))
      lines.append("  smallest: \(group.smallest.caseName), \(contender(group.smallest))")
      lines.append("  \(command) \(group.smallest.replay)")
    }
    if groups.count > Self.mostCauses { lines.append("and \(groups.count - Self.mostCauses) more causes") }
    return lines.joined(separator: "\n") + "\n"
  }

  /// How many there are of each kind.
  func counts(of verdicts: [Verdict]) -> String {
    counted(verdicts).filter { $0.word != "not judged" || $0.count > 0 }.map { word, count in
      let text = "\(count) \(word)"
      return count == 0 ? text : painted(text, word)
    }.joined(separator: ", ")
  }

  private func counted(_ verdicts: [Verdict]) -> [(word: String, count: Int)] {
    Self.words.map { word in (word, verdicts.count { $0.outcome.word == word }) }
  }

  private func painted(_ text: String, _ word: String) -> String {
    switch word {
    case "pass": ink.good(text)
    case "fail": ink.bad(text)
    case "mistrusted", "not judged": ink.doubtful(text)
    default: text
    }
  }

  private func contender(_ verdict: Verdict) -> String {
    "\(verdict.variant) \(verdict.pass.rawValue) \(verdict.precision) on \(verdict.threads)"
  }

  /// All that the program wrote to its standard error; nothing where it was shown before, since the reason has the last line.
  private mutating func errors(_ verdict: Verdict) -> [Substring] {
    guard !verdict.errors.isEmpty, shown.insert(verdict.errors).inserted else { return [] }
    let lines = verdict.errors.split(separator: "\n", omittingEmptySubsequences: false)
    return lines.count == 1 && verdict.outcome.reason.hasSuffix(lines[0]) ? [] : lines
  }

  /// The variant that comes closest to its bound, or is furthest beyond it.
  private func worst(_ group: [Verdict]) -> String? {
    let all = group.filter { $0.variant != "reference" }.flatMap { verdict in
      verdict.findings.map { (verdict, $0.share) }
    }
    guard let (verdict, share) = all.max(by: { $0.1 < $1.1 }) else { return nil }
    let who = "\(verdict.variant) \(verdict.pass.rawValue) \(verdict.precision)"
    return share <= 1
      ? "nearest its bound: \(who), \(String(format: "%.0f %%", 100 * share))"
      : "furthest beyond its bound: \(who), \(times(share))"
  }
}

extension Terms {
  /// What was asked for in place of the suite's own rule, in words; nil where nothing.
  var statement: String? {
    Messages.statement(tolerance: tolerance > 1 ? tolerance : nil, repeatsWithinBound: repeatsWithinBound)
  }
}

extension Verdict {
  /// Why a program from outside was not even asked; nil where it was.
  fileprivate var notRun: String? {
    if case .unjudged(let reason) = outcome, reason.hasPrefix("not run, ") { reason } else { nil }
  }

  /// Which operands the precision that was asked for does not hold; nil where it holds them all.
  fileprivate var beyondPrecision: String? {
    if case .unjudged(let reason) = outcome, isBeyondPrecision { reason } else { nil }
  }
}
