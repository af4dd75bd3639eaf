import CSIMD
import Tensors

/// A precision whose vectors have quick reciprocals, and are taken from and to pairs of scalars such as complex numbers.
public protocol QuotientLane: ElementaryLane {
  /// `1/x` within an ulp, where it and x are normal numbers; infinite or no number where x is 0.
  static func reciprocal(_ x: Lanes) -> Lanes
  /// The first and the second scalars of `width` pairs at `pairs`, which need not be aligned.
  static func loadPairs(_ pairs: UnsafePointer<Self>) -> (Lanes, Lanes)
  /// Stores `width` pairs of a first and a second scalar at `pairs`, which need not be aligned.
  static func storePairs(_ first: Lanes, _ second: Lanes, _ pairs: UnsafeMutablePointer<Self>)
}

#if ISA_V4
  extension Float: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { csimd_reciprocal_f32x16(x) }

    @inlinable @inline(__always) public static func loadPairs(_ pairs: UnsafePointer<Self>) -> (Lanes, Lanes) {
      let a = load(pairs), b = load(pairs + width)
      return (csimd_even_f32x16(a, b), csimd_odd_f32x16(a, b))
    }

    @inlinable @inline(__always)
    public static func storePairs(_ first: Lanes, _ second: Lanes, _ pairs: UnsafeMutablePointer<Self>) {
      store(csimd_zip_low_f32x16(first, second), pairs)
      store(csimd_zip_high_f32x16(first, second), pairs + width)
    }
  }

  extension Double: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { csimd_reciprocal_f64x8(x) }

    @inlinable @inline(__always) public static func loadPairs(_ pairs: UnsafePointer<Self>) -> (Lanes, Lanes) {
      let a = load(pairs), b = load(pairs + width)
      return (csimd_even_f64x8(a, b), csimd_odd_f64x8(a, b))
    }

    @inlinable @inline(__always)
    public static func storePairs(_ first: Lanes, _ second: Lanes, _ pairs: UnsafeMutablePointer<Self>) {
      store(csimd_zip_low_f64x8(first, second), pairs)
      store(csimd_zip_high_f64x8(first, second), pairs + width)
    }
  }
#else
  extension Float: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { 1 / x }

    @inlinable @inline(__always) public static func loadPairs(_ pairs: UnsafePointer<Self>) -> (Lanes, Lanes) {
      let a = load(pairs), b = load(pairs + width)
      return (csimd_even_f32x8(a, b), csimd_odd_f32x8(a, b))
    }

    @inlinable @inline(__always)
    public static func storePairs(_ first: Lanes, _ second: Lanes, _ pairs: UnsafeMutablePointer<Self>) {
      store(csimd_zip_low_f32x8(first, second), pairs)
      store(csimd_zip_high_f32x8(first, second), pairs + width)
    }
  }

  extension Double: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { 1 / x }

    @inlinable @inline(__always) public static func loadPairs(_ pairs: UnsafePointer<Self>) -> (Lanes, Lanes) {
      let a = load(pairs), b = load(pairs + width)
      return (csimd_even_f64x4(a, b), csimd_odd_f64x4(a, b))
    }

    @inlinable @inline(__always)
    public static func storePairs(_ first: Lanes, _ second: Lanes, _ pairs: UnsafeMutablePointer<Self>) {
      store(csimd_zip_low_f64x4(first, second), pairs)
      store(csimd_zip_high_f64x4(first, second), pairs + width)
    }
  }
#endif
