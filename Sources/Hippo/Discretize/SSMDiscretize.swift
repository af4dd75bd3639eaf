import KernelSpec
import Numerics
import Tensors

/// A state space model with a dense state matrix, from continuous time to steps of length dt.
///
///     x' = A x + B u   →   x[l] = Abar x[l−1] + Bbar u[l]
///
/// - gbt, the generalized bilinear transform: `Abar = (I − α dt A)⁻¹ (I + (1−α) dt A)`, `Bbar = dt (I − α dt A)⁻¹ B`. α is 0 for Euler's
///   rule, 1/2 for the trapezoid's (bilinear), 1 for backward Euler.
/// - zoh, inputs held for a step: `Abar = e^(dt A)`, `Bbar = ∫₀^dt e^(sA) ds B`, both parts of one exponential:
///   `exp [[dt A, dt B], [0, 0]] = [[Abar, Bbar], [0, 1]]`. So A may be singular, or 0, where `A⁻¹ (Abar − I) B` is not defined.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `A` | `(H, N, N)` | any, singular ones too; for gbt `1/(α dt)` must be no eigenvalue |
/// | `B` | `(H, N)` | |
/// | `dt` | `(H)` | step size, positive |
/// | → `Abar` | `(H, N, N)` | |
/// | → `Bbar` | `(H, N)` | |
///
/// Numerics: the solve is off by the condition of `I − α dt A` times rounding. The exponential scales `dt A` by a power of two to a norm of
/// at most 1, sums Taylor's series until it stands still, and squares: each squaring may double the relative error, which grows as
/// `‖dt A‖` where A is normal, and is worse where it is far from that.
///
/// The gradient of gbt solves with the transposed matrix: with `P = M⁻ᵀ G`, `q = M⁻ᵀ g` and `S = (1−α) I + α Abar`, it is
/// `dt (P Sᵀ + α q Bbarᵀ)` for A, `dt q` for B and `⟨P, A S⟩ + ⟨q, B + α A Bbar⟩` for dt. That of zoh is the exponential's derivative at
/// the transposed matrix in the direction of the cotangents, by the same scaling and squaring of dual numbers.
///
/// References: Gu, Dao, Ermon, Rudra, Ré 2020 (HiPPO), arXiv:2008.07669, appendix B; Van Loan 1978, Computing integrals involving the matrix
/// exponential; Al-Mohy, Higham 2009, Computing the Fréchet derivative of the matrix exponential; `SSMKernelDense.bilinear` in
/// `src/models/sequence/kernels/ssm.py` and `AdaptiveTransition` in `src/models/hippo/transition.py` of state-spaces/s4, whose
/// `precompute_gbt_B` lacks the factor dt.
public enum SSMDiscretize: DifferentiableKernel {
  public static let name = "ssm.discretize"
  public static let summary = "a dense state space model, from continuous time to steps"

  public static let signature = Signature(
    extents: ["H", "N"],
    inputs: [
      .real(
        "A", "H", "N", "N", draw: .uniform(-1, 1), hard: .oneOf([.uniform(-2, 2), .uniform(-1e-3, 1e-3), .value(0)])),
      .real("B", "H", "N"),
      .real("dt", "H", draw: .logUniform(1e-3, 1e-1), hard: .logUniform(1e-5, 0.5)),
    ],
    outputs: [.real("Abar", "H", "N", "N"), .real("Bbar", "H", "N")],
    options: [
      .choice("discretization", "gbt", "zoh"),
      .number("alpha", 0...1, default: 0.5, drawn: [0, 0.25, 1]),
    ],
    independent: ["H"],
    rule: { size in
      isExponential(size) && size.options["alpha"] != nil ? "alpha is given, expected none: it is for gbt" : nil
    })

  public static let laws: [Law] = [.permutation("H"), .permutation("N")]

