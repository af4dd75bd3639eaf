import KernelSpec
import Lanes
import Parallel
import RealModule
import Transforms

/// The truncated generating function, as the official code has it: with `C̃ = C (1 − ρⁿ Abarⁿ)`,
///
///     Σₗ K[l] ωˡ = C̃ (1 − ω Abar)⁻¹ Bbar,   l < n
///
/// at `ω = ρ e^(−2πik/n)`, k = 0 … n/2, is a sum over the modes of residues by distances, `Σ v/(s − hA)` for `s = (1 − ω)/(1 + ω)`, and
/// the same with P for the low-rank part (Woodbury); a real inverse transform gives `ρˡ K[l]`.
///
/// The circle has the radius `ρ = e^(−1/n)`: undamped modes' poles, which lie on the unit circle, are 1/n away, and so is the
/// bilinear map's own at −1, the Nyquist frequency. Dividing by ρˡ makes errors at most e times larger. Sums are in double, so what poles near the circle
/// cost, some factor n, is not seen in single precision; in double it would be, and there is no such variant.
///
/// It keeps the nodes, a spectrum and a row of each thread, and two powers of Abar.
final class S4CauchyFilter: @unchecked Sendable {
  private let size: Size
  private let nodes: Nodes
  private let system: DiscreteSystem
  private let matrices: DenseMatrices
  private let transform: RealTransform<Double>
  private let doubles, row, spectrum: Workspace<Double>
  private let sums: Workspace<ComplexLanes>

  /// What does not depend on operands: for vectors of nodes `s` and `1/(1 + ω)`, and what each position of a row is multiplied by.
  final class Nodes: @unchecked Sendable {
    let n, vectors: Int
    let s, factor: Workspace<ComplexLanes>
    let scale: Workspace<Double>

    init(_ L: Int) {
      n = RealTransform<Double>.goodLength(L)
      vectors = (n / 2 + Double.width) / Double.width
      s = Workspace(vectors)
      factor = Workspace(vectors)
      scale = Workspace(L)
      for vector in 0..<vectors {
        var angle = DoubleLanes(repeating: 0)
        for lane in 0..<Double.width {
          angle[lane] = -2 * Double.pi * Double(min(vector * Double.width + lane, n / 2)) / Double(n)
        }
        let one = ComplexLanes(1)
        let (power, minusOne) = ComplexLanes.exponentials(
          ComplexLanes(DoubleLanes(repeating: -1 / Double(n)), angle))
        factor.base[vector] = one / (one + power)
        s.base[vector] = ComplexLanes(-minusOne.real, -minusOne.imaginary) * factor.base[vector]
      }
      for l in 0..<L { scale.base[l] = .exp(Double(l) / Double(n)) / Double(n) }
    }

    static func bytes(_ L: Int) -> Int {
      let n = RealTransform<Double>.goodLength(L)
      return 4 * (n / 2 + Double.width) * 8 + 8 * L
    }
  }

  /// Numbers for each mode and pair of vectors, the powers, strips and two rows.
  private static func doubles(_ size: Size) -> Int {
    let matrices = DenseMatrices(order: 2 * DiscreteSystem.half(size.N / 2))
    return size.N * (1 + size.R) * (1 + size.R) + 3 * matrices.square + 2 * matrices.stride
  }

  private static func sums(_ size: Size) -> Int { 3 * (1 + size.R) * (1 + size.R) }

  static func bytes(_ size: Size) -> Int {
    let n = RealTransform<Double>.goodLength(size.L)
    return DiscreteSystem.bytes(modes: size.N / 2, ranks: size.R) + 8 * (doubles(size) + 2 * n + 2 * Double.width)
      + sums(size) * MemoryLayout<ComplexLanes>.stride
  }

  init(_ size: Size, _ nodes: Nodes) {
    self.size = size
    self.nodes = nodes
    system = DiscreteSystem(modes: size.N / 2, ranks: size.R, isExact: false)
    matrices = DenseMatrices(order: system.length)
    transform = .shared(nodes.n)
    doubles = Workspace(Self.doubles(size))
    doubles.base.update(repeating: 0, count: doubles.count)
    row = Workspace(nodes.n)
    spectrum = Workspace(2 * nodes.vectors * Double.width)
    sums = Workspace(Self.sums(size))
  }

  /// Writes the filter of one head.
  func filter(_ operands: SystemPointers<Float>, _ head: Int, _ K: UnsafeMutablePointer<Float>) {
    system.load(operands, head, of: size.H)
    let pairs = doubles.base
    let folded = pairs + size.N * (1 + size.R) * (1 + size.R)
    fold(folded, folded + 2 * matrices.stride)
    residues(folded, pairs)
    for vector in 0..<nodes.vectors {
      let value = generate(pairs, nodes.s.base[vector]) * nodes.factor.base[vector]
      for lane in 0..<Double.width {
        spectrum.base[2 * (vector * Double.width + lane)] = value.real[lane]
        spectrum.base[2 * (vector * Double.width + lane) + 1] = value.imaginary[lane]
      }
    }
    transform.inverse(spectrum.base, into: row.base)
    for l in 0..<size.L { K[l] = Float(row.base[l] * nodes.scale.base[l]) }
  }

