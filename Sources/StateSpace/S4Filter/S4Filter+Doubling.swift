import KernelSpec
import Lanes
import Parallel

/// Repeated squaring, as `krylov` of the official code: the outputs `C Abar^l` of k positions times `Abar^k` are those of the next k. At
/// some 64 positions they stop doubling, and all are multiplied by the last power again and again.
///
/// It costs N² for each position, and keeps two blocks of outputs and two powers, in double. An error of the first power is squared
/// with it, so that of position l is some `l·ε`, which does not show in single precision; in double `blocked` has less.
final class S4DoublingFilter: SendableMetatype {
  private let size: Size
  private let system: DiscreteSystem
  private let matrices: DenseMatrices
  private let doubles: Workspace<Double>

  private static var block: Int { 64 }

  private static func doubles(_ size: Size) -> Int {
    let matrices = DenseMatrices(order: 2 * DiscreteSystem.half(size.N / 2))
    return 3 * matrices.square + 2 * matrices.doubles(rows: block) + matrices.stride
  }

  static func bytes(_ size: Size) -> Int {
    DiscreteSystem.bytes(modes: size.N / 2, ranks: size.R) + doubles(size) * MemoryLayout<Double>.stride
  }

  init(_ size: Size) {
    self.size = size
    system = DiscreteSystem(modes: size.N / 2, ranks: size.R, isExact: false)
    matrices = DenseMatrices(order: system.length)
    doubles = Workspace(Self.doubles(size))
    doubles.base.update(repeating: 0, count: doubles.count)
  }

  /// Writes the filter of one head.
  func filter(_ operands: SystemPointers<Float>, _ head: Int, _ K: UnsafeMutablePointer<Float>) {
    system.load(operands, head, of: size.H)
    let stride = matrices.stride
    var power = doubles.base
    var square = power + matrices.square
    let strips = square + matrices.square
    var outputs = strips + matrices.square
    var next = outputs + matrices.doubles(rows: Self.block)
    let input = next + matrices.doubles(rows: Self.block)
    system.input(input)
    outputs.update(from: system.C, count: system.length)
    for i in 0..<matrices.order {
      for k in 0..<stride { power[i * stride + k] = i == k ? 1 : 0 }
      system.stepRow(power + i * stride, power + i * stride)
    }
    var count = 1
    while count < min(Self.block, size.L) {
      matrices.pack(power, rows: matrices.order, strips)
      matrices.multiply(outputs, stride, rows: count, strips, inner: matrices.order, next)
      (outputs + count * stride).update(from: next, count: count * stride)
      matrices.multiply(power, stride, rows: matrices.order, strips, inner: matrices.order, square)
      swap(&power, &square)
      count *= 2
    }
    matrices.pack(power, rows: matrices.order, strips)
    for first in Swift.stride(from: 0, to: size.L, by: count) {
      for l in 0..<min(count, size.L - first) { K[first + l] = Float(system.dot(outputs + l * stride, input)) }
      if first + count >= size.L { break }
      matrices.multiply(outputs, stride, rows: count, strips, inner: matrices.order, next)
      swap(&outputs, &next)
    }
  }
}

extension S4Filter {
  static func doubling(threads: Int) -> @Sendable (Size) -> Run<Float> {
    { size in
      let team = Team(threads: threads)
      let workers = (0..<threads).map { _ in S4DoublingFilter(size) }
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
