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
  /// The filter's gradient, each tap's as a vector of partial sums.
  private let gradK: Workspace<T>
  private let window: Workspace<T>
  private let partial: Workspace<T>
  private let skipped: Workspace<T>
  private var filter: UnsafePointer<T>

  init(L: Int, W: Int, gradient: Bool, beside _: DirectConvolver?) throws(Refusal) {
    self.L = L
    taps = min(W, L)
    guard taps <= Self.limit else {
      throw Refusal("direct-simd: \(taps) taps act, above \(Self.limit) a transform needs fewer operations")
    }
    reversed = Workspace(gradient ? taps : 0)
    gradK = Workspace(gradient ? taps * T.width : 0)
    window = Workspace(taps + (gradient ? Self.chunk : Self.tile))
    partial = Workspace(gradient ? Self.chunk : Self.tile)
    skipped = Workspace(Self.tile)
    filter = UnsafePointer(window.base)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    let taps = min(W, L)
    let scalars = gradient ? (2 + T.width) * taps + 2 * chunk + tile : taps + 3 * tile
    return threads * scalars * MemoryLayout<T>.stride
  }

  /// Up to a few hundred taps the sum wins; from here on a transform is several times faster at any length.
  private static var limit: Int { 1024 }
  /// Outputs that are computed together.
  private static var tile: Int { 8 * T.width }
  /// Positions over which the filter's gradient is summed at a time: two such pieces stay in the first-level cache.
  private static var chunk: Int { 64 * T.width }

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
    gradK.base.update(repeating: 0, count: gradK.count)
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
      let gWindow =
        whole ? g + l : copy(g, from: l, count: (count + T.width - 1) / T.width * T.width, to: partial.base)
      let uWindow =
        inside
        ? u + (l - acting + 1)
        : copy(
          u, from: l - acting + 1, count: acting - 1 + (count + T.width - 1) / T.width * T.width, to: window.base)
      addCorrelation(gWindow, uWindow + acting - 1, (count + T.width - 1) / T.width, acting)
    }
  }

  func finishFilterGradient(into gradient: UnsafeMutablePointer<T>) {
    for j in 0..<taps { gradient[j] = T.load(gradK.base + j * T.width).total }
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
    var s0 = T.Lanes(repeating: 0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    var j = 0
    while j + 4 * width <= count {
      for step in j..<j + width {
        let k0 = T.Lanes(repeating: k[step]), k1 = T.Lanes(repeating: k[step + width])
        let k2 = T.Lanes(repeating: k[step + 2 * width]), k3 = T.Lanes(repeating: k[step + 3 * width])
        let x = x - step
        var v = T.load(x - 3 * width)
        s0 = T.multiplyAdd(k3, v, s0)
        v = T.load(x - 2 * width)
        s0 = T.multiplyAdd(k2, v, s0)
        s1 = T.multiplyAdd(k3, v, s1)
        v = T.load(x - width)
        s0 = T.multiplyAdd(k1, v, s0)
        s1 = T.multiplyAdd(k2, v, s1)
        s2 = T.multiplyAdd(k3, v, s2)
        v = T.load(x)
        s0 = T.multiplyAdd(k0, v, s0)
        s1 = T.multiplyAdd(k1, v, s1)
        s2 = T.multiplyAdd(k2, v, s2)
        s3 = T.multiplyAdd(k3, v, s3)
        v = T.load(x + width)
        s1 = T.multiplyAdd(k0, v, s1)
        s2 = T.multiplyAdd(k1, v, s2)
        s3 = T.multiplyAdd(k2, v, s3)
        s4 = T.multiplyAdd(k3, v, s4)
        v = T.load(x + 2 * width)
        s2 = T.multiplyAdd(k0, v, s2)
        s3 = T.multiplyAdd(k1, v, s3)
        s4 = T.multiplyAdd(k2, v, s4)
        s5 = T.multiplyAdd(k3, v, s5)
        v = T.load(x + 3 * width)
        s3 = T.multiplyAdd(k0, v, s3)
        s4 = T.multiplyAdd(k1, v, s4)
        s5 = T.multiplyAdd(k2, v, s5)
        s6 = T.multiplyAdd(k3, v, s6)
        v = T.load(x + 4 * width)
        s4 = T.multiplyAdd(k0, v, s4)
        s5 = T.multiplyAdd(k1, v, s5)
        s6 = T.multiplyAdd(k2, v, s6)
        s7 = T.multiplyAdd(k3, v, s7)
        v = T.load(x + 5 * width)
        s5 = T.multiplyAdd(k0, v, s5)
        s6 = T.multiplyAdd(k1, v, s6)
        s7 = T.multiplyAdd(k2, v, s7)
        v = T.load(x + 6 * width)
        s6 = T.multiplyAdd(k0, v, s6)
        s7 = T.multiplyAdd(k1, v, s7)
        v = T.load(x + 7 * width)
        s7 = T.multiplyAdd(k0, v, s7)
      }
      j += 4 * width
    }
    while j < count {
      let tap = T.Lanes(repeating: k[j])
      let x = x - j
      s0 = T.multiplyAdd(tap, T.load(x), s0)
      s1 = T.multiplyAdd(tap, T.load(x + width), s1)
      s2 = T.multiplyAdd(tap, T.load(x + 2 * width), s2)
      s3 = T.multiplyAdd(tap, T.load(x + 3 * width), s3)
      s4 = T.multiplyAdd(tap, T.load(x + 4 * width), s4)
      s5 = T.multiplyAdd(tap, T.load(x + 5 * width), s5)
      s6 = T.multiplyAdd(tap, T.load(x + 6 * width), s6)
      s7 = T.multiplyAdd(tap, T.load(x + 7 * width), s7)
      j += 1
    }
    // Last, as in the definition: a skip far above the taps would round them away one by one.
    let skip = T.Lanes(repeating: skip)
    T.store(T.multiplyAdd(skip, T.load(here), s0), y)
    T.store(T.multiplyAdd(skip, T.load(here + width), s1), y + width)
    T.store(T.multiplyAdd(skip, T.load(here + 2 * width), s2), y + 2 * width)
    T.store(T.multiplyAdd(skip, T.load(here + 3 * width), s3), y + 3 * width)
    T.store(T.multiplyAdd(skip, T.load(here + 4 * width), s4), y + 4 * width)
    T.store(T.multiplyAdd(skip, T.load(here + 5 * width), s5), y + 5 * width)
    T.store(T.multiplyAdd(skip, T.load(here + 6 * width), s6), y + 6 * width)
    T.store(T.multiplyAdd(skip, T.load(here + 7 * width), s7), y + 7 * width)
  }

  /// Adds `Σₗ g[l] u[l − j]` to the filter's gradient, over `vectors` vectors.
  @inline(__always)
  private func addCorrelation(_ g: UnsafePointer<T>, _ u: UnsafePointer<T>, _ vectors: Int, _ count: Int) {
    var j = 0
    while j + 8 * T.width <= count {
      for step in j..<j + T.width { addSpread(g, u - step, vectors, step) }
      j += 8 * T.width
    }
    while j + 8 <= count {
      addNeighbours(g, u - j, vectors, j)
      j += 8
    }
    while j < count {
      var sum = T.Lanes(repeating: 0)
      for v in 0..<vectors { sum = T.multiplyAdd(T.load(g + v * T.width), T.load(u + (v * T.width - j)), sum) }
      add(sum, j)
      j += 1
    }
  }

  /// Eight taps from `j` on, one vector apart: eleven loads of u and four of g serve 32 multiply–adds.
  @inline(__always)
  private func addSpread(_ g: UnsafePointer<T>, _ u: UnsafePointer<T>, _ vectors: Int, _ j: Int) {
    let width = T.width
    var s0 = T.Lanes(repeating: 0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    var v = 0
    while v + 4 <= vectors {
      let g = g + v * width, u = u + v * width
      let g0 = T.load(g), g1 = T.load(g + width), g2 = T.load(g + 2 * width), g3 = T.load(g + 3 * width)
      var x = T.load(u - 7 * width)
      s7 = T.multiplyAdd(g0, x, s7)
      x = T.load(u - 6 * width)
      s6 = T.multiplyAdd(g0, x, s6)
      s7 = T.multiplyAdd(g1, x, s7)
      x = T.load(u - 5 * width)
      s5 = T.multiplyAdd(g0, x, s5)
      s6 = T.multiplyAdd(g1, x, s6)
      s7 = T.multiplyAdd(g2, x, s7)
      x = T.load(u - 4 * width)
      s4 = T.multiplyAdd(g0, x, s4)
      s5 = T.multiplyAdd(g1, x, s5)
      s6 = T.multiplyAdd(g2, x, s6)
      s7 = T.multiplyAdd(g3, x, s7)
      x = T.load(u - 3 * width)
      s3 = T.multiplyAdd(g0, x, s3)
      s4 = T.multiplyAdd(g1, x, s4)
      s5 = T.multiplyAdd(g2, x, s5)
      s6 = T.multiplyAdd(g3, x, s6)
      x = T.load(u - 2 * width)
      s2 = T.multiplyAdd(g0, x, s2)
      s3 = T.multiplyAdd(g1, x, s3)
      s4 = T.multiplyAdd(g2, x, s4)
      s5 = T.multiplyAdd(g3, x, s5)
      x = T.load(u - width)
      s1 = T.multiplyAdd(g0, x, s1)
      s2 = T.multiplyAdd(g1, x, s2)
      s3 = T.multiplyAdd(g2, x, s3)
      s4 = T.multiplyAdd(g3, x, s4)
      x = T.load(u)
      s0 = T.multiplyAdd(g0, x, s0)
      s1 = T.multiplyAdd(g1, x, s1)
      s2 = T.multiplyAdd(g2, x, s2)
      s3 = T.multiplyAdd(g3, x, s3)
      x = T.load(u + width)
      s0 = T.multiplyAdd(g1, x, s0)
      s1 = T.multiplyAdd(g2, x, s1)
      s2 = T.multiplyAdd(g3, x, s2)
      x = T.load(u + 2 * width)
      s0 = T.multiplyAdd(g2, x, s0)
      s1 = T.multiplyAdd(g3, x, s1)
      x = T.load(u + 3 * width)
      s0 = T.multiplyAdd(g3, x, s0)
      v += 4
    }
    while v < vectors {
      let g = T.load(g + v * width), u = u + v * width
      s0 = T.multiplyAdd(g, T.load(u), s0)
      s1 = T.multiplyAdd(g, T.load(u - width), s1)
      s2 = T.multiplyAdd(g, T.load(u - 2 * width), s2)
      s3 = T.multiplyAdd(g, T.load(u - 3 * width), s3)
      s4 = T.multiplyAdd(g, T.load(u - 4 * width), s4)
      s5 = T.multiplyAdd(g, T.load(u - 5 * width), s5)
      s6 = T.multiplyAdd(g, T.load(u - 6 * width), s6)
      s7 = T.multiplyAdd(g, T.load(u - 7 * width), s7)
      v += 1
    }
    add(s0, j)
    add(s1, j + width)
    add(s2, j + 2 * width)
    add(s3, j + 3 * width)
    add(s4, j + 4 * width)
    add(s5, j + 5 * width)
    add(s6, j + 6 * width)
    add(s7, j + 7 * width)
  }

  /// Eight taps from `j` on.
  @inline(__always)
  private func addNeighbours(_ g: UnsafePointer<T>, _ u: UnsafePointer<T>, _ vectors: Int, _ j: Int) {
    var s0 = T.Lanes(repeating: 0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0
    for v in 0..<vectors {
      let g = T.load(g + v * T.width), u = u + v * T.width
      s0 = T.multiplyAdd(g, T.load(u), s0)
      s1 = T.multiplyAdd(g, T.load(u - 1), s1)
      s2 = T.multiplyAdd(g, T.load(u - 2), s2)
      s3 = T.multiplyAdd(g, T.load(u - 3), s3)
      s4 = T.multiplyAdd(g, T.load(u - 4), s4)
      s5 = T.multiplyAdd(g, T.load(u - 5), s5)
      s6 = T.multiplyAdd(g, T.load(u - 6), s6)
      s7 = T.multiplyAdd(g, T.load(u - 7), s7)
    }
    add(s0, j)
    add(s1, j + 1)
    add(s2, j + 2)
    add(s3, j + 3)
    add(s4, j + 4)
    add(s5, j + 5)
    add(s6, j + 6)
    add(s7, j + 7)
  }

  @inline(__always)
  private func add(_ sum: T.Lanes, _ j: Int) {
    let target = gradK.base + j * T.width
    T.store(T.load(target) + sum, target)
  }
}
