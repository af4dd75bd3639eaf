import Fixtures
import KernelSpec

/// A precision that a program from outside may be judged in: those of the suite's variants, and two that none of them has.
public enum OutsidePrecision: String, Hashable, Sendable, Codable, CaseIterable {
  /// 32 bits.
  case float
  /// 64 bits.
  case double
  /// IEEE 754's binary16.
  case half
  /// The upper half of 32 bits.
  case bfloat16

  /// The precision of variants.
  public init(_ precision: Precision) { self = precision == .float ? .float : .double }

  /// The precision of variants that it is; nil where none has it.
  public var ofVariants: Precision? {
    switch self {
    case .float: .float
    case .double: .double
    case .half, .bfloat16: nil
    }
  }

  /// The format of numbers that no variant computes in; nil for those of variants.
  var format: NarrowFormat? {
    switch self {
    case .float, .double: nil
    case .half: .half
    case .bfloat16: .bfloat16
    }
  }

  /// The precision in which the reference is evaluated, and which holds all of its numbers.
  var held: Precision { ofVariants ?? .float }

  /// A case with its operands as the precision holds them; double holds them as they are.
  func stored(_ item: Case) -> Case { format?.stored(item) ?? (self == .float ? item.rounded() : item) }
}
