import KernelSpec
import Lanes
import Numerics

/// The exponential by scaling and squaring of `X = dt A` and, beside it, of the vector `y = φ(X) dt B`, `φ(X) = Σ Xᵏ/(k+1)!`: doubling the
/// step takes y to `e^X y + y`. So no augmented matrix is multiplied, and no inverse is taken.
///
/// The halved matrix has a norm of at most 1. Taylor's polynomial of degree 9 in single precision and 16 in double, in 4 and 6 products
/// (Paterson and Stockmeyer 1973), is then off by a rounding or two. The derivative goes through the same products, each of which is
/// two then, at the transposed matrix.
final class ExponentialDiscretizer<T: SquareLane>: HeadDiscretizer {
  /// Powers that are kept, and how many of the highest one the polynomial has.
  private static var powers: Int { T.self == Float.self ? 3 : 4 }
  private static var degree: Int { powers * (T.self == Float.self ? 3 : 4) }

  private let N: Int
  private let shelf: Shelf<T>
  /// `1/k!`.
  private let coefficients: [T]

  // Matrices: powers, their slopes, sum and slope, and room to compute the next ones; vectors likewise.
  private static var matrices: Int { 2 * powers + 4 }
  private static var vectors: Int { 2 * (degree + 1) + 4 }

  static func bytes(_ N: Int) -> Int { Shelf<T>.bytes(N, matrices: matrices, vectors: vectors) }

  init(_ size: Size) {
    N = size.N
    shelf = Shelf(N, matrices: Self.matrices, vectors: Self.vectors)
    coefficients = (0...Self.degree + 1).map { T(1 / (1...max(1, $0)).reduce(1.0) { $0 * Double($1) }) }
  }

  @inline(__always) private func power(_ k: Int) -> Block<T> { shelf.matrix(k - 1) }
  @inline(__always) private func slope(_ k: Int) -> Block<T> { shelf.matrix(Self.powers + k - 1) }

  /// How often `dt A` is halved, so that its norm is at most 1.
  @inline(__always) private func halvings(_ A: UnsafePointer<T>, _ dt: T) -> Int {
    var norm: T = 0
    for i in 0..<N {
      var sum: T = 0
      for j in 0..<N { sum += A[i * N + j].magnitude }
      norm = max(norm, sum * dt)
    }
    return norm > 1 && norm.isFinite ? Int(norm.exponent) + 1 : 0
  }

  @inline(__always) private func half(_ times: Int) -> T {
    T(sign: .plus, exponent: T.Exponent(-times), significand: 1)
  }

  /// `target ← Σ cᵢ Xⁱ` for i from 0 below the number of powers, c beginning at `1/first!`, and of the slopes alike.
  @inline(__always) private func combine(
    _ first: Int, withTop: Bool, _ target: Block<T>, _ part: (Int) -> Block<T>, identity: Bool, add: Bool
  ) {
    let count = withTop ? Self.powers : Self.powers - 1
    for i in 0..<N {
      let row = target.row(i)
      for j in stride(from: 0, to: shelf.stride, by: T.width) {
        var sum = add ? T.load(row + j) : T.Lanes(repeating: 0)
        for k in 1...count {
          sum = T.multiplyAdd(T.Lanes(repeating: coefficients[first + k]), T.load(part(k).row(i) + j), sum)
        }
        T.store(sum, row + j)
      }
      if identity { row[i] += coefficients[first] }
    }
  }

  @inline(__always) private func multiply(
    _ left: Block<T>, _ right: Block<T>, _ result: Block<T>, _ accumulation: Accumulation = .set
  ) {
    Product.multiply(left, right, result, rows: N, inner: N, columns: N, accumulation)
  }

  func discretize(
    _ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T, _ Abar: UnsafeMutablePointer<T>,
    _ Bbar: UnsafeMutablePointer<T>
  ) {
    let halvings = halvings(A, dt)
    let step = dt * half(halvings)
    let X = power(1)
    var (sum, other) = (shelf.matrix(2 * Self.powers), shelf.matrix(2 * Self.powers + 1))
    let v = shelf.vector(0)
    var (y, next) = (shelf.vector(1), shelf.vector(2))
    for i in 0..<N {
      for j in 0..<N { X[i, j] = step * A[i * N + j] }
      v[i] = step * B[i]
      y[i] = v[i] * coefficients[Self.degree + 1]
    }
    for k in 2...Self.powers { multiply(power(k - 1), X, power(k)) }
    for k in (0..<Self.degree).reversed() {
      X.times(y, rows: N, columns: N, plus: v, factor: coefficients[k + 1], next)
      swap(&y, &next)
    }
    combine(Self.degree - Self.powers, withTop: true, sum, power, identity: true, add: false)
    for first in stride(from: Self.degree - 2 * Self.powers, through: 0, by: -Self.powers) {
      combine(first, withTop: false, other, power, identity: true, add: false)
      multiply(sum, power(Self.powers), other, .add)
      swap(&sum, &other)
    }
    for _ in 0..<halvings {
      sum.times(y, rows: N, columns: N, plus: y, factor: 1, next)
      swap(&y, &next)
      multiply(sum, sum, other)
      swap(&sum, &other)
    }
    for i in 0..<N { (Abar + i * N).update(from: sum.row(i), count: N) }
    Bbar.update(from: y, count: N)
  }

