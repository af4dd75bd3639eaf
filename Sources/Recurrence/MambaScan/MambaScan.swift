import KernelSpec
import Numerics
import Tensors

/// The selective scan of Mamba: a diagonal recurrence whose step size, input and output coefficients vary with time.
///
/// For each batch b and channel d, with the states n of that channel and the group `g = d / (D/G)`:
///
///     dt[l] = delta[d, l] + bias[d],        with `softplus`: log(1 + e^(delta + bias))
///     a[n]  = e^(dt[l] A[d, n]),            with eigenvalues `signed`: 2 e^(dt[l] A[d, n]) − 1
///     x[n]  = a[n] x[n] + dt[l] B[g, n, l] u[d, l]
///     y[l]  = (Σₙ C[g, n, l] x[n] + D[d] u[d, l]) · silu(z[d, l]),      silu(z) = z / (1 + e^−z)
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `u`, `delta` | `(B, D, L)` | input; step size before bias and softplus |
/// | `A` | `(D, N)` | eigenvalues, as a rule negative |
/// | `B`, `C` | `(B, G, N, L)` | input and output coefficients of each group of channels |
/// | `D` | `(D)` optional | what of the input skips the recurrence |
/// | `z` | `(B, D, L)` optional | gate |
/// | `bias` | `(D)` optional | added to `delta` |
/// | `x0` | `(B, D, N)` optional | state before the first step |
/// | → `y` | `(B, D, L)` | output |
/// | → `x` | `(B, D, N)` | state after the last step |
///
/// Numerics: softplus is `max(v, 0) + log1p(e^−|v|)`, exact for every v. A signed multiplier is `1 + 2 expm1(dt A)`: where it is near
/// 1, `2e − 1` would lose a bit in every step. In precision T the relative error of `a` is `|dt A| ε/2 + ε/2`, and it is the
/// second term, once per step, that a state with a long memory accumulates.
///
/// References: Gu, Dao 2023 (Mamba), arXiv:2312.00752; `selective_scan_ref` in `mamba_ssm/ops/selective_scan_interface.py` of
/// state-spaces/mamba, whose softplus is the identity above 20; Grazzi et al. 2024 (signed eigenvalues), arXiv:2411.12537;
/// automl/unlocking_state_tracking, the same file, which computes `2e − 1`. The mathematics is followed here.
public enum MambaScan: DifferentiableKernel {
  public static let name = "mamba.scan"
  public static let summary = "selective scan: a diagonal recurrence with coefficients that depend on the input"

  public static let signature = Signature(
    extents: ["B", "D", "L", "N", "G"],
    inputs: [
      .real("u", "B", "D", "L"),
      .real("delta", "B", "D", "L", draw: .logUniform(1e-4, 1e-1), hard: .logUniform(1e-5, 1)),
      .real(
        "A", "D", "N", draw: .negative(.logUniform(1e-3, 16)),
        hard: .negative(.oneOf([.logUniform(1e-3, 16), .logUniform(1e-6, 1), .value(0)]))),
      .real("B", "B", "G", "N", "L"),
      .real("C", "B", "G", "N", "L"),
      .real("D", "D", optional: true),
      .real("z", "B", "D", "L", draw: .normal(2), optional: true),
      .real("bias", "D", draw: .logUniform(1e-3, 1e-1), hard: .logUniform(1e-5, 1), optional: true),
      .real("x0", "B", "D", "N", optional: true),
    ],
    outputs: [.real("y", "B", "D", "L"), .real("x", "B", "D", "N")],
    options: [.flag("softplus"), .choice("eigenvalues", "positive", "signed")],
    divides: [(divisor: "G", extent: "D")],
    independent: ["B"])

  public static let laws: [Law] = [
    .linear(["u", "x0"]), .linear(["B", "D", "x0"]), .permutation("B"), .permutation("N"), .causal("L"),
    .split("L", initial: "x0", final: "x"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    scan(inputs, size)
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents, size)
  }

  public static func drifting<T: Scalar>(
    _ pass: Pass, _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size, by share: T
  ) -> Operands<T>? {
    pass == .forward ? scan(inputs, size, drift: share) : gradients(inputs, cotangents, size, drift: share)
  }

