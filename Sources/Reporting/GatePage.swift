import Foundation

/// A gate's verdicts as text.
public struct GatePage: Sendable {
  /// One for each row that was measured, in this order, and those on rows that were not.
  public let verdicts: [GateVerdict]
  /// How many rows were compared.
  private let rows: Int
  private let rule: GateRule
  private let base, head: String
  private let budget, seconds: Double
  private let calibration: CalibrationSummary?

  /// A page; `others` are verdicts on what was not measured, `calibration` is what this machine was seen to detect.
  public init(
    _ gate: Gate, others: [GateVerdict] = [], base: String, head: String, budget: Double, seconds: Double,
    calibration: CalibrationSummary?
  ) {
    verdicts = gate.verdicts + others
    rows = gate.verdicts.count
    rule = gate.rule
    (self.base, self.head) = (base, head)
    (self.budget, self.seconds) = (budget, seconds)
    self.calibration = calibration
  }

  /// What all of it comes to.
  public var outcome: GateOutcome { GateOutcome(verdicts) }

  /// The outcome in words: `passed`, or what stands in the way.
  public var conclusion: String {
    let failed = verdicts.count { !$0.passes }
    let open = verdicts.count(where: \.isOpen)
    let why =
      switch outcome {
      case .passed: ""
      case .failed:
        ": \(failed) of \(verdicts.count) rows \(failed == 1 ? "is" : "are") slower, hungrier or broken\(rule.instructionThreshold == nil ? "" : ", or take more instructions")"
      case .undecided where open == 0: ": no row was compared"
      case .undecided:
        ": \(open) of \(verdicts.count) rows could hide a slowdown of \(Units.percent(rule.blindAbove)) (--blind-above)"
      }
    return outcome.rawValue + why
  }

  /// The verdicts in one line: `1 SLOWER, 5 SAME, 1 UNDECIDED of 7 rows in 64 s (budget 120 s)`.
  public var summary: String {
    var counts = GateVerdict.Time.allCases.map { word in (word.rawValue, verdicts.count { $0.time == word }) }
    counts += [GateVerdict.Memory.hungrier, .leaner].map { word in
      (word.rawValue, verdicts.count { $0.memory == word })
    }
    let text = counts.filter { $0.1 > 0 }.map { "\($0.1) \($0.0)" }.joined(separator: ", ")
    return
      "\(text.isEmpty ? "none" : text) of \(verdicts.count) rows in \(Units.duration(seconds)) (budget \(Units.duration(budget)))"
  }

  /// A section for a CI summary: what does not pass first, what is the same folded away.
  public var markdown: String {
    let failed = verdicts.filter { !$0.passes }
    let open = verdicts.filter { $0.passes && $0.isOpen }
    let changed = verdicts.filter { $0.passes && !$0.isOpen && !$0.isSame }
    let same = verdicts.filter { $0.passes && !$0.isOpen && $0.isSame }
    var text = "# Gate: \(conclusion)\n\n\(summary).\n\nBase `\(base)`, head `\(head)`.\n"
    if !failed.isEmpty { text += "\n" + table(failed) }
    if !open.isEmpty { text += "\nNot decided:\n\n" + table(open) }
    if !changed.isEmpty { text += "\n" + table(changed) }
    if !same.isEmpty {
      text += "\n<details><summary>\(same.count) rows without change</summary>\n\n\(table(same))\n</details>\n"
    }
    return text + "\n" + explanation
  }

  /// What this machine was seen to detect, in a sentence.
  public var calibrated: String {
    let secondsPerRow = budget / Double(max(rows, 1))
    return calibration?.sentence(secondsPerRow: secondsPerRow, rule: rule)
      ?? "This machine has not been calibrated for such a gate: `hippodrome calibrate` measures what it sees here."
  }

  private var explanation: String {
    let rules = """
      *head ÷ base* is the median over ABBA blocks with its 95 % interval by the sign test. *Counts from* is the slowdown that matters: \
      \(Units.percent(rule.threshold)), or what two processes of one build differed by in the same samples. *Could have seen* is the smallest \
      slowdown that would nearly always have been suspected with as much noise. A suspicion counts once \(rule.confirmations) fresh sets of \
      processes confirm it; Holm's procedure allows for the number of rows.

      """
    return rules + "\n" + calibrated + "\n"
  }

  private func table(_ verdicts: [GateVerdict]) -> String {
    let isCounted = self.verdicts.contains { $0.instructions != nil }
    var table = Table(
      [
        .text("time"), .text("memory"), .text("kernel"), .text("variant"), .text("size"),
        .number("head ÷ base [95 %]"),
        .number("counts from"), .number("could have seen"), .number("workspace"), .number("blocks"),
      ] + (isCounted ? [.number("instructions")] : []) + [.text("why")])
    for verdict in verdicts {
      table.rows.append(
        [
          verdict.time.rawValue, verdict.memory.rawValue, verdict.kernel,
          "`\(verdict.variant)` \(verdict.pass) \(verdict.precision) on \(verdict.threads)", verdict.size,
          verdict.interval, verdict.threshold.map(Units.percent) ?? Units.none,
          verdict.visible.map(Units.percent) ?? Units.none, GateVerdict.change(verdict.workspaceBytes),
          "\(verdict.blocks)",
        ] + (isCounted ? [verdict.instructionsText ?? Units.none] : []) + [verdict.reason])
    }
    return table.markdown
  }

