import KernelSpec
import Transforms

/// Convolution of whole rows by FFTW's real transforms, padded so that nothing wraps around.
final class SpectralConvolver<T: FFTWScalar>: RowConvolver {
  private let L: Int
  private let memory: SpectralMemory<T>

  init(L: Int, W: Int, gradient: Bool, beside _: SpectralConvolver?) {
    self.L = L
    memory = SpectralMemory(n: Self.length(L, W), taps: min(W, L), gradient: gradient)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    SpectralMemory<T>.bytes(length(L, W), gradient: gradient, threads: threads)
  }

  private static func length(_ L: Int, _ W: Int) -> Int { RealTransform<T>.goodLength(L + min(W, L) - 1) }

  func setFilter(_ K: UnsafePointer<T>) { memory.setFilter(K) }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    transform(u, into: memory.product)
    memory.filterProduct()
    for l in 0..<L { y[l] = memory.row[l] + skip * u[l] }
  }

  func startFilterGradient() { memory.startFilterGradient() }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    transform(u, into: memory.input)
    transform(g, into: memory.product)
    memory.correlateProduct()
    for l in 0..<L { gradU[l] = memory.row[l] + skip * g[l] }
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) { memory.finishFilterGradient(into: gradK) }

  private func transform(_ x: UnsafePointer<T>, into spectrum: UnsafeMutablePointer<T>) {
    memory.row.update(from: x, count: L)
    (memory.row + L).update(repeating: 0, count: memory.transform.n - L)
    memory.transform.forward(memory.row, into: spectrum)
  }
}
