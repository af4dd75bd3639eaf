import KernelSpec
import Lanes
import Numerics
import Parallel

/// `a + b`, `a − b` and the same of the squares, for `a = 1/(z − w)` and `b = 1/(z − w̄)`.
private struct Inverses<T: QuotientLane> {
  let sum, difference, sumOfSquares, differenceOfSquares: Planar<T>

  @inline(__always) init(_ w: (real: T.Lanes, imaginary: T.Lanes), _ z: Planar<T>) {
    let d = z.real - w.real, above = w.imaginary - z.imaginary, below = w.imaginary + z.imaginary
    let square = d * d
    let first = T.reciprocal(T.multiplyAdd(above, above, square))
    let second = T.reciprocal(T.multiplyAdd(below, below, square))
    let a = Planar<T>(d * first, above * first), b = Planar<T>(d * second, (T.splat(0) - below) * second)
    let aa = Self.square(a), bb = Self.square(b)
    sum = Planar(a.real + b.real, a.imaginary + b.imaginary)
    difference = Planar(a.real - b.real, a.imaginary - b.imaginary)
    sumOfSquares = Planar(aa.real + bb.real, aa.imaginary + bb.imaginary)
    differenceOfSquares = Planar(aa.real - bb.real, aa.imaginary - bb.imaginary)
  }

  @inline(__always) private static func square(_ a: Planar<T>) -> Planar<T> {
    Planar((a.real - a.imaginary) * (a.real + a.imaginary), (a.real + a.real) * a.imaginary)
  }
}

/// The sums of one pair over some nodes, in lanes: those that the gradients of v and w are made of.
private struct PairSums<T: QuotientLane> {
  var inverses = Planar<T>.zero
  var squares = Planar<T>.zero

  /// Adds a vector of nodes z with cotangents g; what the pair has of `Σ v a² + v̄ b²` there is added to `slope`.
  @inline(__always)
  mutating func add(_ pair: UnsafePointer<T>, _ z: Planar<T>, _ g: Planar<T>, _ slope: inout Planar<T>) {
    let terms = Inverses<T>((T.splat(pair[0]), T.splat(pair[1])), z)
    let negative = T.splat(0) - g.imaginary
    Self.add(terms.sum, terms.difference, g, negative, &inverses)
    Self.add(terms.sumOfSquares, terms.differenceOfSquares, g, negative, &squares)
    let v = (real: T.splat(pair[2]), imaginary: T.splat(pair[3])), minus = T.splat(pair[4])
    slope.real = T.multiplyAdd(
      v.real, terms.sumOfSquares.real, T.multiplyAdd(minus, terms.differenceOfSquares.imaginary, slope.real))
    slope.imaginary = T.multiplyAdd(
      v.real, terms.sumOfSquares.imaginary,
      T.multiplyAdd(v.imaginary, terms.differenceOfSquares.real, slope.imaginary))
  }

  /// `g ā + ḡ b` from `a + b` and `a − b`, with the sign of its imaginary part turned.
  @inline(__always)
  private static func add(
    _ sum: Planar<T>, _ difference: Planar<T>, _ g: Planar<T>, _ negative: T.Lanes, _ total: inout Planar<T>
  ) {
    total.real = T.multiplyAdd(g.real, sum.real, T.multiplyAdd(g.imaginary, sum.imaginary, total.real))
    total.imaginary = T.multiplyAdd(
      g.real, difference.imaginary, T.multiplyAdd(negative, difference.real, total.imaginary))
  }
}

/// What one thread has of the gradients: pairs in tiles, nodes in blocks. A tile's sums over a block stay in registers, and count only if
/// all terms were in range: otherwise the block is summed by the definition.
final class PoleTotals<T: QuotientLane> {
  /// Pairs in a tile: as many as leave the machine's registers room for their sums.
  static var tile: Int {
    #if ISA_V4
      4
    #else
      2
    #endif
  }

  /// Nodes in a block.
  static var block: Int { 16 * T.width }

  static func padded(_ length: Int) -> Int { (length + block - 1) / block * block }

  /// Cotangents and gradients of the nodes, slopes in a block, and a tile's table and sums.
  static func scalars(_ length: Int) -> Int { 4 * padded(length) + 2 * block + tile * (5 + 4 * T.width) }

  let length, padded: Int
  private let memory: Workspace<T>

