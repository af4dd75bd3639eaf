import KernelSpec
import Lanes

/// Convolution of a row block by block by the right-angle transform, without overlap.
///
/// The real part of a block's product is what the block gives to its own n positions; the imaginary part, which
/// `RightAngleConvolver` throws away, is what it gives to those after it. So blocks advance by their whole length, and
/// memory depends on the filter's length alone. Going the other way, the correlation of a block of g with the filter has in its
/// real part the block's own gradient, and in its imaginary part the negative of what it adds to the positions before. The
/// filter's gradient takes every block of g with its own block of u and, times i, with the one before.
final class RightAngleBlockConvolver<T: SquareLane>: RowConvolver {
  private let L: Int
  private let taps: Int
  private let n: Int
  private let transform: RightAngleTransform<T>
  private let scale: T
  private let filter: Workspace<T>
  private let product: Workspace<T>
  private let wrapped: Workspace<T>
  private let inputs: (Workspace<T>, Workspace<T>)
  private let sum: Workspace<T>
  private var filterScale = RowScale<T>()
  private var sumScale = SumScale<T>()

  init(L: Int, W: Int, gradient: Bool, beside other: RightAngleBlockConvolver?) throws(Refusal) {
    guard 2 * W <= L else {
      throw Refusal(
        "right-angle-blocks: W = \(W) is more than half of L = \(L), where right-angle takes the row whole")
    }
    self.L = L
    taps = W
    transform = other?.transform ?? RightAngleTransform(roots: RightAngleRoots(least: Self.least(W)))
    n = transform.roots.n
    scale = 1 / T(n)
    filter = Workspace(2 * n)
    product = Workspace(2 * n)
    wrapped = Workspace(n)
    inputs = (Workspace(gradient ? 2 * n : 0), Workspace(gradient ? 2 * n : 0))
    sum = Workspace(gradient ? 2 * n : 0)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    let (factor, inner) = RightAngleRoots<T>.factors(least(W))
    let scalars = factor * inner * (gradient ? 11 : 5)
    return (RightAngleRoots<T>.count(factor, inner) + threads * scalars) * MemoryLayout<T>.stride
  }

  /// Twice the filter, so that the last taps are not most of a block's work; at least what the first-level cache holds.
  private static func least(_ W: Int) -> Int { max(2 * W, 1024) }

  func setFilter(_ K: UnsafePointer<T>) {
    filterScale = RowScale(K, taps)
    forward(K, filterScale, taps, into: filter.base)
  }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    let (x, ownSkip, rest) = scaled(u, RowScale(u, L), skip, into: y)
    for start in stride(from: 0, to: L, by: n) {
      let count = min(n, L - start)
      transform.roundTrip(
        x + start, .multiply(filter.base), work: product.base, scale: scale, skip: ownSkip, count, into: y + start)
      if start > 0 {
        for l in 0..<min(taps - 1, count) { y[start + l] += wrapped.base[l] }
      }
      transform.joinWrapped(product.base, scale: scale, 0..<taps - 1, into: wrapped.base)
    }
    rest?.multiply(y, adding: skip, u, L, into: y)
  }

  /// The spectrum of a row divided by its scale.
  private func forward(
    _ x: UnsafePointer<T>, _ rowScale: RowScale<T>, _ count: Int, into spectrum: UnsafeMutablePointer<T>
  ) {
    if rowScale.isOne { return transform.forward(x, count, into: spectrum) }
    rowScale.divide(x, count, into: product.base)
    transform.forward(product.base, count, into: spectrum)
  }

  /// The row to transform and the skip to apply, and the scale that is left to multiply the result by. A row that is not of ordinary size
  /// is scaled where its result will be, and what skips is added afterwards.
  private func scaled(
    _ x: UnsafePointer<T>, _ rowScale: RowScale<T>, _ skip: T, into y: UnsafeMutablePointer<T>
  ) -> (row: UnsafePointer<T>, skip: T, rest: RowScale<T>?) {
    let both = rowScale * filterScale
    if rowScale.isOne, both.isOne { return (x, skip, nil) }
    rowScale.divide(x, L, into: y)
    return (UnsafePointer(y), 0, both)
  }

  func startFilterGradient() {
    sum.base.update(repeating: 0, count: sum.count)
    sumScale.start()
  }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    var (input, previous) = (inputs.0.base, inputs.1.base)
    previous.update(repeating: 0, count: 2 * n)
    let rowScale = RowScale(g, L)
    let inputScale = sumScale.admit(RowScale(u, L), rowScale, sum.base, sum.count)
    let (x, ownSkip, rest) = scaled(g, rowScale, skip, into: gradU)
    for start in stride(from: 0, to: L, by: n) {
      let count = min(n, L - start)
      forward(u + start, inputScale, count, into: input)
      transform.roundTrip(
        x + start, .correlateOn(u: input, previous: previous, sum: sum.base, filter: filter.base), work: product.base,
        scale: scale, skip: ownSkip, count, into: gradU + start)
      if start > 0 {
        transform.joinWrapped(product.base, scale: scale, n - taps + 1..<n, into: wrapped.base)
        for l in n - taps + 1..<n { gradU[start - n + l] -= wrapped.base[l] }
      }
      (input, previous) = (previous, input)
    }
    rest?.multiply(gradU, adding: skip, g, L, into: gradU)
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) {
    transform.inverse(sum.base, scale: scale, taps, into: gradK)
    if !sumScale.result.isOne { sumScale.result.multiply(gradK, taps, into: gradK) }
  }
}
