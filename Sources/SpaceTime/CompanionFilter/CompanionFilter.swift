import KernelSpec
import Numerics
import Tensors

/// The convolution filter of a state space model whose matrix is a companion matrix (SpaceTime).
///
/// A has ones below the diagonal and `a` in its last column; with state x, `(A x)[i] = x[i−1] + a[i] x[N−1]`:
///
///     K[h, l] = cᵀ Aˡ b,   l = 0 … L−1
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `a` | `(H, N)` | last column; as given, nothing is normalised. With `Σ|a| ≤ 1`, as SpaceTime has it, no eigenvalue is outside the unit circle |
/// | `b`, `c` | `(H, N)` | input and output coefficients |
/// | → `K` | `(H, L)` | the filter |
///
/// `cᵀAˡ` is a window of one sequence: w begins with c and goes on by `w[n] = Σᵢ a[i] w[n−N+i]`, and
///
///     K[l] = Σᵢ b[i] w[l+i]
///
/// so that a linear recurrence and a correlation make the filter, and with g the cotangent of K and σ the adjoint of the recurrence
///
///     W̄[n] = Σₗ g[l] b[n−l]      σ[j] = W̄[N+j] + Σₘ a[N−m] σ[j+m]
///     gradb[i] = Σₗ g[l] w[l+i]    grada[i] = Σⱼ σ[j] w[i+j]    gradc[i] = W̄[i] + Σⱼ σ[j] a[i−j]
///
/// Numerics: each step rounds N terms of the state, and N steps later these errors have come together in one number, so the
/// reference's error grows with √N, and where eigenvalues lie on the unit circle with √L too; outside of it as K itself does.
///
/// References: Zhang, Saab, Poli, Dao, Goel, Ré 2023 (SpaceTime), arXiv:2303.09489, whose closed form divides by `z − q(z)` at roots of
/// unity: `companion_krylov` in `model/functional/companion_krylov.py` of HazyResearch/spacetime is NaN where an eigenvalue is one of
/// them, as it is wherever `a ≥ 0` and `Σ a = 1`, and keeps single precision's digits only. The mathematics is followed here.
public enum CompanionFilter: DifferentiableKernel {
  public static let name = "companion.filter"
  public static let summary = "convolution filter of a companion matrix"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
    inputs: [
      // Where nearly all of a is one element, modes last for thousands of steps.
      .real(
        "a", "H", "N", draw: .row(sum: .value(1), of: .normal(1), peak: .value(0.999)),
        hard: .oneOf([
          .row(sum: .value(1), of: .normal(1)), .row(sum: .logUniform(1e-3, 1), of: .normal(1)),
          .row(sum: .value(1), of: .oneOf([.uniform(0, 1), .value(0)])), .row(sum: .uniform(1, 1.05), of: .normal(1)),
          .value(0),
        ])),
      .real("b", "H", "N"),
      .real("c", "H", "N"),
    ],
    outputs: [.real("K", "H", "L")],
    independent: ["H"])

  public static let laws: [Law] = [.linear(["b"]), .linear(["c"]), .permutation("H"), .causal("L")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["K": .real(filter(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("K"), size)
  }

  /// The cheaper of two ways, for each head: recurrence and correlation as they stand, `2 N L` multiply–adds, and five such sums in the
  /// gradient; or by series of `B = min(N, L)` terms with real transforms of 2B at `2.5 n log₂ n`: six for each block of B terms of the
  /// longer, and five for the inverse; sixteen and five in the gradient.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let (H, N, L) = (Double(size.H), Double(size.N), Double(size.L))
    let block = min(N, L)
    let transform = 2.5 * 2 * block * Double.log2(2 * block)
    let blocks = max(N, L) / block
    let sums = 2 * N * L
    return switch pass {
    case .forward:
      Work(flops: H * min(2 * sums, (6 * blocks + 5) * transform), scalars: H * (3 * N + L))
    case .gradient:
      Work(flops: H * min(5 * sums, (16 * blocks + 5) * transform), scalars: H * (6 * N + L))
    }
  }

  /// A step of the state and a product with c at each position; the gradient has three such sums more.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H) * Double(size.N) * Double(size.L)
    return Work(flops: (pass == .forward ? 4 : 10) * terms, scalars: work(size, pass).scalars)
  }

  public static let sweep: [Size] =
    [1024, 4096, 16384, 65536].map { try! signature.size("H4-N64-L\($0)") }
    + [256, 1024, 4096, 16384, 65536].map { try! signature.size("H4-N\($0)-L4096") }
    + [4096, 16384, 65536].map { try! signature.size("H1-N4096-L\($0)") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func filter<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let a = inputs.real("a"), b = inputs.real("b"), c = inputs.real("c")
  var K = Tensor<T>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    var x = (0..<size.N).map { b[h, $0] }
    for l in 0..<size.L {
      for i in 0..<size.N { K[h, l] += c[h, i] * x[i] }
      step(&x, a, h)
    }
  }
  return K
}

/// `x ← A x`; gives the last component of what x was.
@inline(__always) @discardableResult
private func step<T: Scalar>(_ x: inout [T], _ a: Tensor<T>, _ h: Int) -> T {
  let last = x[x.count - 1]
  for i in stride(from: x.count - 1, to: 0, by: -1) { x[i] = x[i - 1] + a[h, i] * last }
  x[0] = a[h, 0] * last
  return last
}

/// The adjoint state `λₗ = gₗ c + Aᵀλₗ₊₁`, backwards through the last components of the states: `grada = Σ xₗ[N−1] λₗ₊₁`.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
  let a = inputs.real("a"), b = inputs.real("b"), c = inputs.real("c"), N = size.N
  var gradA = Tensor<T>(repeating: 0, shape: a.shape)
  var gradB = gradA
  var gradC = gradA
  for h in 0..<size.H {
    var x = (0..<N).map { b[h, $0] }
    var lasts: [T] = []
    for l in 0..<size.L {
      for i in 0..<N { gradC[h, i] += g[h, l] * x[i] }
      lasts.append(step(&x, a, h))
    }
    var adjoint = [T](repeating: 0, count: N)
    for l in (0..<size.L).reversed() {
      var last: T = 0
      for i in 0..<N {
        gradA[h, i] += lasts[l] * adjoint[i]
        last += a[h, i] * adjoint[i]
      }
      for i in 0..<N { adjoint[i] = g[h, l] * c[h, i] + (i + 1 < N ? adjoint[i + 1] : last) }
    }
    for i in 0..<N { gradB[h, i] = adjoint[i] }
  }
  return Operands(["a": .real(gradA), "b": .real(gradB), "c": .real(gradC)])
}

extension CompanionFilter {
  public static let variants: [Variant] = direct + fft + squaring
}
