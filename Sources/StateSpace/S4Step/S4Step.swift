import KernelSpec
import Numerics
import Tensors

/// One step of a structured state space model (S4): diagonal plus low rank, discretized bilinearly.
///
/// For the model of `S4Filter`, of which each head has the stored halves of `M = N/2` conjugate pairs,
///
///     x ← Abar x + Bbar u,   y = 2 Re Σₘ C[h, m] · x[b, h, m]
///
/// with the state after the step, so that the outputs of a sequence are its convolution with `S4Filter`'s K, and a state before the
/// first step adds `C Abar^(l+1) x`.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `dt`, `A`, `P`, `B`, `C` | | as in `S4Filter` |
/// | `x` | `(B, H, M) ℂ` | the state before |
/// | `u` | `(B, H)` | the input |
/// | → `y` | `(B, H)` | the output |
/// | → `x` | `(B, H, M) ℂ` | the state after |
///
/// Numerics: solving with the diagonal and with an R × R matrix (Woodbury) costs O(N R) and, as in the filter, loses about `dt·|P|²`
/// ulps. Where the real part of A is not positive no step lengthens a state in the norm `√(2 Σ |x|²)`: after l steps a state that is rounded
/// at each is off by at most l roundings of the longest.
///
/// The official code's `diagonal` mode takes Abar to diagonal form to save the low-rank part. For HiPPO-LegS at N = 64 the eigenvectors have
/// condition 10⁸, and in float no digit of its result is right; its `linear` mode is what this kernel is.
///
/// References: Gu, Goel, Ré 2021 (S4), arXiv:2111.00396; `_step_state_linear` of `SSMKernelDPLR` in
/// `src/models/sequence/kernels/ssm.py` of state-spaces/s4.
public enum S4Step: Kernel {
  public static let name = "s4.step"
  public static let summary = "one step of a state space model, diagonal plus low rank"

  public static let signature = Signature(
    extents: ["B", "H", "N", "R"],
    derived: ["M": "N/2"],
    inputs: S4Filter.systemOperands + [.complex("x", "B", "H", "M"), .real("u", "B", "H")],
    outputs: [.real("y", "B", "H"), .complex("x", "B", "H", "M")],
    independent: ["B", "H"])

  public static let laws: [Law] = [
    .linear(["x", "u"]), .permutation("B"), .permutation("H"), .permutation("M"), .permutation("R"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    step(inputs, size)
  }

  /// Products with the diagonal, with both sides of the low-rank part, with B and with C.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let states = Double(size.B * size.H * size.N)
    let parameters = Double(size.H * (1 + (3 + size.R) * size.N))
    return Work(
      flops: states * Double(8 + 4 * size.R), scalars: parameters + 2 * states + 2 * Double(size.B * size.H))
  }

  public static let sweep: [Size] =
    [1, 8, 64].map { try! signature.size("B\($0)-H256-N64-R1") }
    + [16, 256].map { try! signature.size("B8-H256-N\($0)-R1") }
    + [2, 4].map { try! signature.size("B8-H256-N64-R\($0)") }

  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      woodbury(threads, .float(woodbury(Float.self, threads: threads))),
      woodbury(threads, .double(woodbury(Double.self, threads: threads))),
    ]
  }

  private static func woodbury(_ threads: Int, _ prepare: Variant.Preparation) -> Variant {
    Variant(
      .forward, "woodbury", threads: threads, idea: "diagonal and low-rank part of a head, then all its states",
      workspace: { threads * S4Stepper.bytes($0) }, claims: Claims(time: "B H N R", workspace: "N R + R^2"),
      prepare: prepare)
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func step<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
  let dt = inputs.real("dt"), B = inputs.complex("B"), C = inputs.complex("C")
  let modes = 0..<size.N / 2
  var x = inputs.complex("x")
  var y = inputs.real("u")
  for h in 0..<size.H {
    let system = LowRankSystem(inputs, head: h, size)
    let c = modes.map { C[h, $0].conjugate }
    for b in 0..<size.B {
      let input = y[b, h] * dt[h]
      let state = system.stepped(modes.map { x[b, h, $0] }, modes.map { B[h, $0].multiplied(by: input) })
      for m in modes { x[b, h, m] = state[m] }
      y[b, h] = LowRankSystem.pair(c, state)
    }
  }
  return Operands(["y": .real(y), "x": .complex(x)])
}
