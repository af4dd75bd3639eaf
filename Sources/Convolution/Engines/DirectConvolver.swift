import KernelSpec
import Lanes

/// Convolution by its sum, with tiles of outputs in registers.
///
/// A tile is eight vectors of outputs. Four taps one vector apart share their operands: tap `j + width` needs for its first
/// vector what tap `j` needs for the second, so eleven loads of u serve 32 multiply–adds. A tile at the edge of a row works on
/// a copy between zeros, so that nothing beyond the row is read. Taps that reach before the row are left out.
final class DirectConvolver<T: Lane>: RowConvolver {
  private let L: Int
  private let taps: Int
  /// The filter backwards: the sum over later positions is then the same sum over earlier ones.
  private let reversed: Workspace<T>
  private let gradK: Workspace<T>
  private let window: Workspace<T>
  private let partial: Workspace<T>
  private let skipped: Workspace<T>
  private var filter: UnsafePointer<T>

  init(L: Int, W: Int, gradient: Bool) throws(Refusal) {
    self.L = L
    taps = min(W, L)
    guard taps <= Self.limit else {
      throw Refusal("direct-simd: \(taps) taps act, above \(Self.limit) a transform needs fewer operations")
    }
    reversed = Workspace(gradient ? taps : 0)
    gradK = Workspace(gradient ? taps : 0)
    window = Workspace(taps + (gradient ? Self.chunk : Self.tile))
    partial = Workspace(gradient ? Self.chunk : Self.tile)
    skipped = Workspace(Self.tile)
    filter = UnsafePointer(window.base)
  }

  static func bytes(L: Int, W: Int, gradient: Bool) -> Int {
    let taps = min(W, L)
    let scalars = gradient ? 3 * taps + 2 * chunk + tile : taps + 3 * tile
    return scalars * MemoryLayout<T>.stride
  }

  /// Above this number of taps the variant only loses.
  private static var limit: Int { 2048 }
  /// Outputs that are computed together.
  private static var tile: Int { 8 * T.width }
  /// Positions over which the filter's gradient is summed at a time: two such pieces stay in the first-level cache.
  private static var chunk: Int { 64 * tile / T.width }

  func setFilter(_ K: UnsafePointer<T>) {
    filter = K
    if reversed.count > 0 {
      for j in 0..<taps { reversed.base[j] = K[taps - 1 - j] }
    }
  }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    for l in stride(from: 0, to: L, by: Self.tile) {
      let acting = min(taps, l + Self.tile, L)
      output(at: l, of: u, from: l - acting + 1, skip: skip, filter, acting, into: y)
    }
  }

  func startFilterGradient() {
    gradK.base.update(repeating: 0, count: taps)
  }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    for l in stride(from: 0, to: L, by: Self.tile) {
      let acting = min(taps, L - l)
      output(at: l, of: g, from: l, skip: skip, UnsafePointer(reversed.base) + (taps - acting), acting, into: gradU)
    }
    for l in stride(from: 0, to: L, by: Self.chunk) {
      let count = min(Self.chunk, L - l)
      let acting = min(taps, l + count)
      let whole = count % T.width == 0
      let inside = whole && l >= acting - 1
      let gWindow = whole ? g + l : copy(g, from: l, count: (count + T.width - 1) / T.width * T.width, to: partial.base)
      let uWindow =
        inside
        ? u + (l - acting + 1)
        : copy(u, from: l - acting + 1, count: acting - 1 + (count + T.width - 1) / T.width * T.width, to: window.base)
      addCorrelation(gWindow, uWindow + acting - 1, (count + T.width - 1) / T.width, acting)
    }
  }

  func finishFilterGradient(into gradient: UnsafeMutablePointer<T>) {
    gradient.update(from: gradK.base, count: taps)
  }

  /// The tile of outputs at `l`: `Σⱼ k[j] x[first + count − 1 − j + i] + skip·x[l + i]` for i in the tile.
  @inline(__always)
  private func output(
    at l: Int, of x: UnsafePointer<T>, from first: Int, skip: T, _ k: UnsafePointer<T>, _ count: Int,
    into y: UnsafeMutablePointer<T>
  ) {
    let needed = count - 1 + Self.tile
    if first >= 0 && first + needed <= L && l + Self.tile <= L {
      Self.sum(x + first + count - 1, x + l, skip, k, count, into: y + l)
      return
    }
    let copied = copy(x, from: first, count: needed, to: window.base)
    let here = copy(x, from: l, count: Self.tile, to: skipped.base)
    if l + Self.tile <= L {
      Self.sum(copied + count - 1, here, skip, k, count, into: y + l)
    } else {
      Self.sum(copied + count - 1, here, skip, k, count, into: partial.base)
      (y + l).update(from: partial.base, count: L - l)
    }
  }

  /// `count` elements of a row from position `first`, zeros where the row has none.
  private func copy(
    _ x: UnsafePointer<T>, from first: Int, count: Int, to target: UnsafeMutablePointer<T>
  ) -> UnsafePointer<T> {
    let before = min(max(-first, 0), count)
    let after = max(min(L - first, count), before)
    target.update(repeating: 0, count: before)
    (target + before).update(from: x + first + before, count: after - before)
    (target + after).update(repeating: 0, count: count - after)
    return UnsafePointer(target)
  }

  /// `y[i] = Σⱼ k[j] x[i − j] + skip·here[i]` for a tile.
  @inline(__always)
  private static func sum(
    _ x: UnsafePointer<T>, _ here: UnsafePointer<T>, _ skip: T, _ k: UnsafePointer<T>, _ count: Int,
    into y: UnsafeMutablePointer<T>
  ) {
    let width = T.width
    let s = T.Lanes(repeating: skip)
    var sums = InlineArray<8, T.Lanes> { s * T.load(here + $0 * width) }
    var j = 0
    while j + 4 * width <= count {
      for step in 0..<width {
        let taps = InlineArray<4, T.Lanes> { T.Lanes(repeating: k[j + step + $0 * width]) }
        for q in -3..<8 {
          let values = T.load(x + (q * width - j - step))
          for t in 0..<4 where q + t >= 0 && q + t < 8 {
            sums[q + t] = T.multiplyAdd(taps[t], values, sums[q + t])
          }
        }
      }
      j += 4 * width
    }
    while j < count {
      let tap = T.Lanes(repeating: k[j])
      for v in 0..<8 { sums[v] = T.multiplyAdd(tap, T.load(x + (v * width - j)), sums[v]) }
      j += 1
    }
    for v in 0..<8 { T.store(sums[v], y + v * width) }
  }

  /// Adds `Σₗ g[l] u[l − j]` to the filter's gradient, over `vectors` vectors.
  @inline(__always)
  private func addCorrelation(_ g: UnsafePointer<T>, _ u: UnsafePointer<T>, _ vectors: Int, _ count: Int) {
    var j = 0
    while j + 8 <= count {
      var sums = InlineArray<8, T.Lanes>(repeating: T.Lanes(repeating: 0))
      for v in 0..<vectors {
        let values = T.load(g + v * T.width)
        let shifted = u + (v * T.width - j)
        for t in 0..<8 { sums[t] = T.multiplyAdd(values, T.load(shifted - t), sums[t]) }
      }
      for t in 0..<8 { gradK.base[j + t] += sums[t].total }
      j += 8
    }
    while j < count {
      var sum = T.Lanes(repeating: 0)
      for v in 0..<vectors { sum = T.multiplyAdd(T.load(g + v * T.width), T.load(u + (v * T.width - j)), sum) }
      gradK.base[j] += sum.total
      j += 1
    }
  }
}
