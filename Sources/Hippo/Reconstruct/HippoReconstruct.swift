import KernelSpec
import Numerics
import Tensors

/// The signal that coefficients of a HiPPO operator stand for, at points of its window.
///
///     f[b, i] = Σₙ c[b, n] √(2n+1) Pₙ(2x − 1),   x = i/(L−1),   i = 0 … L−1
///
/// with Legendre's polynomials P, oldest first: x = 0 is the start of the signal for legs and of the window for legt, x = 1 is now. One
/// point alone, L = 1, is the oldest. The sum is the same for both measures; others have no polynomials.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `c` | `(B, N)` | coefficients |
/// | → `f` | `(B, L)` | the signal |
///
/// Numerics: `Pₙ₊₁ = ((2n+1) y Pₙ − n Pₙ₋₁)/(n+1)` with `y = (2i − (L−1))/(L−1)`, rounded once. Next to the ends the polynomials' slope is
/// up to `n²/2`, so that the rounding of y makes errors of some `N²ε` there; elsewhere they grow as N.
///
/// References: Gu, Dao, Ermon, Rudra, Ré 2020 (HiPPO), arXiv:2008.07669; `HiPPOScale.reconstruct` in `src/models/hippo/visualizations.py` of
/// state-spaces/s4, whose basis for legt leaves the two ends of the window out, where its measure is 0.
public enum HippoReconstruct: Kernel {
  public static let name = "hippo.reconstruct"
  public static let summary = "the signal that HiPPO coefficients stand for"

  public static let signature = Signature(
    extents: ["B", "N", "L"],
    inputs: [.real("c", "B", "N")],
    outputs: [.real("f", "B", "L")],
    options: [.choice("measure", "legs", "legt")],
    independent: ["B"])

  public static let laws: [Law] = [.linear(["c"]), .permutation("B")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["f": .real(signal(inputs.real("c"), size))])
  }

  /// A multiply–add for each coefficient of each point.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.B * size.N * size.L)
    return Work(flops: 2 * terms, scalars: Double(size.B * (size.N + size.L)))
  }

  /// The definition evaluates the polynomials anew for each row.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let work = work(size, pass)
    return Work(flops: 4 * work.flops, scalars: work.scalars)
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("B16-N64-L\($0)") }
    + [4, 16, 256].map { try! signature.size("B16-N\($0)-L4096") }
    + [1, 4, 64].map { try! signature.size("B\($0)-N64-L4096") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func signal<T: Scalar>(_ c: Tensor<T>, _ size: Size) -> Tensor<T> {
  let L = size.L
  var f = Tensor<T>(repeating: 0, shape: [size.B, L])
  for b in 0..<size.B {
    for i in 0..<L {
      let y: T = L == 1 ? -1 : T(2 * i - (L - 1)) / T(L - 1)
      var before: T = 0, value: T = 1, sum: T = 0
      for n in 0..<size.N {
        sum += c[b, n] * T(2 * n + 1).squareRoot() * value
        (before, value) = (value, (T(2 * n + 1) * y * value - T(n) * before) / T(n + 1))
      }
      f[b, i] = sum
    }
  }
  return f
}
