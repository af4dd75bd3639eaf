import KernelSpec
import Lanes
import Numerics
import Tensors

/// Poles and their powers, one to a lane, in the precision that a variant needs of them.
protocol PolePowers: BitwiseCopyable, Sendable {
  /// A number in double precision.
  init(_ value: ComplexLanes)
  /// `e^z − 1` and `e^z`, for `z = dt·A`.
  static func exponentials(_ dt: DoubleLanes, _ A: ComplexLanes) -> (minusOne: ComplexLanes, pole: Self)
  /// `1/(1 − dt·A/2)`, and `1 + dt·A/2` times it.
  static func bilinear(_ dt: DoubleLanes, _ A: ComplexLanes) -> (inverse: Self, pole: Self)
  static func * (a: Self, b: Self) -> Self
  /// The value in double precision.
  var rounded: ComplexLanes { get }
}

/// A product of l poles in double is off by some l·2⁻⁵³: far less than one rounding to float.
extension ComplexLanes: PolePowers {
  @inline(__always) init(_ value: ComplexLanes) { self = value }

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
}

extension Float: ModeLane { typealias Powers = ComplexLanes }
extension Double: ModeLane { typealias Powers = CompensatedComplexLanes }

/// `DiscreteMode` for a lane each of modes.
struct DiscreteLanes<Powers: PolePowers> {
  /// `Abar`.
  let pole: Powers
  /// `Bbar/B`.
  let gain: ComplexLanes
  private let dt: DoubleLanes
  private let z: ComplexLanes
  /// `gain/dt`.
  private let ratio: ComplexLanes
  private let bilinear: Bool

  @inline(__always) init(dt: Double, A: ComplexLanes, bilinear: Bool) {
    self.dt = DoubleLanes(repeating: dt)
    self.bilinear = bilinear
    z = A.multiplied(by: dt)
    if bilinear {
      let (inverse, pole) = Powers.bilinear(self.dt, A)
      self.pole = pole
      ratio = inverse.rounded
    } else {
      let (minusOne, pole) = Powers.exponentials(self.dt, A)
      self.pole = pole
      // φ = (e^z − 1)/z, which is 1 where z² underflows.
      let isTiny = z.lengthSquared .< DoubleLanes(repeating: 1e-290)
      ratio = (minusOne / z).replacing(with: ComplexLanes(1), where: isTiny)
    }
    gain = ratio.multiplied(by: dt)
  }

  /// The derivatives of `Abar` by `z = dt·A`, and of `Bbar/B` by `A` and `dt`.
  @inline(__always) var derivatives: (poleByZ: ComplexLanes, gainByA: ComplexLanes, gainByDt: ComplexLanes) {
    if bilinear {
      let square = ratio * ratio
      return (square, square.multiplied(by: dt * dt * 0.5), square)
    }
    return (pole.rounded, derivativeOfPhi.multiplied(by: dt * dt), pole.rounded)
  }

  /// `(e^z − φ)/z`, below |z| = 1 by its series `Σ (k+1) z^k/(k+2)!`, even and odd terms apart.
  @inline(__always) private var derivativeOfPhi: ComplexLanes {
    let isSmall = z.lengthSquared .< DoubleLanes(repeating: 1)
    let near = z.replacing(with: ComplexLanes(0), where: .!isSmall)
    let square = near * near
    var even = ComplexLanes(seriesOfDerivative[18])
    var odd = ComplexLanes(seriesOfDerivative[19])
    for k in stride(from: 16, through: 0, by: -2) {
      even = .multiplyAdd(even, square, ComplexLanes(seriesOfDerivative[k]))
      odd = .multiplyAdd(odd, square, ComplexLanes(seriesOfDerivative[k + 1]))
    }
    let series = ComplexLanes.multiplyAdd(odd, near, even)
    return ((pole.rounded - ratio) / z).replacing(with: series, where: isSmall)
  }
}

/// `(k+1)/(k+2)! = 1/((k+2) k!)`, literally, so that no call has to compute or allocate them.
private let seriesOfDerivative: [Double] = [
  1.0 / 2, 1.0 / 3, 1.0 / 8, 1.0 / 30, 1.0 / 144, 1.0 / 840, 1.0 / 5760, 1.0 / 45360, 1.0 / 403200,
  1.0 / 3_991_680, 1.0 / 43_545_600, 1.0 / 518_918_400, 1.0 / 6_706_022_400, 1.0 / 93_405_312_000,
  1.0 / 1_394_852_659_200, 1.0 / 22_230_464_256_000, 1.0 / 376_610_217_984_000, 1.0 / 6_758_061_133_824_000,
  1.0 / 128_047_474_114_560_000, 1.0 / 2_554_547_108_585_472_000,
]

