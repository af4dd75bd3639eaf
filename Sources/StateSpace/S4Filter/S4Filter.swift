import KernelSpec
import Numerics
import Tensors
import Transforms

/// The convolution filter of a structured state space model (S4): diagonal plus low rank, discretized bilinearly.
///
/// Each head has `M = N/2` complex modes, the stored halves of conjugate pairs, that `R` real signals couple:
///
///     K[h, l] = 2 Re Σₘ C[h, m] · (Abar^l Bbar)[m],   l = 0 … L−1
///     Abar = (1 − dt/2·𝔸)⁻¹ (1 + dt/2·𝔸),   Bbar = (1 − dt/2·𝔸)⁻¹ dt·B
///     (𝔸x)[m] = A[h, m]·x[m] − Σᵣ P[r, h, m] · 2 Re Σₙ conj(P[r, h, n])·x[n]
///
/// which is `diag([A, Ā]) − Σᵣ [Pᵣ, P̄ᵣ] [Pᵣ, P̄ᵣ]*` on pairs `[x, x̄]`. With P = 0 it is the bilinear `s4d.filter`.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `dt` | `(H)` | step size, positive |
/// | `A` | `(H, M) ℂ` | eigenvalues of the normal part; any with `dt·A ≠ 2` while `K` stays finite |
/// | `P` | `(R, H, M) ℂ` | the low-rank part, R ≥ 1 |
/// | `B`, `C` | `(H, M) ℂ` | input and output coefficients |
/// | → `K` | `(H, L)` | the filter |
///
/// Numerics: where the real part of A is not positive, neither `1/(1 − dt/2·𝔸)` nor `Abar` lengthens any state, so a rounding
/// error stays as it is made: in precision T the reference, which takes l steps, is off by some `l·ε` of the state's norm. A step solves with
/// the diagonal and with an R × R matrix (Woodbury), which is well conditioned unless P is large: it loses about `dt·|P|²` ulps.
///
/// C is the model's own. The official code stores `C̃ = C (1 − Abar^L)` of one L instead and folds it anew where L doubles; it sums the truncated
/// generating function over roots of unity that it gets as powers of one rounded number in complex64, so its nodes are off by some
/// `L·ε` and its float filter of HiPPO-LegS by 2e-5 at L = 1024 and 4e-4 at L = 16384; at the node −1, where the bilinear map has its
/// pole, it relies on rounding to keep from dividing by zero; and a diagonal form of `Abar` is useless in float, for the eigenvectors of
/// HiPPO-LegS have condition 10⁸ at N = 64. The mathematics is followed here.
///
/// References: Gu, Goel, Ré 2021 (S4), arXiv:2111.00396; Gu, Goel, Gupta, Ré 2022 (parameterization), arXiv:2206.11893;
/// `SSMKernelDPLR` in `src/models/sequence/kernels/ssm.py` of state-spaces/s4; Woodbury 1950.
public enum S4Filter: DifferentiableKernel {
  public static let name = "s4.filter"
  public static let summary = "convolution filter of a state space model, diagonal plus low rank"

  public static let signature = Signature(
    extents: ["H", "N", "R", "L"],
    derived: ["M": "N/2"],
    inputs: systemOperands,
    outputs: [.real("K", "H", "L")],
    independent: ["H"])

  /// The operands of a model, which its step has too.
  static let systemOperands: [OperandSpec] = [
    .real("dt", "H", draw: .logUniform(1e-3, 1e-1), hard: .logUniform(1e-5, 1)),
    .complex(
      "A", "H", "M", draw: .eigenvalues,
      hard: .complex(
        .oneOf([.negative(.logUniform(0.05, 2)), .negative(.logUniform(1e-6, 20)), .value(0)]),
        .oneOf([.uniform(0, 30), .uniform(-3, 3), .value(0)]))),
    .complex("P", "R", "H", "M", draw: .inTurn([0.005, 0.3].map { .complex(.normal($0), .normal($0)) })),
    .complex("B", "H", "M", draw: .coefficients, hard: .anyCoefficients),
    .complex("C", "H", "M", draw: .coefficients, hard: .anyCoefficients),
  ]

  public static let laws: [Law] = [
    .linear(["B"]), .linear(["C"]), .permutation("H"), .permutation("M"), .permutation("R"), .causal("L"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["K": .real(filter(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("K"), size)
  }

  /// `N·L` multiply–adds per head, as if all powers of the pole were known: the least that a sum over the modes takes. The gradient
  /// has two such sums.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.H * size.N * size.L)
    let parameters = Double(size.H * (1 + (3 + size.R) * size.N)), filter = Double(size.H * size.L)
    return switch pass {
    case .forward: Work(flops: 2 * terms, scalars: parameters + filter)
    case .gradient: Work(flops: 4 * terms, scalars: 2 * parameters + filter)
    }
  }

  /// The definition takes L steps, and L steps back for the gradient.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let steps = Double(size.H * size.L * (size.N * (8 + 8 * size.R) + 2 * size.R * size.R))
    return Work(flops: (pass == .forward ? 1 : 3) * steps, scalars: work(size, pass).scalars)
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("H16-N64-R1-L\($0)") }
    + [4, 16, 256].map { try! signature.size("H16-N\($0)-R1-L16384") } + [try! signature.size("H16-N64-R3-L16384")]
}

extension S4Filter {
  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      Variant(
        .forward, "doubling", threads: threads, idea: "outputs of k positions times the kth power give the next k",
        workspace: { threads * S4DoublingFilter.bytes($0) },
        claims: Claims(time: "H N^2 L", workspace: "N^2 + N R + R^2"),
        prepare: .float(doubling(threads: threads))),
      Variant(
        .forward, "cauchy", threads: threads,
        idea: "the generating function on a circle, and a real inverse transform",
        workspace: {
          threads * S4CauchyFilter.bytes($0) + S4CauchyFilter.Nodes.bytes($0.L)
            + RealTransform<Double>.bytes(RealTransform<Double>.goodLength($0.L))
        }, claims: Claims(time: "H N^2 R^2 L log L", workspace: "N R^2 + N^2 + L"),
        prepare: .float(cauchy(threads: threads))),
      blocked(.forward, threads, .float(blocked(Float.self, threads: threads)), S4BlockedFilter<Float>.bytes),
      blocked(.forward, threads, .double(blocked(Double.self, threads: threads)), S4BlockedFilter<Double>.bytes),
      blocked(.gradient, threads, .float(blockedGradient(Float.self, threads: threads)), S4BlockedSums<Float>.bytes),
      blocked(
        .gradient, threads, .double(blockedGradient(Double.self, threads: threads)), S4BlockedSums<Double>.bytes),
    ]
  }

  private static func blocked(
    _ pass: Pass, _ threads: Int, _ prepare: Variant.Preparation, _ bytes: @escaping @Sendable (Size) -> Int
  ) -> Variant {
    Variant(
      pass, "blocked", threads: threads,
      idea: "a real matrix product per head of states in a block and outputs of whole blocks",
      workspace: { threads * bytes($0) },
      claims: Claims(time: "H N R L", workspace: "N^2 + N L + N R + R^2"), prepare: prepare)
  }
}
