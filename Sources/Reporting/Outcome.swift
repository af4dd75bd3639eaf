/// What a check found.
public enum Outcome: String, Codable, Sendable, CaseIterable {
  /// Within its bounds.
  case pass
  /// Outside them, or not a number.
  case fail
  /// The variant does not take this size, and says why.
  case refused
  /// The check itself cannot decide: the reference keeps too few digits.
  case mistrusted
  /// It was not judged: something else is wrong that would have to be right first.
  case unjudged

  /// The word that people read.
  public var word: String { self == .unjudged ? "not judged" : rawValue }
}

/// An error and the most it may be.
public struct Deviation: Codable, Sendable, Equatable {
  /// The distance from the oracle.
  public let error: Double
  /// What the rule allows.
  public let bound: Double

  /// A deviation; see the properties.
  public init(error: Double, bound: Double) {
    self.error = error
    self.bound = bound
  }

  /// Error ÷ bound, at most 1 where the check passes. An exact result is 0 even where nothing else is allowed.
  public var ratio: Double { error == 0 && bound >= 0 ? 0 : error / bound }
}

/// How wrong one operand is, in the three norms.
public struct OperandError: Codable, Sendable, Equatable {
  /// The output or gradient.
  public let operand: String
  /// Relative L2 over the whole operand.
  public let global: Deviation
  /// The worst row.
  public let row: Deviation
  /// The worst element.
  public let element: Deviation

  /// An operand's errors; see the properties.
  public init(operand: String, global: Deviation, row: Deviation, element: Deviation) {
    self.operand = operand
    self.global = global
    self.row = row
    self.element = element
  }

  /// Error ÷ bound in each norm.
  public var ratios: ErrorRatios { ErrorRatios(global: global.ratio, row: row.ratio, element: element.ratio) }
}

/// Error ÷ bound in each of the three norms.
public struct ErrorRatios: Codable, Sendable, Equatable {
  /// Over the whole operand.
  public let global: Double
  /// In the worst row.
  public let row: Double
  /// In the worst element.
  public let element: Double

  /// Ratios; see the properties.
  public init(global: Double, row: Double, element: Double) {
    self.global = global
    self.row = row
    self.element = element
  }

  /// The worst of several, norm by norm; nil of none.
  public init?(worstOf ratios: some Sequence<ErrorRatios>) {
    let ratios = Array(ratios)
    guard !ratios.isEmpty else { return nil }
    global = ratios.map(\.global).worst
    row = ratios.map(\.row).worst
    element = ratios.map(\.element).worst
  }

  /// The worst norm.
  public var worst: Double { [global, row, element].worst }
}

extension [Double] {
  /// The greatest number, where NaN is worse than anything: `max()` would lose it.
  var worst: Double { contains { $0.isNaN } ? .nan : self.max() ?? 0 }
}
