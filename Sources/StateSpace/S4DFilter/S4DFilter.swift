import KernelSpec
import Numerics
import Tensors

/// The convolution filter of a diagonal state space model (S4D).
///
/// Each head has `M = N/2` complex modes, the stored halves of conjugate pairs:
///
///     K[h, l] = 2 Re Σₘ C[h, m] · Bbar[h, m] · Abar[h, m]^l,   l = 0 … L−1
///
/// - zoh: `Abar = e^z`, `Bbar = B (e^z − 1)/A` with `z = dt·A`; at `A = 0` the limit `Bbar = B dt`.
/// - bilinear: `Abar = (1 + z/2)/(1 − z/2)`, `Bbar = B dt/(1 − z/2)`.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `dt` | `(H)` | step size, positive |
/// | `A` | `(H, M) ℂ` | eigenvalues; any, also zero and positive real parts while `K` stays finite |
/// | `B`, `C` | `(H, M) ℂ` | input and output coefficients |
/// | → `K` | `(H, L)` | the filter |
///
/// Numerics: `e^z − 1` is computed without cancellation, and divided by the rounded z, so that where z underflows `Bbar` is its limit.
/// In precision T the zoh reference rounds `z = dt·A` and `l·z`, so the phase of mode m is off by up to `l·|z|·ε`: this, and nothing
/// else, makes its error grow with L. The bilinear reference multiplies l rounded poles, and is off by some `l·ε`.
///
/// References: Gu, Gupta, Goel, Ré 2022 (S4D), arXiv:2206.11893; `SSMKernelDiag` in `src/models/sequence/kernels/ssm.py` of
/// state-spaces/s4, which computes `(e^z − 1)/A` by subtraction and is NaN at `A = 0`; the mathematics is followed here.
public enum S4DFilter: DifferentiableKernel {
  public static let name = "s4d.filter"
  public static let summary = "convolution filter of a diagonal state space model"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
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
    ],
    outputs: [.real("K", "H", "L")],
    options: [.choice("discretization", "zoh", "bilinear")],
    independent: ["H"])

  public static let laws: [Law] = [
    .linear(["B"]), .linear(["C"]), .permutation("H"), .permutation("M"), .causal("L"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["K": .real(filter(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("K"), size)
  }

  /// `N·L` multiply–adds per head, the gradient sums two such series; and one complex exponential per mode, for powers are products.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H * size.N * size.L)
    let functions = 3 * Double(size.H * size.N) / 2
    let filter = Double(size.H * size.L), parameters = Double(size.H * (1 + 3 * size.N))
    return switch pass {
    case .forward: Work(flops: 2 * terms, transcendentals: functions, scalars: parameters + filter)
    case .gradient: Work(flops: 4 * terms, transcendentals: functions, scalars: 2 * parameters + filter)
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

/// How the two discretizations turn a mode's `A` and `dt` into a pole and a gain, with their derivatives.
struct DiscreteMode<T: Scalar> {
  /// `Abar` and its derivative with respect to `z = dt·A`.
  let pole, poleByZ: Complex<T>
  /// `Bbar/B` and its derivatives with respect to `A` and `dt`.
  let gain, gainByA, gainByDt: Complex<T>
  private let z: Complex<T>
  private let isExponential: Bool

  init(dt: T, A: Complex<T>, bilinear: Bool) {
    z = A.multiplied(by: dt)
    isExponential = !bilinear
    if bilinear {
      let q = Complex<T>.one / (Complex(1) - z.multiplied(by: 1 / 2))
      pole = (Complex(1) + z.multiplied(by: 1 / 2)) * q
      poleByZ = q * q
      gain = q.multiplied(by: dt)
      gainByA = (q * q).multiplied(by: dt * dt / 2)
      gainByDt = q * q
    } else {
      pole = .exp(z)
      poleByZ = pole
      gain = (z.isZero ? Complex(1) : .expMinusOne(z) / z).multiplied(by: dt)
      gainByA = Self.derivativeOfPhi(z).multiplied(by: dt * dt)
      gainByDt = pole
    }
  }

  /// `Abar^l`, given `Abar^(l−1)`: the zoh pole is an exponential at every l, which rounds once instead of l times.
  func power(_ l: Int, after previous: Complex<T>) -> Complex<T> {
    if l == 0 { return Complex(1) }
    return isExponential ? .exp(z.multiplied(by: T(l))) : previous * pole
  }

  /// The derivative of `φ(z) = (e^z − 1)/z`, which is `(e^z − φ)/z`: by its series `Σ (k+1) z^k/(k+2)!` where that would cancel.
  private static func derivativeOfPhi(_ z: Complex<T>) -> Complex<T> {
    if z.length >= 1 { return (.exp(z) - .expMinusOne(z) / z) / z }
    var term = Complex<T>(1).multiplied(by: 1 / 2)
    var sum = term
    var k: T = 1
    while term.magnitude > T.ulpOfOne * sum.magnitude / 4 {
      term = (term * z).multiplied(by: (k + 1) / (k * (k + 2)))
      sum += term
      k += 1
    }
    return sum
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func filter<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), B = inputs.complex("B"), C = inputs.complex("C")
  let bilinear = size.choice("discretization") == "bilinear"
  var K = Tensor<T>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      let mode = DiscreteMode(dt: dt[h], A: A[h, m], bilinear: bilinear)
      let v = C[h, m] * B[h, m] * mode.gain
      var power = Complex<T>(0)
      for l in 0..<size.L {
        power = mode.power(l, after: power)
        K[h, l] += 2 * (v * power).real
      }
    }
  }
  return K
}

/// With `s₀ = Σ gₗ Abar^l` and `s₁ = Σ gₗ l Abar^(l−1)`: `∂/∂w = conj(2 (s₀ ∂v/∂w + v s₁ ∂Abar/∂w))` for each complex operand w.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), B = inputs.complex("B"), C = inputs.complex("C")
  let bilinear = size.choice("discretization") == "bilinear"
  var gradDt = Tensor<T>(repeating: 0, shape: dt.shape)
  var gradA = Tensor<Complex<T>>(repeating: 0, shape: A.shape)
  var gradB = gradA
  var gradC = gradA
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      let mode = DiscreteMode(dt: dt[h], A: A[h, m], bilinear: bilinear)
      var s0 = Complex<T>(0), s1 = Complex<T>(0), power = Complex<T>(0)
      for l in 0..<size.L {
        let previous = power
        power = mode.power(l, after: previous)
        s0 += power.multiplied(by: g[h, l])
        s1 += previous.multiplied(by: g[h, l] * T(l))
      }
      let BC = B[h, m] * C[h, m]
      let viaPole = BC * mode.gain * s1 * mode.poleByZ
      gradC[h, m] = (s0 * B[h, m] * mode.gain).conjugate.multiplied(by: 2)
      gradB[h, m] = (s0 * C[h, m] * mode.gain).conjugate.multiplied(by: 2)
      gradA[h, m] = (s0 * BC * mode.gainByA + viaPole.multiplied(by: dt[h])).conjugate.multiplied(by: 2)
      gradDt[h] += 2 * (s0 * BC * mode.gainByDt + viaPole * A[h, m]).real
    }
  }
  return Operands(["dt": .real(gradDt), "A": .complex(gradA), "B": .complex(gradB), "C": .complex(gradC)])
}
