import KernelSpec
import Lanes
import Numerics

/// Vectors of the real and of the imaginary parts.
struct Planar<T: Lane> {
  var real, imaginary: T.Lanes

  @inline(__always) init(_ real: T.Lanes, _ imaginary: T.Lanes) {
    self.real = real
    self.imaginary = imaginary
  }

  @inline(__always) static var zero: Planar { Planar(T.Lanes(repeating: 0), T.Lanes(repeating: 0)) }

  /// Whether all are numbers, and finite.
  @inline(__always) var isFinite: Bool {
    let bound = T.Lanes(repeating: T.greatestFiniteMagnitude)
    return T.isWithin(real, bound) && T.isWithin(imaginary, bound)
  }
}

/// How a pair of poles is added up at a vector of nodes.
protocol PoleArithmetic {
  /// What it keeps of each pair.
  static var scalars: Int { get }
  /// The power of `|z − w|` that it has to hold.
  static var degree: Int { get }
  /// Writes what it keeps of the pair with pole w and residue v.
  static func keep<T: Lane>(_ v: Complex<T>, _ w: Complex<T>, _ pair: UnsafeMutablePointer<T>)
  /// Adds the pair's terms at the nodes z to a sum of its own making.
  static func add<T: QuotientLane>(_ pair: UnsafePointer<T>, _ z: Nodes<T>, _ sum: inout Planar<T>)
  /// The terms' sum.
  static func finish<T: QuotientLane>(_ sum: Planar<T>, _ z: Nodes<T>) -> Planar<T>
}

/// A vector of nodes, with squares of the imaginary parts.
struct Nodes<T: QuotientLane> {
  let real, imaginary, twiceSquare, fourSquares: T.Lanes

  @inline(__always) init(_ real: UnsafePointer<T>, _ imaginary: UnsafePointer<T>) {
    self.real = T.load(real)
    self.imaginary = T.load(imaginary)
    twiceSquare = (self.imaginary + self.imaginary) * self.imaginary
    fourSquares = twiceSquare + twiceSquare
  }
}

/// `v/(z − w)` and `v̄/(z − w̄)` with a quotient each, the real part of `z − w` being that of `z − w̄`. What the terms of a real pole have
/// of Im v cancels exactly, as it does in the definition: quotients are added before they are multiplied by v.
enum SinglePoles: PoleArithmetic {
  @inline(__always) static var scalars: Int { 5 }
  @inline(__always) static var degree: Int { 2 }

  @inline(__always) static func keep<T: Lane>(_ v: Complex<T>, _ w: Complex<T>, _ pair: UnsafeMutablePointer<T>) {
    (pair[0], pair[1]) = (w.real, w.imaginary)
    (pair[2], pair[3], pair[4]) = (v.real, v.imaginary, -v.real)
  }

  @inline(__always)
  static func add<T: QuotientLane>(_ pair: UnsafePointer<T>, _ z: Nodes<T>, _ sum: inout Planar<T>) {
    let w = (real: T.splat(pair[0]), imaginary: T.splat(pair[1]))
    let v = (real: T.splat(pair[2]), imaginary: T.splat(pair[3]))
    let d = z.real - w.real, above = z.imaginary - w.imaginary, below = z.imaginary + w.imaginary
    let square = d * d
    let first = T.reciprocal(T.multiplyAdd(above, above, square))
    let second = T.reciprocal(T.multiplyAdd(below, below, square))
    let upper = above * first, lower = below * second
    sum.real = T.multiplyAdd(v.real * d, first + second, T.multiplyAdd(v.imaginary, upper - lower, sum.real))
    sum.imaginary = T.multiplyAdd(
      v.imaginary * d, first - second, T.multiplyAdd(T.splat(pair[4]), upper + lower, sum.imaginary))
  }

  @inline(__always) static func finish<T: QuotientLane>(_ sum: Planar<T>, _ z: Nodes<T>) -> Planar<T> { sum }
}

/// `2 (d Re v − Im v Im w)/((z − w)(z − w̄))` with `d = z − Re w`: numerator n and denominator r + i·2 Re d Im z have the factor Im z in
/// their imaginary parts, so the sum's is taken out. Signs are such that all products fuse.
enum PairedPoles: PoleArithmetic {
  @inline(__always) static var scalars: Int { 5 }
  @inline(__always) static var degree: Int { 4 }

  @inline(__always) static func keep<T: Lane>(_ v: Complex<T>, _ w: Complex<T>, _ pair: UnsafeMutablePointer<T>) {
    (pair[0], pair[1], pair[2]) = (w.real, w.imaginary, v.real)
    (pair[3], pair[4]) = (-2 * v.real, 2 * v.imaginary * w.imaginary)
  }

  @inline(__always)
  static func add<T: QuotientLane>(_ pair: UnsafePointer<T>, _ z: Nodes<T>, _ sum: inout Planar<T>) {
    let imaginary = T.splat(pair[1])
    let d = z.real - T.splat(pair[0])
    let square = d * d
    let r = T.multiplyAdd(imaginary - z.imaginary, imaginary + z.imaginary, square)
    let inverse = T.reciprocal(T.multiplyAdd(r, r, square * z.fourSquares))
    let product = T.splat(pair[3]) * d
    let negative = product + T.splat(pair[4])
    sum.real = T.multiplyAdd(T.multiplyAdd(product, z.twiceSquare, negative * r), inverse, sum.real)
    sum.imaginary = T.multiplyAdd(T.multiplyAdd(negative, d, T.splat(pair[2]) * r), inverse, sum.imaginary)
  }

  @inline(__always) static func finish<T: QuotientLane>(_ sum: Planar<T>, _ z: Nodes<T>) -> Planar<T> {
    Planar(T.splat(0) - sum.real, (z.imaginary + z.imaginary) * sum.imaginary)
  }
}

/// Where products of differences are sure not to overflow: nodes and poles whose parts are below a power of two.
enum PoleRange {
  /// The bound for products of `degree` differences, with room for residues.
  @inline(__always) static func bound<T: Lane>(_: T.Type, degree: Int) -> T {
    T(sign: .plus, exponent: T.Exponent((Int(T.greatestFiniteMagnitude.exponent) - 12) / degree), significand: 1)
  }
}

/// The operands of a call, with the definition for whatever the vectors' arithmetic does not hold.
struct CauchyOperands<T: QuotientLane> {
  let v, z, w: UnsafePointer<T>
  let modes: Int

  @inline(__always) init(_ arguments: borrowing Arguments<T>, modes: Int) {
    v = arguments.input("v")
    z = arguments.input("z")
    w = arguments.input("w")
    self.modes = modes
  }

  @inline(__always) static func complex(_ pairs: UnsafePointer<T>, _ index: Int) -> Complex<T> {
    Complex(pairs[2 * index], pairs[2 * index + 1])
  }

  /// Whether all parts of a head's poles are below the bound.
  @inline(__always) func polesAreWithin(_ bound: T, _ head: Int) -> Bool {
    var greatest: T = 0
    for i in 2 * head * modes..<2 * (head + 1) * modes { greatest = max(greatest, abs(w[i])) }
    return greatest < bound
  }

  /// One sum as it is defined: in any range, since complex quotients scale where they have to.
  @inline(never) func sum(_ head: Int, _ l: Int) -> Complex<T> {
    var sum = Complex<T>(0)
    let z = Self.complex(z, l)
    for mode in head * modes..<(head + 1) * modes {
      let v = Self.complex(v, mode), w = Self.complex(w, mode)
      sum += v / (z - w) + v.conjugate / (z - w.conjugate)
    }
    return sum
  }
}
