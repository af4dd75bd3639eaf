import Tensors

/// What a law makes of a variant.
struct LawOutcome: Sendable {
  /// What was found; `unjudged` where a call by itself is wrong, and how.
  let outcome: Outcome
  /// For such a call the failure as it is said of values, and where they are wrong.
  let explanation: @Sendable () -> (outcome: Outcome, diagnosis: Diagnosis?)
  /// Whether nothing can be said, since a format does not hold the law's operands.
  var isBeyondPrecision = false

  init(_ outcome: Outcome) {
    self.outcome = outcome
    explanation = { (outcome, nil) }
  }

  /// What comes of operands that a format does not hold; which.
  init(beyondPrecision reason: String) {
    self.init(.unjudged(reason))
    isBeyondPrecision = true
  }

  /// What comes of a call that does not pass by itself.
  init<T>(_ outcome: Outcome, _ findings: [Finding], of written: Operands<T>, _ expectation: Expectation<T>) {
    guard case .fail(let reason) = outcome else {
      self.outcome = outcome
      explanation = { (outcome, nil) }
      return
    }
    self.outcome = .unjudged(reason)
    explanation = {
      guard !findings.isEmpty, let diagnosis = expectation.diagnosis(of: written) else { return (outcome, nil) }
      return (diagnosis.explaining(outcome, findings) { expectation.pass.gives($0) }, diagnosis)
    }
  }
}
