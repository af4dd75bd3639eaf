import KernelSpec
import Lanes

/// Convolution of whole rows by the right-angle transform.
final class RightAngleConvolver<T: SquareLane>: RowConvolver {
  private let L: Int
  private let taps: Int
  private let transform: RightAngleTransform<T>
  private let scale: T
  private let filter: Workspace<T>
  private let product: Workspace<T>
  private let input: Workspace<T>
  private let sum: Workspace<T>
  private var filterScale = RowScale<T>()
  private var sumScale = SumScale<T>()

  init(L: Int, W: Int, gradient: Bool, beside other: RightAngleConvolver?) {
    self.L = L
    taps = min(W, L)
    transform = other?.transform ?? RightAngleTransform(roots: RightAngleRoots(least: L))
    let n = transform.roots.n
    scale = 1 / T(n)
    filter = Workspace(2 * n)
    product = Workspace(2 * n)
    input = Workspace(gradient ? 2 * n : 0)
    sum = Workspace(gradient ? 2 * n : 0)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    let (factor, inner) = RightAngleRoots<T>.factors(L)
    let spectra = 2 * factor * inner * (gradient ? 4 : 2)
    return (RightAngleRoots<T>.count(factor, inner) + threads * spectra) * MemoryLayout<T>.stride
  }

  func setFilter(_ K: UnsafePointer<T>) {
    filterScale = RowScale(K, taps)
    forward(K, filterScale, taps, into: filter.base)
  }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    let rowScale = RowScale(u, L)
    roundTrip(u, .multiply(filter.base), rowScale, skip, into: y)
  }

  /// The spectrum of a row divided by its scale.
  private func forward(
    _ x: UnsafePointer<T>, _ rowScale: RowScale<T>, _ count: Int, into spectrum: UnsafeMutablePointer<T>
  ) {
    if rowScale.isOne { return transform.forward(x, count, into: spectrum) }
    rowScale.divide(x, count, into: product.base)
    transform.forward(product.base, count, into: spectrum)
  }

  /// There and back; a row that is not of ordinary size is scaled where its result will be.
  private func roundTrip(
    _ x: UnsafePointer<T>, _ action: RightAngleTransform<T>.Action, _ rowScale: RowScale<T>, _ skip: T,
    into y: UnsafeMutablePointer<T>
  ) {
    let both = rowScale * filterScale
    if rowScale.isOne, both.isOne {
      return transform.roundTrip(x, action, work: product.base, scale: scale, skip: skip, L, into: y)
    }
    rowScale.divide(x, L, into: y)
    transform.roundTrip(y, action, work: product.base, scale: scale, skip: 0, L, into: y)
    both.multiply(y, adding: skip, x, L, into: y)
  }

  func startFilterGradient() {
    sum.base.update(repeating: 0, count: sum.count)
    sumScale.start()
  }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    let rowScale = RowScale(g, L)
    let inputScale = sumScale.admit(RowScale(u, L), rowScale, sum.base, sum.count)
    forward(u, inputScale, L, into: input.base)
    roundTrip(
      g, .correlate(u: input.base, sum: sum.base, filter: filter.base), rowScale, skip, into: gradU)
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) {
    transform.inverse(sum.base, scale: scale, taps, into: gradK)
    if !sumScale.result.isOne { sumScale.result.multiply(gradK, taps, into: gradK) }
  }
}