  func gradient(
    _ A: UnsafePointer<T>, _ B: UnsafePointer<T>, _ dt: T, _ G: UnsafePointer<T>, _ g: UnsafePointer<T>,
    _ gradA: UnsafeMutablePointer<T>, _ gradB: UnsafeMutablePointer<T>
  ) -> T {
    let halvings = halvings(A, dt)
    let half = half(halvings)
    let first = 2 * Self.powers
    var (sum, other) = (shelf.matrix(first), shelf.matrix(first + 1))
    var (change, otherChange) = (shelf.matrix(first + 2), shelf.matrix(first + 3))
    let X = power(1), D = slope(1)
    for i in 0..<N {
      for j in 0..<N { other[i, j] = dt * half * A[i * N + j] }
      for j in 0..<N { D[i, j] = half * G[i * N + j] }
    }
    shelf.transpose(other, X)
    for k in 2...Self.powers {
      multiply(power(k - 1), X, power(k))
      multiply(power(k - 1), D, slope(k))
      multiply(slope(k - 1), X, slope(k), .add)
    }
    let top = power(Self.powers), topSlope = slope(Self.powers)
    combine(Self.degree - Self.powers, withTop: true, sum, power, identity: true, add: false)
    combine(Self.degree - Self.powers, withTop: true, change, slope, identity: false, add: false)
    for first in stride(from: Self.degree - 2 * Self.powers, through: 0, by: -Self.powers) {
      combine(first, withTop: false, otherChange, slope, identity: false, add: false)
      multiply(change, top, otherChange, .add)
      multiply(sum, topSlope, otherChange, .add)
      combine(first, withTop: false, other, power, identity: true, add: false)
      multiply(sum, top, other, .add)
      swap(&sum, &other)
      swap(&change, &otherChange)
    }

    // y by Horner's rule, and back: of each step the slope is a product of two vectors.
    let degree = Self.degree
    func step(_ k: Int) -> UnsafeMutablePointer<T> { shelf.vector(4 + k) }
    func seed(_ k: Int) -> UnsafeMutablePointer<T> { shelf.vector(4 + degree + 1 + k) }
    let v = shelf.vector(0)
    var (p, nextP) = (shelf.vector(1), shelf.vector(2))
    let zero = shelf.vector(3)
    for i in 0..<N {
      v[i] = dt * half * B[i]
      step(degree)[i] = v[i] * coefficients[degree + 1]
      seed(0)[i] = half * g[i]
      p[i] = seed(0)[i]
    }
    for k in (0..<degree).reversed() {
      X.transposedTimes(step(k + 1), rows: N, columns: N, plus: v, factor: coefficients[k + 1], step(k))
    }
    for k in 0..<degree {
      X.times(seed(k), rows: N, columns: N, plus: zero, factor: 0, seed(k + 1))
      for i in 0..<N { p[i] += coefficients[k + 2] * seed(k + 1)[i] }
    }
    for i in 0..<N {
      let row = change.row(i)
      for j in stride(from: 0, to: shelf.stride, by: T.width) {
        var sum = T.load(row + j)
        for k in 0..<degree {
          sum = T.multiplyAdd(T.Lanes(repeating: seed(k)[i]), T.load(step(k + 1) + j), sum)
        }
        T.store(sum, row + j)
      }
    }

    var y = step(0), nextY = step(1)
    for _ in 0..<halvings {
      multiply(sum, change, otherChange)
      multiply(change, sum, otherChange, .add)
      for i in 0..<N {
        let row = otherChange.row(i), weight = T.Lanes(repeating: p[i])
        for j in stride(from: 0, to: shelf.stride, by: T.width) {
          T.store(T.multiplyAdd(weight, T.load(y + j), T.load(row + j)), row + j)
        }
      }
      sum.times(p, rows: N, columns: N, plus: p, factor: 1, nextP)
      sum.transposedTimes(y, rows: N, columns: N, plus: y, factor: 1, nextY)
      multiply(sum, sum, other)
      swap(&sum, &other)
      swap(&change, &otherChange)
      swap(&p, &nextP)
      swap(&y, &nextY)
    }
    var total: T = 0
    for i in 0..<N {
      let row = change.row(i), source = A + i * N, target = gradA + i * N
      var viaRow = T.Lanes(repeating: 0), viaRest = p[i] * B[i]
      let whole = N / T.width * T.width
      for j in stride(from: 0, to: whole, by: T.width) {
        viaRow = T.multiplyAdd(T.load(row + j), T.load(source + j), viaRow)
      }
      for j in whole..<N { viaRest += row[j] * source[j] }
      total += viaRow.sum() + viaRest
      for j in 0..<N { target[j] = dt * row[j] }
      gradB[i] = dt * p[i]
    }
    return total
  }
}