  init(_ length: Int) {
    self.length = length
    padded = Self.padded(length)
    memory = Workspace(Self.scalars(length))
  }

  var g: UnsafeMutablePointer<T> { memory.base }
  /// The parts of the gradient of z.
  var slopes: UnsafeMutablePointer<T> { memory.base + 2 * padded }
  private var scratch: UnsafeMutablePointer<T> { memory.base + 4 * padded }
  private var table: UnsafeMutablePointer<T> { scratch + 2 * Self.block }
  private var totals: UnsafeMutablePointer<T> { table + 5 * Self.tile }

  func start() { slopes.update(repeating: 0, count: 2 * padded) }

  func takeCotangent(_ pairs: UnsafePointer<T>) {
    splitPairs(pairs, length, 0..<padded, g, g + padded, padding: 0)
  }

  /// Sums over all nodes for some pairs of a head, of which there are at most a tile; writes their gradients.
  @inline(__always)
  func sum(
    _ operands: CauchyOperands<T>, _ nodes: NodeParts<T>, _ modes: Range<Int>, isWithin: Bool,
    _ gradV: UnsafeMutablePointer<T>, _ gradW: UnsafeMutablePointer<T>
  ) {
    let bound: T = PoleRange.bound(T.self, degree: 2)
    for i in 0..<Self.tile {
      let pair = table + 5 * i
      let w = i < modes.count ? CauchyOperands.complex(operands.w, modes.lowerBound + i) : Complex(-bound, 0)
      let v = i < modes.count ? CauchyOperands.complex(operands.v, modes.lowerBound + i) : Complex(0)
      (pair[0], pair[1], pair[2], pair[3], pair[4]) = (w.real, w.imaginary, v.real, v.imaginary, -v.imaginary)
    }
    totals.update(repeating: 0, count: 4 * Self.tile * T.width)
    for first in stride(from: 0, to: length, by: Self.block) {
      let vectors = (min(Self.block, length - first) + T.width - 1) / T.width
      if isWithin, add(nodes, first, vectors) { continue }
      define(operands, modes, first..<min(first + Self.block, length))
    }
    for (i, mode) in modes.enumerated() {
      let sums = totals + 4 * i * T.width
      let inverses = Complex(T.load(sums).sum(), -T.load(sums + T.width).sum())
      let squares = Complex(T.load(sums + 2 * T.width).sum(), -T.load(sums + 3 * T.width).sum())
      let slope = CauchyOperands.complex(operands.v, mode).conjugate * squares
      (gradV[2 * mode], gradV[2 * mode + 1]) = (inverses.real, inverses.imaginary)
      (gradW[2 * mode], gradW[2 * mode + 1]) = (slope.real, slope.imaginary)
    }
  }

  /// Adds a block of nodes in lanes; says whether all terms were in range, and adds nothing if not.
  @inline(__always)
  private func add(_ nodes: NodeParts<T>, _ first: Int, _ vectors: Int) -> Bool {
    let bounds = T.splat(PoleRange.bound(T.self, degree: 2))
    var (s0, s1) = (PairSums<T>(), PairSums<T>())
    #if ISA_V4
      var (s2, s3) = (PairSums<T>(), PairSums<T>())
    #endif
    var nothing = Planar<T>.zero
    for i in 0..<vectors {
      let at = first + i * T.width
      let z = Planar<T>(T.load(nodes.real + at), T.load(nodes.imaginary + at))
      let cotangent = Planar<T>(T.load(g + at), T.load(g + padded + at))
      if !(T.isWithin(z.real, bounds) && T.isWithin(z.imaginary, bounds)) { return false }
      var slope = Planar<T>.zero
      s0.add(table, z, cotangent, &slope)
      s1.add(table + 5, z, cotangent, &slope)
      #if ISA_V4
        s2.add(table + 10, z, cotangent, &slope)
        s3.add(table + 15, z, cotangent, &slope)
      #endif
      // What is not finite leaves something that is no number.
      nothing.real = T.multiplyAdd(slope.real, T.splat(0), nothing.real)
      nothing.imaginary = T.multiplyAdd(slope.imaginary, T.splat(0), nothing.imaginary)
      T.store(slope.real, scratch + i * T.width)
      T.store(slope.imaginary, scratch + Self.block + i * T.width)
    }
    if !nothing.isFinite { return false }
    for i in 0..<vectors {
      let at = first + i * T.width
      let g = Planar<T>(T.load(g + at), T.load(g + padded + at))
      let slope = Planar<T>(T.load(scratch + i * T.width), T.load(scratch + Self.block + i * T.width))
      let product = Planar<T>(
        T.multiplyAdd(g.real, slope.real, g.imaginary * slope.imaginary),
        g.imaginary * slope.real - g.real * slope.imaginary)
      T.store(T.load(slopes + at) - product.real, slopes + at)
      T.store(T.load(slopes + padded + at) - product.imaginary, slopes + padded + at)
    }
    keep(s0, 0)
    keep(s1, 1)
    #if ISA_V4
      keep(s2, 2)
      keep(s3, 3)
    #endif
    return true
  }

