import KernelSpec
import Lanes

/// How a kernel's operands make the modes of exponential sums: for head h, mode m has a pole z and a coefficient v.
///
/// A filter is `Σₘ Re(v zˡ)` at `l = 0 … L−1`; the sums of a sequence g are `s₀ = Σ gₗ zˡ` and `s₁ = Σ gₗ l z^(l−1)` for each mode. Workers
/// that compute either are written once, and specialized to each rule.
///
/// A rule knows where the operands and results of one call are. Workers keep it, since what a closure captures must not depend on it:
/// such closures are specialized without inlining.
protocol ModeRule: SendableMetatype {
  associatedtype T: ModeLane
  /// How many of a mode's operands are kept in lanes.
  static var columns: Int { get }
  /// Whether poles and coefficients are real: then workers leave imaginary parts out.
  static var isReal: Bool { get }
  /// How many modes a head has.
  static func modes(_ size: Size) -> Int
  /// Reads the operands of a head into lanes.
  func load(_ head: Int, _ modes: ModeLanes<T>)
  /// The poles of one group of the head that has been loaded.
  func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers
}

extension ModeRule {
  static var isReal: Bool { false }
  /// How many real numbers a mode is.
  static var parts: Int { isReal ? 1 : 2 }

  static func modes(_ size: Size) -> Int { size.N / 2 }
}

/// A rule with coefficients, for filters.
protocol FilterRule: ModeRule {
  /// Poles and coefficients of one group of the head that has been loaded.
  func mode(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> (pole: T.Powers, coefficient: ComplexLanes)
}

/// A rule with what becomes of the sums of a head's modes.
protocol SumRule: ModeRule {
  /// Which sums it needs.
  static var needsPlain: Bool { get }
  static var needsWeighted: Bool { get }
  /// How many lanes of each group `finish` needs besides the operands.
  static var scratchColumns: Int { get }
  /// Writes a head's results.
  func finish(
    _ head: Int, _ modes: ModeLanes<T>, _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
    _ scratch: UnsafeMutablePointer<ComplexLanes>)
}

extension SumRule {
  static var needsPlain: Bool { true }
  static var needsWeighted: Bool { true }
}

/// One thread's part of a variant, with memory of its own.
protocol ModeWorker: AnyObject, SendableMetatype {
  associatedtype Rule: ModeRule
  static func blocking(_ size: Size) -> Blocking
  /// How much memory it keeps.
  static func bytes(_ blocking: Blocking) -> Int
  init(_ blocking: Blocking)
  /// The rule of the call at hand.
  var rule: Rule! { get set }
}

/// What a thread does with rows of one head's filter.
protocol FilterWorker: ModeWorker where Rule: FilterRule {
  /// Writes `rows` of the filter, `K` being its first element.
  func filter(_ head: Int, _ rows: Range<Int>, _ K: UnsafeMutablePointer<Rule.T>)
}

/// What a thread does with rows of one head's sequence.
protocol SumWorker: ModeWorker where Rule: SumRule {
  /// Writes the sums over `rows` to `s0` and `s1`; the sequence begins at `g`.
  func sum(
    _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<Rule.T>,
    _ s0: UnsafeMutablePointer<ComplexLanes>, _ s1: UnsafeMutablePointer<ComplexLanes>)
}

extension ModeWorker {
  static func blocking(_ size: Size, block: Int) -> Blocking {
    Blocking(heads: size.H, modes: Rule.modes(size), length: size.L, block: block)
  }
}
