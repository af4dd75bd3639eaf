import Lanes

/// Transposition of a square of `width` vectors in place, `stride` scalars apart.
@inline(__always)
func transposeSquare<T: Lane>(_ p: UnsafeMutablePointer<T>, _ stride: Int) {
  switch T.width {
  case 4:
    var a = Quad<T.Lanes>(p, stride)
    a.transpose()
    a.store(p, stride)
  case 8:
    var a = Quad<T.Lanes>(p, stride), b = Quad<T.Lanes>(p + 4 * stride, stride)
    a.exchange(&b, 4)
    a.transpose()
    b.transpose()
    a.store(p, stride)
    b.store(p + 4 * stride, stride)
  default:
    var a = Quad<T.Lanes>(p, stride), b = Quad<T.Lanes>(p + 4 * stride, stride)
    var c = Quad<T.Lanes>(p + 8 * stride, stride), d = Quad<T.Lanes>(p + 12 * stride, stride)
    a.exchange(&c, 8)
    b.exchange(&d, 8)
    a.exchange(&b, 4)
    c.exchange(&d, 4)
    a.transpose()
    b.transpose()
    c.transpose()
    d.transpose()
    a.store(p, stride)
    b.store(p + 4 * stride, stride)
    c.store(p + 8 * stride, stride)
    d.store(p + 12 * stride, stride)
  }
}

/// Four rows of a square.
private struct Quad<V: SIMD> {
  var r0, r1, r2, r3: V

  @inline(__always) init(_ p: UnsafeMutablePointer<V.Scalar>, _ stride: Int) {
    func load(_ row: Int) -> V { UnsafeRawPointer(p + row * stride).loadUnaligned(as: V.self) }
    (r0, r1, r2, r3) = (load(0), load(1), load(2), load(3))
  }

  @inline(__always) func store(_ p: UnsafeMutablePointer<V.Scalar>, _ stride: Int) {
    UnsafeMutableRawPointer(p).storeBytes(of: r0, as: V.self)
    UnsafeMutableRawPointer(p + stride).storeBytes(of: r1, as: V.self)
    UnsafeMutableRawPointer(p + 2 * stride).storeBytes(of: r2, as: V.self)
    UnsafeMutableRawPointer(p + 3 * stride).storeBytes(of: r3, as: V.self)
  }

  /// Transposes each square of four.
  @inline(__always) mutating func transpose() {
    swapCorners(&r0, &r2, 2)
    swapCorners(&r1, &r3, 2)
    swapCorners(&r0, &r1, 1)
    swapCorners(&r2, &r3, 1)
  }

  /// Swaps the corners of side `side` with rows as far below.
  @inline(__always) mutating func exchange(_ below: inout Quad, _ side: Int) {
    swapCorners(&r0, &below.r0, side)
    swapCorners(&r1, &below.r1, side)
    swapCorners(&r2, &below.r2, side)
    swapCorners(&r3, &below.r3, side)
  }
}

/// Swaps, in each square of `2·side`, the upper right corner with the lower left one.
@inline(__always)
private func swapCorners<V: SIMD>(_ upper: inout V, _ lower: inout V, _ side: Int) {
  let (a, b) = (upper, lower)
  for lane in 0..<V.scalarCount {
    if lane & side == 0 { lower[lane] = a[lane + side] } else { upper[lane] = b[lane - side] }
  }
}