  static func isExponential(_ size: Size) -> Bool { size.choice("discretization") == "zoh" }

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    discretized(inputs, size)
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents, size)
  }

  /// Elimination takes `2/3 N³`, each solve and each product `2 N³`. An exponential takes four products at least, and more the larger its
  /// norm is; its derivative three for each of them.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let cube = Double(size.H * size.N * size.N * size.N)
    let scalars = Double(size.H * (2 * size.N * (size.N + 1) + 1))
    let products = isExponential(size) ? (pass == .forward ? 4.0 : 12) : (pass == .forward ? 4.0 / 3 : 10.0 / 3)
    return Work(flops: 2 * products * cube, scalars: pass == .forward ? scalars : 2 * scalars)
  }

  /// Taylor's series takes some twenty products.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let work = work(size, pass)
    return isExponential(size) ? Work(flops: 6 * work.flops, scalars: work.scalars) : work
  }

  public static let sweep: [Size] =
    [4, 16, 64, 128].map { try! signature.size("H64-N\($0)") }
    + [4, 16, 256].map { try! signature.size("H\($0)-N64") }
    + [4, 16, 64, 128].map { try! signature.size("H64-N\($0)-zoh") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func discretized<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
  let A = inputs.real("A"), B = inputs.real("B"), dt = inputs.real("dt")
  let N = size.N
  let alpha = T(size.number("alpha")!)
  var Abar = Tensor<T>(repeating: 0, shape: A.shape)
  var Bbar = Tensor<T>(repeating: 0, shape: B.shape)
  for h in 0..<size.H {
    let E: SquareMatrix<T>
    if SSMDiscretize.isExponential(size) {
      E = SquareMatrix(N + 1) { n, k in n == N ? 0 : dt[h] * (k == N ? B[h, n] : A[h, n, k]) }.exponential
    } else {
      let left = SquareMatrix<T>(N) { n, k in (n == k ? 1 : 0) - alpha * dt[h] * A[h, n, k] }
      let right = SquareMatrix<T>(N + 1) { n, k in
        n == N ? 0 : k == N ? dt[h] * B[h, n] : (n == k ? 1 : 0) + (1 - alpha) * dt[h] * A[h, n, k]
      }
      E = left.solve(right)
    }
    for n in 0..<N {
      for k in 0..<N { Abar[h, n, k] = E[n, k] }
      Bbar[h, n] = E[n, N]
    }
  }
  return Operands(["Abar": .real(Abar), "Bbar": .real(Bbar)])
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size) -> Operands<T> {
  let A = inputs.real("A"), B = inputs.real("B"), dt = inputs.real("dt")
  let G = cotangents.real("Abar"), g = cotangents.real("Bbar")
  let N = size.N
  let alpha = T(size.number("alpha")!)
  let results = SSMDiscretize.isExponential(size) ? nil : discretized(inputs, size)
  var gradA = Tensor<T>(repeating: 0, shape: A.shape)
  var gradB = Tensor<T>(repeating: 0, shape: B.shape)
  var gradDt = Tensor<T>(repeating: 0, shape: dt.shape)
  for h in 0..<size.H {
    let seeds = SquareMatrix<T>(N + 1) { n, k in n == N ? 0 : k == N ? g[h, n] : G[h, n, k] }
    if let results {
      let Abar = results.real("Abar"), Bbar = results.real("Bbar")
      let transposed = SquareMatrix<T>(N) { n, k in (n == k ? 1 : 0) - alpha * dt[h] * A[h, k, n] }
      let P = transposed.solve(seeds)
      let S = SquareMatrix<T>(N) { n, k in (n == k ? 1 - alpha : 0) + alpha * Abar[h, n, k] }
      for n in 0..<N {
        var viaB = B[h, n]
        for k in 0..<N {
          var sum = alpha * P[n, N] * Bbar[h, k], viaA: T = 0
          for j in 0..<N {
            sum += P[n, j] * S[k, j]
            viaA += A[h, n, j] * S[j, k]
          }
          gradA[h, n, k] = dt[h] * sum
          gradDt[h] += P[n, k] * viaA
          viaB += alpha * A[h, n, k] * Bbar[h, k]
        }
        gradB[h, n] = dt[h] * P[n, N]
        gradDt[h] += P[n, N] * viaB
      }
    } else {
      let transposed = SquareMatrix<T>(N + 1) { n, k in k == N ? 0 : dt[h] * (n == N ? B[h, k] : A[h, k, n]) }
      let slope = transposed.exponentialSlope(seeds)
      for n in 0..<N {
        for k in 0..<N {
          gradA[h, n, k] = dt[h] * slope[n, k]
          gradDt[h] += slope[n, k] * A[h, n, k]
        }
        gradB[h, n] = dt[h] * slope[n, N]
        gradDt[h] += slope[n, N] * B[h, n]
      }
    }
  }
  return Operands(["A": .real(gradA), "B": .real(gradB), "dt": .real(gradDt)])
}
