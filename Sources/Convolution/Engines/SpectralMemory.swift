import Lanes
import Transforms

/// A row and the spectra of its convolution with a filter by FFTW's real transforms.
///
/// They lie in one piece, each beginning at another place within a page. Side by side they would all begin at nearly the same one, and
/// processors hold up a load whose address ends like that of a store under way: with some physical pages, and those a process keeps for
/// life, by a quarter of the time.
final class SpectralMemory<T: FFTWScalar> {
  let transform: RealTransform<T>
  /// How many numbers a spectrum has.
  let bins: Int
  /// `n` scalars.
  let row: UnsafeMutablePointer<T>
  /// The filter's spectrum divided by n, so that the inverse's factor is paid once for all rows.
  let filter: UnsafeMutablePointer<T>
  /// The spectrum that becomes the row.
  let product: UnsafeMutablePointer<T>
  /// For gradients only: the input's spectrum, and the sum that becomes the filter's gradient.
  let input, sum: UnsafeMutablePointer<T>
  private let taps: Int
  private let memory: Workspace<T>
  /// The scales of the filter and of the sum.
  private(set) var filterScale = RowScale<T>()
  private var sumScale = SumScale<T>()

  /// For transforms of length `n` and a filter of `taps`.
  init(n: Int, taps: Int, gradient: Bool) {
    transform = .shared(n)
    bins = RealTransform<T>.bins(n)
    self.taps = taps
    memory = Workspace(Self.scalars(n, gradient: gradient))
    let stride = Self.stride(n)
    (row, filter, product) = (memory.base, memory.base + stride, memory.base + 2 * stride)
    (input, sum) = gradient ? (memory.base + 3 * stride, memory.base + 4 * stride) : (memory.base, memory.base)
  }

  /// The bytes of what `threads` threads hold, FFTW's own included.
  static func bytes(_ n: Int, gradient: Bool, threads: Int) -> Int {
    threads * scalars(n, gradient: gradient) * MemoryLayout<T>.stride + RealTransform<T>.bytes(n)
  }

  private static func scalars(_ n: Int, gradient: Bool) -> Int { (gradient ? 5 : 3) * stride(n) }

  /// From one row or spectrum to the next: what the larger of them needs, and as much more as is a third of a page beyond whole pages.
  private static func stride(_ n: Int) -> Int {
    let page = 4096 / MemoryLayout<T>.stride
    let third = 1344 / MemoryLayout<T>.stride
    let pages = (2 * RealTransform<T>.bins(n) - third + page - 1) / page
    return max(pages, 0) * page + third
  }

  /// Takes the spectrum of a filter.
  func setFilter(_ K: UnsafePointer<T>) {
    filterScale = RowScale(K, taps)
    filterScale.divide(K, taps, into: row)
    let scale = 1 / T(transform.n)
    for j in 0..<taps { row[j] *= scale }
    (row + taps).update(repeating: 0, count: transform.n - taps)
    transform.forward(row, into: filter)
  }

  /// Multiplies the product by the filter and makes the row of it.
  func filterProduct() {
    Spectrum.multiply(product, filter, bins)
    transform.inverse(product, into: row)
  }

  /// Adds the product's correlation with the input to the sum, and makes the row of its correlation with the filter.
  func correlateProduct() {
    Spectrum.correlate(product, input, addingTo: sum, filter, bins)
    transform.inverse(product, into: row)
  }

  /// Makes the sum zero.
  func startFilterGradient() {
    sum.update(repeating: 0, count: 2 * bins)
    sumScale.start()
  }

  /// Makes room in the sum for the share of a row; returns what its input is to be scaled by.
  func admit(_ input: RowScale<T>, _ product: RowScale<T>) -> RowScale<T> {
    sumScale.admit(input, product, sum, 2 * bins)
  }

  /// Makes the filter's gradient of the sum.
  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) {
    transform.inverse(sum, into: row)
    let scale = 1 / T(transform.n)
    for j in 0..<taps { gradK[j] = row[j] * scale }
    if !sumScale.result.isOne { sumScale.result.multiply(gradK, taps, into: gradK) }
  }
}
