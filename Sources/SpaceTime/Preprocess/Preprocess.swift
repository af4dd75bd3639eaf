import KernelSpec
import Numerics
import Tensors

/// Fixed filters that take trends out of a sequence (SpaceTime's preprocessing layer): differences, or residuals of a moving average.
///
///     order m:    y[l] = Σⱼ (−1)ʲ C(m, j) u[l−j],      j = 0 … m
///     window w:   y[l] = u[l] − (1/w) Σⱼ u[l−j],       j = 0 … w−1
///
/// Exactly one of the options `order` (0 … 64; order 0 is the identity) and `window` (from 1 on; window 1 gives zeros) is given. Before
/// the start u is zero, and so the first average is of one number and w − 1 zeros.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `u` | `(B, H, L)` | input |
/// | → `y` | `(B, H, L)` | what is left |
///
/// There is no gradient: the filters are constants, and that of u is the same sum backwards.
///
/// Numerics: binomials are whole numbers below 2⁶³, rounded once. Differences of order m of white noise grow like `√C(2m, m)`, those of smooth
/// sequences cancel, and then what is left is relative rounding errors of u. Averages are sums of w numbers.
///
/// References: Zhang, Saab, Poli, Dao, Goel, Ré 2023 (SpaceTime), arXiv:2303.09489, section 4 and appendix; `DifferencingSSM`, `ResidualSSM`
/// and `MovingAvgResidualSSM` in `model/ssm/preprocess` of HazyResearch/spacetime, the last of which computes its filter and then
/// returns the identity. The mathematics is followed here.
public enum Preprocess: Kernel {
  public static let name = "spacetime.preprocess"
  public static let summary = "differences, or residuals of a moving average"

  public static let signature = Signature(
    extents: ["B", "H", "L"],
    inputs: [.real("u", "B", "H", "L")],
    outputs: [.real("y", "B", "H", "L")],
    options: [
      .integer("order", 0...64, drawn: [0, 1, 2, 3, 20]),
      .integer("window", 1...Int.max, drawn: [1, 2, 3, 17, 64, 100]),
    ],
    independent: ["B", "H"],
    rule: { size in
      switch (size.integer("order"), size.integer("window")) {
      case (nil, nil): "neither order nor window is given, expected one of them"
      case (.some, .some): "order and window are both given, expected one of them"
      default: nil
      }
    })

  public static let laws: [Law] = [
    .linear(["u"]), .permutation("B"), .permutation("H"), .causal("L"), .timeInvariant("L", operand: "u"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["y": .real(filtered(inputs, size))])
  }

  /// A multiply–add for each tap of a difference; a sum, a product and a difference where the average runs.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.B) * Double(size.H) * Double(size.L)
    let flops = size.integer("order").map { 2 * Double($0) } ?? 4
    return Work(flops: flops * terms, scalars: 2 * terms)
  }

  /// Every tap at every position that it reaches.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let terms = Double(size.B) * Double(size.H) * Double(size.L)
    let taps = Double(size.integer("order").map { $0 + 1 } ?? min(size.integer("window")!, size.L))
    return Work(flops: 2 * taps * terms, scalars: 2 * terms)
  }

  public static let sweep: [Size] =
    [1024, 4096, 16384, 65536].map { try! signature.size("B4-H16-L\($0)-order=2") }
    + [1024, 4096, 16384, 65536].map { try! signature.size("B4-H16-L\($0)-window=24") }
    + [try! signature.size("B4-H16-L16384-order=16"), try! signature.size("B4-H16-L16384-window=1000")]

  /// The taps of a difference.
  static func binomials<T: Scalar>(_ order: Int, _: T.Type = T.self) -> [T] {
    var row = [1]
    for _ in 0..<order { row = zip(row + [0], [0] + row).map { $0 - $1 } }
    return row.map { T($0) }
  }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func filtered<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let u = inputs.real("u")
  let taps = size.integer("order").map { Preprocess.binomials($0, T.self) }
  var y = Tensor<T>(repeating: 0, shape: u.shape)
  for b in 0..<size.B {
    for h in 0..<size.H {
      for l in 0..<size.L {
        var sum: T = 0
        if let taps {
          for j in 0...min(l, taps.count - 1) { sum += taps[j] * u[b, h, l - j] }
          y[b, h, l] = sum
        } else {
          let window = size.integer("window")!
          for j in 0...min(l, window - 1) { sum += u[b, h, l - j] }
          y[b, h, l] = u[b, h, l] - sum / T(window)
        }
      }
    }
  }
  return y
}

extension Preprocess {
  public static let variants: [Variant] = direct
}
