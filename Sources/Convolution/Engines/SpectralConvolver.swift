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
    let scale = RowScale(u, L)
    transform(u, scale, into: memory.product)
    memory.filterProduct()
    write(scale * memory.filterScale, skip, u, into: y)
  }

  func startFilterGradient() { memory.startFilterGradient() }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    let scale = RowScale(g, L)
    transform(u, memory.admit(RowScale(u, L), scale), into: memory.input)
    transform(g, scale, into: memory.product)
    memory.correlateProduct()
    write(scale * memory.filterScale, skip, g, into: gradU)
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) { memory.finishFilterGradient(into: gradK) }

  /// The row times its scale, plus `skip·x`.
  private func write(_ scale: RowScale<T>, _ skip: T, _ x: UnsafePointer<T>, into y: UnsafeMutablePointer<T>) {
    if !scale.isOne { return scale.multiply(memory.row, adding: skip, x, L, into: y) }
    for l in 0..<L { y[l] = memory.row[l] + skip * x[l] }
  }

  private func transform(_ x: UnsafePointer<T>, _ scale: RowScale<T>, into spectrum: UnsafeMutablePointer<T>) {
    scale.divide(x, L, into: memory.row)
    (memory.row + L).update(repeating: 0, count: memory.transform.n - L)
    memory.transform.forward(memory.row, into: spectrum)
  }
}
