import KernelSpec
import Lanes
import Parallel

/// One thread's means of convolving rows of length L with a filter of W taps, of which the first `min(W, L)` act.
///
/// Kernels differ in what they do around rows and filters, variants in how a row is convolved: this is where the two meet.
protocol RowConvolver: AnyObject, SendableMetatype {
  associatedtype Element: Lane
  /// Plans and allocates; `gradient` says that `correlate` will be called. Constants are shared with another thread's.
  init(L: Int, W: Int, gradient: Bool, beside other: Self?) throws(Refusal)
  /// Bytes that the instances of all threads allocate.
  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int
  /// Takes the filter for the calls that follow.
  func setFilter(_ K: UnsafePointer<Element>)
  /// `y = K ∗ u + skip·u`.
  func convolve(_ u: UnsafePointer<Element>, skip: Element, into y: UnsafeMutablePointer<Element>)
  /// Begins the sum over rows that is the filter's gradient.
  func startFilterGradient()
  /// `gradU = K ⋆ g + skip·g`, and adds `g ⋆ u` to the filter's gradient.
  func correlate(
    _ u: UnsafePointer<Element>, _ g: UnsafePointer<Element>, skip: Element,
    into gradU: UnsafeMutablePointer<Element>)
  /// Writes the filter's gradient for the taps that act.
  func finishFilterGradient(into gradK: UnsafeMutablePointer<Element>)
}

/// The part of `count` items that falls to one thread of several.
func share(_ count: Int, _ thread: Int, of threads: Int) -> Range<Int> {
  count * thread / threads..<count * (thread + 1) / threads
}

/// `Σ aₗ bₗ` with the rounding errors of products and sums added up beside it (Ogita, Rump and Oishi 2005): a single number
/// has no other elements to average the luck of roundings with, so it is computed as if in twice the precision.
func dot<T: Lane>(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ L: Int) -> T {
  var sum = T.Lanes(repeating: 0), error = sum
  func add(_ a: T.Lanes, _ b: T.Lanes) {
    let product = a * b
    let next = sum + product
    let added = next - sum
    error += T.multiplyAdd(a, b, -product) + ((sum - (next - added)) + (product - added))
    sum = next
  }
  for l in stride(from: 0, to: L - T.width + 1, by: T.width) { add(T.load(a + l), T.load(b + l)) }
  var lastA = T.Lanes(repeating: 0), lastB = lastA
  for l in L - L % T.width..<L { (lastA[l % T.width], lastB[l % T.width]) = (a[l], b[l]) }
  add(lastA, lastB)
  var (total, rest): (T, T) = (0, 0)
  for lane in 0..<T.width {
    let next = total + sum[lane]
    let added = next - total
    rest += error[lane] + ((total - (next - added)) + (sum[lane] - added))
    total = next
  }
  return total + rest
}

extension SIMD where Scalar: FloatingPoint {
  /// The sum of the lanes.
  @inline(__always) var total: Scalar {
    var sum = self[0]
    for lane in 1..<Self.scalarCount { sum += self[lane] }
    return sum
  }
}
