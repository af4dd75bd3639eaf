import KernelSpec
import Lanes
import Parallel

/// One thread's means of convolving rows of length L with a filter of W taps, of which the first `min(W, L)` act.
///
/// Kernels differ in what they do around rows and filters, variants in how a row is convolved: this is where the two meet.
protocol RowConvolver: AnyObject, SendableMetatype {
  associatedtype Element: Lane
  /// Plans and allocates; `gradient` says that `correlate` will be called.
  init(L: Int, W: Int, gradient: Bool) throws(Refusal)
  /// Bytes that an instance allocates.
  static func bytes(L: Int, W: Int, gradient: Bool) -> Int
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

/// `Σ aₗ bₗ`, in short partial sums so that the error does not grow with L.
func dot<T: Lane>(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ L: Int) -> T {
  var total: T = 0
  var l = 0
  while l < L {
    let end = min(l + 32 * T.width, L)
    var even = T.Lanes(repeating: 0), odd = even
    while l + 2 * T.width <= end {
      even = T.multiplyAdd(T.load(a + l), T.load(b + l), even)
      odd = T.multiplyAdd(T.load(a + l + T.width), T.load(b + l + T.width), odd)
      l += 2 * T.width
    }
    var partial = (even + odd).total
    while l < end {
      partial += a[l] * b[l]
      l += 1
    }
    total += partial
  }
  return total
}

extension SIMD where Scalar: FloatingPoint {
  /// The sum of the lanes.
  @inline(__always) var total: Scalar {
    var sum = self[0]
    for lane in 1..<Self.scalarCount { sum += self[lane] }
    return sum
  }
}
