import KernelSpec
import Numerics
import Tensors

/// The matrices of a HiPPO operator: a state that follows `x' = A x + B u` holds the coefficients of the past of u in a basis that is
/// orthonormal in a measure.
///
/// With rows n and columns k from 0, `ρ = √((2n+1)(2k+1))`, and Fourier weights `w = 1, 0, 2, 0, 2, 0, …`:
///
/// | measure | `A[n, k]` | `B[n]` | |
/// | --- | --- | --- | --- |
/// | `legs` | `−ρ` below, `−(n+1)` on, 0 above the diagonal | `√(2n+1)` | decays as `e^(−t)`; `A/t`, `B/t` weigh all of the past alike |
/// | `legsd` | `−ρ/2` below, `−1/2` on, `ρ/2` above | `√(2n+1)/2` | the normal part: `A + B Bᵀ/2` of legs, half of its B |
/// | `legt` | `−ρ/2`, above the diagonal times `(−1)^(n−k)` | `√(2n+1)/2` | window of length 2 |
/// | `lagt` | `−1` below, `−1/2` on the diagonal | 1 | |
/// | `fout` | `−√(wₙ wₖ)`, and `∓πj` between 2j and 2j+1 | `√wₙ` | window of length 2 |
/// | `fourier-decay` | `−√(wₙ wₖ)/2`, and `∓πj` | `√wₙ/2` | |
/// | `foud` | `−1/2` on the diagonal, and `∓2πj` | `√wₙ` | |
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | → `A` | `(N, N)` | what the state does to itself |
/// | → `B` | `(N)` | how an input enters |
///
/// Fourier measures have pairs of a cosine and a sine, so N is even. Matrices of fewer coefficients are the leading parts of larger ones.
///
/// Numerics: every element is rounded twice at most, whatever N: products of weights are exact before their root is taken.
///
/// References: Gu, Dao, Ermon, Rudra, Ré 2020 (HiPPO), arXiv:2008.07669; Gu, Johnson, Timalsina, Rudra, Ré 2022 (How to train your
/// HiPPO), arXiv:2206.12037, for timescales; `transition` in `src/models/hippo/hippo.py` of state-spaces/s4.
public enum HippoTransition: Kernel {
  public static let name = "hippo.transition"
  public static let summary = "matrices of a HiPPO operator"

  public static let signature = Signature(
    extents: ["N"],
    inputs: [],
    outputs: [.real("A", "N", "N"), .real("B", "N")],
    options: [.measure],
    rule: { Measure($0).complaint($0.N) })

  /// Nothing is read, so that there is nothing to be linear in or to permute.
  public static let laws: [Law] = []

  /// Elements are written once, and half of them take a root.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let elements = Double(size.N * size.N)
    return Work(flops: 2 * elements, transcendentals: 0, scalars: elements + Double(size.N))
  }

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let (A, B) = matrices(Measure(size), size.N, T.self)
    return Operands(["A": .real(A), "B": .real(B)])
  }

  /// A closed form of N² elements has no faster way than to write them.
  public static let variants: [Variant] = []

  public static let sweep: [Size] = [4, 16, 64, 256].map { try! signature.size("N\($0)") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func matrices<T: Scalar>(_ measure: Measure, _ N: Int, _: T.Type) -> (A: Tensor<T>, B: Tensor<T>) {
  var A = Tensor<T>(repeating: 0, shape: [N, N])
  var B = Tensor<T>(repeating: 0, shape: [N])
  for n in 0..<N {
    for k in 0..<N { A[n, k] = measure.transition(n, k) }
    B[n] = measure.input(n)
  }
  return (A, B)
}
