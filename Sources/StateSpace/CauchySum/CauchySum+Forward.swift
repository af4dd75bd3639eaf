import KernelSpec
import Lanes
import Parallel

/// Nodes of a call with their real and imaginary parts apart, padded by the last one to whole tiles.
final class NodeParts<T: QuotientLane>: Sendable {
  /// Nodes in a tile: two vectors, so that one's chain of operations overlaps the other's.
  static var tile: Int { 2 * T.width }

  static func padded(_ length: Int) -> Int { (length + tile - 1) / tile * tile }

  let length, padded: Int
  private let memory: Workspace<T>

  init(_ length: Int) {
    self.length = length
    padded = Self.padded(length)
    memory = Workspace(2 * padded)
  }

  var tiles: Int { padded / Self.tile }
  var real: UnsafeMutablePointer<T> { memory.base }
  var imaginary: UnsafeMutablePointer<T> { memory.base + padded }

  /// Takes the parts of some tiles' nodes.
  @inline(__always) func split(_ z: UnsafePointer<T>, _ tiles: Range<Int>) {
    splitPairs(z, length, tiles.lowerBound * Self.tile..<tiles.upperBound * Self.tile, real, imaginary, padding: nil)
  }
}

/// Takes the parts of the complex numbers in `range`, of which there are `length`; beyond them `padding`, or the last one.
@inline(__always)
func splitPairs<T: QuotientLane>(
  _ pairs: UnsafePointer<T>, _ length: Int, _ range: Range<Int>, _ real: UnsafeMutablePointer<T>,
  _ imaginary: UnsafeMutablePointer<T>, padding: T?
) {
  var l = range.lowerBound
  while l + T.width <= min(length, range.upperBound) {
    let parts = T.loadPairs(pairs + 2 * l)
    T.store(parts.0, real + l)
    T.store(parts.1, imaginary + l)
    l += T.width
  }
  while l < range.upperBound {
    let from = min(l, length - 1)
    real[l] = l < length ? pairs[2 * from] : padding ?? pairs[2 * from]
    imaginary[l] = l < length ? pairs[2 * from + 1] : padding ?? pairs[2 * from + 1]
    l += 1
  }
}

extension CauchySum {
  static func bytes<T: QuotientLane>(_: T.Type, _ size: Size, _ pass: Pass, _ threads: Int) -> Int {
    let nodes = 2 * NodeParts<T>.padded(size.L)
    let each =
      switch pass {
      case .forward: SinglePoles.scalars * size.N / 2
      case .gradient: PoleTotals<T>.scalars(size.L)
      }
    return (nodes + threads * each) * MemoryLayout<T>.stride
  }

  /// Tiles of all heads, each summed over the poles in registers, go to the threads in equal parts. A tile whose nodes or poles are out
  /// of range, or whose sums are not finite, is summed by the definition.
  static func forward<T: QuotientLane, Poles: PoleArithmetic>(
    _ size: Size, _ threads: Int, _: Poles.Type
  ) -> Run<T> {
    let (heads, modes, length) = (size.H, size.N / 2, size.L)
    let nodes = NodeParts<T>(length)
    let team = Team(threads: threads)
    let tables = (0..<threads).map { _ in Workspace<T>(SinglePoles.scalars * modes) }
    let tiles = nodes.tiles
    return { arguments in
      let operands = CauchyOperands(arguments, modes: modes)
      let y = arguments.output("y")
      team.run { thread in
        nodes.split(operands.z, tiles * thread / threads..<tiles * (thread + 1) / threads)
        team.barrier()
        var unit = heads * tiles * thread / threads
        let end = heads * tiles * (thread + 1) / threads
        while unit < end {
          let head = unit / tiles
          let last = min(end, (head + 1) * tiles)
          sum(
            operands, nodes, head, unit - head * tiles..<last - head * tiles, tables[thread].base,
            y + 2 * head * length, Poles.self)
          unit = last
        }
      }
    }
  }

  @inline(__always)
  private static func sum<T: QuotientLane, Poles: PoleArithmetic>(
    _ operands: CauchyOperands<T>, _ nodes: NodeParts<T>, _ head: Int, _ tiles: Range<Int>,
    _ table: UnsafeMutablePointer<T>, _ y: UnsafeMutablePointer<T>, _: Poles.Type
  ) {
    let (modes, width, length) = (operands.modes, T.width, nodes.length)
    for mode in 0..<modes {
      let index = head * modes + mode
      Poles.keep(
        CauchyOperands.complex(operands.v, index), CauchyOperands.complex(operands.w, index),
        table + Poles.scalars * mode)
    }
    let bound: T = PoleRange.bound(T.self, degree: Poles.degree)
    let polesAreWithin = operands.polesAreWithin(bound, head)
    let bounds = T.splat(bound)
    for tile in tiles {
      let first = tile * 2 * width
      let real = nodes.real + first, imaginary = nodes.imaginary + first
      let z0 = Nodes<T>(real, imaginary), z1 = Nodes<T>(real + width, imaginary + width)
      var sum0 = Planar<T>.zero, sum1 = Planar<T>.zero
      var pair = UnsafePointer(table)
      for _ in 0..<modes {
        Poles.add(pair, z0, &sum0)
        Poles.add(pair, z1, &sum1)
        pair += Poles.scalars
      }
      let y0 = Poles.finish(sum0, z0), y1 = Poles.finish(sum1, z1)
      let isWithin =
        polesAreWithin && T.isWithin(z0.real, bounds) && T.isWithin(z0.imaginary, bounds)
        && T.isWithin(z1.real, bounds) && T.isWithin(z1.imaginary, bounds)
      if isWithin, y0.isFinite, y1.isFinite, first + 2 * width <= length {
        T.storePairs(y0.real, y0.imaginary, y + 2 * first)
        T.storePairs(y1.real, y1.imaginary, y + 2 * (first + width))
      } else if isWithin, y0.isFinite, y1.isFinite {
        for l in first..<length {
          let lane = (l - first) % width
          y[2 * l] = l < first + width ? y0.real[lane] : y1.real[lane]
          y[2 * l + 1] = l < first + width ? y0.imaginary[lane] : y1.imaginary[lane]
        }
      } else {
        for l in first..<min(first + 2 * width, length) {
          let sum = operands.sum(head, l)
          (y[2 * l], y[2 * l + 1]) = (sum.real, sum.imaginary)
        }
      }
    }
  }
}
