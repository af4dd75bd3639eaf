import CSIMD
import Lanes

/// A precision with the shuffles of which transpositions are made.
protocol SquareLane: Lane {
  /// Transposes each square of four lanes of four rows.
  static func transposeFours(_ a: inout Lanes, _ b: inout Lanes, _ c: inout Lanes, _ d: inout Lanes)
  /// Swaps, in each square of `2·side` lanes, the upper right corner with the lower left one; `side` is 4 or 8.
  static func swapCorners(_ upper: inout Lanes, _ lower: inout Lanes, _ side: Int)
}

/// Transposes a square of `width` vectors in place, `stride` scalars apart.
@inline(__always)
func transposeSquare<T: SquareLane>(_ p: UnsafeMutablePointer<T>, _ stride: Int) {
  switch T.width {
  case 4:
    var a = Four<T>(p, stride)
    a.transpose()
    a.store(p, stride)
  case 8:
    var a = Four<T>(p, stride), b = Four<T>(p + 4 * stride, stride)
    a.transpose()
    b.transpose()
    a.swapCorners(&b, 4)
    a.store(p, stride)
    b.store(p + 4 * stride, stride)
  default:
    var a = Four<T>(p, stride), b = Four<T>(p + 4 * stride, stride)
    var c = Four<T>(p + 8 * stride, stride), d = Four<T>(p + 12 * stride, stride)
    a.transpose()
    b.transpose()
    c.transpose()
    d.transpose()
    a.swapCorners(&b, 4)
    c.swapCorners(&d, 4)
    a.swapCorners(&c, 8)
    b.swapCorners(&d, 8)
    a.store(p, stride)
    b.store(p + 4 * stride, stride)
    c.store(p + 8 * stride, stride)
    d.store(p + 12 * stride, stride)
  }
}

/// Four rows of a square.
private struct Four<T: SquareLane> {
  var a, b, c, d: T.Lanes

  @inline(__always) init(_ p: UnsafeMutablePointer<T>, _ stride: Int) {
    (a, b, c, d) = (T.load(p), T.load(p + stride), T.load(p + 2 * stride), T.load(p + 3 * stride))
  }

  @inline(__always) func store(_ p: UnsafeMutablePointer<T>, _ stride: Int) {
    T.store(a, p)
    T.store(b, p + stride)
    T.store(c, p + 2 * stride)
    T.store(d, p + 3 * stride)
  }

  @inline(__always) mutating func transpose() { T.transposeFours(&a, &b, &c, &d) }

  @inline(__always) mutating func swapCorners(_ below: inout Four, _ side: Int) {
    T.swapCorners(&a, &below.a, side)
    T.swapCorners(&b, &below.b, side)
    T.swapCorners(&c, &below.c, side)
    T.swapCorners(&d, &below.d, side)
  }
}

#if ISA_V4
  extension Float: SquareLane {
    @inline(__always)
    static func transposeFours(_ a: inout Lanes, _ b: inout Lanes, _ c: inout Lanes, _ d: inout Lanes) {
      let low0 = csimd_interleave_low_f32x16(a, b), low1 = csimd_interleave_low_f32x16(c, d)
      let high0 = csimd_interleave_high_f32x16(a, b), high1 = csimd_interleave_high_f32x16(c, d)
      (a, b) = (csimd_swap2_upper_f32x16(low0, low1), csimd_swap2_lower_f32x16(low0, low1))
      (c, d) = (csimd_swap2_upper_f32x16(high0, high1), csimd_swap2_lower_f32x16(high0, high1))
    }

    @inline(__always)
    static func swapCorners(_ upper: inout Lanes, _ lower: inout Lanes, _ side: Int) {
      (upper, lower) =
        side == 4
        ? (csimd_swap4_upper_f32x16(upper, lower), csimd_swap4_lower_f32x16(upper, lower))
        : (csimd_swap8_upper_f32x16(upper, lower), csimd_swap8_lower_f32x16(upper, lower))
    }
  }

  extension Double: SquareLane {
    @inline(__always)
    static func transposeFours(_ a: inout Lanes, _ b: inout Lanes, _ c: inout Lanes, _ d: inout Lanes) {
      let even0 = csimd_swap1_upper_f64x8(a, b), odd0 = csimd_swap1_lower_f64x8(a, b)
      let even1 = csimd_swap1_upper_f64x8(c, d), odd1 = csimd_swap1_lower_f64x8(c, d)
      (a, c) = (csimd_swap2_upper_f64x8(even0, even1), csimd_swap2_lower_f64x8(even0, even1))
      (b, d) = (csimd_swap2_upper_f64x8(odd0, odd1), csimd_swap2_lower_f64x8(odd0, odd1))
    }

    @inline(__always)
    static func swapCorners(_ upper: inout Lanes, _ lower: inout Lanes, _ side: Int) {
      (upper, lower) = (csimd_swap4_upper_f64x8(upper, lower), csimd_swap4_lower_f64x8(upper, lower))
    }
  }
#else
  extension Float: SquareLane {
    @inline(__always)
    static func transposeFours(_ a: inout Lanes, _ b: inout Lanes, _ c: inout Lanes, _ d: inout Lanes) {
      let low0 = csimd_interleave_low_f32x8(a, b), low1 = csimd_interleave_low_f32x8(c, d)
      let high0 = csimd_interleave_high_f32x8(a, b), high1 = csimd_interleave_high_f32x8(c, d)
      (a, b) = (csimd_swap2_upper_f32x8(low0, low1), csimd_swap2_lower_f32x8(low0, low1))
      (c, d) = (csimd_swap2_upper_f32x8(high0, high1), csimd_swap2_lower_f32x8(high0, high1))
    }

    @inline(__always)
    static func swapCorners(_ upper: inout Lanes, _ lower: inout Lanes, _ side: Int) {
      (upper, lower) = (csimd_swap4_upper_f32x8(upper, lower), csimd_swap4_lower_f32x8(upper, lower))
    }
  }

  extension Double: SquareLane {
    @inline(__always)
    static func transposeFours(_ a: inout Lanes, _ b: inout Lanes, _ c: inout Lanes, _ d: inout Lanes) {
      let even0 = csimd_swap1_upper_f64x4(a, b), odd0 = csimd_swap1_lower_f64x4(a, b)
      let even1 = csimd_swap1_upper_f64x4(c, d), odd1 = csimd_swap1_lower_f64x4(c, d)
      (a, c) = (csimd_swap2_upper_f64x4(even0, even1), csimd_swap2_lower_f64x4(even0, even1))
      (b, d) = (csimd_swap2_upper_f64x4(odd0, odd1), csimd_swap2_lower_f64x4(odd0, odd1))
    }

    @inline(__always)
    static func swapCorners(_ upper: inout Lanes, _ lower: inout Lanes, _ side: Int) {
      fatalError("four lanes have no larger squares")
    }
  }
#endif
