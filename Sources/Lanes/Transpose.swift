import CSIMD

/// A precision whose squares of vectors can be transposed.
///
/// All do so in two steps: within the parts of 128 bits that single instructions shuffle, and then of those parts as a whole.
public protocol SquareLane: Lane {
  /// Transposes a square of `width` vectors: `load(i)` gives row i, `store(j, v)` takes column j. Every row is loaded before a column is
  /// stored.
  static func transpose(_ load: (Int) -> Lanes, _ store: (Int, Lanes) -> Void)
  /// The sums of the lanes of `width` vectors: lane i is that of `row(i)`.
  static func sums(_ row: (Int) -> Lanes) -> Lanes
}

extension SquareLane {
  /// Transposes a square of `width` vectors in place, `stride` scalars apart.
  @inlinable @inline(__always) public static func transposeSquare(_ p: UnsafeMutablePointer<Self>, _ stride: Int) {
    transpose({ load(p + $0 * stride) }, { store($1, p + $0 * stride) })
  }
}

#if ISA_V4
  extension Float: SquareLane {
    @inlinable @inline(__always) public static func transpose(_ load: (Int) -> Lanes, _ store: (Int, Lanes) -> Void) {
      let a = fours(0, load), b = fours(4, load), c = fours(8, load), d = fours(12, load)
      exchangeQuarters(a.0, b.0, c.0, d.0) { quarter, v in store(4 * quarter, v) }
      exchangeQuarters(a.1, b.1, c.1, d.1) { quarter, v in store(4 * quarter + 1, v) }
      exchangeQuarters(a.2, b.2, c.2, d.2) { quarter, v in store(4 * quarter + 2, v) }
      exchangeQuarters(a.3, b.3, c.3, d.3) { quarter, v in store(4 * quarter + 3, v) }
    }

    /// Four rows, each square of four lanes transposed.
    @inlinable @inline(__always)
    static func fours(_ first: Int, _ load: (Int) -> Lanes) -> (Lanes, Lanes, Lanes, Lanes) {
      let a = load(first), b = load(first + 1), c = load(first + 2), d = load(first + 3)
      let low0 = csimd_interleave_low_f32x16(a, b), low1 = csimd_interleave_low_f32x16(c, d)
      let high0 = csimd_interleave_high_f32x16(a, b), high1 = csimd_interleave_high_f32x16(c, d)
      return (
        csimd_pairs_low_f32x16(low0, low1), csimd_pairs_high_f32x16(low0, low1),
        csimd_pairs_low_f32x16(high0, high1), csimd_pairs_high_f32x16(high0, high1)
      )
    }

    /// Gives quarter q of all four as the qth vector.
    @inlinable @inline(__always)
    static func exchangeQuarters(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes, _ take: (Int, Lanes) -> Void) {
      let even0 = csimd_quarters_even_f32x16(a, b), even1 = csimd_quarters_even_f32x16(c, d)
      let odd0 = csimd_quarters_odd_f32x16(a, b), odd1 = csimd_quarters_odd_f32x16(c, d)
      take(0, csimd_quarters_even_f32x16(even0, even1))
      take(1, csimd_quarters_even_f32x16(odd0, odd1))
      take(2, csimd_quarters_odd_f32x16(even0, even1))
      take(3, csimd_quarters_odd_f32x16(odd0, odd1))
    }

    @inlinable @inline(__always) public static func sums(_ row: (Int) -> Lanes) -> Lanes {
      let a = fourSums(0, row), b = fourSums(4, row), c = fourSums(8, row), d = fourSums(12, row)
      let low = csimd_quarters_even_f32x16(a, b) + csimd_quarters_odd_f32x16(a, b)
      let high = csimd_quarters_even_f32x16(c, d) + csimd_quarters_odd_f32x16(c, d)
      return csimd_quarters_even_f32x16(low, high) + csimd_quarters_odd_f32x16(low, high)
    }

    /// In each part of four lanes those parts' sums of four rows.
    @inlinable @inline(__always) static func fourSums(_ first: Int, _ row: (Int) -> Lanes) -> Lanes {
      let a = row(first), b = row(first + 1), c = row(first + 2), d = row(first + 3)
      let low = csimd_interleave_low_f32x16(a, b) + csimd_interleave_high_f32x16(a, b)
      let high = csimd_interleave_low_f32x16(c, d) + csimd_interleave_high_f32x16(c, d)
      return csimd_pairs_low_f32x16(low, high) + csimd_pairs_high_f32x16(low, high)
    }
  }

  extension Double: SquareLane {
    @inlinable @inline(__always) public static func transpose(_ load: (Int) -> Lanes, _ store: (Int, Lanes) -> Void) {
      let a = twos(0, load), b = twos(2, load), c = twos(4, load), d = twos(6, load)
      exchangeQuarters(a.0, b.0, c.0, d.0) { quarter, v in store(2 * quarter, v) }
      exchangeQuarters(a.1, b.1, c.1, d.1) { quarter, v in store(2 * quarter + 1, v) }
    }

    /// Two rows, each square of two lanes transposed.
    @inlinable @inline(__always) static func twos(_ first: Int, _ load: (Int) -> Lanes) -> (Lanes, Lanes) {
      let a = load(first), b = load(first + 1)
      return (csimd_interleave_low_f64x8(a, b), csimd_interleave_high_f64x8(a, b))
    }

    /// Gives quarter q of all four as the qth vector.
    @inlinable @inline(__always)
    static func exchangeQuarters(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes, _ take: (Int, Lanes) -> Void) {
      let even0 = csimd_quarters_even_f64x8(a, b), even1 = csimd_quarters_even_f64x8(c, d)
      let odd0 = csimd_quarters_odd_f64x8(a, b), odd1 = csimd_quarters_odd_f64x8(c, d)
      take(0, csimd_quarters_even_f64x8(even0, even1))
      take(1, csimd_quarters_even_f64x8(odd0, odd1))
      take(2, csimd_quarters_odd_f64x8(even0, even1))
      take(3, csimd_quarters_odd_f64x8(odd0, odd1))
    }

    @inlinable @inline(__always) public static func sums(_ row: (Int) -> Lanes) -> Lanes {
      let a = twoSums(0, row), b = twoSums(2, row), c = twoSums(4, row), d = twoSums(6, row)
      let low = csimd_quarters_even_f64x8(a, b) + csimd_quarters_odd_f64x8(a, b)
      let high = csimd_quarters_even_f64x8(c, d) + csimd_quarters_odd_f64x8(c, d)
      return csimd_quarters_even_f64x8(low, high) + csimd_quarters_odd_f64x8(low, high)
    }

    /// In each part of two lanes those parts' sums of two rows.
    @inlinable @inline(__always) static func twoSums(_ first: Int, _ row: (Int) -> Lanes) -> Lanes {
      let a = row(first), b = row(first + 1)
      return csimd_interleave_low_f64x8(a, b) + csimd_interleave_high_f64x8(a, b)
    }
  }
