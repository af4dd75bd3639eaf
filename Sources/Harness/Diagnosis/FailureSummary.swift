/// The failures of a run by what they look like, the most frequent cause first.
public struct FailureSummary {
  /// Failures of one kernel that look alike.
  public struct Group {
    /// How many they are, of how many, what they look like, and what they have in common that passes lack.
    public let line: String
    /// The failure of the smallest size.
    public let smallest: Verdict
    fileprivate let count: Int
  }

  /// The groups, the largest first.
  public let groups: [Group]

  /// A summary of all verdicts of a run, those that passed among them.
  public init(_ verdicts: [Verdict]) {
    let failures = verdicts.filter { $0.outcome.isFailure }
    var kernels: [String] = []
    for failure in failures where !kernels.contains(failure.kernel) { kernels.append(failure.kernel) }
    groups = kernels.flatMap { kernel -> [Group] in
      let own = failures.filter { $0.kernel == kernel }
      let passed = verdicts.filter { $0.kernel == kernel && $0.outcome == .pass }
      let name = kernels.count > 1 ? "\(kernel): " : ""
      return Self.alike(own).map { phrase, group -> Group in
        let traits = CommonTraits(group, passed: passed).description.map { "; \($0)" } ?? ""
        let count = own.count == 1 ? "the only failure" : "\(group.count) of \(own.count) failures"
        let text = count + (group.count == 1 ? phrase.one : phrase.many)
        return Group(line: name + text + traits, smallest: group.min { $0.extent < $1.extent }!, count: group.count)
      }
    }.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
  }

  /// What failures look like: said of one, and of several.
  private struct Phrase {
    let one, many: String
  }

  /// Failures of one kernel, parted by causes. Where several explain a failure, the one that explains most others is taken.
  private static func alike(_ failures: [Verdict]) -> [(Phrase, [Verdict])] {
    var groups: [(Phrase, [Verdict])] = []
    var rest = failures.filter { !$0.families.isEmpty }
    while !rest.isEmpty {
      var counts: [(family: String, count: Int, rank: Int)] = []
      for verdict in rest {
        for (rank, family) in verdict.families.enumerated() {
          if let index = counts.firstIndex(where: { $0.family == family }) {
            counts[index].count += 1
            counts[index].rank += rank
          } else {
            counts.append((family, 1, rank))
          }
        }
      }
      let best = counts.max { ($0.count, $1.rank) < ($1.count, $0.rank) }!.family
      let group = rest.filter { $0.families.contains(best) }
      let descriptions = Set(group.compactMap { $0.description(of: best) })
      // The case's own numbers are said where they are the same in all cases.
      let what = descriptions.count == 1 ? descriptions.first! : best
      groups.append((Phrase(one: " looks like: \(what)", many: " look like: \(what)"), group))
      rest.removeAll { $0.families.contains(best) }
    }
    let unexplained = failures.filter(\.families.isEmpty)
    var kinds: [String] = []
    for failure in unexplained where !kinds.contains(failure.kind) { kinds.append(failure.kind) }
    return groups
      + kinds.map { kind in
        let group = unexplained.filter { $0.kind == kind }
        let what = group.min { $0.extent < $1.extent }!.sayingOfKind
        return (Phrase(one: ": \(what)", many: ": \(what)"), group)
      }
  }
}

extension Outcome {
  /// Whether it is a failure.
  var isFailure: Bool { if case .fail = self { true } else { false } }
}

extension Verdict {
  /// How much the case holds, about: the product of its extents.
  fileprivate var extent: Double { size.extents.reduce(1) { $0 * Double($1.value) } }

  /// The first operand that has causes tells them.
  private var telling: Fault? { diagnosis?.faults.first { !$0.causes.isEmpty } }

  /// The families that explain it, the best first.
  fileprivate var families: [String] { telling?.causes.flatMap(\.families) ?? [] }

  /// The cause of that family as it is said of this case.
  fileprivate func description(of family: String) -> String? {
    telling?.causes.first { $0.families.contains(family) }.map {
      // Of several things that a factor may stand for, this is the one that all cases share.
      $0.families.count > 1 ? family : $0.description
    }
  }

  /// What failures without a cause must share to be counted together.
  fileprivate var kind: String {
    if let fault = diagnosis?.faults.first { return "\(fault.operand) \(fault.isFinite)" }
    if isBrokenLaw { return "law \(check)" }
    return String(outcome.reason.map { $0.isNumber ? "#" : $0 })
  }

  private var isBrokenLaw: Bool { outcome.reason.hasPrefix("\(check) does not hold") }

  fileprivate var sayingOfKind: String {
    if let fault = diagnosis?.faults.first {
      return pass.gives(fault.operand)
        + (fault.isFinite ? " is wrong in a way that has no name" : " is not a number")
    }
    return isBrokenLaw ? "the law '\(check)' does not hold" : outcome.reason
  }
}
