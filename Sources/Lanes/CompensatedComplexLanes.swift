import CSIMD

/// Real numbers as unevaluated sums of two doubles, some 106 bits, one to a lane.
@frozen public struct CompensatedLanes: BitwiseCopyable, Sendable {
  /// The sum rounded to double.
  public var high: DoubleLanes
  /// What rounding lost.
  public var low: DoubleLanes

  /// The sum of two numbers, the first of which is the sum rounded.
  @inlinable @inline(__always) public init(_ high: DoubleLanes, _ low: DoubleLanes) {
    self.high = high
    self.low = low
  }

  /// The sum of a number and a much smaller one.
  @inlinable @inline(__always) public init(large: DoubleLanes, small: DoubleLanes) {
    high = large + small
    low = (large - high) + small
  }

  /// The exact sum of two numbers.
  @inlinable @inline(__always) public init(sum a: DoubleLanes, _ b: DoubleLanes) {
    high = a + b
    let rounded = high - a
    low = (a - (high - rounded)) + (b - rounded)
  }

  /// The exact product of two numbers.
  @inlinable @inline(__always) public init(product a: DoubleLanes, _ b: DoubleLanes) {
    high = a * b
    #if ISA_V4
      low = csimd_product_error_f64x8(a, b, high)
    #else
      low = csimd_product_error_f64x4(a, b, high)
    #endif
  }

  /// Sums.
  @inlinable @inline(__always) public static func + (a: CompensatedLanes, b: CompensatedLanes) -> CompensatedLanes {
    let sum = CompensatedLanes(sum: a.high, b.high)
    return CompensatedLanes(large: sum.high, small: sum.low + (a.low + b.low))
  }

  /// Products.
  @inlinable @inline(__always) public static func * (a: CompensatedLanes, b: CompensatedLanes) -> CompensatedLanes {
    let product = CompensatedLanes(product: a.high, b.high)
    let low = Double.multiplyAdd(a.high, b.low, Double.multiplyAdd(a.low, b.high, product.low))
    return CompensatedLanes(large: product.high, small: low)
  }

  /// Negatives.
  @inlinable @inline(__always) public static prefix func - (a: CompensatedLanes) -> CompensatedLanes {
    CompensatedLanes(-a.high, -a.low)
  }

  /// Products with powers of two.
  @inlinable @inline(__always) public func scaled(by power: DoubleLanes) -> CompensatedLanes {
    CompensatedLanes(high * power, low * power)
  }

  /// These numbers, those of `other` where `mask` is true.
  @inlinable @inline(__always) public func replacing(
    with other: CompensatedLanes, where mask: SIMDMask<DoubleLanes.MaskStorage>
  ) -> CompensatedLanes {
    CompensatedLanes(high.replacing(with: other.high, where: mask), low.replacing(with: other.low, where: mask))
  }
}

/// Complex numbers whose parts are unevaluated sums of two doubles: thousands of products lose less than one rounding to double.
@frozen public struct CompensatedComplexLanes: BitwiseCopyable, Sendable {
  /// The real parts.
  public var real: CompensatedLanes
  /// The imaginary parts.
  public var imaginary: CompensatedLanes

  /// Numbers of these parts.
  @inlinable @inline(__always) public init(_ real: CompensatedLanes, _ imaginary: CompensatedLanes) {
    self.real = real
    self.imaginary = imaginary
  }

  /// Numbers in double precision.
  @inlinable @inline(__always) public init(_ value: ComplexLanes) {
    let zero = DoubleLanes(repeating: 0)
    self.init(CompensatedLanes(value.real, zero), CompensatedLanes(value.imaginary, zero))
  }

  /// The numbers rounded to double.
  @inlinable @inline(__always) public var rounded: ComplexLanes { ComplexLanes(real.high, imaginary.high) }