  /// Rule and verdicts as a JSON object.
  public var json: String {
    get throws {
      struct Document: Encodable {
        let rule: GateRule
        let base, head: String
        let budget, seconds: Double
        let outcome: GateOutcome
        let passes: Bool
        let calibration: String
        let verdicts: [GateVerdict]
      }
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
      let document = Document(
        rule: rule, base: base, head: head, budget: budget, seconds: seconds, outcome: outcome,
        passes: outcome == .passed, calibration: calibrated, verdicts: verdicts)
      return String(decoding: try encoder.encode(document), as: UTF8.self) + "\n"
    }
  }

  /// The verdicts as checks, for JUnit: one fails where the command does not end with 0.
  public var records: [VerdictRecord] {
    let rows = verdicts.map { verdict in
      let outcome: Outcome =
        !verdict.passes || verdict.isOpen
        ? .fail
        : verdict.time == .refused || verdict.time == .removed
          ? .refused : verdict.time == .undecided ? .mistrusted : .pass
      return VerdictRecord(
        kernel: verdict.kernel, case: verdict.size, origin: .drawn, check: "gate", variant: verdict.variant,
        pass: verdict.pass, precision: verdict.precision, threads: verdict.threads, verdict: outcome,
        reason: outcome == .pass ? "" : verdict.words, replay: "hippodrome gate \(base) \(head) \(verdict.selection)",
        seconds: seconds / Double(verdicts.count))
    }
    guard outcome != .passed, rows.allSatisfy({ $0.verdict != .fail }) else { return rows }
    let whole = VerdictRecord(
      kernel: "gate", case: "all rows", origin: .drawn, check: "gate", variant: "all", pass: "any", precision: "any",
      threads: 0, verdict: .fail, reason: conclusion, replay: "hippodrome gate \(base) \(head)", seconds: seconds)
    return rows + [whole]
  }
}

extension GateVerdict {
  /// Whether there is nothing to look at.
  var isSame: Bool { time == .same && memory == .same && takesMore != true }

  /// One line for a terminal.
  public var line: String {
    let isTimeBad = time == .slower || time == .broken
    let word = isTimeBad || passes ? time.rawValue : memory == .hungrier ? memory.rawValue : "MORE"
    let row = "\(kernel)  \(size)  \(variant) \(pass) \(precision) on \(threads)"
    return "\(word.padding(toLength: 10, withPad: " ", startingAt: 0)) \(row)  \(words)"
  }

  /// The figures in words.
  var words: String {
    var parts: [String] = []
    if ratio != nil { parts.append("\(interval) of base") }
    if let threshold { parts.append("counts from \(Units.percent(threshold))") }
    if let visible { parts.append("could have seen \(Units.percent(visible))") }
    if memory != .same {
      parts.append(
        "\(memory.rawValue): workspace \(Self.change(workspaceBytes)), peak \(Self.change(peakBytes))")
    }
    if let instructionsText {
      parts.append("\(takesMore == true ? "MORE " : "")instructions \(instructionsText)")
    }
    if !reason.isEmpty { parts.append(reason) }
    if isOpen, passes { parts.insert("not decided", at: 0) }
    return parts.joined(separator: "; ")
  }

  /// `1.031 [1.028, 1.034]`, or the ratio alone where blocks were too few for an interval.
  var interval: String {
    guard let ratio else { return Units.none }
    guard let lower, let upper else { return String(format: "%.3f", ratio) }
    return String(format: "%.3f [%.3f, %.3f]", ratio, lower, upper)
  }

  /// `6,218,004`, or `6,218,004 → 6,530,100 (+5.0 %)`; nil where they were not counted.
  var instructionsText: String? {
    guard let instructions, instructions.count == 2 else { return nil }
    let (old, new) = (instructions[0], instructions[1])
    guard old != new else { return Units.count(old) }
    let change = Double(new) / Double(max(old, 1)) - 1
    return "\(Units.count(old)) → \(Units.count(new)) (\(new < old ? "−" : "+")\(Units.percent(abs(change))))"
  }

  /// `12.5 KiB → 25.0 KiB`, or one figure where nothing changed.
  static func change(_ bytes: [Int]?) -> String {
    guard let bytes, bytes.count == 2 else { return Units.none }
    let (old, new) = (Units.bytes(bytes[0]), Units.bytes(bytes[1]))
    return old == new ? old : "\(old) → \(new)"
  }

  /// The arguments that select this row alone.
  var selection: String {
    "\(kernel) --variant \(variant) --pass \(pass) --precision \(precision) --threads \(threads) --at \(size)"
  }
}
