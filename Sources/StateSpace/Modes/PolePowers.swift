import KernelSpec
import Lanes

/// Poles and their powers, one to a lane, in the precision that a variant needs of them.
protocol PolePowers: BitwiseCopyable, Sendable {
  /// A number in double precision.
  init(_ value: ComplexLanes)
  /// A real number.
  init(_ value: CompensatedLanes)
  /// `e^z`.
  static func exponential(_ z: ComplexLanes) -> Self
  /// `e^z − 1` and `e^z`, for `z = dt·A`.
  static func exponentials(_ dt: DoubleLanes, _ A: ComplexLanes) -> (minusOne: ComplexLanes, pole: Self)
  /// `1/(1 − dt·A/2)`, and `1 + dt·A/2` times it.
  static func bilinear(_ dt: DoubleLanes, _ A: ComplexLanes) -> (inverse: Self, pole: Self)
  static func + (a: Self, b: Self) -> Self
  static func * (a: Self, b: Self) -> Self
  /// The value in double precision.
  var rounded: ComplexLanes { get }
}

/// A product of l poles in double is off by some l·2⁻⁵³: far less than one rounding to float.
extension ComplexLanes: PolePowers {
  @inline(__always) init(_ value: ComplexLanes) { self = value }

  @inline(__always) init(_ value: CompensatedLanes) { self.init(value.high, DoubleLanes(repeating: 0)) }

  @inline(__always)
  static func exponentials(_ dt: DoubleLanes, _ A: ComplexLanes) -> (minusOne: ComplexLanes, pole: ComplexLanes) {
    let (value, minusOne) = exponentials(A.multiplied(by: dt))
    return (minusOne, value)
  }

  @inline(__always) static func bilinear(_ dt: DoubleLanes, _ A: ComplexLanes) -> (
    inverse: ComplexLanes, pole: ComplexLanes
  ) {
    let half = A.multiplied(by: dt * 0.5)
    let inverse = ComplexLanes(1) / (ComplexLanes(1) - half)
    return (inverse, (ComplexLanes(1) + half) * inverse)
  }

  @inline(__always) var rounded: ComplexLanes { self }
}

extension CompensatedComplexLanes: PolePowers {
  @inline(__always) init(_ value: CompensatedLanes) {
    let zero = DoubleLanes(repeating: 0)
    self.init(value, CompensatedLanes(zero, zero))
  }

  @inline(__always) static func exponential(_ z: ComplexLanes) -> CompensatedComplexLanes {
    .exponential(CompensatedComplexLanes(z))
  }

  @inline(__always)
  static func exponentials(
    _ dt: DoubleLanes, _ A: ComplexLanes
  ) -> (minusOne: ComplexLanes, pole: CompensatedComplexLanes) {
    (.exponentialMinusOne(A.multiplied(by: dt)), .exponential(product(dt, A)))
  }

  @inline(__always) static func bilinear(
    _ dt: DoubleLanes, _ A: ComplexLanes
  ) -> (inverse: CompensatedComplexLanes, pole: CompensatedComplexLanes) {
    let half = product(dt * 0.5, A)
    let one = CompensatedComplexLanes(ComplexLanes(1))
    let inverse = one / (one + CompensatedComplexLanes(-half.real, -half.imaginary))
    return (inverse, (one + half) * inverse)
  }

  @inline(__always) private static func product(_ dt: DoubleLanes, _ A: ComplexLanes) -> CompensatedComplexLanes {
    CompensatedComplexLanes(CompensatedLanes(product: dt, A.real), CompensatedLanes(product: dt, A.imaginary))
  }
}

extension PolePowers {
  /// Calls `body` with the powers 0 … `count − 1`; returns the next one. Even and odd ones are chains of their own, since a product
  /// takes longer than the processor takes to begin another.
  @inline(__always) func forEachPower(_ count: Int, _ body: (Int, ComplexLanes) -> Void) -> Self {
    let square = self * self
    var even = Self(ComplexLanes(1))
    var odd = self
    var n = 0
    while n + 1 < count {
      body(n, even.rounded)
      body(n + 1, odd.rounded)
      (even, odd) = (even * square, odd * square)
      n += 2
    }
    if n == count { return even }
    body(n, even.rounded)
    return odd
  }

  /// The power `n ≥ 0`, by squaring.
  @inline(__always) func power(_ n: Int) -> Self {
    var result = Self(ComplexLanes(1))
    var square = self
    var rest = n
    while rest > 0 {
      if rest & 1 == 1 { result = result * square }
      square = square * square
      rest >>= 1
    }
    return result
  }
}

/// A precision of operands, with that of the pole's powers.
protocol ModeLane: Lane {
  associatedtype Powers: PolePowers
  /// The preparation of a variant that computes in this precision.
  static func preparation(_ prepare: @escaping @Sendable (Size) -> Run<Self>) -> Variant.Preparation
}

extension Float: ModeLane {
  typealias Powers = ComplexLanes
  static func preparation(_ prepare: @escaping @Sendable (Size) -> Run<Float>) -> Variant.Preparation {
    .float(prepare)
  }
}

extension Double: ModeLane {
  typealias Powers = CompensatedComplexLanes
  static func preparation(_ prepare: @escaping @Sendable (Size) -> Run<Double>) -> Variant.Preparation {
    .double(prepare)
  }
}
