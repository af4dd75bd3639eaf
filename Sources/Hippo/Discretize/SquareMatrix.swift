import Numerics
import Tensors

/// A square matrix, as plain as can be.
struct SquareMatrix<T: Scalar> {
  let n: Int
  var elements: [T]

  @inline(__always) init(_ n: Int, _ element: (_ row: Int, _ column: Int) -> T) {
    self.n = n
    elements = []
    elements.reserveCapacity(n * n)
    for i in 0..<n {
      for j in 0..<n { elements.append(element(i, j)) }
    }
  }

  @inline(__always) subscript(i: Int, j: Int) -> T {
    get { elements[i * n + j] }
    set { elements[i * n + j] = newValue }
  }

  @inline(__always) static func identity(_ n: Int) -> Self { Self(n) { $0 == $1 ? 1 : 0 } }

  @inline(__always) static func * (a: Self, b: Self) -> Self {
    var product = Self(a.n) { _, _ in 0 }
    for i in 0..<a.n {
      for k in 0..<a.n {
        for j in 0..<a.n { product[i, j] += a[i, k] * b[k, j] }
      }
    }
    return product
  }

  @inline(__always) static func + (a: Self, b: Self) -> Self { Self(a.n) { a[$0, $1] + b[$0, $1] } }

  @inline(__always) func scaled(by factor: T) -> Self { Self(n) { self[$0, $1] * factor } }

  /// The largest sum of a row's magnitudes.
  @inline(__always) var norm: T {
    (0..<n).map { i in (0..<n).reduce(T(0)) { $0 + self[i, $1].magnitude } }.max() ?? 0
  }

  /// `self⁻¹ right` for a right side with at least as many rows and columns, of which as many are read as there are unknowns: by
  /// elimination with row exchanges.
  @inline(__always) func solve(_ right: Self) -> Self {
    var left = self, right = right
    for k in 0..<n {
      let pivot = (k..<n).max { left[$0, k].magnitude < left[$1, k].magnitude }!
      if pivot != k {
        for j in 0..<n { (left[k, j], left[pivot, j]) = (left[pivot, j], left[k, j]) }
        for j in 0..<right.n { (right[k, j], right[pivot, j]) = (right[pivot, j], right[k, j]) }
      }
      for i in k + 1..<max(n, k + 1) {
        let factor = left[i, k] / left[k, k]
        for j in k..<n { left[i, j] -= factor * left[k, j] }
        for j in 0..<right.n { right[i, j] -= factor * right[k, j] }
      }
    }
    for k in (0..<n).reversed() {
      for j in 0..<right.n {
        for i in k + 1..<max(n, k + 1) { right[k, j] -= left[k, i] * right[i, j] }
        right[k, j] /= left[k, k]
      }
    }
    return right
  }

  /// How often the matrix is halved, so that its norm is at most 1.
  @inline(__always) private var halvings: Int {
    let norm = norm
    return norm > 1 && norm.isFinite ? Int(norm.exponent) + 1 : 0
  }

  /// `e^self`: Taylor's series of the matrix halved a few times, which is squared as often.
  @inline(__always) var exponential: Self {
    let halvings = halvings
    let small = scaled(by: T(sign: .plus, exponent: T.Exponent(-halvings), significand: 1))
    var sum = Self.identity(n), term = sum
    var k: T = 1
    repeat {
      term = (term * small).scaled(by: 1 / k)
      sum = sum + term
      k += 1
    } while term.norm > T.ulpOfOne / 4 * sum.norm
    for _ in 0..<halvings { sum = sum * sum }
    return sum
  }

  /// The derivative of `e^self` in a direction: as the exponential of dual numbers `self + ε direction`.
  @inline(__always) func exponentialSlope(_ direction: Self) -> Self {
    let halvings = halvings
    let half = T(sign: .plus, exponent: T.Exponent(-halvings), significand: 1)
    let small = scaled(by: half), slope = direction.scaled(by: half)
    var sum = Self.identity(n), term = sum
    var sumSlope = Self(n) { _, _ in 0 }, termSlope = sumSlope
    var k: T = 1
    repeat {
      termSlope = (termSlope * small + term * slope).scaled(by: 1 / k)
      term = (term * small).scaled(by: 1 / k)
      sum = sum + term
      sumSlope = sumSlope + termSlope
      k += 1
    } while term.norm > T.ulpOfOne / 4 * sum.norm || termSlope.norm > T.ulpOfOne / 4 * sumSlope.norm
    for _ in 0..<halvings {
      sumSlope = sum * sumSlope + sumSlope * sum
      sum = sum * sum
    }
    return sumSlope
  }
}
