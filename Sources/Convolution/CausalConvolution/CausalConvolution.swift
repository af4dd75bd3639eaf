import Foundation
import KernelSpec
import Numerics
import Tensors

/// Causal convolution of every channel with its own filter, and a skip term.
///
///     y[b, h, l] = Σⱼ K[h, j] u[b, h, l−j] + D[h] u[b, h, l],   j = 0 … min(l, W−1)
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `u` | `(B, H, L)` | input |
/// | `K` | `(H, W)` | filter; W may exceed L, and taps from L on never act: their gradient is exactly 0 |
/// | `D`* | `(H)` | skip |
/// | → `y` | `(B, H, L)` | output |
///
/// Gradients, with g the cotangent of y:
///
///     gradu[b, h, l] = Σⱼ K[h, j] g[b, h, l+j] + D[h] g[b, h, l]
///     gradK[h, j] = Σ_b Σₗ g[b, h, l] u[b, h, l−j]        gradD[h] = Σ_b Σₗ g[b, h, l] u[b, h, l]
///
/// Numerics: the plain sum's error grows like √W, that of a Fourier transform like √log L, so transforms are the more accurate
/// from some hundred taps on. They spread the error of a row evenly over it: an element far below its row's root mean square
/// keeps fewer digits than the sum gives it. Rows are transformed alone, never two in one complex transform, for then
/// the larger would drown the smaller. A row or filter whose spectrum might leave the format's range is scaled by a power of two first.
///
/// References: Fu, Kumbong, Nguyen, Ré 2023 (FlashFFTConv), arXiv:2311.05908; `fftconv_ref` in `fftconv.py` of HazyResearch/H3.
public enum CausalConvolution: DifferentiableKernel {
  public static let name = "convolution.causal"
  public static let summary = "causal convolution of every channel with its own filter"

  public static let signature = Signature(
    extents: ["B", "H", "L", "W"],
    inputs: [
      .real("u", "B", "H", "L"),
      .real("K", "H", "W", draw: .normal(0.25)),
      .real("D", "H", optional: true),
    ],
    outputs: [.real("y", "B", "H", "L")],
    independent: ["B", "H"])

