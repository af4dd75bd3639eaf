import KernelSpec
import Lanes
import Parallel

/// One thread's filter of one head after the other by powers of A, each the square of the one before.
///
/// With P about √L, `K[rP + p] = (cᵀ A^(rP)) (Aᵖ b)` is a product of two matrices, whose rows and columns double in number with each
/// power. The columns of Aⁿ are N members of one sequence, `Aⁿ e₀, Aⁿ⁺¹ e₀, …`: a square takes one product with a vector and N
/// steps, N² operations where the product of dense matrices takes N³. SpaceTime's code squares densely, and multiplies L columns by N².
///
/// A power's relative error doubles with each square, and on the unit circle nothing makes up for it. So powers are computed in twice
/// double precision, and are right to double precision's last digits; products with them then are all that is rounded.
///
/// Kept are two powers and P + L/P vectors.
final class CompanionSquaring<T: Lane> {
  struct Layout {
    let N, L: Int
    /// Columns, rows, and the padded lengths of a vector and of a row of columns.
    let columns, rows, stride, width: Int

    init(_ N: Int, _ L: Int) {
      (self.N, self.L) = (N, L)
      var columns = Matrix.tile
      while columns * columns < L { columns *= 2 }
      self.columns = columns
      rows = (L + columns - 1) / columns
      // At least one zero follows a vector: it comes before the next one's first element.
      stride = (N + Matrix.tile) / Matrix.tile * Matrix.tile
      width = columns
    }

    /// Powers (high and low parts and a transpose), vectors of the operands and the two factors.
    var doubles: Int { (3 * N + 5) * stride + (columns + 2 * rows) * stride + N * width + width }
  }

  static func bytes(_ N: Int, _ L: Int) -> Int { Layout(N, L).doubles * MemoryLayout<Double>.stride }

  private let layout: Layout
  private let memory: Workspace<Double>
  private let a, high, low, transpose, left, right, across, edge: UnsafeMutablePointer<Double>

  init(_ N: Int, _ L: Int) {
    layout = Layout(N, L)
    memory = Workspace(layout.doubles)
    memory.base.update(repeating: 0, count: memory.count)
    let stride = layout.stride
    a = memory.base + stride
    high = a + 2 * stride
    low = high + (N + 1) * stride
    transpose = low + (N + 1) * stride
    left = transpose + N * stride
    right = left + 2 * layout.rows * stride
    across = right + layout.columns * stride
    edge = across + N * layout.width
  }

  func filter(
    _ aRow: UnsafePointer<T>, _ bRow: UnsafePointer<T>, _ cRow: UnsafePointer<T>, _ K: UnsafeMutablePointer<T>
  ) {
    let (N, stride) = (layout.N, layout.stride)
    convert(aRow, N, a)
    convert(bRow, N, right)
    convert(cRow, N, left)
    // A itself: e₁ … and a.
    high.update(repeating: 0, count: N * stride)
    low.update(repeating: 0, count: N * stride)
    high[N > 1 ? 1 : 0] = N > 1 ? 1 : a[0]
    follow()
    var power = 1
    while power < layout.columns {
      Matrix.multiply(right, power, high, N, stride, stride, into: right + power * stride)
      square()
      power *= 2
    }
    var count = 1
    while count < layout.rows {
      for i in 0..<N {
        for j in 0..<N { transpose[i * stride + j] = high[j * stride + i] }
      }
      Matrix.multiply(left, count, transpose, N, stride, stride, into: left + count * stride)
      count *= 2
      if count < layout.rows { square() }
    }
    for p in 0..<layout.columns {
      for i in 0..<N { across[i * layout.width + p] = right[p * stride + i] }
    }
    for r in 0..<layout.rows {
      Matrix.multiply(left + r * stride, 1, across, N, stride, layout.width, into: edge)
      let first = r * layout.columns
      convert(edge, min(layout.columns, layout.L - first), K + first)
    }
  }

  /// From the first column of a power the others: each is A times the one before.
  private func follow() {
    let (N, stride) = (layout.N, layout.stride)
    for j in 1..<max(N, 1) {
      let (fromHigh, fromLow) = (high + (j - 1) * stride, low + (j - 1) * stride)
      let last = Twofold(DoubleLanes(repeating: fromHigh[N - 1]), DoubleLanes(repeating: fromLow[N - 1]))
      for i in Swift.stride(from: 0, to: N, by: Double.width) {
        let shifted = Twofold(Double.load(fromHigh + i - 1), Double.load(fromLow + i - 1))
        shifted.adding(last, times: Double.load(a + i)).store(high + j * stride + i, low + j * stride + i)
      }
      // What was shifted beyond the last element.
      (high + j * stride + N).update(repeating: 0, count: stride - N)
      (low + j * stride + N).update(repeating: 0, count: stride - N)
    }
  }

  /// The power's square: its first column is the power times its own first column.
  private func square() {
    let (N, stride) = (layout.N, layout.stride)
    let (sumHigh, sumLow) = (high + N * stride, low + N * stride)
    for i in Swift.stride(from: 0, to: N, by: Double.width) {
      let zero = DoubleLanes(repeating: 0)
      var sum = Twofold(zero, zero)
      for j in 0..<N {
        let (factorHigh, factorLow) = (DoubleLanes(repeating: high[j]), DoubleLanes(repeating: low[j]))
        let column = Twofold(Double.load(high + j * stride + i), Double.load(low + j * stride + i))
        sum = sum.adding(column, times: factorHigh, factorLow)
      }
      sum.store(sumHigh + i, sumLow + i)
    }
    high.update(from: sumHigh, count: N)
    low.update(from: sumLow, count: N)
    follow()
  }
}