#else
  extension Float: SquareLane {
    @inlinable @inline(__always) public static func transpose(_ load: (Int) -> Lanes, _ store: (Int, Lanes) -> Void) {
      let a = fours(0, load), b = fours(4, load)
      store(0, csimd_halves_low_f32x8(a.0, b.0))
      store(1, csimd_halves_low_f32x8(a.1, b.1))
      store(2, csimd_halves_low_f32x8(a.2, b.2))
      store(3, csimd_halves_low_f32x8(a.3, b.3))
      store(4, csimd_halves_high_f32x8(a.0, b.0))
      store(5, csimd_halves_high_f32x8(a.1, b.1))
      store(6, csimd_halves_high_f32x8(a.2, b.2))
      store(7, csimd_halves_high_f32x8(a.3, b.3))
    }

    /// Four rows, each square of four lanes transposed.
    @inlinable @inline(__always)
    static func fours(_ first: Int, _ load: (Int) -> Lanes) -> (Lanes, Lanes, Lanes, Lanes) {
      let a = load(first), b = load(first + 1), c = load(first + 2), d = load(first + 3)
      let low0 = csimd_interleave_low_f32x8(a, b), low1 = csimd_interleave_low_f32x8(c, d)
      let high0 = csimd_interleave_high_f32x8(a, b), high1 = csimd_interleave_high_f32x8(c, d)
      return (
        csimd_pairs_low_f32x8(low0, low1), csimd_pairs_high_f32x8(low0, low1),
        csimd_pairs_low_f32x8(high0, high1), csimd_pairs_high_f32x8(high0, high1)
      )
    }

    @inlinable @inline(__always) public static func sums(_ row: (Int) -> Lanes) -> Lanes {
      let low = fourSums(0, row), high = fourSums(4, row)
      return csimd_halves_low_f32x8(low, high) + csimd_halves_high_f32x8(low, high)
    }

    /// In each part of four lanes those parts' sums of four rows.
    @inlinable @inline(__always) static func fourSums(_ first: Int, _ row: (Int) -> Lanes) -> Lanes {
      let a = row(first), b = row(first + 1), c = row(first + 2), d = row(first + 3)
      let low = csimd_interleave_low_f32x8(a, b) + csimd_interleave_high_f32x8(a, b)
      let high = csimd_interleave_low_f32x8(c, d) + csimd_interleave_high_f32x8(c, d)
      return csimd_pairs_low_f32x8(low, high) + csimd_pairs_high_f32x8(low, high)
    }
  }

  extension Double: SquareLane {
    @inlinable @inline(__always) public static func transpose(_ load: (Int) -> Lanes, _ store: (Int, Lanes) -> Void) {
      let a = load(0), b = load(1), c = load(2), d = load(3)
      let even0 = csimd_interleave_low_f64x4(a, b), even1 = csimd_interleave_low_f64x4(c, d)
      let odd0 = csimd_interleave_high_f64x4(a, b), odd1 = csimd_interleave_high_f64x4(c, d)
      store(0, csimd_halves_low_f64x4(even0, even1))
      store(1, csimd_halves_low_f64x4(odd0, odd1))
      store(2, csimd_halves_high_f64x4(even0, even1))
      store(3, csimd_halves_high_f64x4(odd0, odd1))
    }

    @inlinable @inline(__always) public static func sums(_ row: (Int) -> Lanes) -> Lanes {
      let low = twoSums(0, row), high = twoSums(2, row)
      return csimd_halves_low_f64x4(low, high) + csimd_halves_high_f64x4(low, high)
    }

    /// In each part of two lanes those parts' sums of two rows.
    @inlinable @inline(__always) static func twoSums(_ first: Int, _ row: (Int) -> Lanes) -> Lanes {
      let a = row(first), b = row(first + 1)
      return csimd_interleave_low_f64x4(a, b) + csimd_interleave_high_f64x4(a, b)
    }
  }
#endif
