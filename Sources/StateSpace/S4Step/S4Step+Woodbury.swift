import KernelSpec
import Lanes
import Parallel

/// States, inputs and results of a call.
struct StepPointers<T: Lane> {
  let x, u: UnsafePointer<T>
  let next, y: UnsafeMutablePointer<T>

  @inline(__always) init(_ arguments: borrowing Arguments<T>) {
    x = arguments.input("x")
    u = arguments.input("u")
    next = arguments.output("x")
    y = arguments.output("y")
  }
}

/// A step of all states of some heads with their models, which are discretized once for them. It computes in double, so that a result in
/// single precision is rounded once.
///
/// States of consecutive heads lie side by side, those of one head far apart: where there are many, a thread has the models of eight heads
/// at hand, so that it reads memory in order. It keeps them, or one, and a state.
final class S4Stepper: SendableMetatype {
  private let size: Size
  private let systems: [DiscreteSystem]
  /// `Bbar` of each model, and a state.
  private let rows: Workspace<Double>

  private static func heads(_ size: Size) -> Int { size.B < 16 ? 1 : min(size.H, 8) }

  static func bytes(_ size: Size) -> Int {
    let heads = heads(size)
    return heads * DiscreteSystem.bytes(modes: size.N / 2, ranks: size.R)
      + (heads + 1) * 2 * DiscreteSystem.half(size.N / 2) * MemoryLayout<Double>.stride
  }

  init(_ size: Size, isExact: Bool) {
    self.size = size
    systems = (0..<Self.heads(size)).map { _ in
      DiscreteSystem(modes: size.N / 2, ranks: size.R, isExact: isExact)
    }
    rows = Workspace((systems.count + 1) * systems[0].length)
    rows.base.update(repeating: 0, count: rows.count)
  }

  /// Steps all states of some heads.
  func step<T: Lane>(_ states: StepPointers<T>, _ operands: SystemPointers<T>, _ heads: Range<Int>) {
    let length = systems[0].length
    let state = rows.base + systems.count * length
    for first in stride(from: heads.lowerBound, to: heads.upperBound, by: systems.count) {
      let count = min(systems.count, heads.upperBound - first)
      for j in 0..<count {
        systems[j].load(operands, first + j, of: size.H)
        systems[j].input(rows.base + j * length)
      }
      for b in 0..<size.B {
        for j in 0..<count {
          let index = b * size.H + first + j
          let system = systems[j]
          system.spread(states.x, index, state)
          let y = system.step(state, adding: rows.base + j * length, Double(states.u[index]), state)
          system.collect(state, states.next, index)
          states.y[index] = T(y)
        }
      }
    }
  }
}

extension S4Step {
  static func woodbury<T: Lane>(_: T.Type, threads: Int) -> @Sendable (Size) -> Run<T> {
    { size in
      let team = Team(threads: threads)
      let workers = (0..<threads).map { _ in S4Stepper(size, isExact: T.self == Double.self) }
      return { arguments in
        let operands = SystemPointers(arguments)
        let pointers = StepPointers(arguments)
        team.run { thread in
          workers[thread].step(pointers, operands, size.H * thread / threads..<size.H * (thread + 1) / threads)
        }
      }
    }
  }
}
