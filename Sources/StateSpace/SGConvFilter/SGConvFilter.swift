import KernelSpec
import Numerics
import Tensors

/// The multi-scale convolution filter of SGConv: a few parameters a scale, each scale twice as long as the one before and weighted less.
///
/// Scale i of S is upsampled by a factor `fᵢ` from its W parameters, by linear interpolation between the centres of their spans (PyTorch's
/// `align_corners=False`), which is constant beyond the outermost centres:
///
///     kᵢ[h, d] = (1−λ) kappa[i, h, j] + λ kappa[i, h, j+1],   j + λ = (d + ½)/fᵢ − ½ kept within 0 … W−1,   d = 0 … fᵢ W − 1
///
/// - concat: `fᵢ = 2^max(0, i−1)`; the scales follow each other.
/// - sum: `fᵢ = 2^i`; the scales begin together and are added.
///
/// Scale i is weighted with `decay^(S−1−i)`. Either way there are `W 2^(S−1)` taps; `norm` divides them by the root of the sum of all
/// their squares. L of them are given: fewer where L is shorter, and zeros after them where it is longer.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `kappa` | `(S, H, W)` | parameters; where they are normalized, not all zero in a head |
/// | → `K` | `(H, L)` | the filter |
///
/// Numerics: λ is a multiple of `1/2f` and exact. The gradient passes through the norm: with the cotangent g and the norm n it is that of
/// the taps before, `(g − K Σ g K)/n`.
///
/// References: Li, Cai, Zhang, Chen, Dey 2022 (SGConv), arXiv:2210.09298; `GConv.forward` in `gconv_standalone.py` of ctlllll/SGConv, whose
/// norm is that of the first call and has no gradient, and whose decay may differ from channel to channel.
public enum SGConvFilter: DifferentiableKernel {
  public static let name = "sgconv.filter"
  public static let summary = "multi-scale convolution filter by linear interpolation, decaying from scale to scale"

  public static let signature = Signature(
    extents: ["S", "H", "W", "L"],
    inputs: [.real("kappa", "S", "H", "W")],
    outputs: [.real("K", "H", "L")],
    options: [
      .choice("mode", "concat", "sum"), .number("decay", 0...Double.infinity, default: 2, drawn: [0.5, 1, 2.75]),
      .flag("norm", default: true),
    ],
    independent: ["H"],
    rule: { size in
      // All taps are computed for their norm, also those beyond L: these are 2 GiB in double precision.
      if taps(size) <= 0x1p28 { return nil }
      return "S is \(size.S) and W is \(size.W), expected a filter of at most 2^28 taps (W 2^(S-1))"
    },
    isDrawn: { size in taps(size) <= max(16384, 16 * Double(size.L)) })

  private static func taps(_ size: Size) -> Double { .pow(2, size.S - 1) * Double(size.W) }

  public static let laws: [Law] = [.permutation("H"), .causal("L")]

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let filters = filters(inputs.real("kappa"), size)
    var K = Tensor<T>(repeating: 0, shape: [size.H, size.L])
    for h in 0..<size.H {
      for l in 0..<min(size.L, Scales(size).taps) { K[h, l] = filters[h, l] }
    }
    return Operands(["K": .real(K)])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    Operands(["kappa": .real(gradients(inputs.real("kappa"), cotangents.real("K"), size))])
  }

  /// Per tap and scale that covers it three operations to interpolate, and one to add; squares and quotients for the norm. The gradient
  /// interpolates, and goes the way back.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let scales = Scales(size)
    let taps = Double(size.H * scales.taps)
    let covered = taps * (scales.isSum ? 2 : 1)
    let norm = size.flag("norm") ? 3 * taps : 0
    let scalars = Double(size.H * (size.S * size.W + size.L))
    return switch pass {
    case .forward: Work(flops: 4 * covered + norm, scalars: scalars)
    case .gradient: Work(flops: 8 * covered + 3 * norm, scalars: scalars + Double(size.S * size.H * size.W))
    }
  }

  public static let sweep: [Size] =
    [(3, 256), (5, 1024), (7, 4096), (9, 16384), (11, 65536)].map { try! signature.size("S\($0)-H64-W64-L\($1)") }
    + [4, 16, 256].map { try! signature.size("S9-H64-W\($0)-L16384") }

  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      variant(.forward, threads, .float { size in forward(size, threads) }),
      variant(.forward, threads, .double { size in forward(size, threads) }),
      variant(.gradient, threads, .float { size in backward(size, threads) }),
      variant(.gradient, threads, .double { size in backward(size, threads) }),
    ]
  }

  private static func variant(_ pass: Pass, _ threads: Int, _ prepare: Variant.Preparation) -> Variant {
    let isFloat = if case .float = prepare { true } else { false }
    return Variant(
      pass, "simd", threads: threads, idea: "spans between two parameters with weights from a table, in lanes",
      workspace: { size in threads * (isFloat ? ScaleWorker<Float>.bytes(size) : ScaleWorker<Double>.bytes(size)) },
      claims: Claims(time: "H W 2^S + H L", workspace: "W 2^S + L"), prepare: prepare)
  }
}

