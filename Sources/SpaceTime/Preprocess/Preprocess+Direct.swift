import KernelSpec
import Lanes
import Parallel

extension Preprocess {
  /// In vectors of positions. Differences are summed tap by tap in registers.
  ///
  /// Averages are sums of pairs, of pairs of pairs and so on: a window is made of at most `2 log₂ w` of them. No sum runs on from one
  /// position to the next, so none drifts, and errors grow as `log w`, not as `√w` or L. Kept are two rows with the zeros before them.
  static var direct: [Variant] {
    [1, 2].flatMap { threads in
      [
        Variant(
          .forward, "direct", threads: threads, idea: idea, workspace: { threads * bytes(Float.self, $0) },
          claims: claims, prepare: .float { run($0, threads) }),
        Variant(
          .forward, "direct", threads: threads, idea: idea, workspace: { threads * bytes(Double.self, $0) },
          claims: claims, prepare: .double { run($0, threads) }),
      ]
    }
  }

  private static let idea = "vectors of positions; windows put together from sums of 2, 4, 8 … numbers"
  private static let claims = Claims(time: "B H L", workspace: "L")

  private static func bytes<T: Lane>(_: T.Type, _ size: Size) -> Int {
    size.integer("window") == nil ? 65 * MemoryLayout<T>.stride : MovingAverage<T>.bytes(size)
  }

  private static func run<T: Lane>(_ size: Size, _ threads: Int) -> Run<T> {
    let (rows, L) = (size.B * size.H, size.L)
    let team = Team(threads: threads)
    if let order = size.integer("order") {
      let taps = binomials(order, T.self)
      return { x in
        let u = x.input("u"), y = x.output("y")
        team.run { thread in
          taps.withUnsafeBufferPointer { taps in
            for row in rows * thread / threads..<rows * (thread + 1) / threads {
              difference(u + row * L, taps.baseAddress!, order, L, y + row * L)
            }
          }
        }
      }
    }
    let averages = (0..<threads).map { _ in MovingAverage<T>(size) }
    return { x in
      let u = x.input("u"), y = x.output("y")
      team.run { thread in
        for row in rows * thread / threads..<rows * (thread + 1) / threads {
          averages[thread].residual(u + row * L, y + row * L)
        }
      }
    }
  }

  /// One row. Where taps reach before the start, and past the last whole vectors, positions are summed one by one.
  @inline(__always)
  private static func difference<T: Lane>(
    _ u: UnsafePointer<T>, _ taps: UnsafePointer<T>, _ order: Int, _ L: Int, _ y: UnsafeMutablePointer<T>
  ) {
    for l in 0..<min(order, L) { y[l] = sum(u + l, taps, l) }
    // A known number of taps is unrolled.
    let end =
      switch order {
      case 0: vectors(u, taps, 0, L, y)
      case 1: vectors(u, taps, 1, L, y)
      case 2: vectors(u, taps, 2, L, y)
      case 3: vectors(u, taps, 3, L, y)
      default: vectors(u, taps, order, L, y)
      }
    for l in stride(from: end, to: L, by: 1) { y[l] = sum(u + l, taps, order) }
  }

  /// One position, from the taps up to `last`.
  @inline(__always)
  private static func sum<T: Lane>(_ u: UnsafePointer<T>, _ taps: UnsafePointer<T>, _ last: Int) -> T {
    var sum: T = 0
    for j in 0...last { sum += taps[j] * u[-j] }
    return sum
  }

  /// The positions from `order` on by four vectors, which share a tap, to where no four are left.
  @inline(__always)
  private static func vectors<T: Lane>(
    _ u: UnsafePointer<T>, _ taps: UnsafePointer<T>, _ order: Int, _ L: Int, _ y: UnsafeMutablePointer<T>
  ) -> Int {
    let width = T.width
    var l = order
    while l + 4 * width <= L {
      var p = u + l
      var (s0, s1) = (T.load(p), T.load(p + width))
      var (s2, s3) = (T.load(p + 2 * width), T.load(p + 3 * width))
      for j in stride(from: 1, through: order, by: 1) {
        let tap = T.Lanes(repeating: taps[j])
        p -= 1
        s0 = T.multiplyAdd(tap, T.load(p), s0)
        s1 = T.multiplyAdd(tap, T.load(p + width), s1)
        s2 = T.multiplyAdd(tap, T.load(p + 2 * width), s2)
        s3 = T.multiplyAdd(tap, T.load(p + 3 * width), s3)
      }
      T.store(s0, y + l)
      T.store(s1, y + l + width)
      T.store(s2, y + l + 2 * width)
      T.store(s3, y + l + 3 * width)
      l += 4 * width
    }
    return l
  }
}

/// One thread's residuals of a moving average.
private final class MovingAverage<T: Lane> {
  private let L: Int
  /// How many terms a window has in a row as long.
  private let window: Int
  private let scale: T
  /// Sums of 1, 2, 4 … numbers up to each position, and of those that windows are put together from.
  private let powers, sums: Workspace<T>

  private static func counts(_ size: Size) -> (zeros: Int, row: Int) {
    let lanes = T.width
    let zeros = min(size.integer("window")!, size.L) + lanes
    return (zeros, zeros + (size.L + lanes - 1) / lanes * lanes)
  }

  static func bytes(_ size: Size) -> Int {
    let (zeros, row) = counts(size)
    return (2 * row - zeros) * MemoryLayout<T>.stride
  }

  private let zeros: Int

  init(_ size: Size) {
    L = size.L
    window = min(size.integer("window")!, L)
    scale = 1 / T(size.integer("window")!)
    let (zeros, row) = Self.counts(size)
    self.zeros = zeros
    powers = Workspace(row)
    sums = Workspace(row - zeros)
    powers.base.update(repeating: 0, count: row)
  }

  func residual(_ u: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>) {
    let power = powers.base + zeros, sum = sums.base, width = T.width
    power.update(from: u, count: L)
    (power + L).update(repeating: 0, count: powers.count - zeros - L)
    // The bits of the window: `held` terms are in the sums, `reach` terms in the powers.
    var held = 0, reach = 1
    while true {
      if window & reach != 0 {
        if held == 0 {
          sum.update(from: power, count: sums.count)
        } else {
          for l in stride(from: 0, to: L, by: width) {
            T.store(T.load(sum + l) + T.load(power + l - held), sum + l)
          }
        }
        held += reach
      }
      if held == window { break }
      // From the end on: what is added has not been changed yet.
      for l in stride(from: (L - 1) / width * width, through: 0, by: -width) {
        T.store(T.load(power + l) + T.load(power + l - reach), power + l)
      }
      reach *= 2
    }
    let factor = T.Lanes(repeating: -scale)
    var l = 0
    while l + width <= L {
      T.store(T.multiplyAdd(factor, T.load(sum + l), T.load(u + l)), y + l)
      l += width
    }
    while l < L {
      y[l] = u[l] - scale * sum[l]
      l += 1
    }
  }
}
