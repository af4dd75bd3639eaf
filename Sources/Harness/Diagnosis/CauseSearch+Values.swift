import Numerics
import Tensors

// Families that need no more than what was found and what was expected.

extension CauseSearch {
  /// The families that explain the values, the best first.
  ///
  /// - Parameter extents: the size's extents and what is derived from them, by which a factor may be named.
  func causes(extents: [Extent]) -> [Cause] {
    if let constant { return [constant] }
    if let repetition { return [repetition] }
    let all = [sign, conjugate, factor(extents), offset] + shifts + [reversal] + permutations
    return all.compactMap(\.self).sorted { $0.residual < $1.residual }
  }

  /// The same number wherever something is wrong.
  private var constant: Cause? {
    let wrong = scope.filter { field.isWrong[$0] }
    guard let value = wrong.first.map({ field.found[$0] }), wrong.allSatisfy({ field.found[$0] == value }) else {
      return nil
    }
    if value == 0 { return Cause("zeros", residual: 0) }
    guard wrong.count >= 8 else { return nil }
    return Cause(
      "\(short(Double(value))) everywhere", residual: 0, families: ["the same number everywhere"])
  }

  /// What stands one position earlier, bit for bit.
  private var repetition: Cause? {
    let wrong = scope.filter { field.isWrong[$0] }
    guard wrong.count >= 8 else { return nil }
    let repeats = wrong.allSatisfy { scalar in
      neighbour(scalar, field.along, -1).map { field.found[$0] == field.found[scalar] } ?? false
    }
    return repeats ? Cause("each a copy of the one before it", residual: 0) : nil
  }

  private var sign: Cause? { cause("the sign is flipped") { -field.expected[$0] } }

  private var conjugate: Cause? {
    guard let part = field.axes.firstIndex(of: ErrorField.part) else { return nil }
    // Only imaginary parts are affected; what holds of them is that their sign is flipped.
    guard affected[part] == [false, true] else { return nil }
    return cause("the conjugate") { -field.expected[$0] }
  }

  /// A multiple of what was expected.
  private func factor(_ extents: [Extent]) -> Cause? {
    guard let factor = factor(of: { field.expected[$0] }, for: { field.found[$0] }), abs(factor + 1) > 2e-3,
      let residual = residual(of: { factor * field.expected[$0] })
    else { return nil }
    return FactorName(Double(factor), extents).cause(residual)
  }

  /// The same number added everywhere.
  private var offset: Cause? {
    let differences = scope.map { field.found[$0] - field.expected[$0] }
    let mean = differences.reduce(0, +) / Oracle(max(1, differences.count))
    return cause("\(short(Double(mean))) added everywhere", "the same number added everywhere") {
      field.expected[$0] + mean
    }
  }

  /// What belongs one position earlier or later.
  private var shifts: [Cause?] {
    let name = field.axes[field.along].lowercased()
    return [-1, 1].map { steps in
      let what = steps < 0 ? "late: what belongs at \(name) − 1" : "early: what belongs at \(name) + 1"
      return cause("one position too \(what)") { scalar in
        neighbour(scalar, field.along, steps).map { field.expected[$0] }
      }
    }
  }

  private var reversal: Cause? {
    let last = field.shape[field.along] - 1
    return cause("reversed along \(field.axes[field.along].lowercased())") { scalar in
      neighbour(scalar, field.along, last - 2 * field.coordinate(scalar, field.along)).map { field.expected[$0] }
    }
  }

  /// What belongs at other indices of an axis.
  private var permutations: [Cause?] {
    field.shape.indices.filter { $0 != field.along && (2...64).contains(field.shape[$0]) }.map(permutation)
  }

  private func permutation(_ axis: Int) -> Cause? {
    let indices = affected[axis].indices.filter { affected[axis][$0] }
    let slices = indices.map { index in scope.filter { field.coordinate($0, axis) == index } }
    guard let first = slices.first, first.count * indices.count * field.shape[axis] <= 20_000_000 else { return nil }
    var sources: [Int] = []
    var worst = 0.0
    for (index, slice) in zip(indices, slices) {
      let fits = (0..<field.shape[axis]).filter { $0 != index }.compactMap { source in
        residual(of: { neighbour($0, axis, source - index).map { field.expected[$0] } }, in: slice)
          .map { (source, $0) }
      }
      guard let best = fits.min(by: { $0.1 < $1.1 }) else { return nil }
      sources.append(best.0)
      worst = max(worst, best.1)
    }
    let name = field.axes[axis].lowercased()
    if Set(sources).count == 1, sources.count > 1 {
      return Cause("what belongs at \(name) = \(sources[0]), at every \(name)", residual: worst)
    }
    let moves = zip(indices, sources).prefix(4).map { "\($0) has that of \($1)" }.joined(separator: ", ")
    return Cause(
      "indices of \(name) are exchanged: \(moves)\(indices.count > 4 ? ", …" : "")", residual: worst,
      families: ["indices of \(name) are exchanged"])
  }
}
