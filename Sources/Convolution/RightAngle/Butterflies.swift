import Lanes

/// A vector of complex numbers, real and imaginary parts apart.
struct ComplexVector<T: Lane> {
  var re: T.Lanes
  var im: T.Lanes

  @inline(__always) init(_ re: T.Lanes, _ im: T.Lanes) {
    self.re = re
    self.im = im
  }

  /// The vector at `p`: `width` real parts, then `width` imaginary parts.
  @inline(__always) init(at p: UnsafePointer<T>) { self.init(T.load(p), T.load(p + T.width)) }

  /// One number in every lane.
  @inline(__always) init(repeating p: UnsafePointer<T>) {
    self.init(T.Lanes(repeating: p[0]), T.Lanes(repeating: p[1]))
  }

  @inline(__always) func store(_ p: UnsafeMutablePointer<T>) {
    T.store(re, p)
    T.store(im, p + T.width)
  }

  @inline(__always) static func + (a: Self, b: Self) -> Self { Self(a.re + b.re, a.im + b.im) }
  @inline(__always) static func - (a: Self, b: Self) -> Self { Self(a.re - b.re, a.im - b.im) }

  /// `a + i b` and `a − i b`.
  @inline(__always) func plusTimesI(_ b: Self) -> Self { Self(re - b.im, im + b.re) }
  @inline(__always) func minusTimesI(_ b: Self) -> Self { Self(re + b.im, im - b.re) }

  /// `−x`. The compiler takes a product with −1 for a change of sign and draws it into a multiply–add; Swift's minus for
  /// vectors is a subtraction from zero, which it must keep.
  @inline(__always) static func negated(_ x: T.Lanes) -> T.Lanes { x * T.Lanes(repeating: -1) }

  /// `a·b`.
  @inline(__always) static func * (a: Self, b: Self) -> Self {
    Self(T.multiplyAdd(a.re, b.re, negated(a.im * b.im)), T.multiplyAdd(a.re, b.im, a.im * b.re))
  }

  /// `a·conj(b)`.
  @inline(__always) func timesConjugate(_ b: Self) -> Self {
    Self(T.multiplyAdd(re, b.re, im * b.im), T.multiplyAdd(im, b.re, Self.negated(re * b.im)))
  }

  /// The real part of `a·conj(b)`.
  @inline(__always) func realTimesConjugate(_ b: Self) -> T.Lanes { T.multiplyAdd(re, b.re, im * b.im) }

  /// `a + c b` and `a − c b`, the second as `2a − (a + c b)`: six operations for both.
  @inline(__always) func butterfly(_ b: Self, _ c: Self) -> (Self, Self) {
    let two = T.Lanes(repeating: 2)
    let re1 = T.multiplyAdd(Self.negated(c.im), b.im, T.multiplyAdd(c.re, b.re, re))
    let im1 = T.multiplyAdd(c.im, b.re, T.multiplyAdd(c.re, b.im, im))
    let (re2, im2) = (T.multiplyAdd(two, re, Self.negated(re1)), T.multiplyAdd(two, im, Self.negated(im1)))
    return (Self(re1, im1), Self(re2, im2))
  }

  /// `a + i c b` and `a − i c b`.
  @inline(__always) func butterflyTimesI(_ b: Self, _ c: Self) -> (Self, Self) {
    butterfly(Self(Self.negated(b.im), b.re), c)
  }
}

/// One level, or two, of the splitting `mod (t²ᵐ − c²) → mod (tᵐ − c), mod (tᵐ + c)`, and back.
///
/// Operands are `stride` scalars apart, in place. Going back multiplies by two at each level.
enum Butterflies {
  /// Two levels: with `c` the root at the first level and `d` its root, for the second.
  @inline(__always)
  static func split4<T: Lane>(
    _ p: UnsafeMutablePointer<T>, _ stride: Int, _ c: ComplexVector<T>, _ d: ComplexVector<T>
  ) {
    let (low0, high0) = ComplexVector(at: p).butterfly(ComplexVector(at: p + 2 * stride), c)
    let (low1, high1) = ComplexVector(at: p + stride).butterfly(ComplexVector(at: p + 3 * stride), c)
    let (x0, x1) = low0.butterfly(low1, d)
    let (x2, x3) = high0.butterflyTimesI(high1, d)
    x0.store(p)
    x1.store(p + stride)
    x2.store(p + 2 * stride)
    x3.store(p + 3 * stride)
  }

  /// The way back from `split4`, with `cd` the product of the two.
  @inline(__always)
  static func join4<T: Lane>(
    _ p: UnsafeMutablePointer<T>, _ stride: Int, _ c: ComplexVector<T>, _ d: ComplexVector<T>, _ cd: ComplexVector<T>
  ) {
    let x0 = ComplexVector(at: p), x1 = ComplexVector(at: p + stride)
    let x2 = ComplexVector(at: p + 2 * stride), x3 = ComplexVector(at: p + 3 * stride)
    let s01 = x0 + x1, d01 = x0 - x1, s23 = x2 + x3, d23 = x2 - x3
    (s01 + s23).store(p)
    d01.minusTimesI(d23).timesConjugate(d).store(p + stride)
    (s01 - s23).timesConjugate(c).store(p + 2 * stride)
    d01.plusTimesI(d23).timesConjugate(cd).store(p + 3 * stride)
  }

  /// One level of two neighbours, whose roots are `c` and `i c`.
  @inline(__always)
  static func splitPair<T: Lane>(_ p: UnsafeMutablePointer<T>, _ stride: Int, _ c: ComplexVector<T>) {
    let (x0, x1) = ComplexVector(at: p).butterfly(ComplexVector(at: p + stride), c)
    let (x2, x3) = ComplexVector(at: p + 2 * stride).butterflyTimesI(ComplexVector(at: p + 3 * stride), c)
    x0.store(p)
    x1.store(p + stride)
    x2.store(p + 2 * stride)
    x3.store(p + 3 * stride)
  }

  /// The way back from `splitPair`.
  @inline(__always)
  static func joinPair<T: Lane>(_ p: UnsafeMutablePointer<T>, _ stride: Int, _ c: ComplexVector<T>) {
    let x0 = ComplexVector(at: p), x1 = ComplexVector(at: p + stride)
    let x2 = ComplexVector(at: p + 2 * stride), x3 = ComplexVector(at: p + 3 * stride)
    (x0 + x1).store(p)
    (x0 - x1).timesConjugate(c).store(p + stride)
    (x2 + x3).store(p + 2 * stride)
    let d = x2 - x3
    ComplexVector(d.im, ComplexVector<T>.negated(d.re)).timesConjugate(c).store(p + 3 * stride)
  }
}