  /// Per state and step 6 operations forward (`dt A`, `a x + (dt u) B`, `C x` and its sum) and one exponential; 14 more backward,
  /// for the adjoint and the shares of `dt`, `dt u`, `A`, `B` and `C`. Per channel and step the functions of softplus and silu.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let steps = Double(size.B * size.D * size.L)
    let updates = steps * Double(size.N)
    let functions = updates + steps * ((size.flag("softplus") ? 2 : 0) + (size.has("z") ? 1 : 0))
    let inputs = signature.inputs(size).map { Double(signature.shape($0, size).reduce(1, *)) }.reduce(0, +)
    let outputs = steps + Double(size.B * size.D * size.N)
    return switch pass {
    case .forward: Work(flops: 6 * updates, transcendentals: functions, scalars: inputs + outputs)
    case .gradient: Work(flops: 20 * updates, transcendentals: functions, scalars: 2 * inputs + outputs)
    }
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("B1-D64-L\($0)-N16-G1-softplus+D+z+bias") }
    + [4, 8, 32, 64].map { try! signature.size("B1-D64-L4096-N\($0)-G1-softplus+D+z+bias") }

  public static let variants: [Variant] =
    [1, 2].flatMap { threads in
      [
        simd(threads: threads, .float { size throws(Refusal) in forward(size, threads) }),
        simd(threads: threads, .double { size throws(Refusal) in forward(size, threads) }),
        simdGradient(threads: threads, .float { size throws(Refusal) in backward(size, threads) }),
        simdGradient(threads: threads, .double { size throws(Refusal) in backward(size, threads) }),
      ]
    }
}

/// The pointwise functions of the definition, in any precision.
private enum Pointwise<T: Scalar> {
  static func logistic(_ v: T) -> T { 1 / (1 + T.exp(-v)) }

  static func softplus(_ v: T) -> T { max(v, 0) + T.log(onePlus: T.exp(-abs(v))) }

  static func silu(_ v: T) -> T { v / (1 + T.exp(-v)) }

  /// `σ(v) (1 + v σ(−v))`.
  static func siluSlope(_ v: T) -> T { logistic(v) * (1 + v * logistic(-v)) }
}