  /// `C̃`, by squaring.
  private func fold(_ folded: UnsafeMutablePointer<Double>, _ memory: UnsafeMutablePointer<Double>) {
    var power = memory
    var square = power + matrices.square
    let strips = square + matrices.square
    var (x, y) = (folded, folded + matrices.stride)
    for i in 0..<matrices.order {
      for k in 0..<matrices.stride { power[i * matrices.stride + k] = i == k ? 1 : 0 }
      system.stepRow(power + i * matrices.stride, power + i * matrices.stride)
    }
    x.update(from: system.C, count: system.length)
    var rest = nodes.n
    while rest > 0 {
      if rest & 1 == 1 {
        matrices.multiplyRow(x, power, y)
        swap(&x, &y)
      }
      rest >>= 1
      if rest == 0 { break }
      matrices.pack(power, rows: matrices.order, strips)
      matrices.multiply(power, matrices.stride, rows: matrices.order, strips, inner: matrices.order, square)
      swap(&power, &square)
    }
    for k in 0..<system.length { y[k] = system.C[k] - .exp(-1) * x[k] }
    if y != folded { folded.update(from: y, count: system.length) }
  }

  /// For each mode and pair (c, b) of a row c = C̃, conj P and a column b = dt B, hP: `Re v` and `Re v conj(hA)` for `v = c b`, doubled
  /// for the conjugate modes. Rows hold `(2 Re c, −2 Im c)`.
  private func residues(_ folded: UnsafePointer<Double>, _ pairs: UnsafeMutablePointer<Double>) {
    let half = system.half
    var at = pairs
    for m in 0..<system.modes {
      let (Ar, Ai) = (system.h * system.A[m], system.h * system.A[half + m])
      for i in 0...system.ranks {
        let c = i == 0 ? folded : UnsafePointer(system.P + (i - 1) * system.length)
        let (cr, ci) = i == 0 ? (c[m], -c[half + m]) : (2 * c[m], -2 * c[half + m])
        for j in 0...system.ranks {
          let b = j == 0 ? system.B : system.P + (j - 1) * system.length
          let scale = j == 0 ? 2 * system.h : system.h
          let (vr, vi) = (scale * (cr * b[m] - ci * b[half + m]), scale * (cr * b[half + m] + ci * b[m]))
          at[0] = vr
          at[1] = vr * Ar + vi * Ai
          at += 2
        }
      }
    }
  }

  /// The value at a vector of nodes, but for the factor `1/(1 + ω)`.
  @inline(__always) private func generate(_ pairs: UnsafePointer<Double>, _ s: ComplexLanes) -> ComplexLanes {
    let width = 1 + system.ranks
    let count = width * width
    let first = sums.base
    let values = first + 2 * count
    for i in 0..<2 * count { first[i] = ComplexLanes(0) }
    var pair = pairs
    for m in 0..<system.modes {
      let A = ComplexLanes(
        DoubleLanes(repeating: system.h * system.A[m]), DoubleLanes(repeating: system.h * system.A[system.half + m]))
      let inverse = ComplexLanes(1) / ((s - A) * (s - A.conjugate))
      for i in 0..<count {
        let (slope, constant) = (DoubleLanes(repeating: pair[0]), DoubleLanes(repeating: pair[1]))
        first[2 * i].real = Double.multiplyAdd(slope, inverse.real, first[2 * i].real)
        first[2 * i].imaginary = Double.multiplyAdd(slope, inverse.imaginary, first[2 * i].imaginary)
        first[2 * i + 1].real = Double.multiplyAdd(constant, inverse.real, first[2 * i + 1].real)
        first[2 * i + 1].imaginary = Double.multiplyAdd(constant, inverse.imaginary, first[2 * i + 1].imaginary)
        pair += 2
      }
    }
    for i in 0..<count { values[i] = s * first[2 * i] - first[2 * i + 1] }
    // Woodbury by elimination of the last rank first. The matrix 1 + h P* (s − hA)⁻¹ P has a positive real part where that of A is not
    // positive, so it needs no pivots.
    for k in stride(from: system.ranks, to: 0, by: -1) {
      let inverse = ComplexLanes(1) / (values[k * width + k] + ComplexLanes(1))
      for i in 0..<k {
        let factor = values[i * width + k] * inverse
        for j in 0..<k { values[i * width + j] = values[i * width + j] - factor * values[k * width + j] }
      }
    }
    return values[0]
  }
}

extension S4Filter {
  static func cauchy(threads: Int) -> @Sendable (Size) -> Run<Float> {
    { size in
      let team = Team(threads: threads)
      let nodes = S4CauchyFilter.Nodes(size.L)
      let workers = (0..<threads).map { _ in S4CauchyFilter(size, nodes) }
      return { arguments in
        let operands = SystemPointers(arguments)
        let K = arguments.output("K")
        team.run { thread in
          for head in size.H * thread / threads..<size.H * (thread + 1) / threads {
            workers[thread].filter(operands, head, K + head * size.L)
          }
        }
      }
    }
  }
}
