extension KernelPage {
  /// The table of verdicts, the failures with the commands that replay them, and the reasons of refusals.
  var correctness: String {
    guard !verdicts.isEmpty else { return "" }
    var table = Table(
      .text("variant"), .text("pass"), .text("precision"), .number("threads"), .number("passed"), .number("failed"),
      .number("refused"), .number("mistrusted"), .number("laws"), .number("worst error ÷ bound"), .text("in case"))
    for group in groups { table.rows.append(row(group)) }
    let seconds = verdicts.map(\.seconds).reduce(0, +)
    let time = "\(verdicts.count) checks in \(Units.time(seconds)).\n"
    let parts = [
      "## Correctness\n", table.compact(keeping: ["variant", "passed", "failed"]), time, verdicts.otherTerms,
      refusals, unjudged,
      failures,
    ]
    return parts.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// Verdicts by contender, passes and precisions in order.
  private var groups: [[VerdictRecord]] {
    let byContender = verdicts.distinct(\.contender).map { key in verdicts.filter { $0.contender == key } }
    return byContender.stablySorted { a, b in
      let (a, b) = (a[0], b[0])
      return (rank(a.pass, "forward"), rank(a.precision, "float"), a.threads)
        < (rank(b.pass, "forward"), rank(b.precision, "float"), b.threads)
    }
  }

  private func rank(_ name: String, _ first: String) -> String { name == first ? "" : name }

  private func row(_ group: [VerdictRecord]) -> [String] {
    let cases = group.filter { $0.check == "case" }
    let laws = group.filter { $0.check != "case" }
    func count(_ outcome: Outcome) -> String { "\(cases.count { $0.verdict == outcome })" }
    // Official outputs have errors of their own, which their makers measured and the verdict allows for.
    let compared = cases.filter { $0.origin != .golden }.compactMap { line in
      line.worst.map { (name: line.case, ratio: $0.worst) }
    }
    let ratio = compared.map(\.ratio).worst
    let name = compared.first { $0.ratio == ratio || ($0.ratio.isNaN && ratio.isNaN) }?.name
    return [
      "`\(group[0].variant)`", group[0].pass, group[0].precision, "\(group[0].threads)",
      count(.pass), count(.fail), count(.refused), count(.mistrusted),
      laws.isEmpty ? Units.none : "\(laws.count { $0.verdict == .pass }) / \(laws.count)",
      name == nil ? Units.none : Units.ratio(ratio), name.map { "`\($0)`" } ?? Units.none,
    ]
  }

  /// Every failed or mistrusted check, with its command.
  private var failures: String {
    let bad = verdicts.filter { $0.verdict == .fail || $0.verdict == .mistrusted }
    return bad.map { line in
      let check = line.check == "case" ? "" : ", \(line.check)"
      return """
        `\(line.variant)` (\(description(of: line))), `\(line.case)`\(check): **\(line.verdict)**\(line.because)
        \(line.explanation)
        ```sh
        \(line.replay)
        ```

        """
    }.joined(separator: "\n")
  }

  /// Refusals of equal reason, counted.
  private var refusals: String {
    let refused = verdicts.filter { $0.verdict == .refused }
    let kinds = refused.distinct { $0.contender + [$0.reason] }
    return kinds.map { kind in
      let alike = refused.filter { $0.contender + [$0.reason] == kind }
      let count = alike.count == 1 ? "1 check" : "\(alike.count) checks"
      return "- `\(alike[0].variant)` (\(description(of: alike[0]))) refused \(count)\(alike[0].because)\n"
    }.joined()
  }

  /// How much of each contender was not judged since something else is wrong with it.
  private var unjudged: String {
    let lines = verdicts.filter { $0.verdict == .unjudged }
    return lines.distinct(\.contender).map { key in
      let alike = lines.filter { $0.contender == key }
      let count = alike.count == 1 ? "1 check" : "\(alike.count) checks"
      return "- `\(alike[0].variant)` (\(description(of: alike[0]))): \(count) not judged\(alike[0].because)\n"
    }.joined()
  }

  private func description(of line: VerdictRecord) -> String {
    "\(line.pass), \(line.precision), \(Self.threads(line.threads))"
  }
}

extension VerdictRecord {
  /// The lines of the diagnosis as a block of their own; nothing where there is none.
  fileprivate var explanation: String {
    guard let lines = diagnosis?.lines, !lines.isEmpty else { return "" }
    return "\n```\n" + lines.map { $0 + "\n" }.joined() + "```\n"
  }

  /// The reason after a colon; nothing where there is none.
  fileprivate var because: String { reason.isEmpty ? "" : ": \(reason)" }
}