/// Lanes of numbers in twice double precision, as unevaluated sums.
private struct Twofold {
  var high, low: DoubleLanes

  @inline(__always) init(_ high: DoubleLanes, _ low: DoubleLanes) { (self.high, self.low) = (high, low) }

  /// `self + x·(factor + small)`.
  @inline(__always)
  func adding(_ x: Twofold, times factor: DoubleLanes, _ small: DoubleLanes = DoubleLanes(repeating: 0)) -> Twofold {
    let product = x.high * factor
    let error = Double.multiplyAdd(x.high, factor, product * -1)
    let rest = Double.multiplyAdd(x.low, factor, Double.multiplyAdd(x.high, small, error))
    let sum = high + product
    let added = sum - high
    let lost = (high - (sum - added)) + (product - added)
    let tail = low + rest + lost
    let total = sum + tail
    return Twofold(total, tail - (total - sum))
  }

  @inline(__always) func store(_ toHigh: UnsafeMutablePointer<Double>, _ toLow: UnsafeMutablePointer<Double>) {
    Double.store(high, toHigh)
    Double.store(low, toLow)
  }
}

/// Products of matrices whose rows are padded to whole tiles.
private enum Matrix {
  /// Two vectors.
  static var tile: Int { 2 * Double.width }

  /// `C = A B`: `count` rows of `inner` elements `stride` apart, times `inner` rows of `width`, both padded. Rows of C are `width` apart.
  static func multiply(
    _ a: UnsafePointer<Double>, _ count: Int, _ b: UnsafePointer<Double>, _ inner: Int, _ stride: Int, _ width: Int,
    into c: UnsafeMutablePointer<Double>
  ) {
    var row = 0
    while row < count {
      let several = row + 4 <= count
      for column in Swift.stride(from: 0, to: width, by: tile) {
        if several {
          tiles(4, a + row * stride, b + column, inner, stride, width, c + row * width + column)
        } else {
          tiles(1, a + row * stride, b + column, inner, stride, width, c + row * width + column)
        }
      }
      row += several ? 4 : 1
    }
  }

  @inline(__always)
  private static func tiles(
    _ rows: Int, _ a: UnsafePointer<Double>, _ b: UnsafePointer<Double>, _ inner: Int, _ stride: Int, _ width: Int,
    _ c: UnsafeMutablePointer<Double>
  ) {
    var sums = InlineArray<8, DoubleLanes>(repeating: DoubleLanes(repeating: 0))
    for i in 0..<inner {
      let (x, y) = (Double.load(b + i * width), Double.load(b + i * width + Double.width))
      for r in 0..<rows {
        let s = DoubleLanes(repeating: a[r * stride + i])
        sums[2 * r] = Double.multiplyAdd(s, x, sums[2 * r])
        sums[2 * r + 1] = Double.multiplyAdd(s, y, sums[2 * r + 1])
      }
    }
    for r in 0..<rows {
      Double.store(sums[2 * r], c + r * width)
      Double.store(sums[2 * r + 1], c + r * width + Double.width)
    }
  }
}

extension CompanionFilter {
  /// Powers of A by squares, forward only: the gradient needs the recurrence's adjoint, which has no such form. See `CompanionSquaring`.
  static var squaring: [Variant] {
    [1, 2].flatMap { threads in
      [
        Variant(
          .forward, "squaring", threads: threads, idea: idea,
          workspace: { threads * CompanionSquaring<Float>.bytes($0.N, $0.L) }, claims: claims,
          prepare: .float { (size) throws(Refusal) in try prepare(size, threads) }),
        Variant(
          .forward, "squaring", threads: threads, idea: idea,
          workspace: { threads * CompanionSquaring<Double>.bytes($0.N, $0.L) }, claims: claims,
          prepare: .double { (size) throws(Refusal) in try prepare(size, threads) }),
      ]
    }
  }

  private static let idea = "a product of rows cᵀAʳᴾ and columns Aᵖb, doubled in number by squares of A"

  /// The time is `N² √L` until `N L` is more.
  private static let claims = Claims(time: "H N^2 L", workspace: "N^2 + N L")

  private static func prepare<T: Lane>(_ size: Size, _ threads: Int) throws(Refusal) -> Run<T> {
    let (H, N, L) = (size.H, size.N, size.L)
    guard N <= 512 else { throw Refusal("N is \(N): powers of A have N² elements, at most 512² are squared") }
    let workers = (0..<threads).map { _ in CompanionSquaring<T>(N, L) }
    let team = Team(threads: threads)
    return { x in
      let a = x.input("a"), b = x.input("b"), c = x.input("c"), K = x.output("K")
      team.run { thread in
        for h in H * thread / threads..<H * (thread + 1) / threads {
          workers[thread].filter(a + h * N, b + h * N, c + h * N, K + h * L)
        }
      }
    }
  }
}
