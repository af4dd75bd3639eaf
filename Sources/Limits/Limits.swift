import Lanes
import Numerics
import Parallel

/// What the machine can do at best, as calls to be timed beside the kernels.
public struct Limit: Sendable {
  /// What is exhausted: `multiply-add` or `copy`.
  public let name: String
  /// Floating-point operations or bytes of one call.
  public let amount: Double
  /// One call.
  public let run: @Sendable () -> Void

  /// Independent chains of multiply–adds in registers, on every thread: 2 operations for each lane and step.
  public static func multiplyAdd<T: Lane>(_: T.Type, threads: Int) -> Limit {
    let team = Team(threads: threads)
    let steps = 20_000
    let sinks = Workspace<T>(threads * T.width)
    return Limit(name: "multiply-add", amount: Double(2 * T.width * chains * steps * threads)) {
      team.run { thread in spin(sinks.base + thread * T.width, steps) }
    }
  }

  /// A copy between two arrays of 64 MiB, on every thread: bytes read plus bytes written.
  public static func copy(threads: Int) -> Limit {
    let team = Team(threads: threads)
    let count = 1 << 26
    let source = Workspace<UInt8>(count), target = Workspace<UInt8>(count)
    source.base.initialize(repeating: 1, count: count)
    target.base.initialize(repeating: 0, count: count)
    return Limit(name: "copy", amount: Double(2 * count)) {
      team.run { thread in
        let share = count / threads
        target.base.advanced(by: thread * share).update(from: source.base.advanced(by: thread * share), count: share)
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
}
