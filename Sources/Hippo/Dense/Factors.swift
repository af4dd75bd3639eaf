import Lanes

/// A matrix as a product of triangles with exchanged rows, in place, in panels of 16 columns: what a panel does to the columns behind it
/// is a matrix product.
struct Factors<T: SquareLane> {
  /// The unit lower triangle below the diagonal and the upper one from there on.
  let block: Block<T>
  let n: Int
  /// Row i of the factors is row `order[i]` of the matrix.
  let order: UnsafeMutablePointer<Int>

  @inline(__always) private static var panel: Int { 16 }

  @inline(__always) init(_ block: Block<T>, _ n: Int, order: UnsafeMutablePointer<Int>) {
    (self.block, self.n, self.order) = (block, n, order)
  }

  /// Factors what is in the block.
  @inline(__always) func factor() {
    for i in 0..<n { order[i] = i }
    let columns = T.padded(n)
    for start in stride(from: 0, to: n, by: Self.panel) {
      let end = min(start + Self.panel, n)
      for k in start..<end {
        exchange(k, pivot(k), columns)
        eliminate(k, start, end)
      }
      guard end < n else { continue }
      Self.lower(block.from(start, start), block.from(start, end), end - start, columns - end, isUnit: true)
      Product.multiply(
        block.from(end, start), block.from(start, end), block.from(end, end), rows: n - end, inner: end - start,
        columns: n - end, .subtract)
    }
  }

  /// Takes row k from those below it, within a panel.
  @inline(__always) private func eliminate(_ k: Int, _ start: Int, _ end: Int) {
    let row = block.row(k)
    let inverse = 1 / row[k]
    // The row without what is left of its pivot, so that whole vectors can be taken.
    var open = InlineArray<16, T>(repeating: 0)
    for j in k + 1..<max(end, k + 1) { open[j - start] = row[j] }
    open.span.withUnsafeBufferPointer { open in
      for i in k + 1..<max(n, k + 1) {
        let target = block.row(i) + start
        let factor = target[k - start] * inverse
        let negative = T.Lanes(repeating: -factor)
        for j in stride(from: 0, to: end - start, by: T.width) {
          T.store(T.multiplyAdd(negative, T.load(open.baseAddress! + j), T.load(target + j)), target + j)
        }
        target[k - start] = factor
      }
    }
  }

  @inline(__always) private func pivot(_ k: Int) -> Int {
    var best = k, largest: T = -1
    for i in k..<n {
      let magnitude = block[i, k].magnitude
      if magnitude > largest { (best, largest) = (i, magnitude) }
    }
    return best
  }

  @inline(__always) private func exchange(_ k: Int, _ other: Int, _ columns: Int) {
    guard other != k else { return }
    let a = block.row(k), b = block.row(other)
    for j in stride(from: 0, to: columns, by: T.width) {
      let row = T.load(a + j)
      T.store(T.load(b + j), a + j)
      T.store(row, b + j)
    }
    (order[k], order[other]) = (order[other], order[k])
  }

  /// `right ← L⁻¹ right` for the lower triangle of a block, with `columns` columns.
  @inline(__always) static func solveLower(
    _ triangle: Block<T>, _ right: Block<T>, _ n: Int, columns: Int, isUnit: Bool
  ) {
    for start in stride(from: 0, to: n, by: panel) {
      let rows = min(panel, n - start)
      Product.multiply(
        triangle.from(start, 0), right, right.from(start, 0), rows: rows, inner: start, columns: columns, .subtract)
      lower(triangle.from(start, start), right.from(start, 0), rows, columns, isUnit: isUnit)
    }
  }

  /// `right ← U⁻¹ right` for the upper triangle of a block, with `columns` columns.
  @inline(__always) static func solveUpper(
    _ triangle: Block<T>, _ right: Block<T>, _ n: Int, columns: Int, isUnit: Bool
  ) {
    for start in stride(from: (n - 1) / panel * panel, through: 0, by: -panel) {
      let end = min(start + panel, n)
      Product.multiply(
        triangle.from(start, end), right.from(end, 0), right.from(start, 0), rows: end - start, inner: n - end,
        columns: columns, .subtract)
      for j in stride(from: 0, to: columns, by: T.width) {
        for i in (start..<end).reversed() {
          let target = right.row(i) + j
          var sum = T.load(target)
          for k in i + 1..<max(end, i + 1) {
            sum = T.multiplyAdd(T.Lanes(repeating: -triangle[i, k]), T.load(right.row(k) + j), sum)
          }
          T.store(isUnit ? sum : sum / T.Lanes(repeating: triangle[i, i]), target)
        }
      }
    }
  }

  /// The lower triangle of one panel, vector by vector of columns.
  @inline(__always) private static func lower(
    _ triangle: Block<T>, _ right: Block<T>, _ rows: Int, _ columns: Int, isUnit: Bool
  ) {
    for j in stride(from: 0, to: columns, by: T.width) {
      for i in 0..<rows {
        let target = right.row(i) + j
        var sum = T.load(target)
        for k in 0..<i { sum = T.multiplyAdd(T.Lanes(repeating: -triangle[i, k]), T.load(right.row(k) + j), sum) }
        T.store(isUnit ? sum : sum / T.Lanes(repeating: triangle[i, i]), target)
      }
    }
  }
}
