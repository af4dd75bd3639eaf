import KernelSpec
import Lanes
import Transforms

/// Convolution of whole rows by FFTW's real transforms, padded so that nothing wraps around.
final class SpectralConvolver<T: FFTWScalar>: RowConvolver {
  private let L: Int
  private let taps: Int
  private let transform: RealTransform<T>
  private let row: Workspace<T>
  private let filter: Workspace<T>
  private let product: Workspace<T>
  private let input: Workspace<T>
  private let sum: Workspace<T>

  init(L: Int, W: Int, gradient: Bool, beside _: SpectralConvolver?) {
    self.L = L
    taps = min(W, L)
    let n = Self.length(L, W)
    let scalars = 2 * RealTransform<T>.bins(n)
    transform = .shared(n)
    row = Workspace(n)
    filter = Workspace(scalars)
    product = Workspace(scalars)
    input = Workspace(gradient ? scalars : 0)
    sum = Workspace(gradient ? scalars : 0)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    let n = length(L, W)
    let scalars = n + (gradient ? 8 : 4) * RealTransform<T>.bins(n)
    return threads * scalars * MemoryLayout<T>.stride + RealTransform<T>.bytes(n)
  }

  private static func length(_ L: Int, _ W: Int) -> Int { RealTransform<T>.goodLength(L + min(W, L) - 1) }

  func setFilter(_ K: UnsafePointer<T>) {
    // The inverse's factor n is divided out here, once for all rows.
    let scale = 1 / T(transform.n)
    for j in 0..<taps { row.base[j] = K[j] * scale }
    (row.base + taps).update(repeating: 0, count: transform.n - taps)
    transform.forward(row.base, into: filter.base)
  }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    transform(u, into: product)
    Spectrum.multiply(product.base, filter.base, RealTransform<T>.bins(transform.n))
    transform.inverse(product.base, into: row.base)
    for l in 0..<L { y[l] = row.base[l] + skip * u[l] }
  }

  func startFilterGradient() {
    sum.base.update(repeating: 0, count: sum.count)
  }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    transform(u, into: input)
    transform(g, into: product)
    Spectrum.correlate(product.base, input.base, addingTo: sum.base, filter.base, RealTransform<T>.bins(transform.n))
    transform.inverse(product.base, into: row.base)
    for l in 0..<L { gradU[l] = row.base[l] + skip * g[l] }
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) {
    transform.inverse(sum.base, into: row.base)
    let scale = 1 / T(transform.n)
    for j in 0..<taps { gradK[j] = row.base[j] * scale }
  }

  private func transform(_ x: UnsafePointer<T>, into spectrum: Workspace<T>) {
    row.base.update(from: x, count: L)
    (row.base + L).update(repeating: 0, count: transform.n - L)
    transform.forward(row.base, into: spectrum.base)
  }
}
