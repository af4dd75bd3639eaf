/// What a gate says as a whole. Exit code, terminal, Markdown, JSON and JUnit all say it from here.
public enum GateOutcome: String, Codable, Sendable {
  /// Every row was looked at closely enough, and none is slower, hungrier or broken.
  case passed
  /// A row is slower, hungrier or broken.
  case failed
  /// No row is known to be, but some could hide it, or there is none.
  case undecided = "not decided"

  /// What the verdicts come to. What is refused by both builds, or gone, is no row that was compared.
  public init(_ verdicts: [GateVerdict]) {
    if verdicts.contains(where: { !$0.passes }) {
      self = .failed
    } else {
      self =
        verdicts.allSatisfy { $0.time == .refused || $0.time == .removed } || verdicts.contains(where: \.isOpen)
        ? .undecided : .passed
    }
  }

  /// What the command ends with.
  public var exitCode: Int32 {
    switch self {
    case .passed: 0
    case .failed: 1
    case .undecided: 2
    }
  }
}
