import Fixtures
import Numerics
import Tensors

/// A floating-point format with fewer bits than those that results are stored in.
enum NarrowFormat: String, CaseIterable, Sendable {
  /// 8 significant bits, and the exponents of 32 bits.
  case bfloat16
  /// IEEE 754's binary16: 11 significant bits, at most 65504, gradual below 2⁻¹⁴.
  case half
  /// IEEE 754's binary32.
  case float

  /// The bits of its significand, the leading one counted.
  var bits: Int {
    switch self {
    case .bfloat16: 8
    case .half: 11
    case .float: 24
    }
  }

  var name: String {
    switch self {
    case .bfloat16: "bfloat16"
    case .half: "half precision"
    case .float: "single precision"
    }
  }

  /// The least exponent of a normal number; the greatest is its negative and one more.
  var leastExponent: Int { self == .half ? -14 : -126 }

  /// The distance from 1 to the next number: twice the unit roundoff.
  var ulp: Double { .pow(2, 1 - bits) }

  /// The greatest finite number.
  var greatest: Double { (2 - ulp) * .pow(2, 1 - leastExponent) }

  /// The least positive number, which is also the distance of subnormal numbers from each other.
  var leastNonzero: Double { ulp * .pow(2, leastExponent) }

  /// The nearest number of the format. The ranges of exponents are not kept: what overflows shows otherwise.
  func rounded(_ value: Oracle) -> Oracle {
    guard value.isFinite, value != 0 else { return value }
    let unit = Oracle(sign: .plus, exponent: value.exponent - Oracle.Exponent(bits - 1), significand: 1)
    return (value / unit).rounded(.toNearestOrEven) * unit
  }

  /// Operands as the format holds them: gradual below its normal numbers, infinite beyond its greatest.
  func stored<T: Scalar>(_ operands: Operands<T>) -> Operands<T> {
    limited(operands.mapped { $0.rounded(bits: bits, least: leastExponent) })
  }

  /// A case with its operands so.
  func stored(_ item: Case) -> Case { item.with(inputs: stored(item.inputs), cotangents: stored(item.cotangents)) }

  /// Operands as they are, but infinite where they round to more than the greatest number.
  func limited<T: Scalar>(_ operands: Operands<T>) -> Operands<T> {
    let limit = (2 - ulp / 2) * .pow(2, 1 - leastExponent)
    return operands.mapped { operand in
      Operand(
        shape: operand.shape, isComplex: operand.isComplex,
        scalars: operand.scalars.map {
          Double(abs($0)) < limit || !$0.isFinite ? $0 : $0 < 0 ? -T.infinity : T.infinity
        })
    }
  }

  /// The first scalar of a case that the format cannot hold even roughly, in words; nil where there is none.
  func overflow(in item: Case) -> String? { overflow(in: item.inputs) ?? overflow(in: item.cotangents) }

  private func overflow(in operands: Operands<Double>) -> String? {
    firstChange(operands) { limited($0) }.map { "\($0), but \(rawValue) ends at \(short(greatest))" }
  }

  /// The first scalar that the format does not hold as it is, in words; nil where there is none.
  func inexact(in operands: Operands<Double>) -> String? {
    firstChange(operands) { stored($0) }.map { "\($0), which is no number of \(rawValue)" }
  }

  private func firstChange(_ operands: Operands<Double>, _ hold: (Operands<Double>) -> Operands<Double>) -> String? {
    // As real numbers: of a complex one that is infinite no part can be told.
    let parts = operands.mapped { Operand(shape: [$0.scalars.count], isComplex: false, scalars: $0.scalars) }
    let held = hold(parts)
    for name in parts.names {
      let change = zip(parts[name]!.scalars, held[name]!.scalars).first { $0 != $1 }
      if let change { return "\(name) has \(short(change.0))" }
    }
    return nil
  }
}

extension Operands {
  /// Every operand changed.
  fileprivate func mapped(_ change: (Operand<T>) -> Operand<T>) -> Operands {
    Operands(Dictionary(uniqueKeysWithValues: names.map { ($0, change(self[$0]!)) }))
  }
}