/// What a state is carried by from step to step, its exponential off by a share of itself.
@inline(__always)
private func multiplier<T: Scalar>(_ dtA: T, _ signed: Bool, _ drift: T) -> T {
  let shift = drift == 0 ? 0 : drift * T.exp(dtA)
  return signed ? 1 + 2 * (T.expMinusOne(dtA) + shift) : T.exp(dtA) + shift
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func scan<T: Scalar>(_ inputs: Operands<T>, _ size: Size, drift: T = 0) -> Operands<T> {
  let u = inputs.real("u"), delta = inputs.real("delta"), A = inputs.real("A")
  let B = inputs.real("B"), C = inputs.real("C")
  let D = inputs.optionalReal("D"), z = inputs.optionalReal("z")
  let bias = inputs.optionalReal("bias"), x0 = inputs.optionalReal("x0")
  let softplus = size.flag("softplus"), signed = size.choice("eigenvalues") == "signed"
  let L = size.L, N = size.N
  var y = Tensor<T>(repeating: 0, shape: u.shape)
  var x = x0 ?? Tensor<T>(repeating: 0, shape: [size.B, size.D, N])
  for b in 0..<size.B {
    for d in 0..<size.D {
      let g = d / (size.D / size.G)
      for l in 0..<L {
        let shifted = delta[b, d, l] + (bias?[d] ?? 0)
        let dt = softplus ? Pointwise.softplus(shifted) : shifted
        var sum: T = 0
        for n in 0..<N {
          let dtA = dt * A[d, n]
          let a = multiplier(dtA, signed, drift)
          x[b, d, n] = a * x[b, d, n] + dt * u[b, d, l] * B[b, g, n, l]
          sum += C[b, g, n, l] * x[b, d, n]
        }
        if let D { sum += D[d] * u[b, d, l] }
        if let z { sum *= Pointwise.silu(z[b, d, l]) }
        y[b, d, l] = sum
      }
    }
  }
  return Operands(["y": .real(y), "x": .real(x)])
}

/// The adjoint recurrence: with `r = g silu(z)` for the cotangent g of `y`, the adjoint p of the state starts as the cotangent of `x`
/// and at each l, from the last, takes `p += r C` and then, having given its shares, `p *= a`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(
  _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size, drift: T = 0
) -> Operands<T> {
  let u = inputs.real("u"), delta = inputs.real("delta"), A = inputs.real("A")
  let B = inputs.real("B"), C = inputs.real("C")
  let D = inputs.optionalReal("D"), z = inputs.optionalReal("z")
  let bias = inputs.optionalReal("bias"), x0 = inputs.optionalReal("x0")
  let softplus = size.flag("softplus"), signed = size.choice("eigenvalues") == "signed"
  let L = size.L, N = size.N
  let gradY = cotangents.real("y"), gradX = cotangents.real("x")
  var gradU = Tensor<T>(repeating: 0, shape: u.shape)
  var gradDelta = gradU, gradZ = gradU
  var gradA = Tensor<T>(repeating: 0, shape: A.shape)
  var gradB = Tensor<T>(repeating: 0, shape: B.shape)
  var gradC = gradB
  var gradD = Tensor<T>(repeating: 0, shape: [size.D])
  var gradBias = gradD
  var p = gradX
  // Row l + 1 is the state after step l.
  var states = [T](repeating: 0, count: (L + 1) * N)
  for b in 0..<size.B {
    for d in 0..<size.D {
      let g = d / (size.D / size.G)
      func step(_ l: Int) -> T {
        let shifted = delta[b, d, l] + (bias?[d] ?? 0)
        return softplus ? Pointwise.softplus(shifted) : shifted
      }
      for n in 0..<N { states[n] = x0?[b, d, n] ?? 0 }
      for l in 0..<L {
        let dt = step(l)
        for n in 0..<N {
          let dtA = dt * A[d, n]
          let a = multiplier(dtA, signed, drift)
          states[(l + 1) * N + n] = a * states[l * N + n] + dt * u[b, d, l] * B[b, g, n, l]
        }
      }
      for l in (0..<L).reversed() {
        let dt = step(l)
        var r = gradY[b, d, l]
        if let z {
          var sum: T = 0
          for n in 0..<N { sum += C[b, g, n, l] * states[(l + 1) * N + n] }
          if let D { sum += D[d] * u[b, d, l] }
          gradZ[b, d, l] = r * sum * Pointwise.siluSlope(z[b, d, l])
          r *= Pointwise.silu(z[b, d, l])
        }
        var viaInput: T = 0, viaDecay: T = 0
        for n in 0..<N {
          let dtA = dt * A[d, n]
          let a = multiplier(dtA, signed, drift)
          let slope = signed ? 2 * T.exp(dtA) : a
          p[b, d, n] += r * C[b, g, n, l]
          gradC[b, g, n, l] += r * states[(l + 1) * N + n]
          gradB[b, g, n, l] += p[b, d, n] * (dt * u[b, d, l])
          viaInput += p[b, d, n] * B[b, g, n, l]
          let decay = p[b, d, n] * states[l * N + n] * slope
          viaDecay += decay * A[d, n]
          gradA[d, n] += decay * dt
          p[b, d, n] *= a
        }
        gradU[b, d, l] = viaInput * dt + r * (D?[d] ?? 0)
        gradD[d] += r * u[b, d, l]
        var gradStep = viaDecay + viaInput * u[b, d, l]
        if softplus { gradStep *= Pointwise.logistic(delta[b, d, l] + (bias?[d] ?? 0)) }
        gradDelta[b, d, l] = gradStep
        gradBias[d] += gradStep
      }
    }
  }
  var gradients: [String: Operand<T>] = [
    "u": .real(gradU), "delta": .real(gradDelta), "A": .real(gradA), "B": .real(gradB), "C": .real(gradC),
  ]
  if D != nil { gradients["D"] = .real(gradD) }
  if z != nil { gradients["z"] = .real(gradZ) }
  if bias != nil { gradients["bias"] = .real(gradBias) }
  if x0 != nil { gradients["x0"] = .real(p) }
  return Operands(gradients)
}