  @inline(__always) private func keep(_ sums: PairSums<T>, _ index: Int) {
    let total = totals + 4 * index * T.width
    T.store(T.load(total) + sums.inverses.real, total)
    T.store(T.load(total + T.width) + sums.inverses.imaginary, total + T.width)
    T.store(T.load(total + 2 * T.width) + sums.squares.real, total + 2 * T.width)
    T.store(T.load(total + 3 * T.width) + sums.squares.imaginary, total + 3 * T.width)
  }

  /// Adds some nodes as the reference does, to the totals' first lanes.
  @inline(never)
  private func define(_ operands: CauchyOperands<T>, _ modes: Range<Int>, _ range: Range<Int>) {
    for (i, mode) in modes.enumerated() {
      let v = CauchyOperands.complex(operands.v, mode), w = CauchyOperands.complex(operands.w, mode)
      var inverses = Complex<T>(0), squares = Complex<T>(0)
      for l in range {
        let z = CauchyOperands.complex(operands.z, l), g = Complex(g[l], g[padded + l])
        let a = Complex<T>.one / (z - w), b = Complex<T>.one / (z - w.conjugate)
        inverses += g * a.conjugate + g.conjugate * b
        squares += g * (a * a).conjugate + g.conjugate * (b * b)
        let slope = g * (v * (a * a) + v.conjugate * (b * b)).conjugate
        slopes[l] -= slope.real
        slopes[padded + l] -= slope.imaginary
      }
      let total = totals + 4 * i * T.width
      total[0] += inverses.real
      total[T.width] -= inverses.imaginary
      total[2 * T.width] += squares.real
      total[3 * T.width] -= squares.imaginary
    }
  }
}

extension CauchySum {
  /// Tiles of pairs of all heads go to the threads in equal parts; each has a gradient of z of its own, and they are added at the end.
  static func backward<T: QuotientLane>(_ size: Size, _ threads: Int) -> Run<T> {
    let (heads, modes, length) = (size.H, size.N / 2, size.L)
    let nodes = NodeParts<T>(length)
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in PoleTotals<T>(length) }
    let tile = PoleTotals<T>.tile
    let tiles = (modes + tile - 1) / tile
    return { arguments in
      let operands = CauchyOperands(arguments, modes: modes)
      let g = arguments.cotangent("y")
      let gradV = arguments.gradient("v"), gradW = arguments.gradient("w"), gradZ = arguments.gradient("z")
      team.run { thread in
        let worker = workers[thread]
        nodes.split(operands.z, nodes.tiles * thread / threads..<nodes.tiles * (thread + 1) / threads)
        worker.start()
        team.barrier()
        var (current, isWithin) = (-1, false)
        for unit in heads * tiles * thread / threads..<heads * tiles * (thread + 1) / threads {
          let head = unit / tiles, first = unit % tiles * tile
          if head != current {
            current = head
            worker.takeCotangent(g + 2 * head * length)
            isWithin = operands.polesAreWithin(PoleRange.bound(T.self, degree: 2), head)
          }
          let range = head * modes + first..<head * modes + min(first + tile, modes)
          worker.sum(operands, nodes, range, isWithin: isWithin, gradV, gradW)
        }
        team.barrier()
        for l in length * thread / threads..<length * (thread + 1) / threads {
          var sum = Complex<T>(0)
          for worker in workers { sum += Complex(worker.slopes[l], worker.slopes[worker.padded + l]) }
          (gradZ[2 * l], gradZ[2 * l + 1]) = (sum.real, sum.imaginary)
        }
      }
    }
  }
}
