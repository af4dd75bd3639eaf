import KernelSpec
import Numerics
import Tensors

/// One operand that is wrong, scalar by scalar, with the names of its axes: what a diagnosis is made from.
///
/// A complex operand has one axis more, `part`, along which the real part comes before the imaginary part.
struct ErrorField {
  /// The axis of real and imaginary parts.
  static let part = "part"

  /// The axes' names, slowest first.
  let axes: [String]
  let shape: [Int]
  let found: [Oracle]
  let expected: [Oracle]
  /// What the error of each scalar is relative to, as in `Deviation`: its row's root mean square or, where it is larger, itself.
  let scales: [Oracle]
  /// The relative error beyond which a scalar is wrong.
  let limit: Oracle
  /// Which scalars are wrong; where some are not finite, which are not.
  let isWrong: [Bool]
  /// Whether no scalar is over the bound of a single one, but all together are over theirs.
  let isSpread: Bool
  /// Whether all that was found is finite.
  let isFinite: Bool
  /// The axis along which errors are followed: the sequence or, where there is none, the last one that is no part of a number.
  let along: Int
  private let allowance: Allowance
  private let strides: [Int]

  /// The field of `found`, which should be `expected`, both of the shape that `spec` has. Errors count by as much as they exceed the
  /// allowance.
  init<T: Scalar>(
    _ spec: OperandSpec, found: Operand<T>, expected: Operand<Oracle>, bound: Deviation, magnitudes: [Oracle]?,
    allowance: Allowance = .none, sequence: String?
  ) {
    axes = spec.axes + (expected.isComplex ? [Self.part] : [])
    shape = expected.shape + (expected.isComplex ? [2] : [])
    self.found = found.scalars.map { Oracle($0) }
    self.expected = expected.scalars
    let row = max(1, (expected.shape.last ?? 1) * (expected.isComplex ? 2 : 1))
    scales = Self.scales(self.expected, row: row, magnitudes: magnitudes)
    isFinite = self.found.allSatisfy(\.isFinite)
    self.allowance = allowance
    let errors = self.found.indices.map { [found = self.found, expected = self.expected, scales] in
      allowance.excess(found[$0] - expected[$0], $0) / scales[$0]
    }
    let isOver = errors.contains { !($0 <= Oracle(bound.element)) }
    isSpread = !isOver
    let limit = isOver ? Oracle(bound.element) : Oracle(min(bound.element, bound.row, bound.global))
    self.limit = limit
    isWrong = isFinite ? errors.map { !($0 <= limit) } : self.found.map { !$0.isFinite }
    along = spec.axes.firstIndex { $0 == sequence } ?? max(0, spec.axes.count - 1)
    var strides = Array(repeating: 1, count: shape.count)
    for axis in shape.indices.dropLast().reversed() { strides[axis] = strides[axis + 1] * shape[axis + 1] }
    self.strides = strides
  }

  private static func scales(_ expected: [Oracle], row: Int, magnitudes: [Oracle]?) -> [Oracle] {
    var scales: [Oracle] = []
    scales.reserveCapacity(expected.count)
    for start in stride(from: 0, to: expected.count, by: row) {
      let values = expected[start..<start + row]
      let rms = (values.reduce(0) { $0 + $1 * $1 } / Oracle(row)).squareRoot()
      let common = max(rms, magnitudes?[start / row] ?? 0)
      // A row of zeros has no scale of its own: its errors count as they are.
      for value in values { scales.append(common == 0 ? 1 : max(common, abs(value))) }
    }
    return scales
  }

  var count: Int { found.count }

  /// How far the index of a scalar moves for one step along an axis.
  func step(_ axis: Int) -> Int { strides[axis] }

  /// The scalar's index along an axis.
  func coordinate(_ scalar: Int, _ axis: Int) -> Int { scalar / strides[axis] % shape[axis] }

  /// The scalar's error, relative to its scale.
  func error(_ scalar: Int) -> Oracle {
    allowance.excess(found[scalar] - expected[scalar], scalar) / scales[scalar]
  }

  /// The scalar that is furthest off; the first that is not finite where there is one.
  var worst: Int {
    if !isFinite { return isWrong.firstIndex(of: true)! }
    return found.indices.max { error($0) < error($1) } ?? 0
  }

  /// For each axis the indices at which something is wrong.
  var affected: [[Bool]] {
    var affected = shape.map { Array(repeating: false, count: $0) }
    for scalar in isWrong.indices where isWrong[scalar] {
      for axis in shape.indices { affected[axis][coordinate(scalar, axis)] = true }
    }
    return affected
  }

  /// The scalars whose every index is an affected one: the smallest block, with gaps, that holds all that is wrong.
  func scope(_ affected: [[Bool]]) -> [Int] {
    found.indices.filter { scalar in shape.indices.allSatisfy { affected[$0][coordinate(scalar, $0)] } }
  }

  /// A scalar's place by the names of axes, such as `b=2, d=7, l=64`.
  func place(_ scalar: Int) -> String {
    Self.place(shape.indices.map { coordinate(scalar, $0) }, axes)
  }

  /// An index by the names of axes.
  static func place(_ index: [Int], _ axes: [String]) -> String {
    zip(axes, index).map { axis, index in
      axis == part ? (index == 0 ? "real" : "imaginary") : "\(axis.lowercased())=\(index)"
    }.joined(separator: ", ")
  }
}
