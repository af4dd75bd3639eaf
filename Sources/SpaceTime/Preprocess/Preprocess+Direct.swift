import KernelSpec
import Lanes
import Parallel

extension Preprocess {
  /// In vectors of positions. Differences are summed tap by tap, orders 1 and 2 in registers as they are written.
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

  /// One row. Where taps reach before the start, and past the last whole vector, positions are summed one by one.
  private static func difference<T: Lane>(
    _ u: UnsafePointer<T>, _ taps: UnsafePointer<T>, _ order: Int, _ L: Int, _ y: UnsafeMutablePointer<T>
  ) {
    @inline(__always) func single(_ l: Int) {
      var sum: T = 0
      for j in 0...min(order, l) { sum += taps[j] * u[l - j] }
      y[l] = sum
    }
    for l in 0..<min(order, L) { single(l) }
    var l = order
    switch order {
    case 0: vectors { T.load(u + $0) }
    case 1: vectors { T.load(u + $0) - T.load(u + $0 - 1) }
    case 2:
      let two = T.Lanes(repeating: -2)
      vectors { T.multiplyAdd(two, T.load(u + $0 - 1), T.load(u + $0) + T.load(u + $0 - 2)) }
    default:
      // Four vectors share a tap.
      while l + 4 * T.width <= L {
        let zero = T.Lanes(repeating: 0)
        var (s0, s1, s2, s3) = (zero, zero, zero, zero)
        for j in 0...order {
          let tap = T.Lanes(repeating: taps[j]), p = u + l - j
          s0 = T.multiplyAdd(tap, T.load(p), s0)
          s1 = T.multiplyAdd(tap, T.load(p + T.width), s1)
          s2 = T.multiplyAdd(tap, T.load(p + 2 * T.width), s2)
          s3 = T.multiplyAdd(tap, T.load(p + 3 * T.width), s3)
        }
        T.store(s0, y + l)
        T.store(s1, y + l + T.width)
        T.store(s2, y + l + 2 * T.width)
        T.store(s3, y + l + 3 * T.width)
        l += 4 * T.width
      }
    }
    while l < L {
      single(l)
      l += 1
    }

    @inline(__always) func vectors(_ value: (Int) -> T.Lanes) {
      while l + T.width <= L {
        T.store(value(l), y + l)
        l += T.width
      }
    }
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
