import Foundation
import KernelSpec

/// What a check found.
public enum Outcome: Hashable, Sendable {
  /// Every norm of every operand is within its bound.
  case pass
  /// It is wrong; why, in one line.
  case fail(String)
  /// The variant does not take this size; why.
  case refused(String)
  /// The check cannot tell; why.
  case mistrusted(String)
  /// It was not judged, since something else is wrong that would have to be right first; what.
  case unjudged(String)

  /// The word that reports print.
  public var word: String {
    switch self {
    case .pass: "pass"
    case .fail: "fail"
    case .refused: "refused"
    case .mistrusted: "mistrusted"
    case .unjudged: "not judged"
    }
  }

  /// The reason; empty for a pass.
  public var reason: String {
    switch self {
    case .pass: ""
    case .fail(let reason), .refused(let reason), .mistrusted(let reason), .unjudged(let reason): reason
    }
  }
}

/// How wrong one operand was and how wrong it may be.
public struct Finding: Hashable, Sendable {
  /// The output, or the input whose gradient it is.
  public let operand: String
  /// The variant's deviation from the oracle.
  public let error: Deviation
  /// What the reference's own deviation allows.
  public let bound: Deviation
  /// By what the bound is multiplied: more than 1 only for a program from outside whose author asked for that.
  var tolerance = 1.0
  /// With such a tolerance the deviation where absolute allowances are multiplied too.
  var lenient: Deviation?

  /// The largest error in units of its bound, whatever that is multiplied by.
  public var share: Double {
    func ratio(_ norm: KeyPath<Deviation, Double>) -> Double {
      error[keyPath: norm] == 0 ? 0 : error[keyPath: norm] / bound[keyPath: norm]
    }
    let share = max(ratio(\.global), ratio(\.row), ratio(\.element))
    // Where nothing but an allowance is exceeded, there is no such unit.
    return lenient != nil && excess == nil ? min(share, tolerance) : share
  }

  /// By how much the error is over what it may be, as a sentence; nil where it is not.
  var excess: String? { excess(over: bound) }

  /// The same of another bound.
  func excess(over bound: Deviation) -> String? {
    guard let lenient else { return error.excess(over: bound) }
    return lenient.excess(over: bound.scaled(by: tolerance)).map { "\($0), \(short(tolerance)) times the bound" }
  }
}

/// One check of one variant on one case.
public struct Verdict: Sendable {
  /// The kernel's name.
  public let kernel: String
  /// The case's name.
  public let caseName: String
  /// Where the case is from.
  public let origin: Origin
  /// The case's extents, options and optional operands.
  public let size: Size
  /// What was checked: the values, or a law by its name.
  public let check: String
  /// The variant's name, or `reference`.
  public let variant: String
  /// What of the kernel.
  public let pass: Pass
  /// The precision by name; the reference's own laws are checked in the oracle's.
  public let precision: String
  /// How many threads.
  public let threads: Int
  /// What was found.
  public var outcome: Outcome
  /// The figures, for values; empty for laws.
  public let findings: [Finding]
  /// How long the check took.
  public var seconds: Double
  /// For a law the seed of what it draws; nil where values were judged.
  public var seed: Int?
  /// Where and how the values are wrong, for values that are.
  public var diagnosis: Diagnosis?
  /// For a failure the small case that was kept, where one was.
  public var kept: KeptFailure?
  /// For a program from outside the arguments of `hippodrome verify` that name it; else none.
  public var program: [String] = []
  /// For a program from outside, whether it was asked for several passes at once: so it must be when this is repeated.
  public var isOfSeveralPasses = false
  /// What a program from outside wrote to its standard error before it failed.
  public var errors = ""
  /// What the author of a program from outside asked for in place of the suite's own rule.
  public var terms = Terms()
  /// Whether it was not judged since the precision that was asked for does not hold the operands.
  public var isBeyondPrecision = false

  /// Whether it passes by its tolerance alone: some error is over the bound itself.
  public var passesByTolerance: Bool { outcome == .pass && findings.contains { $0.share > 1 } }

  /// Where cases come from.
  public enum Origin: Hashable, Sendable {
    /// A case file at this path, computed by an official implementation or by a recipe of the suite.
    case file(String, isGolden: Bool)
    /// Drawn for a law from this seed.
    case law(seed: Int)
  }

  /// The arguments of `hippodrome` that repeat the checks of this case.
  public var replayOfCase: String { Self.line(argumentsOfCase) }

  /// The arguments of `hippodrome` that repeat this check alone.
  public var replay: String {
    var arguments = argumentsOfCase
    if program.isEmpty { arguments += variantArguments }
    // A program is asked for as much as before: it may fail because of what else it is asked for. But gradients alone are demanded.
    if !program.isEmpty, pass == .gradient || !isOfSeveralPasses { arguments += ["--pass", pass.rawValue] }
    return Self.line(arguments)
  }

  /// The arguments of `hippodrome` that repeat this check on the small case that was kept; nil where none was.
  public var replayOfKept: String? {
    guard let kept, let path = kept.path else { return nil }
    let law = kept.seed.map { ["--law", check, "--seed", "\($0)"] } ?? []
    return Self.line(["verify", kernel, "--cases", Self.place(path)] + law + variantArguments)
  }

  private var argumentsOfCase: [String] {
    switch origin {
    case .file(let path, _):
      let law = seed.map { ["--law", check, "--seed", "\($0)"] } ?? []
      return ["verify", kernel, "--cases", Self.place(path)] + law + program
    case .law(let seed):
      return ["verify", kernel, "--law", check, "--case", caseName, "--seed", "\(seed)", "--seeds", "1"] + program
    }
  }

  private var variantArguments: [String] {
    let arguments = ["--variant", variant, "--pass", pass.rawValue]
    return variant == "reference" ? arguments : arguments + ["--precision", precision, "--threads", "\(threads)"]
  }

  /// A path that is not taken for an option.
  private static func place(_ path: String) -> String { path.hasPrefix("-") ? "./" + path : path }

  /// The arguments as a shell reads them. A value that looks like an option is joined to the one that it belongs to.
  private static func line(_ arguments: [String]) -> String {
    arguments.reduce(into: "") { line, argument in
      let isOption = argument.range(of: "^--[a-z]+(-[a-z]+)*$", options: .regularExpression) != nil
      if argument.hasPrefix("-"), !isOption {
        line += "=" + quoted(argument)
      } else {
        line += (line.isEmpty ? "" : " ") + quoted(argument)
      }
    }
  }

  /// A word as a shell reads it.
  public static func quoted(_ text: String) -> String {
    !text.isEmpty && text.allSatisfy { $0.isLetter || $0.isNumber || "-_.+/,=:".contains($0) }
      ? text : "'" + text.replacing("'", with: "'\\''") + "'"
  }
}
