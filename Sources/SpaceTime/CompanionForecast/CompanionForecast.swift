import KernelSpec
import Numerics
import Tensors

/// The closed loop of a companion state space model that predicts its own inputs (SpaceTime's decoder).
///
/// A has ones below the diagonal and `a` in its last column; the loop feeds `kᵀx` back through b:
///
///     x₀ = x      x[h+1] = (A + b kᵀ) x[h]      y[h] = cᵀ x[h]      u[h] = kᵀ x[h],   h = 0 … L−1
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `a`, `b`, `c`, `k` | `(H, N)` | last column, input, output and feedback; as given. With `Σ|a| + Σ|b| Σ|k| ≤ 1` no eigenvalue is outside the unit circle |
/// | `x` | `(B, H, N)` | state after the last known input |
/// | → `y`, `u` | `(B, H, L)` | predicted outputs and inputs; the first are of x itself |
///
/// With s the last component of the state, the state is what N cells hold into which `a s + b u` was written at each step; so with
/// correlations `q^{fg}[m] = Σᵢ f[i+m] g[i]`
///
///     s[h] = x[N−1−h] + Σₘ (a[N−m] s[h−m] + b[N−m] u[h−m])
///     u[h] = q^{kx}[h] + Σₘ (q^{ka}[m−1] s[h−m] + q^{kb}[m−1] u[h−m])
///     y[h] = q^{cx}[h] + Σₘ (q^{ca}[m−1] s[h−m] + q^{cb}[m−1] u[h−m]),   m = 1 … N
///
/// a recurrence of two channels and its output.
///
/// Numerics: as in `companion.filter`. Nothing goes through the open loop's response, which may grow where the closed loop does not; but
/// s and u are rounded apart, and the feedback does not see what s is off by. So variants that run this recurrence do it with
/// `a + b k[N−1]` for a and without `k[N−1]` in k, and add `k[N−1] s` to u at the end.
///
/// References: Zhang, Saab, Poli, Dao, Goel, Ré 2023 (SpaceTime), arXiv:2303.09489, section 3.2; `ClosedLoopCompanionSSM` in
/// `model/ssm/closed_loop/companion.py` of HazyResearch/spacetime, which normalises b and k in some places and not in others, and takes
/// b for k where nothing is normalised. Here operands are used as given.
public enum CompanionForecast: DifferentiableKernel {
  public static let name = "companion.forecast"
  public static let summary = "closed loop of a companion matrix with feedback"

  public static let signature = Signature(
    extents: ["B", "H", "N", "L"],
    inputs: [
      // Where nearly all of a is one element, modes last for thousands of steps.
      .real(
        "a", "H", "N", draw: .row(sum: .value(0.998), of: .normal(1), peak: .value(0.999)),
        hard: .oneOf([
          .row(sum: .value(0.75), of: .normal(1)), .row(sum: .logUniform(1e-3, 0.75), of: .normal(1)),
          .row(sum: .value(0.75), of: .oneOf([.uniform(0, 1), .value(0)])), .value(0),
        ])),
      .real(
        "b", "H", "N", draw: .row(sum: .value(1), of: .normal(1)),
        hard: .oneOf([.row(sum: .value(1), of: .normal(1)), .row(sum: .value(1), of: .uniform(0, 1)), .value(0)])),
      .real("c", "H", "N"),
      .real(
        "k", "H", "N", draw: .row(sum: .value(0.002), of: .normal(1)),
        hard: .oneOf([
          .row(sum: .value(0.25), of: .normal(1)), .row(sum: .value(0.25), of: .uniform(0, 1)),
          .row(sum: .uniform(0.25, 0.28), of: .normal(1)), .row(sum: .logUniform(1e-3, 0.25), of: .normal(1)),
        ])),
      .real("x", "B", "H", "N"),
    ],
    outputs: [.real("y", "B", "H", "L"), .real("u", "B", "H", "L")],
    independent: ["B", "H"])

