import CSIMD
import Tensors

/// A precision with vectors of elementary functions and with transposition.
///
/// The functions are written once, over what differs between the formats: the requirements here.
public protocol ElementaryLane: SquareLane {
  /// One and a half times the least power of two whose ulp is 1: added to a small number it leaves, in the lowest bits, the
  /// nearest integer.
  static var integerShift: Self { get }
  /// `log2 e`.
  static var log2e: Self { get }
  /// `log 2` in two parts; products of the first with exponents are exact.
  static var logTwo: (high: Self, low: Self) { get }
  /// The exponent of two beyond the greatest of normal numbers.
  static var overflowExponent: Self { get }
  /// Arguments beyond which `e^x` is zero or infinite.
  static var exponentialBounds: (least: Self, greatest: Self) { get }
  /// `x` kept within bounds; NaN stays.
  static func clamp(_ x: Lanes, _ bounds: (least: Self, greatest: Self)) -> Lanes
  /// `negative` where x is below zero, `other` elsewhere.
  static func select(_ x: Lanes, negative: Lanes, other: Lanes) -> Lanes
  /// `p · 2ⁿ` for `shifted = n + integerShift`, by adding to the exponent: for p and results that are normal numbers.
  static func scaleNormal(_ p: Lanes, _ shifted: Lanes) -> Lanes
  /// `p · 2ⁿ` for `shifted = n + integerShift`, correctly rounded also where the result is subnormal or overflows.
  static func scaleGradually(_ p: Lanes, _ shifted: Lanes) -> Lanes
  /// `(e^r − 1 − r)/r²` for `|r| ≤ (log 2)/2`.
  static func expQuotient(_ r: Lanes) -> Lanes
  /// `2 (artanh(s)/s − 1)/s²` at `s² = z`, for `z ≤ 1/9`.
  static func artanhQuotient(_ z: Lanes) -> Lanes
}

extension ElementaryLane {
  /// Asks for memory that will be read soon; it need not exist.
  @inlinable @inline(__always) public static func prefetch(_ pointer: UnsafePointer<Self>) { csimd_prefetch(pointer) }

  /// The vector whose lanes all are `value`.
  @inlinable @inline(__always) public static func splat(_ value: Self) -> Lanes { Lanes(repeating: value) }

  /// `x = n log 2 + r` with `|r| ≤ (log 2)/2`, for x within the exponents of normal numbers; n comes as `n + integerShift`, and
  /// instead of r, `e^r − 1`. The parts of `log 2` are taken together: rounding their sum costs `|x| ε/20` in single precision and
  /// `|x| ε/6` in double, less than x is off by if it is a product.
  @inlinable @inline(__always) static func reduce(_ x: Lanes) -> (shifted: Lanes, excess: Lanes) {
    let shifted = multiplyAdd(x, splat(log2e), splat(integerShift))
    let r = multiplyAdd(shifted - splat(integerShift), splat(-(logTwo.high + logTwo.low)), x)
    return (shifted, multiplyAdd(r * r, expQuotient(r), r))
  }

  /// `e^x` for inner loops, where x is a product: within 0.9 ulp of `e^x` at a point within `|x| ε/6` of x, also where that is
  /// subnormal, exactly 1 at 0 and infinite on overflow.
  @inlinable @inline(__always) public static func quickExp(_ x: Lanes) -> Lanes {
    let (shifted, excess) = reduce(clamp(x, exponentialBounds))
    return scaleGradually(splat(1) + excess, shifted)
  }

  /// `quickExp(x)` for `|x| ≤ quickReach`.
  @inlinable @inline(__always) public static func quickExpWithinReach(_ x: Lanes) -> Lanes {
    let (shifted, excess) = reduce(x)
    return scaleNormal(splat(1) + excess, shifted)
  }

  /// Where `e^x` and its inverse are normal numbers.
  @inlinable @inline(__always) public static var quickReach: Self { (overflowExponent - 3) * logTwo.high }

  /// `2 e^x` and `2 e^x − 1` as `quickExp` makes them, the latter rounded once: it keeps its digits near 0, 1 and −1.
  @inlinable @inline(__always) public static func quickTwiceExp(_ x: Lanes) -> (value: Lanes, minusOne: Lanes) {
    let (shifted, excess) = reduce(clamp(x, exponentialBounds))
    let value = scaleGradually(splat(2) + (excess + excess), shifted)
    return (value, twiceMinusOne(excess, scaleGradually(splat(2), shifted)))
  }

