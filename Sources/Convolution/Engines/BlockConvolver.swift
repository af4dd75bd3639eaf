import Foundation
import KernelSpec
import Transforms

/// Convolution of a row block by block (overlap-save): memory depends on the filter's length, not on the row's.
///
/// A block of n inputs, circularly convolved with the filter, is right but for its first `taps − 1` outputs: blocks advance by
/// `step = n − taps + 1`. The gradients share one transform of g: with `z[i] = g[s+i]` for the n positions from s on, and
/// `x[i] = u[s+i]` for the first `step` of them alone, neither `Σⱼ K[j] z[i+j]` for i < step nor `Σᵢ x[i] z[i+j]` for j < taps
/// wraps around.
final class BlockConvolver<T: FFTWScalar>: RowConvolver {
  private let L: Int
  private let taps: Int
  private let step: Int
  private let memory: SpectralMemory<T>

  init(L: Int, W: Int, gradient: Bool, beside _: BlockConvolver?) throws(Refusal) {
    guard 2 * min(W, L) <= L else {
      throw Refusal(
        "overlap-save: \(W) taps are more than half of L = \(L), so that one block would hold the row: fftw does that"
      )
    }
    self.L = L
    taps = W
    let n = Self.length(L, W)
    step = n - taps + 1
    memory = SpectralMemory(n: n, taps: taps, gradient: gradient)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    SpectralMemory<T>.bytes(length(L, W), gradient: gradient, threads: threads)
  }

  /// The power of two with the least work for each output, from two filters on and below eight, or 2048: longer blocks leave
  /// the cache, which costs more than overlap saves. A call of a transform costs like some thousand operations, which rules
  /// blocks of a few elements out.
  private static func length(_ L: Int, _ W: Int) -> Int {
    let whole = RealTransform<T>.goodLength(L + min(W, L) - 1)
    var best = (n: whole, cost: Double.infinity)
    var n = 64
    while n < whole && n <= max(8 * W - 1, 2048) {
      if n >= 2 * W {
        let cost = (Double(n) * (log2(Double(n)) + 4) + 1000) / Double(n - W + 1)
        if cost < best.cost { best = (n, cost) }
      }
      n *= 2
    }
    return best.n
  }

  func setFilter(_ K: UnsafePointer<T>) { memory.setFilter(K) }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    let scale = RowScale(u, L)
    for start in stride(from: 0, to: L, by: step) {
      let count = min(step, L - start)
      transform(u, scale, from: start - taps + 1, count: taps - 1 + count, into: memory.product)
      memory.filterProduct()
      write(memory.row + (taps - 1), scale * memory.filterScale, skip, u + start, count, into: y + start)
    }
  }

  func startFilterGradient() { memory.startFilterGradient() }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    let scale = RowScale(g, L)
    let scaleOfInput = memory.admit(RowScale(u, L), scale)
    for start in stride(from: 0, to: L, by: step) {
      let count = min(step, L - start)
      transform(u, scaleOfInput, from: start, count: count, into: memory.input)
      transform(g, scale, from: start, count: min(memory.transform.n, L - start), into: memory.product)
      memory.correlateProduct()
      write(memory.row, scale * memory.filterScale, skip, g + start, count, into: gradU + start)
    }
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) { memory.finishFilterGradient(into: gradK) }

  /// The outputs of a block times their scale, plus `skip·x`.
  private func write(
    _ outputs: UnsafePointer<T>, _ scale: RowScale<T>, _ skip: T, _ x: UnsafePointer<T>, _ count: Int,
    into y: UnsafeMutablePointer<T>
  ) {
    if !scale.isOne { return scale.multiply(outputs, adding: skip, x, count, into: y) }
    for l in 0..<count { y[l] = outputs[l] + skip * x[l] }
  }

  /// The spectrum of `count` elements of a row from position `first` on, zeros where the row or the count ends.
  private func transform(
    _ x: UnsafePointer<T>, _ scale: RowScale<T>, from first: Int, count: Int, into spectrum: UnsafeMutablePointer<T>
  ) {
    let before = max(-first, 0)
    memory.row.update(repeating: 0, count: before)
    scale.divide(x + first + before, count - before, into: memory.row + before)
    (memory.row + count).update(repeating: 0, count: memory.transform.n - count)
    memory.transform.forward(memory.row, into: spectrum)
  }
}
