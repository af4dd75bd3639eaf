import KernelSpec
import Lanes

/// A block of steps by the recurrence itself, in double; a lane to a mode.
///
/// Multiplying by a rounded pole loses the same share of a state in every step; it is given back every few steps.
struct DirectBlock<T: ScanLane> {
  /// The greatest number of steps.
  static var steps: Int { 64 }
  /// Doubles that it needs: input and cotangent of each step, sums over modes in lanes, and the states of one group.
  static var doubles: Int { (2 + Double.width) * steps + 2 * Double.width * (steps + 1) }

  let modes: ScanModes<T>
  private let u, g, sums: UnsafeMutablePointer<Double>
  private let states: UnsafeMutablePointer<ComplexLanes>

  init(_ modes: ScanModes<T>, _ memory: UnsafeMutablePointer<Double>) {
    self.modes = modes
    u = memory
    g = memory + Self.steps
    sums = g + Self.steps
    states = UnsafeMutableRawPointer(sums + Double.width * Self.steps).assumingMemoryBound(to: ComplexLanes.self)
  }

  @inline(__always) private func take(
    _ scalars: UnsafePointer<T>, _ count: Int, _ doubles: UnsafeMutablePointer<Double>
  ) {
    for t in 0..<count { doubles[t] = Double(scalars[t]) }
  }

  @inline(__always) private static func step(
    _ x: ComplexLanes, _ pole: ComplexLanes, _ input: ComplexLanes, _ u: DoubleLanes
  ) -> ComplexLanes {
    ComplexLanes(
      ComplexLanes.subtractProduct(
        Double.multiplyAdd(x.real, pole.real, input.real * u), x.imaginary, pole.imaginary),
      Double.multiplyAdd(
        x.real, pole.imaginary, Double.multiplyAdd(x.imaginary, pole.real, input.imaginary * u)))
  }

  /// Writes the sums over the lanes of each step.
  @inline(__always) private func reduce(_ count: Int, _ result: UnsafeMutablePointer<T>) {
    let width = Double.width
    var t = 0
    while t + width <= count {
      T.storeDoubles(Double.sums { Double.load(sums + (t + $0) * width) }, result + t)
      t += width
    }
    while t < count {
      result[t] = T(Double.load(sums + t * width).sum())
      t += 1
    }
  }

  /// Steps with outputs; the state goes on.
  @inline(__always)
  func scan(
    _ input: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ count: Int, _ x: UnsafeMutablePointer<ComplexLanes>
  ) {
    take(input, count, u)
    sums.update(repeating: 0, count: count * Double.width)
    for group in stride(from: 0, to: modes.padded, by: 2) {
      let (pole0, pole1) = (modes.pole[group], modes.pole[group + 1])
      let (input0, input1) = (modes.input[group], modes.input[group + 1])
      let (output0, output1) = (modes.output[group], modes.output[group + 1])
      var (x0, x1) = (x[group], x[group + 1])
      for first in stride(from: 0, to: count, by: ScanModes<T>.stride) {
        for t in first..<min(first + ScanModes<T>.stride, count) {
          let u = DoubleLanes(repeating: u[t])
          x0 = Self.step(x0, pole0, input0, u)
          x1 = Self.step(x1, pole1, input1, u)
          let at = sums + t * Double.width
          let sum0 = Double.multiplyAdd(x0.real, output0.real, Double.load(at))
          let sum1 = Double.multiplyAdd(x1.real, output1.real, sum0)
          let sum2 = ComplexLanes.subtractProduct(sum1, x0.imaginary, output0.imaginary)
          Double.store(ComplexLanes.subtractProduct(sum2, x1.imaginary, output1.imaginary), at)
        }
        x0 = .multiplyAdd(x0, modes.loss[group], x0)
        x1 = .multiplyAdd(x1, modes.loss[group + 1], x1)
      }
      (x[group], x[group + 1]) = (x0, x1)
    }
    reduce(count, y)
  }

  /// Steps without outputs.
  @inline(__always)
  func advance(_ input: UnsafePointer<T>, _ count: Int, _ x: UnsafeMutablePointer<ComplexLanes>) {
    take(input, count, u)
    for group in stride(from: 0, to: modes.padded, by: 2) {
      var (x0, x1) = (x[group], x[group + 1])
      for first in stride(from: 0, to: count, by: ScanModes<T>.stride) {
        for t in first..<min(first + ScanModes<T>.stride, count) {
          let u = DoubleLanes(repeating: u[t])
          x0 = Self.step(x0, modes.pole[group], modes.input[group], u)
          x1 = Self.step(x1, modes.pole[group + 1], modes.input[group + 1], u)
        }
        x0 = .multiplyAdd(x0, modes.loss[group], x0)
        x1 = .multiplyAdd(x1, modes.loss[group + 1], x1)
      }
      (x[group], x[group + 1]) = (x0, x1)
    }
  }