  /// `quickTwiceExp(x)` for `|x| ≤ quickReach`.
  @inlinable @inline(__always)
  public static func quickTwiceExpWithinReach(_ x: Lanes) -> (value: Lanes, minusOne: Lanes) {
    let (shifted, excess) = reduce(x)
    let twice = scaleNormal(splat(2), shifted)
    return (multiplyAdd(twice, excess, twice), twiceMinusOne(excess, twice))
  }

  /// `2 · 2ⁿ (1 + excess) − 1`.
  @inlinable @inline(__always) static func twiceMinusOne(_ excess: Lanes, _ twice: Lanes) -> Lanes {
    multiplyAdd(twice, excess, twice - splat(1))
  }

  /// `e^x` within 1 ulp, also where the result is subnormal.
  @inlinable @inline(__always) public static func exp(_ x: Lanes) -> Lanes {
    let clamped = clamp(x, exponentialBounds)
    let shifted = multiplyAdd(clamped, splat(log2e), splat(integerShift))
    let n = shifted - splat(integerShift)
    let r = multiplyAdd(n, splat(-logTwo.low), multiplyAdd(n, splat(-logTwo.high), clamped))
    return scaleGradually(splat(1) + multiplyAdd(r * r, expQuotient(r), r), shifted)
  }

  /// `log(1 + t)` for t between 0 and 1, within 1 ulp.
  @inlinable @inline(__always) static func logOnePlus(_ t: Lanes) -> Lanes {
    // log(1 + t) = 2 artanh s = 2s + sR with s = t/(2 + t), and 2s = t − st: what is rounded is only a correction to t.
    let s = t / (splat(2) + t)
    let z = s * s
    return multiplyAdd(s, multiplyAdd(z, artanhQuotient(z), -t), t)
  }

  /// `log(1 + e^x)` within 2 ulp for every x.
  @inlinable @inline(__always) public static func softplus(_ x: Lanes) -> Lanes {
    select(x, negative: splat(0), other: x) + logOnePlus(exp(select(x, negative: x, other: -x)))
  }

  /// `softplus(x)` and its derivative, `logistic(x)`.
  @inlinable @inline(__always) public static func softplusAndSlope(_ x: Lanes) -> (value: Lanes, slope: Lanes) {
    let e = exp(select(x, negative: x, other: -x))
    let slope = select(x, negative: e, other: splat(1)) / (splat(1) + e)
    return (select(x, negative: splat(0), other: x) + logOnePlus(e), slope)
  }

  /// `1/(1 + e^{−x})` within 2 ulp for every x.
  @inlinable @inline(__always) public static func logistic(_ x: Lanes) -> Lanes {
    let e = exp(select(x, negative: x, other: -x))
    return select(x, negative: e, other: splat(1)) / (splat(1) + e)
  }

  /// `x/(1 + e^{−x})` within 3 ulp for every x where that is a normal number.
  @inlinable @inline(__always) public static func silu(_ x: Lanes) -> Lanes {
    let e = exp(select(x, negative: x, other: -x))
    return select(x, negative: x * e, other: x) / (splat(1) + e)
  }

  /// The derivative of `silu`, `σ(x) (1 + x σ(−x))` with σ = `logistic`.
  @inlinable @inline(__always) public static func siluSlope(_ x: Lanes) -> Lanes {
    let e = exp(select(x, negative: x, other: -x))
    let larger = splat(1) / (splat(1) + e), smaller = e * larger
    let slope = multiplyAdd(x, select(x, negative: larger, other: smaller), splat(1))
    return select(x, negative: smaller, other: larger) * slope
  }

  /// Adds `value` to a sum in two parts, so that what the first loses is in the second.
  @inlinable @inline(__always)
  public static func accumulate(_ value: Lanes, _ sum: inout Lanes, _ lost: inout Lanes) {
    let next = sum + value
    let taken = next - sum
    lost += (sum - (next - taken)) + (value - taken)
    sum = next
  }
}
