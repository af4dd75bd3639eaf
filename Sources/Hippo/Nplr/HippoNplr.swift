import KernelSpec
import Numerics
import Tensors

/// A HiPPO operator as a diagonal matrix and a correction of low rank, over complex numbers (NPLR, DPLR).
///
/// With P so that `A + Σᵣ Pᵣ Pᵣᵀ` is normal, its eigenvalues W and orthonormal eigenvectors V come in conjugate pairs, of which the M = N/2
/// with `Im W ≤ 0` are kept, by ascending imaginary part:
///
///     A = 2 Re(V diag(W) V*) − Σᵣ pᵣ pᵣᵀ,  pᵣ = 2 Re(V Pᵣ),      B = 2 Re(V B)
///
/// where P and B on the left of nothing are the outputs, `V* Pᵣ` and `V* B` of the real ones. Rows of P, before that:
///
/// | measure | |
/// | --- | --- |
/// | `legs` | `√(n + ½)` |
/// | `legt` | two rows, of odd and of even n: `√(n + ½)` there, 0 elsewhere |
/// | `lagt` | `√½` |
/// | `fout` | `√wₙ` with the Fourier weights of `hippo.transition` |
/// | `fourier-decay` | `√(wₙ/2)` |
/// | `legsd`, `foud` | 0: they are normal as they are |
///
/// `rank` may ask for more rows than a measure has: they are 0. Fourier measures have a pair of frequency 0, the first two coefficients,
/// which is kept as one mode `(e₀ + i e₁)/√2`. N is even: an odd matrix has an eigenvalue without a partner.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | → `W` | `(M) ℂ` | eigenvalues |
/// | → `P` | `(R, M) ℂ` | low-rank correction in the basis of eigenvectors |
/// | → `B` | `(M) ℂ` | input coefficients likewise |
/// | → `V` | `(N, M) ℂ` | eigenvectors in columns, each with a phase of its own |
///
/// The phase of an eigenvector is free, and with it those of P and B: results are compared by W, `|P|²`, `P̄ B` and the rebuilt A and B.
///
/// Numerics: the symmetric part of a normal `A + Σ P Pᵀ` is `Re W` times the identity, and the skew part is that of A, so that the
/// eigenproblem is Hermitian, of `−i (A − Aᵀ)/2`. Jacobi's rotations solve it to rounding, in any precision; eigenvectors are off by
/// `‖A‖ε` over the gap to the next eigenvalue.
///
/// References: Gu, Goel, Ré 2021 (S4), arXiv:2111.00396; Gu, Johnson, Timalsina, Rudra, Ré 2022, arXiv:2206.12037; `nplr` and
/// `rank_correction` in `src/models/hippo/hippo.py` of state-spaces/s4, which clips the imaginary part of B to ±2 by default, so that B is
/// not `V* B` (91 % of its norm are lost with legs at N = 64), splits the pair of frequency 0 of foud, and cannot take N = 2.
public enum HippoNplr: Kernel {
  public static let name = "hippo.nplr"
  public static let summary = "a HiPPO operator as a diagonal matrix and a low-rank correction"

  public static let signature = Signature(
    extents: ["N"],
    derived: ["M": "N/2"],
    implied: ["R": { $0.integer("rank") ?? leastRank(Measure($0)) }],
    inputs: [],
    outputs: [.complex("W", "M"), .complex("P", "R", "M"), .complex("B", "M"), .complex("V", "N", "M")],
    options: [.measure, .integer("rank", 1...64, drawn: [1, 2, 3])],
    rule: { size in
      let least = leastRank(Measure(size))
      return size.R < least ? "rank is \(size.R), expected at least \(least) for \(Measure(size).rawValue)" : nil
    })

  /// Nothing is read, so that there is nothing to be linear in or to permute.
  public static let laws: [Law] = []

  /// The rows of P that a measure has; one of zeros where it needs none.
  static func leastRank(_ measure: Measure) -> Int { measure == .legt ? 2 : 1 }

