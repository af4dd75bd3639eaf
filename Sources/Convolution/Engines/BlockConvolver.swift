import Foundation
import KernelSpec
import Lanes
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
  private let transform: RealTransform<T>
  private let block: Workspace<T>
  private let filter: Workspace<T>
  private let product: Workspace<T>
  private let input: Workspace<T>
  private let sum: Workspace<T>

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
    transform = .shared(n)
    let scalars = 2 * RealTransform<T>.bins(n)
    block = Workspace(n)
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

  func setFilter(_ K: UnsafePointer<T>) {
    // The inverse's factor n is divided out here, once for all blocks.
    let scale = 1 / T(transform.n)
    for j in 0..<taps { block.base[j] = K[j] * scale }
    (block.base + taps).update(repeating: 0, count: transform.n - taps)
    transform.forward(block.base, into: filter.base)
  }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    for start in stride(from: 0, to: L, by: step) {
      let count = min(step, L - start)
      transform(u, from: start - taps + 1, count: taps - 1 + count, into: product)
      Spectrum.multiply(product.base, filter.base, RealTransform<T>.bins(transform.n))
      transform.inverse(product.base, into: block.base)
      let outputs = block.base + (taps - 1)
      for l in 0..<count { y[start + l] = outputs[l] + skip * u[start + l] }
    }
  }

  func startFilterGradient() {
    sum.base.update(repeating: 0, count: sum.count)
  }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    for start in stride(from: 0, to: L, by: step) {
      let count = min(step, L - start)
      transform(u, from: start, count: count, into: input)
      transform(g, from: start, count: min(transform.n, L - start), into: product)
      Spectrum.correlate(
        product.base, input.base, addingTo: sum.base, filter.base, RealTransform<T>.bins(transform.n))
      transform.inverse(product.base, into: block.base)
      for l in 0..<count { gradU[start + l] = block.base[l] + skip * g[start + l] }
    }
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) {
    transform.inverse(sum.base, into: block.base)
    let scale = 1 / T(transform.n)
    for j in 0..<taps { gradK[j] = block.base[j] * scale }
  }

  /// The spectrum of `count` elements of a row from position `first` on, zeros where the row or the count ends.
  private func transform(_ x: UnsafePointer<T>, from first: Int, count: Int, into spectrum: Workspace<T>) {
    let before = max(-first, 0)
    block.base.update(repeating: 0, count: before)
    (block.base + before).update(from: x + first + before, count: count - before)
    (block.base + count).update(repeating: 0, count: transform.n - count)
    transform.forward(block.base, into: spectrum.base)
  }
}
