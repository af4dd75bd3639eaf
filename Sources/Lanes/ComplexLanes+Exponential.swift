import CSIMD
import Numerics

// Errors in units of the last place: sine, cosine and the exponential about 1, each part of a complex exponential below 3. Angles
// are reduced by Cody and Waite's method with four parts of π/2, the first three of which have 33 bits, so that their products
// with up to 20 bits are exact with fused and with separate operations alike.

extension ComplexLanes {
  /// `cos θ + i sin θ`.
  @inlinable @inline(__always) public static func unit(_ angle: DoubleLanes) -> ComplexLanes {
    let phase = Phase(angle)
    return ComplexLanes(phase.cosine, phase.sine)
  }

  /// `e^z`.
  @inlinable @inline(__always) public static func exponential(_ z: ComplexLanes) -> ComplexLanes {
    exponentials(z).value
  }

  /// `e^z − 1`, without cancellation near 0.
  @inlinable @inline(__always) public static func exponentialMinusOne(_ z: ComplexLanes) -> ComplexLanes {
    exponentials(z).minusOne
  }

  /// `e^z` and, without cancellation near 0, `e^z − 1`.
  @inlinable @inline(__always) public static func exponentials(
    _ z: ComplexLanes
  ) -> (value: ComplexLanes, minusOne: ComplexLanes) {
    let phase = Phase(z.imaginary)
    let growth = Growth(z.real)
    let value = ComplexLanes(growth.exponential * phase.cosine, growth.exponential * phase.sine)
    // e^x cos y − 1 = (e^x − 1) cos y + (cos y − 1).
    let real = Double.multiplyAdd(growth.minusOne, phase.cosine, phase.cosineMinusOne)
    return (value, ComplexLanes(real, value.imaginary))
  }
}

/// Rounding to integers by addition: below 2^51 the sum's low bits are the integer.
@usableFromInline @frozen struct Rounded {
  /// The integers as numbers.
  @usableFromInline let value: DoubleLanes
  /// The integers in two's complement, in the low bits.
  @usableFromInline let bits: DoubleLanes.MaskStorage

  @inlinable @inline(__always) init(_ x: DoubleLanes) {
    let shifter = DoubleLanes(repeating: 0x1.8p52)
    let sum = x + shifter
    value = sum - shifter
    bits = unsafeBitCast(sum, to: DoubleLanes.MaskStorage.self)
  }

  /// `2^n`, for −1022 ≤ n ≤ 1023.
  @inlinable @inline(__always) var powerOfTwo: DoubleLanes {
    unsafeBitCast((bits &+ 1023) &<< 52, to: DoubleLanes.self)
  }

  /// `2^(n/2)` and `2^(n − n/2)`: factors of a power that itself may be out of range.
  @inlinable @inline(__always) var powersOfTwo: (DoubleLanes, DoubleLanes) {
    let half = Rounded(value * 0.5)
    return (half.powerOfTwo, Rounded(value - half.value).powerOfTwo)
  }
}

/// The functions of an angle.
@usableFromInline @frozen struct Phase {
  @usableFromInline var sine, cosine, cosineMinusOne: DoubleLanes

  @inlinable @inline(__always) init(_ angle: DoubleLanes) {
    let n = Rounded(angle * (2 / Double.pi))
    let high = ComplexLanes.subtractProduct(angle, n.value, Self.halfPi.0)
    let second = n.value * Self.halfPi.1
    let r = high - second
    let lost = (high - r) - second
    let tail = ComplexLanes.subtractProduct(
      ComplexLanes.subtractProduct(lost, n.value, Self.halfPi.2), n.value, Self.halfPi.3)
    let x = r + tail
    let low = (r - x) + tail

    let square = x * x
    let sine = Double.multiplyAdd(x * square, Self.polynomial(square, Self.sines), low) + x
    let bend = (square * square) * Self.polynomial(square, Self.cosines)
    let cosineMinusOne = Double.multiplyAdd(
      square, DoubleLanes(repeating: -0.5), ComplexLanes.subtractProduct(bend, x, low))
    let cosine = 1 + cosineMinusOne

    let zero = DoubleLanes.MaskStorage(repeating: 0)
    let swaps = (n.bits & 1) .!= zero
    let signOfSine = unsafeBitCast((n.bits & 2) &<< 62, to: DoubleLanes.self)
    let signOfCosine = unsafeBitCast(((n.bits &+ 1) & 2) &<< 62, to: DoubleLanes.self)
    self.sine = Self.flip(sine.replacing(with: cosine, where: swaps), signOfSine)
    self.cosine = Self.flip(cosine.replacing(with: sine, where: swaps), signOfCosine)
    self.cosineMinusOne = (self.cosine - 1).replacing(with: cosineMinusOne, where: (n.bits & 3) .== zero)

    // Beyond 2^20 quarter turns, and where the angle is no number.
    if !Self.isReducible(angle) { self = Phase(carefully: angle) }
  }

  /// The functions by the C library, lane by lane.
  @usableFromInline @inline(never) init(carefully angle: DoubleLanes) {
    (sine, cosine, cosineMinusOne) = (angle, angle, angle)
    for lane in angle.indices {
      sine[lane] = .sin(angle[lane])
      cosine[lane] = .cos(angle[lane])
      cosineMinusOne[lane] = .cosMinusOne(angle[lane])
    }
  }