  /// Some ten sweeps of rotations.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let N = Double(size.N)
    return Work(flops: 300 * N * N * N, scalars: 2 * (N * N / 2 + N * Double(2 + size.R)))
  }

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let parts = decomposition(size, T.self)
    return Operands(["W": .complex(parts.W), "P": .complex(parts.P), "B": .complex(parts.B), "V": .complex(parts.V)])
  }

  /// W; `|P|²` and `P̄ B` as `PP` and `PB`; and A and B as they are rebuilt.
  public static func invariants(_ outputs: Operands<Oracle>, _ size: Size) -> Operands<Oracle>? {
    let W = outputs.complex("W"), P = outputs.complex("P"), B = outputs.complex("B"), V = outputs.complex("V")
    let N = size.N, M = N / 2
    var PP = Tensor<Oracle>(repeating: 0, shape: [size.R, M])
    var PB = Tensor<Complex<Oracle>>(repeating: 0, shape: [size.R, M])
    var rebuiltA = Tensor<Oracle>(repeating: 0, shape: [N, N])
    var rebuiltB = Tensor<Oracle>(repeating: 0, shape: [N])
    var rows = Tensor<Oracle>(repeating: 0, shape: [size.R, N])
    for m in 0..<M {
      for r in 0..<size.R {
        PP[r, m] = P[r, m].lengthSquared
        PB[r, m] = P[r, m].conjugate * B[m]
        for n in 0..<N { rows[r, n] += 2 * (V[n, m] * P[r, m]).real }
      }
      for n in 0..<N {
        rebuiltB[n] += 2 * (V[n, m] * B[m]).real
        for k in 0..<N { rebuiltA[n, k] += 2 * (V[n, m] * W[m] * V[k, m].conjugate).real }
      }
    }
    for r in 0..<size.R {
      for n in 0..<N {
        for k in 0..<N { rebuiltA[n, k] -= rows[r, n] * rows[r, k] }
      }
    }
    return Operands([
      "W": .complex(W), "PP": .real(PP), "PB": .complex(PB), "A": .real(rebuiltA), "B": .real(rebuiltB),
    ])
  }

  /// What is rebuilt from eigenvectors is off in proportion to the whole matrix, also in rows that are small or 0.
  public static func magnitudes(
    _ pass: Pass, _ inputs: Operands<Oracle>, _ cotangents: Operands<Oracle>, _ size: Size
  ) -> [String: [Oracle]] {
    let measure = Measure(size), N = size.N
    var sum: Oracle = 0
    for n in 0..<N {
      for k in 0..<N { sum += measure.transition(n, k) * measure.transition(n, k) }
    }
    return ["A": Array(repeating: (sum / Oracle(N * N)).squareRoot(), count: N)]
  }

  /// Computed once for a model, by what is plain.
  public static let variants: [Variant] = []

  public static let sweep: [Size] = [4, 16, 64].map { try! signature.size("N\($0)") }
}

extension Measure {
  /// The element n of row r of the correction.
  fileprivate func correction<T: Scalar>(_ r: Int, _ n: Int, _: T.Type) -> T {
    switch self {
    case .legs where r == 0: (T(2 * n + 1) / 2).squareRoot()
    case .legt where r < 2 && n % 2 != r: (T(2 * n + 1) / 2).squareRoot()
    case .lagt where r == 0: (T(1) / 2).squareRoot()
    case .fout where r == 0: T(Self.fourier(n)).squareRoot()
    case .fourierDecay where r == 0: (T(Self.fourier(n)) / 2).squareRoot()
    default: 0
    }
  }
}

private struct Decomposition<T: Scalar> {
  var W, P, B, V: Tensor<Complex<T>>
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func decomposition<T: Scalar>(_ size: Size, _: T.Type) -> Decomposition<T> {
  let measure = Measure(size), N = size.N, M = N / 2, R = size.R
  var real: T = 0
  for n in 0..<N {
    real += measure.transition(n, n)
    for r in 0..<R { real += measure.correction(r, n, T.self) * measure.correction(r, n, T.self) }
  }
  var hermitian = Tensor<Complex<T>>(repeating: 0, shape: [N, N])
  for n in 0..<N {
    for k in 0..<N {
      hermitian[n, k] = Complex(0, (measure.transition(k, n, T.self) - measure.transition(n, k, T.self)) / 2)
    }
  }
  let (values, vectors) = eigenpairs(hermitian)
  let order = (0..<N).sorted { values[$0] < values[$1] }.prefix(M)

  let zero = Complex<T>(0)
  var result = Decomposition<T>(
    W: Tensor(repeating: zero, shape: [M]), P: Tensor(repeating: zero, shape: [R, M]),
    B: Tensor(repeating: zero, shape: [M]), V: Tensor(repeating: zero, shape: [N, M]))
  for (m, source) in order.enumerated() {
    let isStill = measure.isFourier && m == M - 1
    result.W[m] = Complex(real / T(N), isStill ? 0 : values[source])
    let half = (T(1) / 2).squareRoot()
    for n in 0..<N {
      let still = n == 0 ? Complex(half, 0) : n == 1 ? Complex(0, half) : zero
      let v = isStill ? still : vectors[n, source]
      result.V[n, m] = v
      result.B[m] += v.conjugate.multiplied(by: measure.input(n))
      for r in 0..<R { result.P[r, m] += v.conjugate.multiplied(by: measure.correction(r, n, T.self)) }
    }
  }
  return result
}
