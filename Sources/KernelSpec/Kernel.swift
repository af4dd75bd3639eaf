import Numerics
import Tensors

/// A computation with one meaning and several implementations.
///
/// It reads no file, measures nothing and prints nothing: the harness does.
public protocol Kernel: Sendable {
  /// Name on the command line, in reports, and of the folder in `fixtures/`.
  static var name: String { get }
  /// One line that says what it computes.
  static var summary: String { get }
  /// Operands, outputs, options and extents.
  static var signature: Signature { get }
  /// The definition: the plainest correct code, in any precision.
  ///
  /// Operands fit the signature at `size`: the caller has checked them.
  static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T>
  /// The optimized implementations, plainest first.
  static var variants: [Variant] { get }
  /// What holds whatever the data are.
  static var laws: [Law] { get }
  /// How its definition may be misread, beyond what the signature tells; the likelier first, none by default.
  static var misreadings: [Misreading] { get }
  /// How wrong a variant may be.
  static var tolerance: Tolerance { get }
  /// What errors of an operand's rows are relative to, where that is not the row's own root mean square: one magnitude for each row
  /// (last axis), by output or gradient.
  ///
  /// Fast transforms spread rounding errors of the operands' norms over a whole row, also where the row itself is small because its
  /// terms cancel. A kernel whose best algorithms do so says how large errors naturally are; the default is nothing.
  static func magnitudes(
    _ pass: Pass, _ inputs: Operands<Oracle>, _ cotangents: Operands<Oracle>, _ size: Size
  ) -> [String: [Oracle]]
  /// What outputs are compared by, where the definition leaves them a freedom: quantities that it determines, such as the modulus of an
  /// element whose phase is free, under names of their own. Nil where outputs are compared as they are, which is the default.
  ///
  /// Both sides are put through it in the widest precision, whatever they were computed in: what is stored, what a variant writes, what
  /// a program from outside gives, and the reference. All outputs are present, in the shapes of the signature. Laws compare outputs as
  /// they are, so that such a kernel states only those that hold for them.
  static func invariants(_ outputs: Operands<Oracle>, _ size: Size) -> Operands<Oracle>?
  /// The results of a pass where every multiplier that carries a state to the next step is off by the same share of itself; nil, the
  /// default, where no elementary function of what differs from step to step gives such multipliers.
  ///
  /// The errors of another library's exponential need not average out over the arguments of one case. Steps then add up to an error in
  /// proportion to their number, of which the reference's own, whose sign is random, says nothing.
  static func drifting<T: Scalar>(
    _ pass: Pass, _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size, by share: T
  ) -> Operands<T>?
  /// Nominal cost: one number for all variants, so that rates compare.
  static func work(_ size: Size, _ pass: Pass) -> Work
  /// What the reference costs: the same as `work` unless the definition is of a higher order than the best algorithm.
  static func referenceWork(_ size: Size, _ pass: Pass) -> Work
  /// The sizes that are measured, in the order of reports.
  static var sweep: [Size] { get }
}

/// A kernel with gradients. They are a pass of it, not another kernel.
public protocol DifferentiableKernel: Kernel {
  /// The gradient of `Σ Re⟨cotangents, outputs⟩` with respect to every input present, in any precision.
  ///
  /// Complex gradients are `∂/∂Re + i ∂/∂Im`. There is a cotangent for every output; the caller fills zeros in.
  static func gradient<T: Scalar>(_ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size) -> Operands<T>
}

extension Kernel {
  /// The rule of the suite: at most four times as wrong as the reference in the same precision.
  public static var tolerance: Tolerance { Tolerance() }

  public static var misreadings: [Misreading] { [] }

  public static func magnitudes(
    _ pass: Pass, _ inputs: Operands<Oracle>, _ cotangents: Operands<Oracle>, _ size: Size
  ) -> [String: [Oracle]] { [:] }

  public static func invariants(_ outputs: Operands<Oracle>, _ size: Size) -> Operands<Oracle>? { nil }

  public static func drifting<T: Scalar>(
    _ pass: Pass, _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size, by share: T
  ) -> Operands<T>? { nil }

  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work { work(size, pass) }
}

/// What of a kernel is computed.
public enum Pass: String, Hashable, Sendable, Codable, CaseIterable {
  /// Outputs from inputs.
  case forward
  /// Gradients of the inputs from inputs and cotangents.
  case gradient
}

/// Nominal cost of one call.
public struct Work: Hashable, Sendable, Codable {
  /// Floating-point operations of the plain definition's arithmetic, a multiply–add counting two.
  public let flops: Double
  /// Exponentials and other elementary functions.
  public let transcendentals: Double
  /// Scalars of operands and results, each read or written once.
  public let scalars: Double

  /// A cost; see the properties.
  public init(flops: Double, transcendentals: Double = 0, scalars: Double) {
    self.flops = flops
    self.transcendentals = transcendentals
    self.scalars = scalars
  }
}

/// How wrong a variant may be, relative to the reference in the variant's own precision; both are judged by the oracle.
///
/// Three norms are bounded: global relative L2, the worst row (last axis) relative to that row, and the worst element
/// relative to its row's root mean square. A reference that happens to be exact is credited `ulps` ulps.
public struct Tolerance: Hashable, Sendable {
  /// The factor over the reference's own error.
  public let timesReference: Double
  /// The error that the reference is credited with at least, in ulps of the precision.
  public let ulps: Double

  /// The default is the suite's rule; a kernel that needs another says why beside it.
  public init(timesReference: Double = 4, ulps: Double = 1) {
    self.timesReference = timesReference
    self.ulps = ulps
  }
}

/// A property that needs no expected output.
public enum Law: Hashable, Sendable {
  /// Outputs are linear in these operands together, the others held.
  case linear([String])
  /// Permuting the indices of an extent permutes operands and outputs alike.
  case permutation(String)
  /// Outputs up to any position along the extent depend on operands up to there only: a shorter case is a prefix.
  case causal(String)
  /// Cut in two along the extent, the second part started from the first part's final state: the whole.
  case split(String, initial: String, final: String)
  /// Delaying an operand along the extent by zeros delays the output.
  case timeInvariant(String, operand: String)

  /// A short name for verdicts.
  public var name: String {
    switch self {
    case .linear(let operands): "linear in \(operands.joined(separator: ", "))"
    case .permutation(let extent): "permutation of \(extent)"
    case .causal(let extent): "causal along \(extent)"
    case .split(let extent, _, _): "split along \(extent) with carried state"
    case .timeInvariant(let extent, _): "time-invariant along \(extent)"
    }
  }
}
