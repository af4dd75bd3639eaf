import KernelSpec
import Lanes

/// The powers `Abar^(k 2^i)` of one head, up to that of a whole block.
///
/// With `Abar = D − u v` the first of them, which no power before it is needed for, is a diagonal and a product of k columns and rows to
/// a rank:
///
///     Abar^k = D^k − Σᵢ (Abar^i u) (v D^(k−1−i)),   i = 0 … k−1
///
/// It is squared from there on. Errors are those of k steps and of what the squares double.
struct SystemPowers {
  let matrices: DenseMatrices
  /// The exponent of the first power, and how many times it is squared.
  let first, squarings: Int
  private let ranks, inner: Int

  /// The first power of the forward pass takes about as much work as a square of it. That of the gradient is a small one, since the
  /// adjoint goes back through its steps one by one: a step of a matrix costs about as much as a square of it divided by a
  /// sixteenth of the order. Small matrices are cheap in any case.
  init(length: Int, ranks: Int, block: Int, _ pass: Pass) {
    matrices = DenseMatrices(order: length)
    self.ranks = ranks
    var first = 1
    func isWorthIt() -> Bool {
      pass == .forward ? 2 * first * ranks <= length : 16 * first <= length || length <= 32
    }
    while 2 * first <= block, isWorthIt() { first *= 2 }
    self.first = first
    squarings = (block / first).trailingZeroBitCount
    inner = DenseMatrices.padded(first * ranks, Double.width)
  }

  /// How many numbers all powers take, or one in the place of the other.
  var doubles: Int { (squarings + 1) * matrices.square }

  /// How many numbers are needed to compute them.
  var scratch: Int { columns + (inner + max(inner, matrices.order)) * matrices.stride }

  private var columns: Int { DenseMatrices.padded(matrices.order, Tile<Double>.rows) * inner }

  /// Writes all powers one after another.
  func compute(
    _ system: DiscreteSystem, _ powers: UnsafeMutablePointer<Double>, _ scratch: UnsafeMutablePointer<Double>
  ) {
    let rows = scratch + columns
    let strips = rows + inner * matrices.stride
    multiplyDifferences(system, powers, scratch, rows, strips)
    addDiagonal(system, powers, rows)
    for k in 0..<squarings {
      let power = powers + k * matrices.square
      matrices.pack(power, rows: matrices.order, strips)
      matrices.multiply(
        power, matrices.stride, rows: matrices.order, strips, inner: matrices.order, power + matrices.square)
    }
  }

  /// `−Σᵢ (Abar^i u) (v D^(k−1−i))`.
  private func multiplyDifferences(
    _ system: DiscreteSystem, _ power: UnsafeMutablePointer<Double>, _ columns: UnsafeMutablePointer<Double>,
    _ rows: UnsafeMutablePointer<Double>, _ strips: UnsafeMutablePointer<Double>
  ) {
    let stride = matrices.stride
    rows.update(repeating: 0, count: inner * stride)
    for r in 0..<ranks {
      for k in 0..<matrices.order { rows[r * stride + k] = -system.u[r * matrices.order + k] }
    }
    for i in ranks..<first * ranks { system.step(rows + (i - ranks) * stride, rows + i * stride) }
    for i in Swift.stride(from: 0, to: inner, by: Double.width) {
      for k in Swift.stride(from: 0, to: matrices.order, by: Double.width) {
        Double.transpose(
          { Double.load(rows + (i + $0) * stride + k) }, { Double.store($1, columns + (k + $0) * inner + i) })
      }
    }
    let last = (first - 1) * ranks
    for r in 0..<ranks {
      (rows + (last + r) * stride).update(from: system.v + r * matrices.order, count: matrices.order)
    }
    for i in (0..<last).reversed() { system.turnRow(rows + (i + ranks) * stride, rows + i * stride) }
    matrices.pack(rows, rows: inner, strips)
    matrices.multiply(columns, inner, rows: matrices.order, strips, inner: inner, power)
  }

  /// `D^k`.
  private func addDiagonal(
    _ system: DiscreteSystem, _ power: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Double>
  ) {
    let half = system.half
    for m in 0..<half { (row[m], row[half + m]) = (1, 0) }
    for _ in 0..<first { system.turnRow(row, row) }
    for m in 0..<half {
      let (real, imaginary) = (power + m * matrices.stride, power + (half + m) * matrices.stride)
      real[m] += row[m]
      real[half + m] += row[half + m]
      imaginary[m] -= row[half + m]
      imaginary[half + m] += row[m]
    }
  }
}
