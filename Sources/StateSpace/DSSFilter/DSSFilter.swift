import KernelSpec
import Numerics
import Tensors

/// The convolution filters of diagonal state spaces (DSS).
///
/// Each head has `M = N/2` complex modes, of which the real part is taken: no conjugates are added, and there is no `B`. With `z = dt·A`:
///
/// - exp: `K[h, l] = Re Σₘ C (e^z − 1)/A · e^(zl)`; at `A = 0` the limit `C dt`;
/// - softmax: `K[h, l] = Re Σₘ (C/A) e^(zl) / Σⱼ e^(zj)`, both l and j from 0 to L−1: a softmax over positions.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `dt` | `(H)` | step size, positive |
/// | `A` | `(H, M) ℂ` | eigenvalues. exp: any while `K` stays finite; softmax: any but 0 and those of a vanishing denominator |
/// | `C` | `(H, M) ℂ` | output coefficients |
/// | → `K` | `(H, L)` | the filter |
///
/// Numerics: where `Re A > 0`, numerator and denominator of the softmax are divided by `e^(z(L−1))`, so nothing overflows, and the gradient
/// is that of the quotient whatever it was divided by. The denominator vanishes at `z = 2πik/L` unless k divides by L; near there, as
/// near the pole `A = 0`, the filter is large and keeps of `z` only the digits in which it differs from the zero. Near `z = 2πik` the
/// denominator is L: nothing is divided by `e^z − 1`. For exp see `s4d.filter`.
///
/// References: Gupta, Gu, Berant 2022 (DSS), arXiv:2203.14343; disc='dss' of `SSMKernelDiag` in `src/models/sequence/kernels/ssm.py` of
/// state-spaces/s4 and `dss_kernel` in `s4/dss.py` of srush/annotated-s4. Both add 1e-7 to the denominator's square, and the former leaves
/// its shift out of the gradient, which is therefore wrong where `Re A > 0`. The mathematics is followed here.
public enum DSSFilter: DifferentiableKernel {
  public static let name = "dss.filter"
  public static let summary = "convolution filter of a diagonal state space, with or without a softmax over positions"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
    derived: ["M": "N/2"],
    inputs: [
      .real("dt", "H", draw: .logUniform(1e-3, 1e-1), hard: .logUniform(1e-5, 1)),
      .complex(
        "A", "H", "M", draw: .eigenvalues,
        hard: .complex(
          .oneOf([.negative(.logUniform(0.05, 2)), .negative(.logUniform(1e-3, 20)), .logUniform(1e-3, 0.1)]),
          .oneOf([.uniform(0, 30), .uniform(-3, 3), .value(0)]))),
      .complex("C", "H", "M", draw: .coefficients, hard: .anyCoefficients),
    ],
    outputs: [.real("K", "H", "L")],
    options: [.choice("mode", "exp", "softmax")],
    independent: ["H"])

  public static let laws: [Law] = [.linear(["C"]), .permutation("H"), .permutation("M")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["K": .real(filter(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("K"), size)
  }

  /// `N·L` multiply–adds per head, the gradient sums two such series; and one complex exponential per mode, for powers are products and
  /// sums of powers are made of few.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H * size.N * size.L)
    let functions = 3 * Double(size.H * size.N) / 2
    let filter = Double(size.H * size.L), parameters = Double(size.H * (1 + 2 * size.N))
    return switch pass {
    case .forward: Work(flops: 2 * terms, transcendentals: functions, scalars: parameters + filter)
    case .gradient: Work(flops: 4 * terms, transcendentals: functions, scalars: 2 * parameters + filter)
    }
  }

  /// The definition's powers are exponentials of their own, and the denominator sums them once more.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let work = work(size, pass)
    let series = size.choice("mode") == "softmax" ? 2.0 : 1
    return Work(
      flops: work.flops * series, transcendentals: series * 3 * Double(size.H * size.N * size.L) / 2,
      scalars: work.scalars)
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("H16-N64-L\($0)-softmax") }
    + [4, 16, 256].map { try! signature.size("H16-N\($0)-L16384-softmax") }
    + [try! signature.size("H16-N64-L16384")]
}

/// The weights of a softmax over positions, `e^(zl) / Σⱼ e^(zj)`, both divided by the largest term.
private struct PositionSoftmax<T: Scalar> {
  let z: Complex<T>
  /// The position of the largest term.
  let shift: T
  /// The denominator and its derivative by z.
  private(set) var sum = Complex<T>(0), slope = Complex<T>(0)

  init(_ z: Complex<T>, _ length: Int) {
    self.z = z
    shift = z.real > 0 ? T(length - 1) : 0
    for j in 0..<length {
      sum += term(j)
      slope += term(j).multiplied(by: T(j) - shift)
    }
  }

  /// The numerator at position l.
  func term(_ l: Int) -> Complex<T> { .exp(z.multiplied(by: T(l) - shift)) }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func filter<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), C = inputs.complex("C")
  let isSoftmax = size.choice("mode") == "softmax"
  var K = Tensor<T>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      let z = A[h, m].multiplied(by: dt[h])
      if isSoftmax {
        let softmax = PositionSoftmax(z, size.L)
        let v = C[h, m] / A[h, m] / softmax.sum
        for l in 0..<size.L { K[h, l] += (v * softmax.term(l)).real }
      } else {
        let v = C[h, m] * DiscreteMode(dt: dt[h], A: A[h, m], bilinear: false).gain
        for l in 0..<size.L { K[h, l] += (v * .exp(z.multiplied(by: T(l)))).real }
      }
    }
  }
  return K
}

/// The objective is `Re Σ F` with, for each mode, `F = C γ S` (exp, γ being the gain and `S = Σ gₗ e^(zl)`) or `F = (C/A) R` (softmax,
/// `R = S/D`). Gradients are `conj ∂F/∂w`, where `S' = ∂S/∂z = Σ gₗ l e^(zl)` and `R' = (S' − R D')/D`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), C = inputs.complex("C")
  let isSoftmax = size.choice("mode") == "softmax"
  var gradDt = Tensor<T>(repeating: 0, shape: dt.shape)
  var gradA = Tensor<Complex<T>>(repeating: 0, shape: A.shape)
  var gradC = gradA
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      let (a, c, z) = (A[h, m], C[h, m], A[h, m].multiplied(by: dt[h]))
      var S = Complex<T>(0), slope = Complex<T>(0)
      if isSoftmax {
        let softmax = PositionSoftmax(z, size.L)
        for l in 0..<size.L {
          let term = softmax.term(l).multiplied(by: g[h, l])
          S += term
          slope += term.multiplied(by: T(l) - softmax.shift)
        }
        let R = S / softmax.sum
        let byZ = (slope - R * softmax.slope) / softmax.sum
        gradC[h, m] = (R / a).conjugate
        gradA[h, m] = (c / a * (byZ.multiplied(by: dt[h]) - R / a)).conjugate
        gradDt[h] += (c * byZ).real
      } else {
        let mode = DiscreteMode(dt: dt[h], A: a, bilinear: false)
        for l in 0..<size.L {
          let term = Complex<T>.exp(z.multiplied(by: T(l))).multiplied(by: g[h, l])
          S += term
          slope += term.multiplied(by: T(l))
        }
        gradC[h, m] = (mode.gain * S).conjugate
        gradA[h, m] = (c * (mode.gainByA * S + (mode.gain * slope).multiplied(by: dt[h]))).conjugate
        gradDt[h] += (c * (mode.gainByDt * S + mode.gain * slope * a)).real
      }
    }
  }
  return Operands(["dt": .real(gradDt), "A": .complex(gradA), "C": .complex(gradC)])
}
