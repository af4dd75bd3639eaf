import KernelSpec
import Numerics
import Tensors

/// How far an array is from what it should be, in three norms; infinite where anything is not a number.
///
/// A row is the last axis.
public struct Deviation: Hashable, Sendable {
  /// `‖found − expected‖₂ / ‖expected‖₂` of the whole array.
  public var global = 0.0
  /// The same of the worst row.
  public var row = 0.0
  /// The largest `|found − expected|`, relative to the root mean square of the expected row or, where it is larger, to the
  /// element itself.
  public var element = 0.0
  /// The index of that element, complex elements counting once.
  public var worst: [Int] = []
  /// How many numbers a row has.
  public private(set) var rowLength = 1
  /// Whether the array holds numbers only.
  public var isFinite = true

  /// No deviation.
  public init() {}

  /// The deviation of `found` from `expected`; both have the same shape.
  ///
  /// `magnitudes`, one for each row, are what errors are relative to where they exceed the row's own root mean square: see
  /// `Kernel.magnitudes`.
  public init<T: Scalar>(_ found: Operand<T>, from expected: Operand<Oracle>, magnitudes: [Oracle]? = nil) {
    self.init(found, from: expected, magnitudes: magnitudes, allowance: .none)
  }

  /// The same, where errors count by as much as they exceed what their scalars are allowed.
  @specialized(where T == Float)
  @specialized(where T == Double)
  @specialized(where T == Oracle)
  init<T: Scalar>(
    _ found: Operand<T>, from expected: Operand<Oracle>, magnitudes: [Oracle]?, allowance: Allowance
  ) {
    let parts = expected.isComplex ? 2 : 1
    let wanted = expected.scalars
    let length = (expected.shape.last ?? 1) * parts
    var allErrors: Oracle = 0
    var allScale: Oracle = 0
    var worstIndex = 0
    let scalars = found.scalars
    scalars.withUnsafeBufferPointer { scalars in
      wanted.withUnsafeBufferPointer { wanted in
        for start in stride(from: 0, to: wanted.count, by: length) {
          var errors: Oracle = 0
          var scale: Oracle = 0
          for index in start..<start + length {
            let error = allowance.excess(Oracle(scalars[index]) - wanted[index], index)
            errors += error * error
            scale += wanted[index] * wanted[index]
          }
          if let magnitude = magnitudes?[start / length] {
            scale = max(scale, magnitude * magnitude * Oracle(length))
          }
          row = max(row, Self.ratio(errors.squareRoot(), scale.squareRoot()))
          let rms = (scale / Oracle(length)).squareRoot()
          for index in start..<start + length {
            let error = allowance.excess(Oracle(scalars[index]) - wanted[index], index)
            let relative = Self.ratio(error, max(rms, abs(wanted[index])))
            if !(relative <= element) { (element, worstIndex) = (relative, index) }
          }
          allErrors += errors
          allScale += scale
        }
      }
    }
    global = Self.ratio(allErrors.squareRoot(), allScale.squareRoot())
    isFinite = scalars.allSatisfy(\.isFinite)
    rowLength = length
    worst = Self.index(worstIndex / parts, expected.shape)
  }

  /// `error / scale`, where nothing wrong is zero and anything not finite is infinite.
  private static func ratio(_ error: Oracle, _ scale: Oracle) -> Double {
    if error == 0 { return 0 }
    let ratio = Double(error / scale)
    return ratio.isFinite ? ratio : .infinity
  }

  private static func index(_ flat: Int, _ shape: [Int]) -> [Int] {
    var rest = flat
    return shape.reversed().map { extent in
      defer { rest /= max(extent, 1) }
      return rest % max(extent, 1)
    }.reversed()
  }

  /// The larger of two deviations in each norm.
  func joined(_ other: Deviation) -> Deviation {
    var result = self
    result.global = max(global, other.global)
    result.row = max(row, other.row)
    result.element = max(element, other.element)
    result.isFinite = isFinite && other.isFinite
    return result
  }

  /// A deviation so many times as large in each norm.
  func scaled(by factor: Double) -> Deviation {
    var result = self
    (result.global, result.row, result.element) = (factor * global, factor * row, factor * element)
    return result
  }

  /// The deviation with zero in each norm that is over a limit.
  func below(_ limit: Double) -> Deviation {
    var result = self
    if !(global <= limit) { result.global = 0 }
    if !(row <= limit) { result.row = 0 }
    if !(element <= limit) { result.element = 0 }
    return result
  }

  /// The bounds that the reference's deviation puts on a variant in a precision with this ulp.
  ///
  /// The ulps that the reference is credited with are a root mean square. Of n errors of that size the largest is about `√(2 ln n)`
  /// times as large, so much is credited to the worst element.
  func bound(_ tolerance: Tolerance, ulp: Double) -> Deviation {
    let credit = tolerance.ulps * ulp
    let largest = max(1, (2 * Double.log(Double(rowLength))).squareRoot())
    var result = Deviation()
    result.global = tolerance.timesReference * max(global, credit)
    result.row = tolerance.timesReference * max(row, credit)
    result.element = tolerance.timesReference * max(element, credit * largest)
    return result
  }

  /// The first norm that is over its bound, as a sentence; nil if all hold. Written so that NaN fails.
  func excess(over bound: Deviation) -> String? {
    if !(global <= bound.global) { return "relative error \(short(global)), at most \(short(bound.global))" }
    if !(row <= bound.row) { return "relative error of the worst row \(short(row)), at most \(short(bound.row))" }
    if !(element <= bound.element) {
      return "worst element off by \(short(element)) of its row, at most \(short(bound.element))"
    }
    return nil
  }
}
