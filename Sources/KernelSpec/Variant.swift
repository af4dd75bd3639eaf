import Numerics
import Tensors

/// A floating-point format that variants compute in.
public enum Precision: String, Hashable, Sendable, Codable, CaseIterable {
  /// 32 bits.
  case float
  /// 64 bits.
  case double
}

/// The reason why a variant does not take a size. A verdict of its own, not a failure.
public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
  /// The reason, in one line.
  public let description: String

  /// A refusal that prints as `reason`.
  public init(_ reason: String) { description = reason }
}

/// One call: reads and writes through the arguments, allocates nothing, and leaves its inputs as they were. One call at a time:
/// what was prepared holds the workspace.
public typealias Run<T: Scalar> = (borrowing Arguments<T>) -> Void

/// One optimized implementation of one pass of a kernel in one precision on a number of threads.
public struct Variant: Sendable {
  /// What of the kernel it computes.
  public let pass: Pass
  /// Says the idea: `powers`, `chunk-64`, `fftw`.
  public let name: String
  /// How many threads it uses.
  public let threads: Int
  /// The idea in one line, for reports.
  public let idea: String
  /// Bytes it holds beyond the operands, as a function of the size: what its docstring says.
  public let workspace: @Sendable (Size) -> Int
  /// Whether every call starts from nothing, in a process of its own: what one leaves for the next need not be looked for, and calls are
  /// dear.
  public let startsAnew: Bool
  /// How time and workspace grow with the size: measurements are held against it.
  public let claims: Claims
  /// Plans and allocates for a size; sees no data.
  public let prepare: Preparation

  /// A preparation in the variant's precision.
  public enum Preparation: Sendable {
    /// For 32-bit operands.
    case float(@Sendable (Size) throws(Refusal) -> Run<Float>)
    /// For 64-bit operands.
    case double(@Sendable (Size) throws(Refusal) -> Run<Double>)
  }

  /// A variant; see the properties.
  public init(
    _ pass: Pass, _ name: String, threads: Int = 1, idea: String,
    workspace: @escaping @Sendable (Size) -> Int, claims: Claims = Claims(), startsAnew: Bool = false,
    prepare: Preparation
  ) {
    self.pass = pass
    self.name = name
    self.threads = threads
    self.idea = idea
    self.workspace = workspace
    self.claims = claims
    self.startsAnew = startsAnew
    self.prepare = prepare
  }

  /// The precision it computes in.
  public var precision: Precision {
    if case .float = prepare { .float } else { .double }
  }

  /// What tells it apart within its kernel, such as `blocked-gradient-float-2`.
  public var label: String { "\(name)-\(pass.rawValue)-\(precision.rawValue)-\(threads)" }
}

/// A precision that variants compute in, as a type.
public protocol VariantScalar: Scalar {
  /// The preparation of a variant in this precision, nil where the variant computes in another.
  static func preparation(of variant: Variant) -> ((Size) throws(Refusal) -> Run<Self>)?
}

extension Float: VariantScalar {
  public static func preparation(of variant: Variant) -> ((Size) throws(Refusal) -> Run<Float>)? {
    if case .float(let prepare) = variant.prepare { prepare } else { nil }
  }
}

extension Double: VariantScalar {
  public static func preparation(of variant: Variant) -> ((Size) throws(Refusal) -> Run<Double>)? {
    if case .double(let prepare) = variant.prepare { prepare } else { nil }
  }
}
