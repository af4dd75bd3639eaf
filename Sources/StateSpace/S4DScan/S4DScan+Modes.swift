import KernelSpec
import Lanes
import Parallel

/// Powers of poles that know what rounding them to double loses.
protocol PoleResidue: PolePowers {
  /// The power less its rounded value.
  var residue: ComplexLanes { get }
}

extension ComplexLanes: PoleResidue {
  /// Nothing that single precision would see.
  @inline(__always) var residue: ComplexLanes { ComplexLanes(0) }
}

extension CompensatedComplexLanes: PoleResidue {
  @inline(__always) var residue: ComplexLanes { ComplexLanes(real.low, imaginary.low) }
}

/// A precision of operands of scans.
protocol ScanLane: ModeLane, ElementaryLane where Powers: PoleResidue {}

extension Float: ScanLane {}
extension Double: ScanLane {}

/// The modes of one head as a recurrence, in lanes, and the sums that their gradients are made of. Groups come in pairs, the last of
/// which may be empty, since one group's steps take longer than the processor takes to begin another's.
final class ScanModes<T: ScanLane> {
  /// Steps after which a state is corrected for what rounding the pole loses in them.
  static var stride: Int { 8 }

  let groups, padded: Int
  private let bilinear: Bool
  private let memory: Workspace<ComplexLanes>
  private let modes: ModeLanes<T>
  /// The poles with all digits.
  let powers: Workspace<T.Powers>

  static func padded(_ size: Size) -> Int { (ModeLanes<T>.groups(size.N / 2) + 1) / 2 * 2 }

  static func bytes(_ size: Size) -> Int {
    padded(size) * (13 * MemoryLayout<ComplexLanes>.stride + MemoryLayout<T.Powers>.stride)
  }

  init(_ size: Size) {
    groups = ModeLanes<T>.groups(size.N / 2)
    padded = Self.padded(size)
    bilinear = size.choice("discretization") == "bilinear"
    memory = Workspace(13 * padded)
    memory.base.update(repeating: ComplexLanes(0), count: 13 * padded)
    modes = ModeLanes(modes: size.N / 2, columns: 3, memory: memory.base)
    powers = Workspace(padded)
  }

  /// `Abar`, `Bbar` and `2C`.
  var pole: UnsafeMutablePointer<ComplexLanes> { memory.base + 3 * padded }
  var input: UnsafeMutablePointer<ComplexLanes> { memory.base + 4 * padded }
  var output: UnsafeMutablePointer<ComplexLanes> { memory.base + 5 * padded }
  /// What `stride` steps lose of a state, relative to it.
  var loss: UnsafeMutablePointer<ComplexLanes> { memory.base + 6 * padded }
  /// The gradients of these three.
  var gradPole: UnsafeMutablePointer<ComplexLanes> { memory.base + 7 * padded }
  var gradInput: UnsafeMutablePointer<ComplexLanes> { memory.base + 8 * padded }
  var gradOutput: UnsafeMutablePointer<ComplexLanes> { memory.base + 9 * padded }
  private var scratch: UnsafeMutablePointer<ComplexLanes> { memory.base + 10 * padded }

  private func discrete(_ operands: S4DFilter.Modes<T>.Inputs, _ head: Int, _ group: Int) -> DiscreteLanes<T.Powers> {
    DiscreteLanes<T.Powers>(dt: Double(operands.dt[head]), A: modes[0][group], bilinear: bilinear)
  }

  func load(_ operands: S4DFilter.Modes<T>.Inputs, _ head: Int) {
    modes.spread(operands.A, head, to: 0)
    modes.spread(operands.B, head, to: 1)
    modes.spread(operands.C, head, to: 2)
    for group in 0..<groups {
      let mode = discrete(operands, head, group)
      powers.base[group] = mode.pole
      pole[group] = mode.pole.rounded
      input[group] = modes[1][group] * mode.gain
      output[group] = modes[2][group].multiplied(by: 2)
      let isTiny = mode.pole.rounded.lengthSquared .< DoubleLanes(repeating: 1e-200)
      loss[group] = (mode.pole.residue / mode.pole.rounded).multiplied(by: Double(Self.stride))
        .replacing(with: ComplexLanes(0), where: isTiny)
    }
    gradPole.update(repeating: ComplexLanes(0), count: 3 * padded)
  }

  /// Reads the states of one batch's head; zeros where there are none.
  func loadStates(_ states: UnsafePointer<T>?, _ row: Int, _ x: UnsafeMutablePointer<ComplexLanes>) {
    x.update(repeating: ComplexLanes(0), count: padded)
    guard let states else { return }
    let scalars = UnsafeMutableRawPointer(x).assumingMemoryBound(to: Double.self)
    for m in 0..<modes.modes {
      let at = m / Double.width * 2 * Double.width + m % Double.width
      scalars[at] = Double(states[2 * (row * modes.modes + m)])
      scalars[at + Double.width] = Double(states[2 * (row * modes.modes + m) + 1])
    }
  }

  func storeStates(_ x: UnsafePointer<ComplexLanes>, _ row: Int, _ states: UnsafeMutablePointer<T>) {
    modes.collect(x, states, row)
  }

