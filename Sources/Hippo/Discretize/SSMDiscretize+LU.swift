import KernelSpec
import Lanes
import Parallel

/// What one thread needs to discretize heads: matrices and vectors with room for whole vectors in each row.
protocol HeadDiscretizer: AnyObject {
  associatedtype T: SquareLane
  /// The bytes of one of these.
  static func bytes(_ N: Int) -> Int
  init(_ size: Size)
  /// The forward pass of one head; pointers are to its own operands.
  func discretize(
    _ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T, _ Abar: UnsafeMutablePointer<T>,
    _ Bbar: UnsafeMutablePointer<T>)
  /// The gradient of one head.
  func gradient(
    _ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T, _ G: UnsafePointer<T>, _ g: UnsafePointer<T>,
    _ gradA: UnsafeMutablePointer<T>, _ gradB: UnsafeMutablePointer<T>
  ) -> T
}

/// The generalized bilinear transform by one factorization, which solves for Abar and Bbar, and transposed for the gradient: elimination
/// with row exchanges, as the definition's, in panels.
final class BilinearDiscretizer<T: SquareLane>: HeadDiscretizer {
  private let N: Int
  private let alpha: T
  private let shelf: Shelf<T>
  private let order: Workspace<Int>

  static func bytes(_ N: Int) -> Int {
    Shelf<T>.bytes(N, matrices: 4, vectors: 4) + N * MemoryLayout<Int>.stride
  }

  init(_ size: Size) {
    N = size.N
    alpha = T(size.number("alpha")!)
    shelf = Shelf(N, matrices: 4, vectors: 4)
    order = Workspace(N)
  }

  @inline(__always) private var factors: Factors<T> { Factors(shelf.matrix(0), N, order: order.base) }

  /// Factors `I − α dt A`, and solves for Abar and, as a row, Bbar.
  @inline(__always) private func solve(_ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T) {
    let factors = factors, Abar = shelf.matrix(1), Bbar = shelf.vector(0)
    let step = alpha * dt, rest = (1 - alpha) * dt
    for i in 0..<N {
      let row = factors.block.row(i), source = A + i * N
      for j in 0..<N { row[j] = -step * source[j] }
      row[i] += 1
    }
    factors.factor()
    for i in 0..<N {
      let from = factors.order[i]
      let row = Abar.row(i), source = A + from * N
      for j in 0..<N { row[j] = rest * source[j] }
      row[from] += 1
      Bbar[i] = dt * B[from]
    }
    Factors.solveLower(factors.block, Abar, N, columns: shelf.stride, isUnit: true)
    Factors.solveUpper(factors.block, Abar, N, columns: shelf.stride, isUnit: false)
    for i in 0..<N { Bbar[i] -= dot(factors.block.row(i), Bbar, 0..<i) }
    for i in (0..<N).reversed() {
      Bbar[i] = (Bbar[i] - dot(factors.block.row(i), Bbar, i + 1..<N)) / factors.block[i, i]
    }
  }

  /// The sum of products over a range, in two vectors.
  @inline(__always) private func dot(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ range: Range<Int>) -> T {
    var sums = T.Lanes(repeating: 0)
    var k = range.lowerBound
    while k + T.width <= range.upperBound {
      sums = T.multiplyAdd(T.load(a + k), T.load(b + k), sums)
      k += T.width
    }
    var sum = sums.sum()
    while k < range.upperBound {
      sum += a[k] * b[k]
      k += 1
    }
    return sum
  }

  func discretize(
    _ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T, _ Abar: UnsafeMutablePointer<T>,
    _ Bbar: UnsafeMutablePointer<T>
  ) {
    solve(A, B, dt)
    let solution = shelf.matrix(1)
    for i in 0..<N { (Abar + i * N).update(from: solution.row(i), count: N) }
    Bbar.update(from: shelf.vector(0), count: N)
  }

  func gradient(
    _ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T, _ G: UnsafePointer<T>, _ g: UnsafePointer<T>,
    _ gradA: UnsafeMutablePointer<T>, _ gradB: UnsafeMutablePointer<T>
  ) -> T {
    solve(A, B, dt)
    let Abar = shelf.matrix(1), Bbar = shelf.vector(0)
    let transposed = shelf.matrix(2), right = shelf.matrix(3), q = shelf.vector(1)
    shelf.transpose(factors.block, transposed)
    for i in 0..<N {
      right.row(i).update(from: G + i * N, count: N)
      q[i] = g[i]
    }
    // M = Xᵀ L U with exchanges X, so M⁻ᵀ = Xᵀ L⁻ᵀ U⁻ᵀ.
    Factors.solveLower(transposed, right, N, columns: shelf.stride, isUnit: false)
    Factors.solveUpper(transposed, right, N, columns: shelf.stride, isUnit: true)
    for i in 0..<N { q[i] = (q[i] - dot(transposed.row(i), q, 0..<i)) / transposed[i, i] }
    for i in (0..<N).reversed() { q[i] -= dot(transposed.row(i), q, i + 1..<N) }

    // S = (1−α) I + α Abar, transposed; P Sᵀ + α q Bbarᵀ is then the gradient of dt A, row by row in the factors' order.
    let S = shelf.matrix(0)
    shelf.transpose(Abar, S)
    let factor = T.Lanes(repeating: alpha)
    for i in 0..<N {
      let row = S.row(i)
      for j in stride(from: 0, to: shelf.stride, by: T.width) { T.store(T.load(row + j) * factor, row + j) }
      row[i] += 1 - alpha
    }
    let product = shelf.matrix(2)
    Product.multiply(right, S, product, rows: N, inner: N, columns: N)
    var sum: T = 0
    for i in 0..<N {
      let target = order.base[i]
      let row = product.row(i), source = A + target * N, result = gradA + target * N
      let weight = alpha * q[i]
      for j in 0..<N { row[j] += weight * Bbar[j] }
      sum += dot(row, source, 0..<N) + q[i] * B[target]
      for j in 0..<N { result[j] = dt * row[j] }
      gradB[target] = dt * q[i]
    }
    return sum
  }
}