  public static let laws: [Law] = [.linear(["x"]), .permutation("B"), .permutation("H"), .causal("L")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    forecast(inputs, size)
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("y"), cotangents.real("u"), size)
  }

  /// The cheaper of two ways, for each row: the steps as they stand, `4 N L` multiply–adds, and eight such sums in the gradient; or by
  /// series of `B = min(N, L)` terms with real transforms of 2B at `2.5 n log₂ n`: twelve for each block of B terms of the longer, and
  /// forty in the gradient; and for each head twenty for the inverse.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let (B, H, N, L) = (Double(size.B), Double(size.H), Double(size.N), Double(size.L))
    let block = min(N, L)
    let transform = 2.5 * 2 * block * Double.log2(2 * block)
    let blocks = max(N, L) / block
    let sums = 2 * B * H * N * L
    let parameters = 4 * H * N + B * H * N
    return switch pass {
    case .forward:
      Work(flops: min(4 * sums, H * (12 * B * blocks + 20) * transform), scalars: parameters + 2 * B * H * L)
    case .gradient:
      Work(flops: min(8 * sums, H * (40 * B * blocks + 20) * transform), scalars: 2 * parameters + 2 * B * H * L)
    }
  }

  /// The steps of the definition.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.B) * Double(size.H) * Double(size.N) * Double(size.L)
    return Work(flops: (pass == .forward ? 8 : 24) * terms, scalars: work(size, pass).scalars)
  }

  public static let sweep: [Size] =
    [1024, 4096, 16384, 65536].map { try! signature.size("B4-H4-N64-L\($0)") }
    + [256, 1024, 4096, 16384].map { try! signature.size("B4-H4-N\($0)-L1024") }
    + [64, 1024, 4096, 16384, 65536].map { try! signature.size("B1-H1-N\($0)-L4096") }
    + [16384, 65536].map { try! signature.size("B1-H1-N1024-L\($0)") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func forecast<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
  let a = inputs.real("a"), b = inputs.real("b"), c = inputs.real("c"), k = inputs.real("k"), x = inputs.real("x")
  var y = Tensor<T>(repeating: 0, shape: [size.B, size.H, size.L])
  var u = y
  for batch in 0..<size.B {
    for h in 0..<size.H {
      var state = (0..<size.N).map { x[batch, h, $0] }
      for l in 0..<size.L {
        for i in 0..<size.N {
          y[batch, h, l] += c[h, i] * state[i]
          u[batch, h, l] += k[h, i] * state[i]
        }
        step(&state, a, b, h, u[batch, h, l])
      }
    }
  }
  return Operands(["y": .real(y), "u": .real(u)])
}

/// `x ← A x + b u`.
@inline(__always)
private func step<T: Scalar>(_ x: inout [T], _ a: Tensor<T>, _ b: Tensor<T>, _ h: Int, _ u: T) {
  let last = x[x.count - 1]
  for i in stride(from: x.count - 1, to: 0, by: -1) { x[i] = x[i - 1] + a[h, i] * last + b[h, i] * u }
  x[0] = a[h, 0] * last + b[h, 0] * u
}

/// The adjoint state, backwards through the states: with `μ = ū + bᵀλ[h+1]` it is `λ[h] = ȳ c + μ k + Aᵀλ[h+1]`, and
/// `gradk = Σ μ x`, `gradc = Σ ȳ x`, `grada = Σ x[N−1] λ[h+1]`, `gradb = Σ u λ[h+1]`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(
  _ inputs: Operands<T>, _ gy: Tensor<T>, _ gu: Tensor<T>, _ size: Size
) -> Operands<T> {
  let a = inputs.real("a"), b = inputs.real("b"), c = inputs.real("c"), k = inputs.real("k"), x = inputs.real("x")
  let N = size.N
  var gradA = Tensor<T>(repeating: 0, shape: a.shape)
  var (gradB, gradC, gradK) = (gradA, gradA, gradA)
  var gradX = Tensor<T>(repeating: 0, shape: x.shape)
  for batch in 0..<size.B {
    for h in 0..<size.H {
      var states = [(0..<N).map { x[batch, h, $0] }]
      var fed: [T] = []
      for _ in 0..<size.L {
        var state = states[states.count - 1]
        var u: T = 0
        for i in 0..<N { u += k[h, i] * state[i] }
        fed.append(u)
        step(&state, a, b, h, u)
        states.append(state)
      }
      var adjoint = [T](repeating: 0, count: N)
      for l in (0..<size.L).reversed() {
        let state = states[l]
        var last: T = 0
        var mu = gu[batch, h, l]
        for i in 0..<N {
          gradA[h, i] += state[N - 1] * adjoint[i]
          gradB[h, i] += fed[l] * adjoint[i]
          last += a[h, i] * adjoint[i]
          mu += b[h, i] * adjoint[i]
        }
        for i in 0..<N {
          gradK[h, i] += mu * state[i]
          gradC[h, i] += gy[batch, h, l] * state[i]
          adjoint[i] = gy[batch, h, l] * c[h, i] + mu * k[h, i] + (i + 1 < N ? adjoint[i + 1] : last)
        }
      }
      for i in 0..<N { gradX[batch, h, i] = adjoint[i] }
    }
  }
  return Operands([
    "a": .real(gradA), "b": .real(gradB), "c": .real(gradC), "k": .real(gradK), "x": .real(gradX),
  ])
}

extension CompanionForecast {
  public static let variants: [Variant] = step + direct + fft
}
