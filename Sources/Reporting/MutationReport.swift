import Foundation

/// What seeded bugs showed of the checks: a page, and the same as JSON.
public struct MutationReport: Sendable, Codable {
  /// A set of cases.
  public struct SizeSet: Sendable, Codable {
    let name, idea: String
    let isOwn: Bool

    /// A set; `isOwn` where the suite judges variants on it.
    public init(name: String, idea: String, isOwn: Bool) {
      (self.name, self.idea, self.isOwn) = (name, idea, isOwn)
    }
  }

  /// A rule of another project.
  public struct Rule: Sendable, Codable {
    let name, source: String

    /// A rule and where it is published.
    public init(name: String, source: String) { (self.name, self.source) = (name, source) }
  }

  /// What came of one mutant.
  public struct Mutant: Sendable, Codable {
    let kernel, name, pass: String
    let equivalence: String?
    let isFound: Bool
    /// The kind of check that found it, the case and the reason, by size set.
    let kills: [String: [String]]
    /// The other rules that found it, by size set.
    let others: [String: [String]]

    /// A mutant; see the properties.
    public init(
      kernel: String, name: String, pass: String, equivalence: String?, isFound: Bool, kills: [String: [String]],
      others: [String: [String]]
    ) {
      (self.kernel, self.name, self.pass, self.equivalence) = (kernel, name, pass, equivalence)
      (self.isFound, self.kills, self.others) = (isFound, kills, others)
    }
  }

  /// A right variant that a rule failed; the suite's own where `rule` is nil.
  public struct Alarm: Sendable, Codable {
    let kernel, variant, set, caseName: String
    let rule: String?
    let reason: String

    /// An alarm; see the properties.
    public init(kernel: String, variant: String, set: String, caseName: String, rule: String?, reason: String) {
      (self.kernel, self.variant, self.set, self.caseName) = (kernel, variant, set, caseName)
      (self.rule, self.reason) = (rule, reason)
    }
  }

  /// How many seeds were drawn.
  public let seeds: Int
  let sets: [SizeSet]
  let rules: [Rule]
  /// What came of each mutant.
  public let mutants: [Mutant]
  let alarms: [Alarm]
  let controls: [MutationControl]

  /// A report; see the properties.
  public init(
    seeds: Int, sets: [SizeSet], rules: [Rule], mutants: [Mutant], alarms: [Alarm], controls: [MutationControl]
  ) {
    (self.seeds, self.sets, self.rules) = (seeds, sets, rules)
    (self.mutants, self.alarms, self.controls) = (mutants, alarms, controls)
  }

  /// The reports of several kernels as one.
  public init(merging parts: [MutationReport]) {
    self.init(
      seeds: parts[0].seeds, sets: parts[0].sets, rules: parts[0].rules, mutants: parts.flatMap(\.mutants),
      alarms: parts.flatMap(\.alarms), controls: parts.flatMap(\.controls))
  }

  /// Mutants that must be found.
  private var killable: [Mutant] { mutants.filter { $0.equivalence == nil } }

  /// Mutants that must be found and were not.
  public var survivors: [String] {
    killable.filter { !$0.isFound }.map { "\($0.kernel): \($0.name) (\($0.pass))" }
  }

  /// Right variants, and right kernels that others wrote, that the suite failed.
  public var falseAlarms: [String] {
    alarms.filter { $0.rule == nil }.map { "\($0.kernel): \($0.variant) on \($0.caseName): \($0.reason)" }
      + controls.flatMap { control in control.failures.map { "\(control.kernel): control, \($0)" } }
  }

  /// Mutants that are declared to be beyond finding and were found all the same: the declaration is wrong.
  public var misdeclared: [String] {
    mutants.filter { $0.equivalence != nil && $0.isFound }.map { "\($0.kernel): \($0.name) (\($0.pass))" }
  }

  /// The report as JSON, the same bytes for the same report.
  public var json: Data {
    get throws {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
      return try encoder.encode(self)
    }
  }

  /// The page.
  public var markdown: String {
    [title, rates, controls.isEmpty ? nil : MutationControl.section(controls, seeds), kinds, left, sources]
      .compactMap(\.self).joined(separator: "\n")
  }

