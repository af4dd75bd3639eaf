import Lanes

/// The power of two by which a row is divided before it is transformed, and its result multiplied after.
///
/// A spectrum is as much larger than its row as the row is long, and products of spectra larger again: in 32 bits they overflow for rows
/// whose convolution is an ordinary number. Rows of ordinary size are left as they are; scaling others by powers of two rounds nothing.
struct RowScale<T: Lane> {
  /// 0 for a row of ordinary size, else the exponent of its largest element.
  private(set) var exponent = 0

  /// Of ordinary size.
  init() {}

  /// The scale of a row; that of one which is zero or not finite is ordinary.
  init(_ row: UnsafePointer<T>, _ count: Int) {
    var largest = T.Lanes(repeating: 0)
    var l = 0
    while l + T.width <= count {
      let x = T.load(row + l)
      largest = T.maximum(largest, T.maximum(x, -x))
      l += T.width
    }
    var most = largest.max()
    while l < count {
      most = Swift.max(most, abs(row[l]))
      l += 1
    }
    guard most > 0, most.isFinite, abs(Int(most.exponent)) > Self.ordinary else { return }
    exponent = Int(most.exponent)
  }

  /// Rows up to two to this power, and from two to minus it, need no scaling: their spectra, of up to 2²² elements, and the products of
  /// these stay within a fifth of the exponents each.
  private static var ordinary: Int { Int(T.greatestFiniteMagnitude.exponent) / 5 }

  var isOne: Bool { exponent == 0 }

  /// The scale of what is computed from two rows.
  static func * (a: RowScale, b: RowScale) -> RowScale {
    var product = RowScale()
    product.exponent = a.exponent + b.exponent
    return product
  }

  /// The scale by which `self` exceeds `other`.
  static func / (a: RowScale, b: RowScale) -> RowScale {
    var quotient = RowScale()
    quotient.exponent = a.exponent - b.exponent
    return quotient
  }

  /// `row` divided by the scale.
  func divide(_ row: UnsafePointer<T>, _ count: Int, into target: UnsafeMutablePointer<T>) {
    if isOne { return target.update(from: row, count: count) }
    let (first, second) = Self.factors(-exponent)
    for l in 0..<count { target[l] = row[l] * first * second }
  }

  /// `row` times the scale.
  func multiply(_ row: UnsafePointer<T>, _ count: Int, into target: UnsafeMutablePointer<T>) {
    let (first, second) = Self.factors(exponent)
    for l in 0..<count { target[l] = row[l] * first * second }
  }

  /// `row` times the scale, plus `skip·x`.
  func multiply(
    _ row: UnsafePointer<T>, adding skip: T, _ x: UnsafePointer<T>, _ count: Int, into target: UnsafeMutablePointer<T>
  ) {
    let (first, second) = Self.factors(exponent)
    for l in 0..<count { target[l] = row[l] * first * second + skip * x[l] }
  }

  /// Two factors of a power of two that may itself be out of range.
  private static func factors(_ exponent: Int) -> (T, T) {
    let half = exponent / 2
    func power(_ n: Int) -> T { T(sign: .plus, exponent: T.Exponent(n), significand: 1) }
    return (power(half), power(exponent - half))
  }
}

/// What rows have added to a filter's gradient, all at one scale.
struct SumScale<T: Lane> {
  private var scale: RowScale<T>?

  /// Begins a sum.
  mutating func start() { scale = nil }

  /// The scale of the sum.
  var result: RowScale<T> { scale ?? RowScale() }

  /// Brings a row's share, the product of `x` and `g`, and the sum, which lies in `memory`, to one scale: the larger of theirs. Returns
  /// what `x` is to be scaled by.
  mutating func admit(
    _ x: RowScale<T>, _ g: RowScale<T>, _ memory: UnsafeMutablePointer<T>, _ count: Int
  ) -> RowScale<T> {
    let share = x * g
    guard let present = scale, present.exponent != share.exponent else {
      scale = share
      return x
    }
    if present.exponent > share.exponent { return present / g }
    (share / present).divide(memory, count, into: memory)
    scale = share
    return x
  }
}