  /// The chain rule from the recurrence's coefficients to the operands of one head, as in the reference.
  func finish(_ operands: S4DFilter.Modes<T>.Inputs, _ results: S4DFilter.Modes<T>.Results, _ head: Int) {
    let dt = Double(operands.dt[head])
    var gradDt = 0.0
    for group in 0..<groups {
      let mode = discrete(operands, head, group)
      let (poleByZ, gainByA, gainByDt) = mode.derivatives
      let byZ = gradPole[group] * poleByZ.conjugate
      let byGain = gradInput[group] * modes[1][group].conjugate
      scratch[group] = byZ.multiplied(by: dt) + byGain * gainByA.conjugate
      scratch[padded + group] = gradInput[group] * mode.gain.conjugate
      scratch[2 * padded + group] = gradOutput[group].multiplied(by: 2)
      let byDt = (byZ * modes[0][group].conjugate + byGain * gainByDt.conjugate).real
      for lane in 0..<modes.count(group) { gradDt += byDt[lane] }
    }
    results.dt[head] = T(gradDt)
    modes.collect(scratch, results.A, head)
    modes.collect(scratch + padded, results.B, head)
    modes.collect(scratch + 2 * padded, results.C, head)
  }
}

/// One thread's part of a scan: rows are batches' heads.
protocol ScanWorker: AnyObject, SendableMetatype {
  associatedtype T: ScanLane
  init(_ size: Size)
  var modes: ScanModes<T> { get }
  /// What it keeps of a head for all its rows, the modes having been loaded.
  func begin()
}

protocol ForwardScan: ScanWorker {
  /// Scans one row; `x` is the state before and after.
  func scan(_ u: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ x: UnsafeMutablePointer<ComplexLanes>)
}

protocol BackwardScan: ScanWorker {
  /// Scans one row there and back: `x` is the state before, `q` the cotangent of that after and then the gradient of that before.
  /// Adds to the modes' sums.
  func scan(
    _ u: UnsafePointer<T>, _ g: UnsafePointer<T>, _ gradU: UnsafeMutablePointer<T>,
    _ x: UnsafeMutablePointer<ComplexLanes>, _ q: UnsafeMutablePointer<ComplexLanes>)
  /// Adds what it has kept of the head's rows to the modes' sums.
  func end()
}

extension S4DScan {
  /// Rows go to the threads in equal parts, the batches of a head next to each other.
  static func forward<Worker: ForwardScan>(_ size: Size, _ threads: Int, _: Worker.Type) -> Run<Worker.T> {
    let (batch, heads, length) = (size.B, size.H, size.L)
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in Worker(size) }
    let states = (0..<threads).map { _ in Workspace<ComplexLanes>(ScanModes<Worker.T>.padded(size)) }
    return { arguments in
      let operands = S4DFilter.Modes<Worker.T>.Inputs(arguments)
      let u = arguments.input("u"), x0 = arguments.optionalInput("x0")
      let y = arguments.output("y"), x = arguments.output("x")
      team.run { thread in
        let worker = workers[thread], state = states[thread].base
        var current = -1
        for unit in batch * heads * thread / threads..<batch * heads * (thread + 1) / threads {
          let head = unit / batch, row = unit % batch * heads + head
          if head != current {
            current = head
            worker.modes.load(operands, head)
            worker.begin()
          }
          worker.modes.loadStates(x0, row, state)
          worker.scan(u + row * length, y + row * length, state)
          worker.modes.storeStates(state, row, x)
        }
      }
    }
  }

  /// Heads go to the threads in equal parts: gradients of the modes are sums over the batches.
  static func backward<Worker: BackwardScan>(_ size: Size, _ threads: Int, _: Worker.Type) -> Run<Worker.T> {
    let (batch, heads, length) = (size.B, size.H, size.L)
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in Worker(size) }
    let padded = ScanModes<Worker.T>.padded(size)
    let states = (0..<threads).map { _ in Workspace<ComplexLanes>(2 * padded) }
    return { arguments in
      let operands = S4DFilter.Modes<Worker.T>.Inputs(arguments)
      let results = S4DFilter.Modes<Worker.T>.Results(arguments)
      let u = arguments.input("u"), x0 = arguments.optionalInput("x0")
      let gradU = arguments.gradient("u"), gradX0 = arguments.optionalGradient("x0")
      let g = arguments.cotangent("y"), p = arguments.cotangent("x")
      team.run { thread in
        let worker = workers[thread], x = states[thread].base
        for head in heads * thread / threads..<heads * (thread + 1) / threads {
          worker.modes.load(operands, head)
          worker.begin()
          for row in stride(from: head, to: batch * heads, by: heads) {
            worker.modes.loadStates(x0, row, x)
            worker.modes.loadStates(p, row, x + padded)
            worker.scan(u + row * length, g + row * length, gradU + row * length, x, x + padded)
            if let gradX0 { worker.modes.storeStates(x + padded, row, gradX0) }
          }
          worker.end()
          worker.modes.finish(operands, results, head)
        }
      }
    }
  }
}
