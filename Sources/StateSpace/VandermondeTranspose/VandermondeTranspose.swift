import KernelSpec
import Numerics
import Tensors

/// Sums of sequences with powers of exponentials: the product with the transposed Vandermonde matrix of `e^x`.
///
/// Each head has `M = N/2` complex modes:
///
///     y[h, m] = Σₗ u[h, l] e^(x[h, m] l),   l = 0 … L−1
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `u` | `(H, L)` | sequences |
/// | `x` | `(H, M) ℂ` | exponents; any, also zero and positive real parts while `y` stays finite |
/// | → `y` | `(H, M) ℂ` | the sums, without a factor of 2 |
///
/// It is what carries a chunk's input into the state of a diagonal state space model, and the adjoint of `vandermonde.sum`.
///
/// Numerics: as in `vandermonde.sum`, rounding `x l` puts the phase of mode m off by up to `l |x| ε/2`.
///
/// References: `log_vandermonde_transpose_naive` in `src/models/functional/vandermonde.py` of state-spaces/s4, which also multiplies by
/// coefficients `v`; the caller may do so here.
public enum VandermondeTranspose: DifferentiableKernel {
  public static let name = "vandermonde.transpose"
  public static let summary = "sums of sequences with powers of exponentials"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
    derived: ["M": "N/2"],
    inputs: [
      .real("u", "H", "L"),
      .complex("x", "H", "M", draw: VandermondeSum.exponents, hard: VandermondeSum.hardExponents),
    ],
    outputs: [.complex("y", "H", "M")],
    independent: ["H"])

  public static let laws: [Law] = [.linear(["u"]), .permutation("H"), .permutation("M")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["y": .complex(sums(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.complex("y"), size)
  }

  /// `N·L` multiply–adds per head, the gradient as many for each operand; and one complex exponential per mode, for powers are products.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H * size.N * size.L)
    let functions = 3 * Double(size.H * size.N) / 2
    let sequences = Double(size.H * size.L), parameters = Double(size.H * size.N)
    return switch pass {
    case .forward: Work(flops: 2 * terms, transcendentals: functions, scalars: sequences + 2 * parameters)
    case .gradient: Work(flops: 4 * terms, transcendentals: functions, scalars: 2 * sequences + 3 * parameters)
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
private func sums<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<Complex<T>> {
  let u = inputs.real("u"), x = inputs.complex("x")
  var y = Tensor<Complex<T>>(repeating: 0, shape: x.shape)
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      var sum = Complex<T>(0)
      for l in 0..<size.L { sum += Complex<T>.exp(x[h, m].multiplied(by: T(l))).multiplied(by: u[h, l]) }
      y[h, m] = sum
    }
  }
  return y
}

/// The objective is `Re Σ conj(Gₘ) uₗ e^(xₘ l)`: `∂/∂u = Re Σₘ conj(Gₘ) e^(xₘ l)`, and `∂/∂x = Gₘ conj(Σ uₗ l e^(xₘ l))`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ G: Tensor<Complex<T>>, _ size: Size) -> Operands<T> {
  let u = inputs.real("u"), x = inputs.complex("x")
  var gradU = Tensor<T>(repeating: 0, shape: u.shape)
  var gradX = Tensor<Complex<T>>(repeating: 0, shape: x.shape)
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      var slope = Complex<T>(0)
      for l in 0..<size.L {
        let power = Complex<T>.exp(x[h, m].multiplied(by: T(l)))
        gradU[h, l] += (G[h, m].conjugate * power).real
        slope += power.multiplied(by: u[h, l] * T(l))
      }
      gradX[h, m] = G[h, m] * slope.conjugate
    }
  }
  return Operands(["u": .real(gradU), "x": .complex(gradX)])
}
