import CSIMD

/// Complex numbers in double precision, one to a lane.
@frozen public struct ComplexLanes: BitwiseCopyable, Sendable {
  /// The real parts.
  public var real: DoubleLanes
  /// The imaginary parts.
  public var imaginary: DoubleLanes

  /// Numbers of these parts.
  @inlinable @inline(__always) public init(_ real: DoubleLanes, _ imaginary: DoubleLanes) {
    self.real = real
    self.imaginary = imaginary
  }

  /// A real number in every lane.
  @inlinable @inline(__always) public init(_ value: Double) {
    self.init(DoubleLanes(repeating: value), DoubleLanes(repeating: 0))
  }

  /// The conjugates.
  @inlinable @inline(__always) public var conjugate: ComplexLanes { ComplexLanes(real, -imaginary) }

  /// The squares of the absolute values.
  @inlinable @inline(__always) public var lengthSquared: DoubleLanes {
    Double.multiplyAdd(real, real, imaginary * imaginary)
  }

  /// Sums.
  @inlinable @inline(__always) public static func + (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes {
    ComplexLanes(a.real + b.real, a.imaginary + b.imaginary)
  }

  /// Differences.
  @inlinable @inline(__always) public static func - (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes {
    ComplexLanes(a.real - b.real, a.imaginary - b.imaginary)
  }

  /// Products.
  @inlinable @inline(__always) public static func * (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes {
    ComplexLanes(
      subtractProduct(a.real * b.real, a.imaginary, b.imaginary),
      Double.multiplyAdd(a.real, b.imaginary, a.imaginary * b.real))
  }

  /// Quotients, where `|b|²` neither overflows nor underflows.
  @inlinable @inline(__always) public static func / (a: ComplexLanes, b: ComplexLanes) -> ComplexLanes {
    a * b.conjugate.multiplied(by: 1 / b.lengthSquared)
  }

  /// Products with real numbers.
  @inlinable @inline(__always) public func multiplied(by factor: DoubleLanes) -> ComplexLanes {
    ComplexLanes(real * factor, imaginary * factor)
  }

  /// Products with one real number.
  @inlinable @inline(__always) public func multiplied(by factor: Double) -> ComplexLanes {
    multiplied(by: DoubleLanes(repeating: factor))
  }

  /// `a * b + c`.
  @inlinable @inline(__always) public static func multiplyAdd(
    _ a: ComplexLanes, _ b: ComplexLanes, _ c: ComplexLanes
  ) -> ComplexLanes {
    ComplexLanes(
      subtractProduct(Double.multiplyAdd(a.real, b.real, c.real), a.imaginary, b.imaginary),
      Double.multiplyAdd(a.real, b.imaginary, Double.multiplyAdd(a.imaginary, b.real, c.imaginary)))
  }

  /// `c − a b` for real numbers, fused where the machine can.
  @inlinable @inline(__always) public static func subtractProduct(
    _ c: DoubleLanes, _ a: DoubleLanes, _ b: DoubleLanes
  ) -> DoubleLanes {
    #if ISA_V4
      csimd_subtract_product_f64x8(c, a, b)
    #else
      csimd_subtract_product_f64x4(c, a, b)
    #endif
  }

  /// These numbers, those of `other` where `mask` is true.
  @inlinable @inline(__always) public func replacing(
    with other: ComplexLanes, where mask: SIMDMask<DoubleLanes.MaskStorage>
  ) -> ComplexLanes {
    ComplexLanes(
      real.replacing(with: other.real, where: mask), imaginary.replacing(with: other.imaginary, where: mask))
  }
}
