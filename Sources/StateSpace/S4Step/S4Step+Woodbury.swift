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

/// A step of all states of a head with its model, which is discretized once for them. It computes in double, so that a result in single
/// precision is rounded once.
///
/// A thread has whole heads, and keeps the model and two states of one.
final class S4Stepper: SendableMetatype {
  private let size: Size
  private let system: DiscreteSystem
  private let rows: Workspace<Double>

  static func bytes(_ size: Size) -> Int {
    DiscreteSystem.bytes(modes: size.N / 2, ranks: size.R)
      + 4 * DiscreteSystem.half(size.N / 2) * MemoryLayout<Double>.stride
  }

  init(_ size: Size, isExact: Bool) {
    self.size = size
    system = DiscreteSystem(modes: size.N / 2, ranks: size.R, isExact: isExact)
    rows = Workspace(2 * system.length)
    rows.base.update(repeating: 0, count: rows.count)
  }

  /// Steps all states of one head.
  func step<T: Lane>(_ states: StepPointers<T>, _ operands: SystemPointers<T>, _ head: Int) {
    let input = rows.base
    let state = input + system.length
    system.load(operands, head, of: size.H)
    system.input(input)
    for b in 0..<size.B {
      let index = b * size.H + head
      system.spread(states.x, index, state)
      let y = system.step(state, adding: input, Double(states.u[index]), state)
      system.collect(state, states.next, index)
      states.y[index] = T(y)
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
          for head in size.H * thread / threads..<size.H * (thread + 1) / threads {
            workers[thread].step(pointers, operands, head)
          }
        }
      }
    }
  }
}