  /// What the suite finds and misses, in one line.
  public var summary: String {
    let found = killable.filter(\.isFound).count
    return
      "\(found) of \(killable.count) killable mutants killed, \(falseAlarms.count) false alarms over \(seeds) seeds, "
      + "\(mutants.count - killable.count) declared equivalent"
  }

  private var title: String {
    """
    # Seeded bugs

    \(summary).

    A *mutant* is a right variant with one bug put in, as real kernels have had them: `Sources/Mutants`. `make mutants` judges all of them by
    the suite's checks, and by rules of other projects on the same operands. A rule *kills* a mutant when it rejects its result on
    some case; it raises a *false alarm* where it rejects a right variant.

    """
  }

  private var rates: String {
    var table = Table(
      [.text("rule")] + sets.map { .number($0.name) } + [.number("false alarms")])
    func row(_ name: String, _ rule: String?, _ isKilled: (Mutant, SizeSet) -> Bool) -> [String] {
      [name]
        + sets.map { set in share(killable.filter { isKilled($0, set) }.count, killable.count) }
        + [falseAlarms(of: rule)]
    }
    table.rows.append(row("**this suite**", nil) { mutant, set in mutant.kills[set.name] != nil })
    table.rows.append(
      row("this suite, by values alone", nil) { mutant, set in mutant.kills[set.name]?.first == "values" })
    for rule in rules {
      table.rows.append(
        row(rule.name, rule.name) { mutant, set in mutant.others[set.name]?.contains(rule.name) ?? false })
    }
    let ideas = sets.map { "- *\($0.name)*: \($0.idea)" }.joined(separator: "\n")
    return """
      ## Kill rates

      Mutants killed, of \(killable.count) that can be, by rule and set of cases:

      \(table.markdown)
      \(ideas)

      Other rules see the result of one call. The suite also sees what a variant does to memory that is not its own, and what one call leaves
      for the next. False alarms are counted in pairs of variant and case over all sets: for the suite all variants in both precisions and on
      every number of threads, for other rules those in single precision on one thread.

      """
  }

  private func falseAlarms(of rule: String?) -> String { "\(alarms.filter { $0.rule == rule }.count)" }

  private func share(_ count: Int, _ all: Int) -> String {
    all == 0 ? Units.none : "\(count) (\(Int((100 * Double(count) / Double(all)).rounded(.down))) %)"
  }

  /// What killed them, by kernel and kind of check.
  private var kinds: String {
    let own = sets.filter(\.isOwn).map(\.name)
    let checks = ["values", "memory", "repetition"]
    var table = Table([.text("kernel"), .number("killable"), .number("killed")] + checks.map { .number("by \($0)") })
    for kernel in killable.map(\.kernel).distinct(\.self) {
      let of = killable.filter { $0.kernel == kernel }
      let killers = of.map { mutant in Set(own.compactMap { mutant.kills[$0]?.first }) }
      table.rows.append(
        [kernel, "\(of.count)", "\(of.filter(\.isFound).count)"]
          + checks.map { check in "\(killers.filter { $0.contains(check) }.count)" })
    }
    return "## By kernel and check\n\n\(table.markdown)"
  }

  private var left: String {
    func list(_ lines: [String]) -> String { lines.isEmpty ? "None.\n" : lines.map { "- \($0)\n" }.joined() }
    let equivalent = mutants.filter { $0.equivalence != nil }.map { "\($0.name): \($0.equivalence!)." }.distinct(
      \.self)
    let sole =
      sets.filter(\.isOwn).count > 1
      ? killable.filter { mutant in sets.filter { $0.isOwn && mutant.kills[$0.name] != nil }.count == 1 }.map {
        mutant in
        "\(mutant.kernel): \(mutant.name) (\(mutant.pass)), by \(mutant.kills.first { kill in sets.contains { $0.isOwn && $0.name == kill.key } }!.key)"
      } : []
    return """
      ## Survivors

      \(list(survivors))
      Declared equivalent, since no check may fail what they do:

      \(list(equivalent))
      Killed by one of the suite's own sets alone:

      \(list(sole))
      """
  }

  private var sources: String {
    """
    ## The other rules

    \(rules.map { "- *\($0.name)*: \($0.source)" }.joined(separator: "\n"))

    Each is given the oracle as what it expects, which is kinder than the references that the projects use.

    """
  }
}
