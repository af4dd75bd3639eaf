import Numerics
import Tensors

extension CauseSearch {
  /// The narrowest format of whose numbers all that was found is, if the numbers are those nearest to what was expected or near them.
  func rounding(of bits: Int) -> Cause? {
    for format in NarrowFormat.allCases where format.bits < bits {
      let isNarrow = scope.allSatisfy { format.rounded(field.found[$0]) == field.found[$0] }
      // Few distinct numbers may be round by themselves.
      guard isNarrow, Set(scope.prefix(1000).map { field.found[$0] }).count >= 16 else { continue }
      // A small error of the variant's own turns numbers that lie halfway, which are then off by a unit.
      let unit = Oracle.pow(2, Oracle(1 - format.bits))
      let isNear = scope.allSatisfy { scalar in
        abs(field.found[scalar] - field.expected[scalar]) <= unit * abs(field.expected[scalar])
      }
      if isNear {
        let residual = rest { format.rounded(field.expected[$0]) }
        return Cause("rounded to \(format.name), \(format.bits) bits", residual: residual)
      }
    }
    return nil
  }

  /// How many bits of what was expected were found, where errors are spread evenly as those of rounding are: in nine of ten scalars of
  /// the whole operand, and within a factor of eight in the middle half of them, relative either to the values or to their rows.
  /// Nothing is said of why.
  var rightBits: Double? {
    let own = field.found.indices.filter { field.expected[$0] != 0 }.map {
      Double(abs(field.found[$0] - field.expected[$0]) / abs(field.expected[$0]))
    }
    return bits(of: own) ?? bits(of: field.found.indices.map { Double(field.error($0)) })
  }

  private func bits(of errors: [Double]) -> Double? {
    let sorted = errors.sorted()
    guard sorted.count >= 64, sorted[sorted.count / 10] > 0 else { return nil }
    let (lower, middle, upper) = (sorted[sorted.count / 4], sorted[sorted.count / 2], sorted[3 * sorted.count / 4])
    let bits = -Double.log(middle) / Double.log(2)
    return upper <= 8 * lower && bits >= 5 ? bits : nil
  }
}