  /// Steps back: `x` is the state before the block, `q` the gradient of the state after it and then of that before. Adds to the modes'
  /// sums.
  @inline(__always)
  func adjoint(
    _ input: UnsafePointer<T>, _ cotangent: UnsafePointer<T>, _ gradU: UnsafeMutablePointer<T>, _ count: Int,
    _ x: UnsafePointer<ComplexLanes>, _ q: UnsafeMutablePointer<ComplexLanes>
  ) {
    take(input, count, u)
    take(cotangent, count, g)
    sums.update(repeating: 0, count: count * Double.width)
    for group in 0..<modes.groups {
      let pole = modes.pole[group], input = modes.input[group], output = modes.output[group], loss = modes.loss[group]
      states[0] = x[group]
      for t in 0..<count {
        let next = Self.step(states[t], pole, input, DoubleLanes(repeating: u[t]))
        states[t + 1] = (t + 1) % ScanModes<T>.stride == 0 ? .multiplyAdd(next, loss, next) : next
      }
      var q0 = q[group]
      var (byPole, byInput, byOutput) = (modes.gradPole[group], modes.gradInput[group], modes.gradOutput[group])
      for t in stride(from: count - 1, through: 0, by: -1) {
        let (u, g) = (DoubleLanes(repeating: u[t]), DoubleLanes(repeating: g[t]))
        let (before, after) = (states[t], states[t + 1])
        q0 = ComplexLanes(
          Double.multiplyAdd(output.real, g, q0.real), ComplexLanes.subtractProduct(q0.imaginary, output.imaginary, g)
        )
        byOutput = ComplexLanes(
          Double.multiplyAdd(after.real, g, byOutput.real),
          ComplexLanes.subtractProduct(byOutput.imaginary, after.imaginary, g))
        byInput = ComplexLanes(
          Double.multiplyAdd(q0.real, u, byInput.real), Double.multiplyAdd(q0.imaginary, u, byInput.imaginary))
        byPole = Self.addProduct(byPole, before, q0)
        let at = sums + t * Double.width
        Double.store(
          Double.multiplyAdd(
            q0.real, input.real, Double.multiplyAdd(q0.imaginary, input.imaginary, Double.load(at))), at)
        q0 = Self.addProduct(ComplexLanes(0), pole, q0)
        if t % ScanModes<T>.stride == 0 { q0 = Self.addProduct(q0, loss, q0) }
      }
      q[group] = q0
      (modes.gradPole[group], modes.gradInput[group], modes.gradOutput[group]) = (byPole, byInput, byOutput)
    }
    reduce(count, gradU)
  }

  /// `sum + conj(a) b`.
  @inline(__always)
  static func addProduct(_ sum: ComplexLanes, _ a: ComplexLanes, _ b: ComplexLanes) -> ComplexLanes {
    ComplexLanes(
      Double.multiplyAdd(a.real, b.real, Double.multiplyAdd(a.imaginary, b.imaginary, sum.real)),
      ComplexLanes.subtractProduct(
        Double.multiplyAdd(a.real, b.imaginary, sum.imaginary), a.imaginary, b.real))
  }
}

/// Step by step from the first to the last.
final class DirectScan<T: ScanLane>: ForwardScan {
  let modes: ScanModes<T>
  private let memory: Workspace<Double>
  private let length: Int

  static func bytes(_ size: Size) -> Int {
    ScanModes<T>.bytes(size) + DirectBlock<T>.doubles * MemoryLayout<Double>.stride
      + ScanModes<T>.padded(size) * MemoryLayout<ComplexLanes>.stride
  }

  init(_ size: Size) {
    modes = ScanModes(size)
    memory = Workspace(DirectBlock<T>.doubles)
    length = size.L
  }

  func begin() {}

  func scan(_ u: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ x: UnsafeMutablePointer<ComplexLanes>) {
    let block = DirectBlock(modes, memory.base)
    for first in stride(from: 0, to: length, by: DirectBlock<T>.steps) {
      block.scan(u + first, y + first, min(DirectBlock<T>.steps, length - first), x)
    }
  }
}

/// Step by step, there and back: the states before blocks of steps are kept, those within a block computed anew.
final class DirectAdjoint<T: ScanLane>: BackwardScan {
  let modes: ScanModes<T>
  private let memory: Workspace<Double>
  private let starts: Workspace<ComplexLanes>
  private let length, blocks: Int

  static func blocks(_ size: Size) -> Int { (size.L + DirectBlock<T>.steps - 1) / DirectBlock<T>.steps }

  static func bytes(_ size: Size) -> Int {
    ScanModes<T>.bytes(size) + DirectBlock<T>.doubles * MemoryLayout<Double>.stride
      + (blocks(size) + 2) * ScanModes<T>.padded(size) * MemoryLayout<ComplexLanes>.stride
  }

  init(_ size: Size) {
    modes = ScanModes(size)
    memory = Workspace(DirectBlock<T>.doubles)
    length = size.L
    blocks = Self.blocks(size)
    starts = Workspace(blocks * modes.padded)
  }

  func begin() {}
  func end() {}

  func scan(
    _ u: UnsafePointer<T>, _ g: UnsafePointer<T>, _ gradU: UnsafeMutablePointer<T>,
    _ x: UnsafeMutablePointer<ComplexLanes>, _ q: UnsafeMutablePointer<ComplexLanes>
  ) {
    let block = DirectBlock(modes, memory.base), steps = DirectBlock<T>.steps
    for i in 0..<blocks {
      (starts.base + i * modes.padded).update(from: x, count: modes.padded)
      if i < blocks - 1 { block.advance(u + i * steps, steps, x) }
    }
    for i in (0..<blocks).reversed() {
      let first = i * steps
      block.adjoint(
        u + first, g + first, gradU + first, min(steps, length - first), starts.base + i * modes.padded, q)
    }
  }
}
