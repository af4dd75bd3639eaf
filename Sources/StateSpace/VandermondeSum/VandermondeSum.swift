import KernelSpec
import Numerics
import Tensors

/// Sums of exponentials at the whole numbers: coefficients times the Vandermonde matrix of `e^x`.
///
/// Each head has `M = N/2` complex modes, the stored halves of conjugate pairs:
///
///     y[h, l] = 2 Re Σₘ v[h, m] e^(x[h, m] l),   l = 0 … L−1
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `v` | `(H, M) ℂ` | coefficients |
/// | `x` | `(H, M) ℂ` | exponents; any, also zero and positive real parts while `y` stays finite |
/// | → `y` | `(H, L)` | the sums |
///
/// Numerics: in precision T the reference rounds `x l`, so the phase of mode m is off by up to `l |x| ε/2`: this, and nothing else, makes
/// its error grow with L. An exponent of many turns loses as many digits in each of them.
///
/// References: `log_vandermonde_naive` in `src/models/functional/vandermonde.py` of state-spaces/s4, with `conj=True`, and the function
/// of that name in `models/s4/s4.py`, which ignores that flag; Gu, Gupta, Goel, Ré 2022 (S4D), arXiv:2206.11893.
public enum VandermondeSum: DifferentiableKernel {
  public static let name = "vandermonde.sum"
  public static let summary = "sums of exponentials at the whole numbers, from conjugate pairs"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
    derived: ["M": "N/2"],
    inputs: [
      .complex("v", "H", "M"),
      .complex("x", "H", "M", draw: exponents, hard: hardExponents),
    ],
    outputs: [.real("y", "H", "L")],
    independent: ["H"])

  /// As `dt A` of a state space model. Some last for 10⁵ terms, none so few that its gradient were lost beside theirs, and none turns so far
  /// in a term that single precision loses where it is.
  static let exponents = Draw.complex(.negative(.logUniform(2e-5, 2e-3)), .uniform(0, 3))

  static let hardExponents = Draw.complex(
    .oneOf([
      .negative(.logUniform(1e-5, 1)), .negative(.logUniform(1e-6, 20)), .value(0), .uniform(0, 1e-2),
    ]),
    .oneOf([.uniform(-3, 3), .uniform(-200, 200), .value(0)]))

  public static let laws: [Law] = [.linear(["v"]), .permutation("H"), .permutation("M"), .causal("L")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["y": .real(sums(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("y"), size)
  }

  /// `N·L` multiply–adds per head, the gradient sums two such series; and one complex exponential per mode, for powers are products.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H * size.N * size.L)
    let functions = 3 * Double(size.H * size.N) / 2
    let sums = Double(size.H * size.L), parameters = 2 * Double(size.H * size.N)
    return switch pass {
    case .forward: Work(flops: 2 * terms, transcendentals: functions, scalars: parameters + sums)
    case .gradient: Work(flops: 4 * terms, transcendentals: functions, scalars: 2 * parameters + sums)
    }
  }

  /// The definition's powers are exponentials of their own.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let work = work(size, pass)
    return Work(
      flops: work.flops, transcendentals: 3 * Double(size.H * size.N * size.L) / 2, scalars: work.scalars)
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("H16-N64-L\($0)") }
    + [4, 16, 256].map { try! signature.size("H16-N\($0)-L16384") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func sums<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let v = inputs.complex("v"), x = inputs.complex("x")
  var y = Tensor<T>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      for l in 0..<size.L { y[h, l] += 2 * (v[h, m] * .exp(x[h, m].multiplied(by: T(l)))).real }
    }
  }
  return y
}

/// With `s₀ = Σ gₗ e^(xl)` and `s₁ = Σ gₗ l e^(xl)`: `∂/∂v = conj(2 s₀)` and `∂/∂x = conj(2 v s₁)`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
  let v = inputs.complex("v"), x = inputs.complex("x")
  var gradV = Tensor<Complex<T>>(repeating: 0, shape: v.shape)
  var gradX = gradV
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      var s0 = Complex<T>(0), s1 = Complex<T>(0)
      for l in 0..<size.L {
        let term = Complex<T>.exp(x[h, m].multiplied(by: T(l))).multiplied(by: g[h, l])
        s0 += term
        s1 += term.multiplied(by: T(l))
      }
      gradV[h, m] = s0.conjugate.multiplied(by: 2)
      gradX[h, m] = (v[h, m] * s1).conjugate.multiplied(by: 2)
    }
  }
  return Operands(["v": .complex(gradV), "x": .complex(gradX)])
}
