import CSIMD
import Tensors

/// A precision whose vectors have quick reciprocals, and are taken from and to pairs of scalars such as complex numbers.
public protocol QuotientLane: ElementaryLane {
  /// `1/x` within an ulp, where it and x are normal numbers; infinite or no number where x is 0.
  static func reciprocal(_ x: Lanes) -> Lanes
  /// The first and the second scalars of the pairs that a and, after them, b hold.
  static func separated(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes)
  /// The pairs of a first and a second scalar, in two vectors.
  static func paired(_ first: Lanes, _ second: Lanes) -> (Lanes, Lanes)
}

extension QuotientLane {
  /// The first and the second scalars of `width` pairs at `pairs`, which need not be aligned.
  @inlinable @inline(__always) public static func loadPairs(_ pairs: UnsafePointer<Self>) -> (Lanes, Lanes) {
    separated(load(pairs), load(pairs + width))
  }

  /// Stores `width` pairs of a first and a second scalar at `pairs`, which need not be aligned.
  @inlinable @inline(__always)
  public static func storePairs(_ first: Lanes, _ second: Lanes, _ pairs: UnsafeMutablePointer<Self>) {
    let (low, high) = paired(first, second)
    store(low, pairs)
    store(high, pairs + width)
  }
}

#if ISA_V4
  extension Float: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { csimd_reciprocal_f32x16(x) }

    @inlinable @inline(__always) public static func separated(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
      (csimd_even_f32x16(a, b), csimd_odd_f32x16(a, b))
    }

    @inlinable @inline(__always) public static func paired(_ first: Lanes, _ second: Lanes) -> (Lanes, Lanes) {
      (csimd_zip_low_f32x16(first, second), csimd_zip_high_f32x16(first, second))
    }
  }

  extension Double: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { csimd_reciprocal_f64x8(x) }

    @inlinable @inline(__always) public static func separated(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
      (csimd_even_f64x8(a, b), csimd_odd_f64x8(a, b))
    }

    @inlinable @inline(__always) public static func paired(_ first: Lanes, _ second: Lanes) -> (Lanes, Lanes) {
      (csimd_zip_low_f64x8(first, second), csimd_zip_high_f64x8(first, second))
    }
  }
#else
  extension Float: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { 1 / x }

    @inlinable @inline(__always) public static func separated(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
      (csimd_even_f32x8(a, b), csimd_odd_f32x8(a, b))
    }

    @inlinable @inline(__always) public static func paired(_ first: Lanes, _ second: Lanes) -> (Lanes, Lanes) {
      (csimd_zip_low_f32x8(first, second), csimd_zip_high_f32x8(first, second))
    }
  }

  extension Double: QuotientLane {
    @inlinable @inline(__always) public static func reciprocal(_ x: Lanes) -> Lanes { 1 / x }

    @inlinable @inline(__always) public static func separated(_ a: Lanes, _ b: Lanes) -> (Lanes, Lanes) {
      (csimd_even_f64x4(a, b), csimd_odd_f64x4(a, b))
    }

    @inlinable @inline(__always) public static func paired(_ first: Lanes, _ second: Lanes) -> (Lanes, Lanes) {
      (csimd_zip_low_f64x4(first, second), csimd_zip_high_f64x4(first, second))
    }
  }
#endif
