import KernelSpec

/// What came of one mutant of one kernel.
public struct MutantResult: Sendable {
  /// The kernel's name.
  public let kernel: String
  /// What is wrong with the mutant.
  public let name: String
  /// What of the kernel it computes.
  public let pass: Pass
  /// Why nothing can find it; nil for one that must be found.
  public let equivalence: String?
  /// What found it, by size set.
  public internal(set) var kills: [String: Kill] = [:]
  /// The rules of other projects that found it, by size set.
  public internal(set) var others: [String: Set<String>] = [:]

  /// Whether the suite found it on what it judges variants on.
  public internal(set) var isFound = false

  /// How the suite found a mutant.
  public struct Kill: Hashable, Sendable {
    /// The kind of check.
    public let check: String
    /// The case.
    public let caseName: String
    /// What the verdict says.
    public let reason: String
  }

  init(kernel: String, mutant: Mutant) {
    (self.kernel, name, pass, equivalence) = (kernel, mutant.name, mutant.pass, mutant.equivalence)
  }

  /// Whether a rule found it on a size set.
  public func isKilled(by rule: String, on set: String) -> Bool { others[set]?.contains(rule) ?? false }

  /// Whether the suite must find it and did not.
  public var hasSurvived: Bool { equivalence == nil && !isFound }
}

/// A right variant that a rule failed.
public struct FalseAlarm: Sendable {
  /// The kernel's name.
  public let kernel: String
  /// The variant's label.
  public let variant: String
  /// The size set.
  public let set: String
  /// The case.
  public let caseName: String
  /// The rule; nil for the suite's own.
  public let rule: String?
  /// What the verdict says.
  public let reason: String

  init(_ kernel: String, _ variant: String, _ set: String, _ caseName: String, rule: String?, _ reason: String) {
    (self.kernel, self.variant, self.set, self.caseName) = (kernel, variant, set, caseName)
    (self.rule, self.reason) = (rule, reason)
  }
}
