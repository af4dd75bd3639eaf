import Foundation

/// Where and how the results of a call are wrong: what a failed comparison with the oracle shows.
public struct Diagnosis: Hashable, Sendable {
  /// What is wrong, what tells most first.
  public let faults: [Fault]
  /// The operands that are right.
  public let right: [String]
}

/// One operand that is wrong.
public struct Fault: Hashable, Sendable {
  /// The output, or the input whose gradient it is.
  public let operand: String
  /// The worst scalar; the first that is not finite where there is one.
  public let worst: Place
  /// Its error in units of its bound; where no scalar is over the bound of a single one, what all together are in units of theirs.
  public let ratio: Double
  /// Whether no scalar is over the bound of a single one.
  public let isSpread: Bool
  /// How many scalars are wrong or, where some are not finite, are not; and of how many.
  public let wrong, count: Int
  /// Whether every value found is a finite number.
  public let isFinite: Bool
  /// The indices that are affected where not all are, how errors run along the sequence, and how many bits are right: phrases.
  public let patterns: [String]
  /// What the pattern looks like, the best explanation first; as a rule none.
  public let causes: [Cause]
  /// The errors along the sequence.
  public let profile: ErrorProfile

  /// A scalar, by names.
  public struct Place: Hashable, Sendable {
    /// An axis and the index along it; the axis `part` has 0 for the real and 1 for the imaginary part.
    public struct Step: Hashable, Sendable {
      /// The axis as the signature names it.
      public let axis: String
      /// The index.
      public let index: Int
    }

    /// From the slowest axis.
    public let steps: [Step]
    /// What was found and what was expected there.
    public let found, expected: Double
  }
}

/// A family of mistakes that explains what was found.
public struct Cause: Hashable, Sendable {
  /// The family, in a phrase.
  public let description: String
  /// What it leaves of the error: `‖found − what it predicts‖ / ‖found − expected‖`, each scalar relative to its scale.
  public let residual: Double
  /// What it is called whatever the case is, without the case's own numbers: cases of one mistake share one of these.
  public let families: [String]

  /// A cause; where no families are given, its description has nothing of the case.
  init(_ description: String, residual: Double, families: [String] = []) {
    (self.description, self.residual) = (description, residual)
    self.families = families.isEmpty ? [description] : families
  }
}

/// The largest relative error at each position of an axis, or in each of at most 512 groups of neighbours.
public struct ErrorProfile: Hashable, Sendable {
  /// The axis's name.
  public let axis: String
  /// The first position of each group.
  public let positions: [Int]
  /// The largest error of each group, relative to the root mean square of the row or, where it is larger, to the value itself.
  public let errors: [Double]
  /// The most that is allowed.
  public let bound: Double
}

extension Diagnosis {
  /// The diagnosis in at most eight lines.
  public var lines: [String] {
    guard let first = faults.first else { return [] }
    var lines = first.lines
    let others = faults.dropFirst().map { fault in
      let worst = fault.isFinite ? times(fault.ratio) : "not a number"
      return "\(fault.operand) (\(worst))"
    }
    if !others.isEmpty { lines.append("also wrong: " + others.joined(separator: ", ")) }
    if !right.isEmpty { lines.append("right: " + right.joined(separator: ", ")) }
    return Array(lines.prefix(8))
  }
}

extension Diagnosis {
  /// The outcome of a failed comparison, said of the operand and the place that the lines below it begin with.
  ///
  /// - Parameter what: how an operand is called.
  func explaining(_ outcome: Outcome, _ findings: [Finding], what: (String) -> String) -> Outcome {
    guard case .fail = outcome, let fault = faults.first,
      let finding = findings.first(where: { $0.operand == fault.operand })
    else { return outcome }
    guard fault.isFinite else {
      return .fail("\(what(fault.operand)): not a number, or unwritten, at \(fault.place)")
    }
    guard let excess = finding.excess else { return outcome }
    return .fail("\(what(fault.operand)): \(excess); worst at \(fault.place)")
  }
}

extension Fault {
  /// Where its worst scalar is, such as `y[b=2, l=64]`.
  public var place: String {
    "\(operand)[\(ErrorField.place(worst.steps.map(\.index), worst.steps.map(\.axis)))]"
  }

  /// The fault in at most six lines.
  public var lines: [String] {
    let (found, expected) = distinct(worst.found, worst.expected) ?? ("\(worst.found)", "the same to 17 digits")
    var lines = ["\(place) is \(found), expected \(expected)"]
    if isFinite {
      lines[0] += isSpread ? ": all together are off by \(times(ratio, of: "their"))" : ": \(times(ratio))"
    }
    let share = wrong == count ? "all" : "\(wrong) of \(count) scalars, \(percent(Double(wrong) / Double(count)))"
    lines.append("\(isFinite ? "wrong" : "not a number"): \(share)")
    if let first = patterns.first {
      lines[1] += "; " + first
      lines += patterns.dropFirst()
    }
    for cause in causes.prefix(2) {
      lines.append("looks like: \(cause.description) (leaves \(percent(cause.residual)) of the error)")
    }
    return lines
  }

  private func percent(_ share: Double) -> String {
    let value = 100 * share
    return value > 0 && value < 0.001
      ? "less than 0.001 %" : "\(value.formatted(.number.precision(.significantDigits(1...3)).grouping(.never))) %"
  }
}
