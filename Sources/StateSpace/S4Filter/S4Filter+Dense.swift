import Lanes

/// Products of dense matrices in double. A matrix has room for whole tiles of rows, and its rows for whole strips.
struct DenseMatrices {
  /// How many rows and columns are used, and how long a row is.
  let order, stride: Int

  init(order: Int) {
    self.order = order
    stride = Self.padded(order, Strip<Double>.width)
  }

  static func padded(_ count: Int, _ unit: Int) -> Int { (count + unit - 1) / unit * unit }

  /// How many numbers `rows` rows take.
  func doubles(rows: Int) -> Int { Self.padded(rows, Tile<Double>.rows) * stride }

  /// How many numbers a square matrix takes.
  var square: Int { doubles(rows: order) }

  /// Arranges the first `rows` rows in strips, for the right factor of a product.
  @inline(__always)
  func pack(_ matrix: UnsafePointer<Double>, rows: Int, _ strips: UnsafeMutablePointer<Double>) {
    var strip = strips
    for panel in Swift.stride(from: 0, to: stride, by: Strip<Double>.width) {
      for row in 0..<rows {
        Strip<Double>(matrix + row * stride + panel).store(strip)
        strip += Strip<Double>.width
      }
    }
  }

  /// `result = left · right`, the right factor of `inner` rows being packed; rows of the left factor are `leftStride` apart.
  func multiply(
    _ left: UnsafePointer<Double>, _ leftStride: Int, rows: Int, _ strips: UnsafePointer<Double>, inner: Int,
    _ result: UnsafeMutablePointer<Double>
  ) {
    for panel in Swift.stride(from: 0, to: stride, by: Strip<Double>.width) {
      for row in Swift.stride(from: 0, to: rows, by: Tile<Double>.rows) {
        Tile<Double>.multiply(
          left + row * leftStride, stride: leftStride, strips + panel * inner, inner: inner,
          result + row * stride + panel, resultStride: stride)
      }
    }
  }

  /// `y = x · matrix` for one row.
  @inline(__always)
  func multiplyRow(_ x: UnsafePointer<Double>, _ matrix: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    for panel in Swift.stride(from: 0, to: stride, by: Strip<Double>.width) {
      var even = Strip<Double>()
      var odd = Strip<Double>()
      var row = matrix + panel
      // The order is even: real and imaginary parts.
      for k in Swift.stride(from: 0, to: order, by: 2) {
        even.add(x[k], Strip(row))
        odd.add(x[k + 1], Strip(row + stride))
        row += 2 * stride
      }
      even.add(1, odd)
      even.store(y + panel)
    }
  }

  /// `result = matrixᵀ`.
  @inline(__always) func transpose(_ matrix: UnsafePointer<Double>, _ result: UnsafeMutablePointer<Double>) {
    for i in Swift.stride(from: 0, to: order, by: Double.width) {
      for j in Swift.stride(from: 0, to: order, by: Double.width) {
        Double.transpose(
          { Double.load(matrix + (i + $0) * stride + j) }, { Double.store($1, result + (j + $0) * stride + i) })
      }
    }
  }
}
