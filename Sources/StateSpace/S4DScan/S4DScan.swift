import KernelSpec
import Numerics
import Tensors

/// A diagonal state space model (S4D) as a recurrence.
///
/// Each head has `M = N/2` complex modes, the stored halves of conjugate pairs; for each batch b and head h:
///
///     x[m] = Abar[h, m] x[m] + Bbar[h, m] u[b, h, l],   y[b, h, l] = 2 Re Σₘ C[h, m] x[m],   l = 0 … L−1
///
/// with `Abar` and `Bbar` as in `s4d.filter`, so that `y` is the causal convolution of `u` with that kernel's filter, and a state before
/// the first step adds `2 Re Σₘ C Abar^(l+1) x0`.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `dt` | `(H)` | step size, positive |
/// | `A` | `(H, M) ℂ` | eigenvalues; any, also zero and positive real parts while `y` stays finite |
/// | `B`, `C` | `(H, M) ℂ` | input and output coefficients |
/// | `u` | `(B, H, L)` | input |
/// | `x0` | `(B, H, M) ℂ` optional | state before the first step |
/// | → `y` | `(B, H, L)` | output |
/// | → `x` | `(B, H, M) ℂ` | state after the last step |
///
/// The gradient is the recurrence backwards: with the cotangents g of `y` and p of `x`, the adjoint q of the state takes `q += 2 C̄ gₗ` at
/// each l, gives `∂u = Re Σₘ conj(Bbar) q`, `∂Bbar += q uₗ`, `∂Abar += q conj(xₗ₋₁)`, `∂C += 2 gₗ conj(xₗ)`, and then `q *= conj(Abar)`.
///
/// Numerics: in precision T the multiplier is rounded once, to `Abar (1 + δ)`, and a state that remembers k steps is off by some `k δ`,
/// always in one direction; roundings of the single steps add up only like `√k ε`.
///
/// References: Gu, Gupta, Goel, Ré 2022 (S4D), arXiv:2206.11893; `SSMKernelDiag._setup_step` and `step` in
/// `src/models/sequence/kernels/ssm.py` of state-spaces/s4, which computes `(e^z − 1)/A` by subtraction and is NaN at `A = 0`; the
/// mathematics is followed here.
public enum S4DScan: DifferentiableKernel {
  public static let name = "s4d.scan"
  public static let summary = "a diagonal state space model as a recurrence"

  public static let signature = Signature(
    extents: ["B", "H", "N", "L"],
    derived: ["M": "N/2"],
    inputs: [
      .real("dt", "H", draw: .logUniform(1e-3, 1e-1), hard: .logUniform(1e-5, 1)),
      .complex(
        "A", "H", "M", draw: .eigenvalues,
        hard: .complex(
          .oneOf([.negative(.logUniform(0.05, 2)), .negative(.logUniform(1e-6, 20)), .value(0)]),
          .oneOf([.uniform(0, 30), .uniform(-3, 3), .value(0)]))),
      .complex("B", "H", "M", draw: .coefficients, hard: .anyCoefficients),
      .complex("C", "H", "M", draw: .coefficients, hard: .anyCoefficients),
      .real("u", "B", "H", "L"),
      .complex("x0", "B", "H", "M", optional: true),
    ],
    outputs: [.real("y", "B", "H", "L"), .complex("x", "B", "H", "M")],
    options: [.choice("discretization", "zoh", "bilinear")],
    independent: ["B", "H"])