  /// Sums.
  @inlinable @inline(__always) public static func + (
    a: CompensatedComplexLanes, b: CompensatedComplexLanes
  ) -> CompensatedComplexLanes {
    CompensatedComplexLanes(a.real + b.real, a.imaginary + b.imaginary)
  }

  /// Products, to 2^-102 of their absolute value.
  @inlinable @inline(__always) public static func * (
    a: CompensatedComplexLanes, b: CompensatedComplexLanes
  ) -> CompensatedComplexLanes {
    let (ar, ai, br, bi) = (a.real, a.imaginary, b.real, b.imaginary)
    return CompensatedComplexLanes(
      sumOfProducts(ar, br, CompensatedLanes(-ai.high, -ai.low), bi), sumOfProducts(ar, bi, ai, br))
  }

  /// Quotients, to 2^-100 of their absolute value where `|b|²` neither overflows nor underflows.
  @inlinable @inline(__always) public static func / (
    a: CompensatedComplexLanes, b: CompensatedComplexLanes
  ) -> CompensatedComplexLanes {
    let quotient = a.rounded / b.rounded
    let rest = a + CompensatedComplexLanes(ComplexLanes(-quotient.real, -quotient.imaginary)) * b
    let correction = rest.rounded / b.rounded
    return CompensatedComplexLanes(
      CompensatedLanes(sum: quotient.real, correction.real),
      CompensatedLanes(sum: quotient.imaginary, correction.imaginary))
  }

  /// `a b + c d`.
  @inlinable @inline(__always) static func sumOfProducts(
    _ a: CompensatedLanes, _ b: CompensatedLanes, _ c: CompensatedLanes, _ d: CompensatedLanes
  ) -> CompensatedLanes {
    let first = CompensatedLanes(product: a.high, b.high)
    let second = CompensatedLanes(product: c.high, d.high)
    let sum = CompensatedLanes(sum: first.high, second.high)
    var low = sum.low + (first.low + second.low)
    low = Double.multiplyAdd(a.high, b.low, Double.multiplyAdd(a.low, b.high, low))
    low = Double.multiplyAdd(c.high, d.low, Double.multiplyAdd(c.low, d.high, low))
    return CompensatedLanes(large: sum.high, small: low)
  }
}

extension CompensatedComplexLanes {
  /// `e^z`, to about 2^-72 of its absolute value where angles are below 2^50, else to double precision. It is 0 or infinite where the real
  /// part is beyond ±1000.
  ///
  /// `z` less multiples of `ln 2` and `iπ/2` is divided by 2⁸, so that of its series `w + w²/2 + w³ q(w)` only the first two
  /// terms need more than double precision; then `e^w − 1` is squared back.
  @inlinable @inline(__always) public static func exponential(_ z: CompensatedComplexLanes) -> CompensatedComplexLanes
  {
    Double.isWithin(z.imaginary.high, DoubleLanes(repeating: reducibleAngle))
      ? reducedExponential(z) : exponential(turning: z)
  }

  /// Beyond it the quarter turns of an angle are no longer counted by `Rounded`, and their product with π/2 is no longer exact.
  @usableFromInline static var reducibleAngle: Double { 0x1p50 }

  /// `e^z` where an angle is large: the turns by the rounded angle and by what it lost, which may be large too, are the C library's.
  @usableFromInline @inline(never) static func exponential(
    turning z: CompensatedComplexLanes
  ) -> CompensatedComplexLanes {
    let (angle, bound) = (z.imaginary, DoubleLanes(repeating: reducibleAngle))
    let isReducible = (angle.high .<= bound) .& (angle.high .>= -bound)
    let zero = DoubleLanes(repeating: 0)
    func turn(_ angle: DoubleLanes) -> ComplexLanes {
      let phase = Phase(carefully: angle.replacing(with: zero, where: isReducible))
      return ComplexLanes(phase.cosine, phase.sine)
    }
    let rest = CompensatedLanes(zero, zero).replacing(with: angle, where: isReducible)
    return reducedExponential(CompensatedComplexLanes(z.real, rest))
      * CompensatedComplexLanes(turn(angle.high) * turn(angle.low))
  }

