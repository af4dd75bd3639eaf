import KernelSpec
import Lanes

/// The matrices of a chunk of T steps of a measure that does not change, computed in double once a size is known and rounded once.
///
/// With the state s before the chunk and its samples, step j has `Abar^(j+1) s + Σ_{i≤j} Abar^(j−i) Bbar f[i]`: one product with a matrix of
/// `N + T` rows for all chunks together, of which each step needs the first `N + j + 1` only. The gradient reads the same matrices the
/// other way.
struct ChunkMatrices<T: Lane> {
  /// Steps in a chunk.
  static var steps: Int { 32 }
  /// Chunks whose products are taken together.
  static var group: Int { 24 }

  let N, stride, gradientStride: Int
  private let memory: Workspace<T>
  private let isGradient: Bool

  static func count(_ N: Int, gradient: Bool) -> Int {
    let inner = N + steps
    return gradient
      ? steps * N * T.padded(inner) + N * T.padded(inner) : steps * inner * T.padded(N) + inner * T.padded(N)
  }

  init(_ size: Size, gradient: Bool) {
    N = size.N
    stride = T.padded(N)
    gradientStride = T.padded(N + Self.steps)
    isGradient = gradient
    memory = Workspace(Self.count(N, gradient: gradient))
    memory.base.update(repeating: 0, count: memory.count)
    fill(Discretized(size))
  }

  /// `[s, f]` times this is step j; T blocks of `N + T` rows.
  @inline(__always) func step(_ j: Int) -> Block<T> {
    Block(memory.base + j * (N + Self.steps) * stride, stride: stride)
  }

  /// `[s, f]` times this is the state after the chunk.
  @inline(__always) var carry: Block<T> { step(Self.steps - 1) }

  /// A chunk's cotangents, T rows of N in one, times this: what they add to the state before the chunk, and to each sample's gradient.
  @inline(__always) var seeds: Block<T> { Block(memory.base, stride: gradientStride) }

  /// The cotangent of the state after the chunk times this: likewise.
  @inline(__always) var later: Block<T> {
    Block(memory.base + Self.steps * N * gradientStride, stride: gradientStride)
  }

  private func fill(_ step: Discretized) {
    // Powers of Abar as rows, and Abar^j Bbar.
    var power = SquareMatrix<Double>.identity(N)
    var responses: [[Double]] = []
    for j in 0..<Self.steps {
      responses.append((0..<N).map { n in (0..<N).reduce(0) { $0 + power[n, $1] * step.Bbar[$1] } })
      if isGradient {
        for n in 0..<N {
          for m in 0..<N { seeds[j * N + n, m] = T(power[n, m]) }
          for i in 0...j { seeds[j * N + n, N + i] = T(responses[j - i][n]) }
        }
      }
      power = step.Abar * power
      if !isGradient {
        let block = self.step(j)
        for n in 0..<N {
          for m in 0..<N { block[m, n] = T(power[n, m]) }
          for i in 0...j { block[N + i, n] = T(responses[j - i][n]) }
        }
      }
    }
    guard isGradient else { return }
    responses.append((0..<N).map { n in (0..<N).reduce(0) { $0 + power[n, $1] * step.Bbar[$1] } })
    for n in 0..<N {
      for m in 0..<N { later[n, m] = T(power[n, m]) }
      for i in 0..<Self.steps { later[n, N + i] = T(responses[Self.steps - i][n]) }
    }
  }
}

/// A step in double.
struct Discretized {
  let Abar: SquareMatrix<Double>
  let Bbar: [Double]

  init(_ size: Size) {
    let measure = Measure(size), N = size.N, alpha = HippoProject.alpha(size), h = size.number("dt")!
    let A = SquareMatrix<Double>(N) { measure.transition($0, $1) }
    let right = SquareMatrix<Double>(N + 1) { n, k in
      n == N ? 0 : k == N ? h * measure.input(n) : (n == k ? 1 : 0) + (1 - alpha) * h * A[n, k]
    }
    let step = SquareMatrix(N) { ($0 == $1 ? 1 : 0) - alpha * h * A[$0, $1] }.solve(right)
    Abar = SquareMatrix(N) { step[$0, $1] }
    Bbar = (0..<N).map { step[$0, N] }
  }
}