  @inlinable @inline(__always) static func isReducible(_ angle: DoubleLanes) -> Bool {
    Double.isWithin(angle, DoubleLanes(repeating: 1.6e6))
  }

  @inlinable @inline(__always) static func flip(_ x: DoubleLanes, _ sign: DoubleLanes) -> DoubleLanes {
    unsafeBitCast(
      unsafeBitCast(x, to: DoubleLanes.MaskStorage.self) ^ unsafeBitCast(sign, to: DoubleLanes.MaskStorage.self),
      to: DoubleLanes.self)
  }

  @inlinable @inline(__always) static func polynomial(
    _ x: DoubleLanes, _ c: (Double, Double, Double, Double, Double, Double)
  ) -> DoubleLanes {
    var sum = DoubleLanes(repeating: c.5)
    sum = Double.multiplyAdd(sum, x, DoubleLanes(repeating: c.4))
    sum = Double.multiplyAdd(sum, x, DoubleLanes(repeating: c.3))
    sum = Double.multiplyAdd(sum, x, DoubleLanes(repeating: c.2))
    sum = Double.multiplyAdd(sum, x, DoubleLanes(repeating: c.1))
    return Double.multiplyAdd(sum, x, DoubleLanes(repeating: c.0))
  }

  @inlinable @inline(__always) static var halfPi: (DoubleLanes, DoubleLanes, DoubleLanes, DoubleLanes) {
    (
      DoubleLanes(repeating: 0x1.921fb544p0), DoubleLanes(repeating: 0x1.0b4611a6p-34),
      DoubleLanes(repeating: 0x1.3198a2ep-69), DoubleLanes(repeating: 0x1.b839a252049c1p-104)
    )
  }

  /// `(sin x − x)/x³` and `(cos x − 1 + x²/2)/x⁴` in x², on |x| ≤ π/4 (fdlibm).
  @inlinable @inline(__always) static var sines: (Double, Double, Double, Double, Double, Double) {
    (
      -1.66666666666666324348e-01, 8.33333333332248946124e-03, -1.98412698298579493134e-04,
      2.75573137070700676789e-06,
      -2.50507602534068634195e-08, 1.58969099521155010221e-10
    )
  }
  @inlinable @inline(__always) static var cosines: (Double, Double, Double, Double, Double, Double) {
    (
      4.16666666666666019037e-02, -1.38888888888741095749e-03, 2.48015872894767294178e-05,
      -2.75573143513906633035e-07,
      2.08757232129817482790e-09, -1.13596475577881948265e-11
    )
  }
}

/// The exponential of a real number.
@usableFromInline @frozen struct Growth {
  @usableFromInline let exponential, minusOne: DoubleLanes

  @inlinable @inline(__always) init(_ x: DoubleLanes) {
    let bounded = Double.minimum(Double.maximum(x, DoubleLanes(repeating: -1000)), DoubleLanes(repeating: 1000))
    let n = Rounded(bounded * 1.4426950408889634)
    let high = ComplexLanes.subtractProduct(bounded, n.value, DoubleLanes(repeating: 0x1.62e42feep-1))
    let r = ComplexLanes.subtractProduct(high, n.value, DoubleLanes(repeating: 0x1.a39ef35793c76p-33))
    let square = r * r
    let p = Double.multiplyAdd(square, Self.series(r, square), r)
    let (first, second) = n.powersOfTwo
    // (1 + p) 2^n − 1 cancels only where n is −1, 0 or 1.
    let power = first * second
    let exponential = (first + first * p) * second
    let one = DoubleLanes(repeating: 1)
    let mild = (n.value .<= one) .& (n.value .>= -one)
    let minusOne = (exponential - 1).replacing(with: Double.multiplyAdd(p, power, power - 1), where: mild)
    let undefined = x .!= x
    self.exponential = exponential.replacing(with: x, where: undefined)
    self.minusOne = minusOne.replacing(with: x, where: undefined)
  }

  /// `(e^r − 1 − r)/r²` for |r| ≤ ln 2 / 2: Taylor's terms to r¹¹, even and odd ones apart.
  @inlinable @inline(__always) static func series(_ r: DoubleLanes, _ square: DoubleLanes) -> DoubleLanes {
    var even = DoubleLanes(repeating: 1 / 479_001_600)
    even = Double.multiplyAdd(even, square, DoubleLanes(repeating: 1 / 3_628_800))
    even = Double.multiplyAdd(even, square, DoubleLanes(repeating: 1 / 40320))
    even = Double.multiplyAdd(even, square, DoubleLanes(repeating: 1 / 720))
    even = Double.multiplyAdd(even, square, DoubleLanes(repeating: 1 / 24))
    even = Double.multiplyAdd(even, square, DoubleLanes(repeating: 1 / 2))
    var odd = DoubleLanes(repeating: 1 / 6_227_020_800)
    odd = Double.multiplyAdd(odd, square, DoubleLanes(repeating: 1 / 39_916_800))
    odd = Double.multiplyAdd(odd, square, DoubleLanes(repeating: 1 / 362880))
    odd = Double.multiplyAdd(odd, square, DoubleLanes(repeating: 1 / 5040))
    odd = Double.multiplyAdd(odd, square, DoubleLanes(repeating: 1 / 120))
    odd = Double.multiplyAdd(odd, square, DoubleLanes(repeating: 1 / 6))
    return Double.multiplyAdd(odd, r, even)
  }
}