  @inlinable @inline(__always)
  static func reducedExponential(_ z: CompensatedComplexLanes) -> CompensatedComplexLanes {
    // A product as large as that may have lost more than the bound.
    let bound = DoubleLanes(repeating: 1000)
    let bounded = z.real.replacing(
      with: CompensatedLanes(-bound, DoubleLanes(repeating: 0)), where: z.real.high .< -bound
    ).replacing(with: CompensatedLanes(bound, DoubleLanes(repeating: 0)), where: z.real.high .> bound)
    let n = Rounded(bounded.high * 1.4426950408889634)
    let quarters = Rounded(z.imaginary.high * (2 / Double.pi))
    let w = CompensatedComplexLanes(
      reduce(bounded, n.value, (0x1.62e42fefa39efp-1, 0x1.abc9e3b39803fp-56, 0x1.7b57a079a1934p-111))
        .scaled(by: DoubleLanes(repeating: 0x1p-8)),
      reduce(z.imaginary, quarters.value, (0x1.921fb54442d18p0, 0x1.1a62633145c07p-54, -0x1.f1976b7ed8fbcp-110))
        .scaled(by: DoubleLanes(repeating: 0x1p-8)))

    let rounded = w.rounded
    var q = rounded.multiplied(by: 1 / 40320) + ComplexLanes(1 / 5040)
    q = .multiplyAdd(q, rounded, ComplexLanes(1 / 720))
    q = .multiplyAdd(q, rounded, ComplexLanes(1 / 120))
    q = .multiplyAdd(q, rounded, ComplexLanes(1 / 24))
    q = .multiplyAdd(q, rounded, ComplexLanes(1 / 6))
    let square = w * w
    let half = DoubleLanes(repeating: 0.5)
    let tail = q * rounded * square.rounded
    var grown = CompensatedComplexLanes(square.real.scaled(by: half), square.imaginary.scaled(by: half))
    grown = w + (grown + CompensatedComplexLanes(tail))
    let two = DoubleLanes(repeating: 2)
    for _ in 0..<8 {
      // (1 + g)² − 1 = 2g + g².
      grown = CompensatedComplexLanes(grown.real.scaled(by: two), grown.imaginary.scaled(by: two)) + grown * grown
    }
    let power = grown + CompensatedComplexLanes(ComplexLanes(1))

    let zero = DoubleLanes.MaskStorage(repeating: 0)
    let swaps = (quarters.bits & 1) .!= zero
    let signOfSine = unsafeBitCast((quarters.bits & 2) &<< 62, to: DoubleLanes.self)
    let signOfCosine = unsafeBitCast(((quarters.bits &+ 1) & 2) &<< 62, to: DoubleLanes.self)
    let (first, second) = n.powersOfTwo
    let real = power.real.replacing(with: power.imaginary, where: swaps).scaled(by: first).scaled(by: second)
    let imaginary = power.imaginary.replacing(with: power.real, where: swaps).scaled(by: first).scaled(by: second)
    return CompensatedComplexLanes(
      CompensatedLanes(Phase.flip(real.high, signOfCosine), Phase.flip(real.low, signOfCosine)),
      CompensatedLanes(Phase.flip(imaginary.high, signOfSine), Phase.flip(imaginary.low, signOfSine)))
  }

  /// `x − n (c₀ + c₁ + c₂)`.
  @inlinable @inline(__always) static func reduce(
    _ x: CompensatedLanes, _ n: DoubleLanes, _ constant: (Double, Double, Double)
  ) -> CompensatedLanes {
    let first = CompensatedLanes(product: -n, DoubleLanes(repeating: constant.0))
    let second = CompensatedLanes(product: -n, DoubleLanes(repeating: constant.1))
    return ((x + first) + second) + CompensatedLanes(-n * constant.2, DoubleLanes(repeating: 0))
  }
}