  public static let laws: [Law] = [
    .linear(["u"]), .linear(["K", "D"]), .permutation("B"), .permutation("H"), .causal("L"),
    .timeInvariant("L", operand: "u"),
  ]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    Operands(["y": .real(convolution(inputs, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    gradients(inputs, cotangents.real("y"), size)
  }

  /// The cheaper of two ways, for each row of `taps = min(W, L)` acting taps:
  /// the sum, `2 L taps`; or real transforms of length `n = L + taps − 1` at `2.5 n log₂ n`, two for each row and one for each
  /// filter, and six operations for each of the `n/2` products. The gradient takes two sums; or three transforms for each
  /// row and two for each filter, and two products with one addition.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let rows = Double(size.B * size.H), filters = Double(size.H)
    let L = Double(size.L), taps = Double(min(size.W, size.L))
    let n = L + taps - 1
    let transform = 2.5 * n * log2(n)
    let scalars = 2 * rows * L + filters * (Double(size.W) + (size.has("D") ? 1 : 0))
    let skip = size.has("D") ? 2 * rows * L : 0
    return switch pass {
    case .forward:
      Work(flops: min(2 * rows * L * taps, (2 * rows + filters) * transform + 3 * rows * n) + skip, scalars: scalars)
    case .gradient:
      Work(
        flops: min(4 * rows * L * taps, (3 * rows + 2 * filters) * transform + 7 * rows * n) + 2 * skip,
        scalars: scalars + rows * L + filters * Double(size.W))
    }
  }

  /// The plain sums: every tap at every position that it reaches.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let L = Double(size.L), taps = Double(min(size.W, size.L))
    let products = Double(size.B * size.H) * taps * (L - (taps - 1) / 2)
    return Work(flops: (pass == .forward ? 2 : 4) * products, scalars: work(size, pass).scalars)
  }

  /// A transform of n points rounds log₂ n times in a row. On random rows that averages out; on impulses and single frequencies, where
  /// the plain sum happens to be exact, it adds up. With one ulp credited these were over the bound, in ulps against what was
  /// allowed: `right-angle` in norm on alternating inputs, 6.0 (double, L = 129) and 4.03 (float, L = 4096) against 4; and in the
  /// worst element of `K`'s gradient between two impulses at L = 4096, `right-angle` 2.5 and `fftw` 1.4 times what was allowed.
  /// So three is set by the least accurate variant, not by FFTW, which alone would need 1.4.
  public static let tolerance = Tolerance(ulps: 3)

  /// The norms of the two rows that are convolved, over `√L`: what a row has where its terms do not cancel.
  ///
  /// A transform rounds in proportion to these norms whatever the row itself is. Without them an alternating input, an impulse before a
  /// filter's small tap or any filter that suppresses its input would fail transforms that are as accurate as transforms can be.
  public static func magnitudes(
    _ pass: Pass, _ inputs: Operands<Oracle>, _ cotangents: Operands<Oracle>, _ size: Size
  ) -> [String: [Oracle]] {
    let u = norms(inputs.real("u"), size.L), K = norms(inputs.real("K"), min(size.W, size.L))
    let root = Oracle(size.L).squareRoot()
    switch pass {
    case .forward:
      return ["y": u.indices.map { u[$0] * K[$0 % size.H] / root }]
    case .gradient:
      let g = norms(cotangents.real("y"), size.L)
      let products = (0..<size.H).map { h in
        stride(from: h, to: u.count, by: size.H).reduce(0) { $0 + u[$1] * u[$1] * g[$1] * g[$1] }.squareRoot()
      }
      return ["u": g.indices.map { g[$0] * K[$0 % size.H] / root }, "K": products.map { $0 / root }]
    }
  }

  /// The norm of the first `count` elements of each row.
  private static func norms(_ tensor: Tensor<Oracle>, _ count: Int) -> [Oracle] {
    let row = tensor.shape.last!
    return stride(from: 0, to: tensor.elements.count, by: row).map { start in
      tensor.elements[start..<start + count].reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384, 65536].map { try! signature.size("B1-H16-L\($0)-W\($0)") }
    + [4, 16, 64, 256, 1024].map { try! signature.size("B1-H16-L16384-W\($0)") }
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func convolution<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
  let u = inputs.real("u"), K = inputs.real("K"), D = inputs.optionalReal("D")
  var y = Tensor<T>(repeating: 0, shape: u.shape)
  for b in 0..<size.B {
    for h in 0..<size.H {
      for l in 0..<size.L {
        var sum: T = 0
        for j in 0...min(l, size.W - 1) { sum += K[h, j] * u[b, h, l - j] }
        if let D { sum += D[h] * u[b, h, l] }
        y[b, h, l] = sum
      }
    }
  }
  return y
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
  let u = inputs.real("u"), K = inputs.real("K"), D = inputs.optionalReal("D")
  var gradU = Tensor<T>(repeating: 0, shape: u.shape)
  var gradK = Tensor<T>(repeating: 0, shape: K.shape)
  var gradD = Tensor<T>(repeating: 0, shape: [size.H])
  for b in 0..<size.B {
    for h in 0..<size.H {
      for l in 0..<size.L {
        var sum: T = 0
        for j in 0..<min(size.W, size.L - l) { sum += K[h, j] * g[b, h, l + j] }
        if let D { sum += D[h] * g[b, h, l] }
        gradU[b, h, l] = sum
      }
      for j in 0..<min(size.W, size.L) {
        var sum: T = 0
        for l in j..<size.L { sum += g[b, h, l] * u[b, h, l - j] }
        gradK[h, j] += sum
      }
      var sum: T = 0
      for l in 0..<size.L { sum += g[b, h, l] * u[b, h, l] }
      gradD[h] += sum
    }
  }
  var gradients = Operands<T>(["u": .real(gradU), "K": .real(gradK)])
  if D != nil { gradients["D"] = .real(gradD) }
  return gradients
}

extension CausalConvolution {
  public static let variants: [Variant] = directSIMD + fftw + overlapSave + rightAngle + rightAngleBlocks
}