  public static let laws: [Law] = [
    .linear(["u", "x0"]), .linear(["B", "x0"]), .permutation("B"), .permutation("H"), .permutation("M"), .causal("L"),
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

  /// Per mode and step 14 operations forward, for `Abar x + Bbar u`, the real part of `C x` and its sum; backward the states again, the
  /// adjoint, and the shares of `u`, `Bbar`, `Abar` and `C`: 44.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let (batch, heads, modes) = (Double(size.B), Double(size.H), Double(size.N / 2))
    let steps = batch * heads * Double(size.L)
    let functions = 3 * heads * modes
    let states = 2 * batch * heads * modes * (size.has("x0") ? 2 : 1)
    let scalars = heads * (1 + 6 * modes) + 2 * steps + states
    return switch pass {
    case .forward: Work(flops: 14 * steps * modes, transcendentals: functions, scalars: scalars)
    case .gradient: Work(flops: 44 * steps * modes, transcendentals: functions, scalars: 2 * scalars - steps)
    }
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("B1-H16-N64-L\($0)") }
    + [4, 16, 256].map { try! signature.size("B1-H16-N\($0)-L16384") }

  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      variant(.forward, "simd", threads, .float { size in forward(size, threads, DirectScan<Float>.self) }),
      variant(.forward, "simd", threads, .double { size in forward(size, threads, DirectScan<Double>.self) }),
      variant(.gradient, "simd", threads, .float { size in backward(size, threads, DirectAdjoint<Float>.self) }),
      variant(.gradient, "simd", threads, .double { size in backward(size, threads, DirectAdjoint<Double>.self) }),
      variant(.forward, "chunked", threads, .float { size in forward(size, threads, ChunkedScan<Float>.self) }),
      variant(.forward, "chunked", threads, .double { size in forward(size, threads, ChunkedScan<Double>.self) }),
      variant(.gradient, "chunked", threads, .float { size in backward(size, threads, ChunkedAdjoint<Float>.self) }),
      variant(
        .gradient, "chunked", threads, .double { size in backward(size, threads, ChunkedAdjoint<Double>.self) }),
    ]
  }

  private static let ideas = [
    "simd": "a lane to a mode, step by step in double",
    "chunked": "real matrix products within chunks of 64 steps, states from chunk to chunk in double",
  ]

  private static func variant(
    _ pass: Pass, _ name: String, _ threads: Int, _ prepare: Variant.Preparation
  ) -> Variant {
    let isFloat = if case .float = prepare { true } else { false }
    return Variant(
      pass, name, threads: threads, idea: ideas[name]!,
      workspace: { size in
        threads * (isFloat ? bytes(Float.self, size, pass, name) : bytes(Double.self, size, pass, name))
      },
      claims: Claims(time: "B H N L", workspace: pass == .forward ? "N" : "N L"), prepare: prepare)
  }

  private static func bytes<T: ScanLane>(_: T.Type, _ size: Size, _ pass: Pass, _ name: String) -> Int {
    switch (pass, name) {
    case (.forward, "simd"): DirectScan<T>.bytes(size)
    case (.forward, _): ChunkedScan<T>.bytes(size)
    case (.gradient, "simd"): DirectAdjoint<T>.bytes(size)
    case (.gradient, _): ChunkedAdjoint<T>.bytes(size)
    }
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func scan<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), B = inputs.complex("B"), C = inputs.complex("C")
  let u = inputs.real("u")
  let bilinear = size.choice("discretization") == "bilinear"
  var y = Tensor<T>(repeating: 0, shape: u.shape)
  var x =
    inputs.optionalComplex("x0") ?? Tensor<Complex<T>>(repeating: 0, shape: [size.B, size.H, size.N / 2])
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      let mode = DiscreteMode(dt: dt[h], A: A[h, m], bilinear: bilinear)
      let Bbar = B[h, m] * mode.gain
      for b in 0..<size.B {
        for l in 0..<size.L {
          x[b, h, m] = mode.pole * x[b, h, m] + Bbar.multiplied(by: u[b, h, l])
          y[b, h, l] += 2 * (C[h, m] * x[b, h, m]).real
        }
      }
    }
  }
  return Operands(["y": .real(y), "x": .complex(x)])
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size) -> Operands<T> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), B = inputs.complex("B"), C = inputs.complex("C")
  let u = inputs.real("u"), x0 = inputs.optionalComplex("x0")
  let bilinear = size.choice("discretization") == "bilinear"
  let g = cotangents.real("y")
  var q = cotangents.complex("x")
  var gradDt = Tensor<T>(repeating: 0, shape: dt.shape), gradU = Tensor<T>(repeating: 0, shape: u.shape)
  var gradA = Tensor<Complex<T>>(repeating: 0, shape: A.shape)
  var gradB = gradA, gradC = gradA
  // Element l is the state before step l.
  var states = [Complex<T>](repeating: 0, count: size.L + 1)
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      let mode = DiscreteMode(dt: dt[h], A: A[h, m], bilinear: bilinear)
      let Bbar = B[h, m] * mode.gain
      var gradPole = Complex<T>(0), gradInput = Complex<T>(0)
      for b in 0..<size.B {
        states[0] = x0?[b, h, m] ?? 0
        for l in 0..<size.L { states[l + 1] = mode.pole * states[l] + Bbar.multiplied(by: u[b, h, l]) }
        for l in (0..<size.L).reversed() {
          q[b, h, m] += C[h, m].conjugate.multiplied(by: 2 * g[b, h, l])
          gradU[b, h, l] += (Bbar.conjugate * q[b, h, m]).real
          gradC[h, m] += states[l + 1].conjugate.multiplied(by: 2 * g[b, h, l])
          gradInput += q[b, h, m].multiplied(by: u[b, h, l])
          gradPole += q[b, h, m] * states[l].conjugate
          q[b, h, m] = mode.pole.conjugate * q[b, h, m]
        }
      }
      let byZ = gradPole * mode.poleByZ.conjugate, byGain = gradInput * B[h, m].conjugate
      gradB[h, m] = gradInput * mode.gain.conjugate
      gradA[h, m] = byZ.multiplied(by: dt[h]) + byGain * mode.gainByA.conjugate
      gradDt[h] += (byZ * A[h, m].conjugate + byGain * mode.gainByDt.conjugate).real
    }
  }
  var gradients: [String: Operand<T>] = [
    "dt": .real(gradDt), "A": .complex(gradA), "B": .complex(gradB), "C": .complex(gradC), "u": .real(gradU),
  ]
  if x0 != nil { gradients["x0"] = .complex(q) }
  return Operands(gradients)
}
