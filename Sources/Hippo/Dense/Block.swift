import Lanes

/// A part of a row-major matrix in memory: where it begins, and how far its rows are apart.
struct Block<T: Lane> {
  let base: UnsafeMutablePointer<T>
  let stride: Int

  @inline(__always) init(_ base: UnsafeMutablePointer<T>, stride: Int) {
    (self.base, self.stride) = (base, stride)
  }

  /// The part from a row and a column on.
  @inline(__always) func from(_ row: Int, _ column: Int) -> Block {
    Block(base + row * stride + column, stride: stride)
  }

  @inline(__always) func row(_ i: Int) -> UnsafeMutablePointer<T> { base + i * stride }

  @inline(__always) subscript(i: Int, j: Int) -> T {
    get { base[i * stride + j] }
    nonmutating set { base[i * stride + j] = newValue }
  }
}

/// What becomes of a product.
enum Accumulation {
  /// It is written.
  case set
  /// It is added to what is there.
  case add
  /// It is taken from what is there.
  case subtract
}

/// Products of small matrices that the caches hold, in registers: six rows by four vectors of columns, without copies of either side.
///
/// Columns are computed in whole vectors: rows are so far apart that there is room for them, and what is in the room does not matter.
enum Product<T: Lane> {
  #if ISA_V4
    private static var vectors: Int { 4 }
  #else
    private static var vectors: Int { 2 }
  #endif

  /// `result ← left · right`, or added to or taken from it, for `rows` rows, `columns` columns and a sum over `inner`.
  @inline(__always) static func multiply(
    _ left: Block<T>, _ right: Block<T>, _ result: Block<T>, rows: Int, inner: Int, columns: Int,
    _ accumulation: Accumulation = .set
  ) {
    var column = 0
    while column < columns {
      let open = (columns - column + T.width - 1) / T.width
      let taken = open >= vectors ? vectors : open >= 2 ? 2 : 1
      switch taken {
      case 1: panel(left, right, result, column, rows, inner, 1, accumulation)
      case 2: panel(left, right, result, column, rows, inner, 2, accumulation)
      default: panel(left, right, result, column, rows, inner, vectors, accumulation)
      }
      column += taken * T.width
    }
  }

  @inline(__always) private static func panel(
    _ left: Block<T>, _ right: Block<T>, _ result: Block<T>, _ column: Int, _ rows: Int, _ inner: Int, _ vectors: Int,
    _ accumulation: Accumulation
  ) {
    let right = right.from(0, column)
    var row = 0
    while row + 6 <= rows {
      tile(left.from(row, 0), right, result.from(row, column), inner, 6, vectors, accumulation)
      row += 6
    }
    if row + 4 <= rows {
      tile(left.from(row, 0), right, result.from(row, column), inner, 4, vectors, accumulation)
      row += 4
    }
    if row + 2 <= rows {
      tile(left.from(row, 0), right, result.from(row, column), inner, 2, vectors, accumulation)
      row += 2
    }
    if row < rows { tile(left.from(row, 0), right, result.from(row, column), inner, 1, vectors, accumulation) }
  }

  @inline(__always) private static func tile(
    _ left: Block<T>, _ right: Block<T>, _ result: Block<T>, _ inner: Int, _ rows: Int, _ vectors: Int,
    _ accumulation: Accumulation
  ) {
    var sums = InlineArray<24, T.Lanes>(repeating: T.Lanes(repeating: 0))
    var strip = UnsafePointer(right.base)
    let a = left.base, stride = left.stride
    for k in 0..<inner {
      var columns = InlineArray<4, T.Lanes>(repeating: T.Lanes(repeating: 0))
      for v in 0..<vectors { columns[v] = T.load(strip + v * T.width) }
      for r in 0..<rows {
        let factor = T.Lanes(repeating: a[r * stride + k])
        for v in 0..<vectors { sums[r * vectors + v] = T.multiplyAdd(factor, columns[v], sums[r * vectors + v]) }
      }
      strip += right.stride
    }
    for r in 0..<rows {
      for v in 0..<vectors {
        let target = result.row(r) + v * T.width
        let sum = sums[r * vectors + v]
        switch accumulation {
        case .set: T.store(sum, target)
        case .add: T.store(T.load(target) + sum, target)
        case .subtract: T.store(T.load(target) - sum, target)
        }
      }
    }
  }
}

extension Lane {
  /// The least number of whole vectors that holds `count`, in numbers.
  @inline(__always) static func padded(_ count: Int) -> Int { (count + width - 1) / width * width }
}

extension Block where T: SquareLane {
  /// Writes the products of `rows` rows with a vector, each added to `start` times a factor: `result = self x + factor start`.
  ///
  /// Vectors have room for whole vectors, and `x` is zero beyond the columns.
  @inline(__always) func times(
    _ x: UnsafePointer<T>, rows: Int, columns: Int, plus start: UnsafePointer<T>, factor: T,
    _ result: UnsafeMutablePointer<T>
  ) {
    for first in Swift.stride(from: 0, to: rows, by: T.width) {
      let sums = T.sums { r in
        var sum = T.Lanes(repeating: 0)
        guard first + r < rows else { return sum }
        let row = self.row(first + r)
        for k in Swift.stride(from: 0, to: columns, by: T.width) {
          sum = T.multiplyAdd(T.load(row + k), T.load(x + k), sum)
        }
        return sum
      }
      T.store(T.multiplyAdd(T.load(start + first), T.Lanes(repeating: factor), sums), result + first)
    }
  }

  /// The same with the transposed matrix: `result = selfᵀ x + factor start`.
  @inline(__always) func transposedTimes(
    _ x: UnsafePointer<T>, rows: Int, columns: Int, plus start: UnsafePointer<T>, factor: T,
    _ result: UnsafeMutablePointer<T>
  ) {
    for first in Swift.stride(from: 0, to: columns, by: T.width) {
      var sum = T.load(start + first) * T.Lanes(repeating: factor)
      for k in 0..<rows {
        sum = T.multiplyAdd(T.load(row(k) + first), T.Lanes(repeating: x[k]), sum)
      }
      T.store(sum, result + first)
    }
  }
}