/// The modes of one head in lanes: a group is as many as a vector of doubles holds. Lanes beyond the last mode are zero.
struct HeadModes<T: ModeLane> {
  /// How many modes and groups there are.
  let modes, groups: Int
  /// The operands, by group.
  let A, B, C: UnsafeMutablePointer<ComplexLanes>

  static func groups(_ modes: Int) -> Int { (modes + Double.width - 1) / Double.width }

  /// Modes whose operands are kept in `memory`, which holds three times `groups`.
  init(modes: Int, memory: UnsafeMutablePointer<ComplexLanes>) {
    self.modes = modes
    groups = Self.groups(modes)
    A = memory
    B = memory + groups
    C = memory + 2 * groups
    memory.update(repeating: ComplexLanes(0), count: 3 * groups)
  }

  /// How many modes the group has.
  @inline(__always) func count(_ group: Int) -> Int { min(Double.width, modes - group * Double.width) }

  /// The number of one mode, in every lane.
  @inline(__always) func broadcast(_ lanes: UnsafePointer<ComplexLanes>, _ mode: Int) -> ComplexLanes {
    let scalars =
      UnsafeRawPointer(lanes + mode / Double.width).assumingMemoryBound(to: Double.self) + mode % Double.width
    return ComplexLanes(DoubleLanes(repeating: scalars[0]), DoubleLanes(repeating: scalars[Double.width]))
  }

  /// Sets the number of one mode.
  @inline(__always) func set(_ lanes: UnsafeMutablePointer<ComplexLanes>, _ mode: Int, _ value: Complex<Double>) {
    let scalars = UnsafeMutableRawPointer(lanes + mode / Double.width).assumingMemoryBound(to: Double.self)
    scalars[mode % Double.width] = value.real
    scalars[mode % Double.width + Double.width] = value.imaginary
  }

  /// Writes the first `count` powers of a group's poles, for each mode real parts and then imaginary parts, to its place in
  /// `table`; returns the next power.
  @inline(__always)
  func powers(_ pole: T.Powers, count: Int, _ group: Int, _ table: UnsafeMutablePointer<Double>) -> T.Powers {
    let rows = table + group * Double.width * 2 * count
    return pole.forEachPower(count) { t, value in
      for lane in 0..<Double.width {
        rows[2 * lane * count + t] = value.real[lane]
        rows[(2 * lane + 1) * count + t] = value.imaginary[lane]
      }
    }
  }

  /// Reads the operands of head `h`.
  @inline(__always) func load(_ operands: Pointers, _ h: Int) {
    spread(operands.A, h, A)
    spread(operands.B, h, B)
    spread(operands.C, h, C)
  }

  /// The inputs of a call.
  struct Pointers {
    let dt, A, B, C: UnsafePointer<T>

    @inline(__always) init(_ arguments: borrowing Arguments<T>) {
      dt = arguments.input("dt")
      A = arguments.input("A")
      B = arguments.input("B")
      C = arguments.input("C")
    }
  }

  /// The gradients of a call.
  struct Gradients {
    let dt, A, B, C: UnsafeMutablePointer<T>

    @inline(__always) init(_ arguments: borrowing Arguments<T>) {
      dt = arguments.gradient("dt")
      A = arguments.gradient("A")
      B = arguments.gradient("B")
      C = arguments.gradient("C")
    }
  }

  /// Spreads head `h` of an operand over lanes.
  @inline(__always)
  private func spread(_ operand: UnsafePointer<T>, _ h: Int, _ lanes: UnsafeMutablePointer<ComplexLanes>) {
    let pairs = operand + 2 * h * modes
    let scalars = UnsafeMutableRawPointer(lanes).assumingMemoryBound(to: Double.self)
    for m in 0..<modes {
      let at = m / Double.width * 2 * Double.width + m % Double.width
      scalars[at] = Double(pairs[2 * m])
      scalars[at + Double.width] = Double(pairs[2 * m + 1])
    }
  }

  /// Collects lanes to head `h` of a gradient.
  @inline(__always)
  func collect(_ lanes: UnsafePointer<ComplexLanes>, _ gradient: UnsafeMutablePointer<T>, _ h: Int) {
    let pairs = gradient + 2 * h * modes
    let scalars = UnsafeRawPointer(lanes).assumingMemoryBound(to: Double.self)
    for m in 0..<modes {
      let at = m / Double.width * 2 * Double.width + m % Double.width
      pairs[2 * m] = T(scalars[at])
      pairs[2 * m + 1] = T(scalars[at + Double.width])
    }
  }
}
