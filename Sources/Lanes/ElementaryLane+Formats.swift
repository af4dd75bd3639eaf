import Tensors

#if ISA_V4
  @usableFromInline typealias FloatBits = SIMD16<Int32>
  @usableFromInline typealias DoubleBits = SIMD8<Int64>
#else
  @usableFromInline typealias FloatBits = SIMD8<Int32>
  @usableFromInline typealias DoubleBits = SIMD4<Int64>
#endif

// The polynomials are minimax fits (Remez) in 60 digits, of the error relative to the function that is made of them.
// That of the exponential goes by squares: as many operations as Horner's rule, in half the time from first to last.

extension Float: ElementaryLane {
  @inlinable @inline(__always) public static var integerShift: Float { 0x1.8p23 }
  @inlinable @inline(__always) public static var log2e: Float { 0x1.715476p0 }
  @inlinable @inline(__always) public static var logTwo: (high: Float, low: Float) { (0x1.62e4p-1, 0x1.7f7d1cp-20) }
  @inlinable @inline(__always) public static var overflowExponent: Float { 128 }
  @inlinable @inline(__always) public static var exponentialBounds: (least: Float, greatest: Float) { (-110, 90) }

  @inlinable @inline(__always) public static func clamp(
    _ x: Lanes, _ bounds: (least: Float, greatest: Float)
  ) -> Lanes {
    let least = Lanes(repeating: bounds.least), greatest = Lanes(repeating: bounds.greatest)
    let raised = x.replacing(with: least, where: x .< least)
    return raised.replacing(with: greatest, where: raised .> greatest)
  }

  @inlinable @inline(__always) public static func select(_ x: Lanes, negative: Lanes, other: Lanes) -> Lanes {
    other.replacing(with: negative, where: x .< Lanes(repeating: 0))
  }

  @inlinable @inline(__always) public static func scaleNormal(_ p: Lanes, _ shifted: Lanes) -> Lanes {
    let bits = unsafeBitCast(p, to: FloatBits.self) &+ (unsafeBitCast(shifted, to: FloatBits.self) &<< 23)
    return unsafeBitCast(bits, to: Lanes.self)
  }

  @inlinable @inline(__always) public static func scaleGradually(_ p: Lanes, _ shifted: Lanes) -> Lanes {
    let n = unsafeBitCast(shifted, to: FloatBits.self) &- unsafeBitCast(splat(integerShift), to: FloatBits.self)
    let half = n &>> 1
    let first = unsafeBitCast((half &+ 127) &<< 23, to: Lanes.self)
    return p * first * unsafeBitCast((n &- half &+ 127) &<< 23, to: Lanes.self)
  }

  @inlinable @inline(__always) public static func expQuotient(_ r: Lanes) -> Lanes {
    let square = r * r
    var p = splat(0x1.6a2992p-10)
    p = multiplyAdd(p, square, multiplyAdd(splat(0x1.123f30p-7), r, splat(0x1.5558fcp-5)))
    p = multiplyAdd(p, square, multiplyAdd(splat(0x1.55548ap-3), r, splat(0x1.fffffcp-2)))
    return p
  }

  @inlinable @inline(__always) public static func artanhQuotient(_ z: Lanes) -> Lanes {
    var p = splat(0x1.f0cb1ap-3)
    p = multiplyAdd(p, z, splat(0x1.b71850p-3))
    p = multiplyAdd(p, z, splat(0x1.25061cp-2))
    p = multiplyAdd(p, z, splat(0x1.9996ccp-2))
    p = multiplyAdd(p, z, splat(0x1.555558p-1))
    return p
  }
}

extension Double: ElementaryLane {
  @inlinable @inline(__always) public static var integerShift: Double { 0x1.8p52 }
  @inlinable @inline(__always) public static var log2e: Double { 0x1.71547652b82fep0 }
  @inlinable @inline(__always) public static var logTwo: (high: Double, low: Double) {
    (0x1.62e42fefa3p-1, 0x1.3de6af278ece6p-42)
  }
  @inlinable @inline(__always) public static var overflowExponent: Double { 1024 }
  @inlinable @inline(__always) public static var exponentialBounds: (least: Double, greatest: Double) { (-760, 720) }

  @inlinable @inline(__always) public static func clamp(
    _ x: Lanes, _ bounds: (least: Double, greatest: Double)
  ) -> Lanes {
    let least = Lanes(repeating: bounds.least), greatest = Lanes(repeating: bounds.greatest)
    let raised = x.replacing(with: least, where: x .< least)
    return raised.replacing(with: greatest, where: raised .> greatest)
  }

  @inlinable @inline(__always) public static func select(_ x: Lanes, negative: Lanes, other: Lanes) -> Lanes {
    other.replacing(with: negative, where: x .< Lanes(repeating: 0))
  }

  @inlinable @inline(__always) public static func scaleNormal(_ p: Lanes, _ shifted: Lanes) -> Lanes {
    let bits = unsafeBitCast(p, to: DoubleBits.self) &+ (unsafeBitCast(shifted, to: DoubleBits.self) &<< 52)
    return unsafeBitCast(bits, to: Lanes.self)
  }

  @inlinable @inline(__always) public static func scaleGradually(_ p: Lanes, _ shifted: Lanes) -> Lanes {
    let n = unsafeBitCast(shifted, to: DoubleBits.self) &- unsafeBitCast(splat(integerShift), to: DoubleBits.self)
    let half = n &>> 1
    let first = unsafeBitCast((half &+ 1023) &<< 52, to: Lanes.self)
    return p * first * unsafeBitCast((n &- half &+ 1023) &<< 52, to: Lanes.self)
  }

  @inlinable @inline(__always) public static func expQuotient(_ r: Lanes) -> Lanes {
    let square = r * r
    var p = multiplyAdd(splat(0x1.ad7dcc096449ap-26), r, splat(0x1.28b0819c2a3edp-22))
    p = multiplyAdd(p, square, multiplyAdd(splat(0x1.71df2b929132fp-19), r, splat(0x1.a019970cca36bp-16)))
    p = multiplyAdd(p, square, multiplyAdd(splat(0x1.a01a01256ce38p-13), r, splat(0x1.6c16c1851f065p-10)))
    p = multiplyAdd(p, square, multiplyAdd(splat(0x1.1111111128f8ap-7), r, splat(0x1.5555555550510p-5)))
    p = multiplyAdd(p, square, multiplyAdd(splat(0x1.55555555554f4p-3), r, splat(0x1.000000000000ap-1)))
    return p
  }

  @inlinable @inline(__always) public static func artanhQuotient(_ z: Lanes) -> Lanes {
    var p = splat(0x1.5b0ef951c3bd2p-3)
    p = multiplyAdd(p, z, splat(0x1.574f6405139cfp-4))
    p = multiplyAdd(p, z, splat(0x1.ef73029ad63bdp-4))
    p = multiplyAdd(p, z, splat(0x1.106eaa14a92dbp-3))
    p = multiplyAdd(p, z, splat(0x1.3b1d492ee5bbep-3))
    p = multiplyAdd(p, z, splat(0x1.745cbb91b57c8p-3))
    p = multiplyAdd(p, z, splat(0x1.c71c73debf6c5p-3))
    p = multiplyAdd(p, z, splat(0x1.249249211e879p-2))
    p = multiplyAdd(p, z, splat(0x1.999999999f12ep-2))
    p = multiplyAdd(p, z, splat(0x1.555555555553fp-1))
    return p
  }
}