/// Where the scales of a filter lie.
struct Scales: Sendable {
  let count, width: Int
  let isSum: Bool
  private let decay: Double

  init(_ size: Size) {
    count = size.S
    width = size.W
    isSum = size.choice("mode") == "sum"
    decay = size.number("decay")!
  }

  /// How many times longer a scale is than its parameters are many.
  func factor(_ scale: Int) -> Int { 1 << (isSum ? scale : max(0, scale - 1)) }

  /// The first tap of a scale.
  func start(_ scale: Int) -> Int { isSum || scale == 0 ? 0 : width << (scale - 1) }

  var taps: Int { width << (count - 1) }

  /// The weight of a scale.
  func weight<T: Scalar>(_ scale: Int) -> T {
    var weight: T = 1
    for _ in scale + 1..<max(count, scale + 1) { weight *= T(decay) }
    return weight
  }

  /// The parameter before a tap of a scale, that after it, and how far it is from the first to the second.
  func place<T: Scalar>(_ tap: Int, _ scale: Int) -> (Int, Int, T) {
    let factor = factor(scale)
    let place = min(max((T(tap) + 1 / 2) / T(factor) - 1 / 2, 0), T(width - 1))
    let before = Int(place)
    return (before, min(before + 1, width - 1), place - T(before))
  }
}

/// All taps of the filters, and their norms.
@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func filtersAndNorms<T: Scalar>(_ kappa: Tensor<T>, _ size: Size) -> (Tensor<T>, [T]) {
  let scales = Scales(size)
  var filters = Tensor<T>(repeating: 0, shape: [size.H, scales.taps])
  var norms = [T](repeating: 1, count: size.H)
  for h in 0..<size.H {
    for scale in 0..<size.S {
      let weight: T = scales.weight(scale)
      for tap in 0..<size.W * scales.factor(scale) {
        let (before, after, part): (Int, Int, T) = scales.place(tap, scale)
        let value = (1 - part) * kappa[scale, h, before] + part * kappa[scale, h, after]
        filters[h, scales.start(scale) + tap] += weight * value
      }
    }
    if size.flag("norm") {
      var sum: T = 0
      for tap in 0..<scales.taps { sum += filters[h, tap] * filters[h, tap] }
      norms[h] = T.sqrt(sum)
      for tap in 0..<scales.taps { filters[h, tap] /= norms[h] }
    }
  }
  return (filters, norms)
}

private func filters<T: Scalar>(_ kappa: Tensor<T>, _ size: Size) -> Tensor<T> { filtersAndNorms(kappa, size).0 }

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func gradients<T: Scalar>(_ kappa: Tensor<T>, _ g: Tensor<T>, _ size: Size) -> Tensor<T> {
  let scales = Scales(size)
  let (filters, norms) = filtersAndNorms(kappa, size)
  var gradKappa = Tensor<T>(repeating: 0, shape: kappa.shape)
  for h in 0..<size.H {
    var gradients = [T](repeating: 0, count: scales.taps)
    var product: T = 0
    for tap in 0..<min(size.L, scales.taps) {
      gradients[tap] = g[h, tap]
      product += g[h, tap] * filters[h, tap]
    }
    if size.flag("norm") {
      for tap in 0..<scales.taps { gradients[tap] = (gradients[tap] - filters[h, tap] * product) / norms[h] }
    }
    for scale in 0..<size.S {
      let weight: T = scales.weight(scale)
      for tap in 0..<size.W * scales.factor(scale) {
        let (before, after, part): (Int, Int, T) = scales.place(tap, scale)
        let share = weight * gradients[scales.start(scale) + tap]
        gradKappa[scale, h, before] += (1 - part) * share
        gradKappa[scale, h, after] += part * share
      }
    }
  }
  return gradKappa
}
