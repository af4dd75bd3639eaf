import KernelSpec
import Numerics
import Tensors

/// The convolution filter of a multi-dimensional damped exponential moving average (EMA), as in Mega.
///
/// Each head has N real modes. With the logistic function σ:
///
///     K[h, l] = 1/√N Σₙ p[n] beta[n] gamma[n] q[n]^l,    p = σ(delta),  q = 1 − p σ(alpha),   l = 0 … L−1
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `alpha` | `(H, N)` | damping, before the logistic function |
/// | `delta` | `(H, N)` | weight of the input, before the logistic function |
/// | `beta`, `gamma` | `(H, N)` | input and output coefficients |
/// | → `K` | `(H, L)` | the filter |
///
/// Numerics: where q is near 1, `q^l` is `e^(l log1p(−p σ(alpha)))`, since rounding q would be off by `l ε`; where q is small, it is
/// `σ(−delta) + p σ(−alpha)`, two positive terms. So errors stay a few ε for every l.
///
/// References: Ma et al. 2023 (Mega), arXiv:2209.10655; `EMAKernel` in `src/models/sequence/kernels/kernel.py` of state-spaces/s4, which
/// forms `1 − p σ(alpha)` and multiplies positions with its logarithm.
public enum EMAFilter: DifferentiableKernel {
  public static let name = "ema.filter"
  public static let summary = "convolution filter of a multi-dimensional damped exponential moving average"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
    inputs: [
      // Slow modes among fast ones, else nothing of the filter were left after a hundred steps.
      .real("alpha", "H", "N", draw: .oneOf([.normal(0.2), .uniform(-10, -4)]), hard: logits),
      .real("delta", "H", "N", draw: .normal(0.2), hard: logits),
      .real("beta", "H", "N"),
      .real("gamma", "H", "N"),
    ],
    outputs: [.real("K", "H", "L")],
    independent: ["H"])

  private static let logits = Draw.oneOf([.normal(1), .uniform(-9, -4), .uniform(4, 12)])

  public static let laws: [Law] = [
    .linear(["beta"]), .linear(["gamma"]), .permutation("H"), .permutation("N"), .causal("L"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["K": .real(filter(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("K"), size)
  }

  /// `N·L` multiply–adds per head, the gradient sums two such series; and two logistic functions per mode, for powers are products.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H * size.N * size.L)
    let functions = 2 * Double(size.H * size.N)
    let filter = Double(size.H * size.L), parameters = 4 * Double(size.H * size.N)
    return switch pass {
    case .forward: Work(flops: 2 * terms, transcendentals: functions, scalars: parameters + filter)
    case .gradient: Work(flops: 4 * terms, transcendentals: functions, scalars: 2 * parameters + filter)
    }
  }

  /// The definition's powers are exponentials of their own.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let work = work(size, pass)
    let powers = Double(size.H * size.N * size.L) * (pass == .forward ? 1 : 2)
    return Work(flops: work.flops, transcendentals: powers, scalars: work.scalars)
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("H64-N16-L\($0)") }
    + [2, 64].map { try! signature.size("H64-N\($0)-L16384") }
}

/// One mode's weight and decay.
private struct Decay<T: Scalar> {
  /// `σ(delta)`, `σ(alpha)`, and what they lack of 1.
  let p, a, notP, notA: T
  private let logarithm: T

  init(alpha: T, delta: T) {
    (p, notP) = (Self.logistic(delta), Self.logistic(-delta))
    (a, notA) = (Self.logistic(alpha), Self.logistic(-alpha))
    logarithm = p * a < 1 / 2 ? T.log(onePlus: -(p * a)) : T.log(notP + p * notA)
  }

  /// `q^l`.
  func power(_ l: Int) -> T { l == 0 ? 1 : .exp(T(l) * logarithm) }

  private static func logistic(_ x: T) -> T {
    let e = T.exp(-x.magnitude)
    return (x < 0 ? e : 1) / (1 + e)
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func filter<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let alpha = inputs.real("alpha"), delta = inputs.real("delta")
  let beta = inputs.real("beta"), gamma = inputs.real("gamma")
  let root = T.sqrt(T(size.N))
  var K = Tensor<T>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    for n in 0..<size.N {
      let decay = Decay(alpha: alpha[h, n], delta: delta[h, n])
      let v = decay.p * beta[h, n] * gamma[h, n] / root
      for l in 0..<size.L { K[h, l] += v * decay.power(l) }
    }
  }
  return K
}

/// With `s₀ = Σ gₗ q^l`, `s₁ = Σ gₗ l q^(l−1)` and `w = beta gamma/√N`, the objective is `Σ w p s₀`, and `∂q/∂p = −σ(alpha)`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
  let alpha = inputs.real("alpha"), delta = inputs.real("delta")
  let beta = inputs.real("beta"), gamma = inputs.real("gamma")
  let root = T.sqrt(T(size.N))
  var gradAlpha = Tensor<T>(repeating: 0, shape: alpha.shape)
  var gradDelta = gradAlpha
  var gradBeta = gradAlpha
  var gradGamma = gradAlpha
  for h in 0..<size.H {
    for n in 0..<size.N {
      let decay = Decay(alpha: alpha[h, n], delta: delta[h, n])
      var s0: T = 0, s1: T = 0
      for l in 0..<size.L {
        s0 += g[h, l] * decay.power(l)
        if l > 0 { s1 += g[h, l] * T(l) * decay.power(l - 1) }
      }
      let w = beta[h, n] * gamma[h, n] / root
      gradAlpha[h, n] = -w * decay.p * decay.p * s1 * decay.a * decay.notA
      gradDelta[h, n] = w * (s0 - decay.p * decay.a * s1) * decay.p * decay.notP
      gradBeta[h, n] = decay.p * gamma[h, n] / root * s0
      gradGamma[h, n] = decay.p * beta[h, n] / root * s0
    }
  }
  return Operands([
    "alpha": .real(gradAlpha), "delta": .real(gradDelta), "beta": .real(gradBeta), "gamma": .real(gradGamma),
  ])
}
