import Lanes
import Numerics
import Parallel

extension Limit {
  /// Independent chains of multiply–adds in registers, on every thread: 2 operations for each lane and step.
  public static func multiplyAdd<T: Lane>(_: T.Type, threads: Int) -> Limit {
    let team = Team(threads: threads)
    let steps = 20_000
    let sinks = Workspace<T>(threads * T.width)
    return Limit(amount: Double(2 * T.width * chains * steps * threads)) {
      team.run { thread in spin(sinks.base + thread * T.width, steps) }
    }
  }

  /// The suite's quickest exponential of numbers in the first-level cache, on every thread.
  ///
  /// Arguments are within reach of normal results, as the inner loops of kernels make sure before they use it.
  public static func exponential<T: ElementaryLane>(_: T.Type, threads: Int) -> Limit {
    let team = Team(threads: threads)
    let bytes = 8192
    let count = bytes / MemoryLayout<T>.stride, passes = 256
    let parts = (0..<threads).map { _ in Workspace<T>(2 * count) }
    team.run { thread in
      for i in 0..<2 * count { parts[thread].base[i] = T(i) / T(2 * count) }
    }
    return Limit(amount: Double(count * passes * threads)) {
      team.run { thread in
        let base = parts[thread].base
        for _ in 0..<passes { exponentials(of: base, to: base + count, count) }
      }
    }
  }

  /// More chains than latency times throughput of any current core.
  private static let chains = 12

  @specialized(where T == Float)
  @specialized(where T == Double)
  private static func spin<T: Lane>(_ sink: UnsafeMutablePointer<T>, _ steps: Int) {
    // Converges to 1 from below, so that no operand is ever a denormal, an infinity or a constant to the compiler.
    let half = T.Lanes(repeating: 0.5)
    var (a, b, c, d, e, f) = (half, half, half, half, half, half)
    var (g, h, i, j, k, l) = (half, half, half, half, half, half)
    for _ in 0..<steps {
      a = T.multiplyAdd(a, half, half)
      b = T.multiplyAdd(b, half, half)
      c = T.multiplyAdd(c, half, half)
      d = T.multiplyAdd(d, half, half)
      e = T.multiplyAdd(e, half, half)
      f = T.multiplyAdd(f, half, half)
      g = T.multiplyAdd(g, half, half)
      h = T.multiplyAdd(h, half, half)
      i = T.multiplyAdd(i, half, half)
      j = T.multiplyAdd(j, half, half)
      k = T.multiplyAdd(k, half, half)
      l = T.multiplyAdd(l, half, half)
    }
    T.store(((a + b) + (c + d)) + ((e + f) + (g + h)) + ((i + j) + (k + l)), sink)
  }

  @inline(never)
  @specialized(where T == Float)
  @specialized(where T == Double)
  private static func exponentials<T: ElementaryLane>(
    of arguments: UnsafePointer<T>, to results: UnsafeMutablePointer<T>, _ count: Int
  ) {
    var i = 0
    while i < count {
      let first = T.quickExpWithinReach(T.load(arguments + i))
      let second = T.quickExpWithinReach(T.load(arguments + i + T.width))
      T.store(first, results + i)
      T.store(second, results + i + T.width)
      i += 2 * T.width
    }
  }
}
