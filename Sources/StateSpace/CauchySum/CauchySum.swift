import KernelSpec
import Numerics
import Tensors

/// Sums over poles in conjugate pairs: the Cauchy matrix product from which S4 makes its filter.
///
/// Each head has `M = N/2` poles, the stored halves of conjugate pairs, and all heads share the nodes z:
///
///     y[h, l] = Σₘ v[h, m]/(z[l] − w[h, m]) + v̄[h, m]/(z[l] − w̄[h, m])
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `v` | `(H, M) ℂ` | residues |
/// | `z` | `(L) ℂ` | nodes, on no pole |
/// | `w` | `(H, M) ℂ` | poles, also real and equal ones |
/// | → `y` | `(H, L) ℂ` | the sums |
///
/// Gradients, with `a = 1/(z − w)`, `b = 1/(z − w̄)` and the cotangent g of `y`: `∂v = Σₗ g ā + ḡ b`, `∂w = v̄ Σₗ g ā² + ḡ b²`,
/// `∂z = −Σₕ g conj(Σₘ v a² + v̄ b²)`.
///
/// Numerics: a term is off by a few ulps of itself if `z − w` is rounded once, however close the node is to the pole. Where both
/// terms are taken together, as `2 (d Re v − Im v Im w)/((z − w)(z − w̄))` with `d = z − Re w`, the real part of the denominator has to
/// be formed as `(Re d)² + (Im w − Im d)(Im w + Im d)`, which near the pole does not cancel as `z² − 2z Re w + |w|²` does. S4's last node
/// is next to infinity, 10⁷ to 10¹⁶, where that product has a square of its absolute value that single precision does not hold.
///
/// References: Gu, Goel, Ré 2022 (S4), arXiv:2111.00396; `cauchy_naive` in `src/models/functional/cauchy.py` of state-spaces/s4, whose
/// CUDA kernel has no gradient of z and adds the terms one by one, "combining … seems to increase numerical errors": of the expanded
/// denominator.
public enum CauchySum: DifferentiableKernel {
  public static let name = "cauchy.sum"
  public static let summary = "sums over conjugate pairs of poles at shared nodes"

  public static let signature = Signature(
    extents: ["H", "N", "L"],
    derived: ["M": "N/2"],
    inputs: [
      .complex("v", "H", "M"),
      .complex(
        "z", "L", draw: .complex(.value(0), .uniform(-100, 100)),
        hard: .complex(
          .oneOf([.value(0), .normal(1), .normal(1e-3)]),
          .oneOf([.uniform(-30, 30), .normal(1), .logUniform(1e-3, 1e3), .logUniform(1e7, 1e16)]))),
      .complex(
        "w", "H", "M", draw: .complex(.negative(.logUniform(0.05, 2)), .uniform(0, 100)),
        hard: .complex(
          .oneOf([.negative(.logUniform(0.05, 2)), .negative(.logUniform(1e-6, 1e-3)), .normal(1), .value(-0.5)]),
          .oneOf([.uniform(0, 30), .normal(1), .value(0)]))),
    ],
    outputs: [.complex("y", "H", "L")],
    independent: ["H", "L"])

  public static let laws: [Law] = [
    .linear(["v"]), .permutation("H"), .permutation("M"), .permutation("L"), .causal("L"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["y": .complex(sums(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.complex("y"), size)
  }

  /// A pole and its conjugate at a node: two differences, the squares of their absolute values, two quotients and two sums; for the
  /// gradient two inverses, their squares, and three pairs of products to sum.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let pairs = Double(size.H * size.N / 2 * size.L)
    let parameters = Double(2 * (size.H * size.N + size.L)), sums = Double(2 * size.H * size.L)
    return switch pass {
    case .forward: Work(flops: 28 * pairs, scalars: parameters + sums)
    case .gradient: Work(flops: 68 * pairs, scalars: 2 * parameters + sums)
    }
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("H16-N64-L\($0)") }
    + [4, 16, 256].map { try! signature.size("H16-N\($0)-L16384") }

  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      variant(
        .forward, "simd", "a lane to a node, two quotients to a pair of poles", threads,
        .float { size in forward(size, threads, SinglePoles.self) }),
      variant(
        .forward, "simd", "a lane to a node, two quotients to a pair of poles", threads,
        .double { size in forward(size, threads, SinglePoles.self) }),
      variant(
        .forward, "paired", "a lane to a node, one quotient to a pair of poles, in real arithmetic", threads,
        .float { size in forward(size, threads, PairedPoles.self) }),
      variant(
        .forward, "paired", "a lane to a node, one quotient to a pair of poles, in real arithmetic", threads,
        .double { size in forward(size, threads, PairedPoles.self) }),
      variant(
        .gradient, "simd", "a lane to a node, a few pairs' sums over the nodes in registers", threads,
        .float { size in backward(size, threads) }),
      variant(
        .gradient, "simd", "a lane to a node, a few pairs' sums over the nodes in registers", threads,
        .double { size in backward(size, threads) }),
    ]
  }

  private static func variant(
    _ pass: Pass, _ name: String, _ idea: String, _ threads: Int, _ prepare: Variant.Preparation
  ) -> Variant {
    let isFloat = if case .float = prepare { true } else { false }
    return Variant(
      pass, name, threads: threads, idea: idea,
      workspace: { size in
        isFloat ? bytes(Float.self, size, pass, threads) : bytes(Double.self, size, pass, threads)
      },
      claims: Claims(time: "H N L", workspace: pass == .forward ? "N + L" : "L"), prepare: prepare)
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func sums<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<Complex<T>> {
  let v = inputs.complex("v"), z = inputs.complex("z"), w = inputs.complex("w")
  var y = Tensor<Complex<T>>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    for l in 0..<size.L {
      for m in 0..<size.N / 2 {
        y[h, l] += v[h, m] / (z[l] - w[h, m]) + v[h, m].conjugate / (z[l] - w[h, m].conjugate)
      }
    }
  }
  return y
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<Complex<T>>, _ size: Size) -> Operands<T> {
  let v = inputs.complex("v"), z = inputs.complex("z"), w = inputs.complex("w")
  var gradV = Tensor<Complex<T>>(repeating: 0, shape: v.shape)
  var gradW = gradV
  var gradZ = Tensor<Complex<T>>(repeating: 0, shape: z.shape)
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      var squares = Complex<T>(0)
      for l in 0..<size.L {
        let a = Complex<T>.one / (z[l] - w[h, m]), b = Complex<T>.one / (z[l] - w[h, m].conjugate)
        gradV[h, m] += g[h, l] * a.conjugate + g[h, l].conjugate * b
        squares += g[h, l] * (a * a).conjugate + g[h, l].conjugate * (b * b)
        gradZ[l] -= g[h, l] * (v[h, m] * (a * a) + v[h, m].conjugate * (b * b)).conjugate
      }
      gradW[h, m] = v[h, m].conjugate * squares
    }
  }
  return Operands(["v": .complex(gradV), "z": .complex(gradZ), "w": .complex(gradW)])
}
