import KernelSpec
import Lanes

/// Lanes hold consecutive positions of one mode, `v z^l … v z^(l+w−1)`, and go on by a factor `z^(4w)`; all in double. Every 64
/// positions they start anew from powers that have not been multiplied up.
///
/// A thread keeps 4w powers of each pole of one head.
final class PowersFilter<Rule: FilterRule>: FilterWorker {
  typealias T = Rule.T

  struct Layout {
    let groups, lanes, powers, doubles: Int

    init(_ blocking: Blocking) {
      groups = ModeLanes<T>.groups(blocking.modes)
      lanes = (Rule.columns + 3) * groups
      powers = 2 * groups
      doubles = groups * Double.width * 2 * Self.stride + blocking.block
    }

    /// Positions between a state and the next: four vectors, so that their chains of products overlap.
    static var stride: Int { 4 * Double.width }

    var bytes: Int {
      lanes * MemoryLayout<ComplexLanes>.stride + powers * MemoryLayout<T.Powers>.stride
        + doubles * MemoryLayout<Double>.stride
    }
  }

  static func blocking(_ size: Size) -> Blocking { blocking(size, block: 64) }

  static func bytes(_ blocking: Blocking) -> Int { Layout(blocking).bytes }

  private let blocking: Blocking
  private let layout: Layout
  var rule: Rule!
  private let lanes: Workspace<ComplexLanes>
  private let powers: Workspace<T.Powers>
  private let doubles: Workspace<Double>
  private let modes: ModeLanes<T>

  init(_ blocking: Blocking) {
    self.blocking = blocking
    layout = Layout(blocking)
    lanes = Workspace(layout.lanes)
    powers = Workspace(layout.powers)
    doubles = Workspace(layout.doubles)
    modes = ModeLanes(modes: blocking.modes, columns: Rule.columns, memory: lanes.base)
  }

  @inline(__always)
  func filter(_ head: Int, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>) {
    let groups = layout.groups
    let coefficients = lanes.base + Rule.columns * groups
    let strides = coefficients + groups
    let terms = strides + groups
    let starts = powers.base
    let steps = starts + groups
    let near = doubles.base
    let sums = near + groups * Double.width * 2 * Layout.stride

    let rule = rule!
    rule.load(head, modes)
    for group in 0..<groups {
      let (pole, coefficient) = rule.mode(head, group, modes)
      coefficients[group] = coefficient
      let next = modes.powers(pole, count: Layout.stride, stride: Layout.stride, group, near)
      strides[group] = next.rounded
      steps[group] = next.power(blocking.block / Layout.stride)
      starts[group] = steps[group].power(rows.lowerBound)
    }
    for row in rows {
      sums.update(repeating: 0, count: blocking.block)
      for group in 0..<groups {
        terms[group] = coefficients[group] * starts[group].rounded
        starts[group] = starts[group] * steps[group]
      }
      for mode in 0..<modes.modes {
        let (low, term, step) = (
          near + mode * 2 * Layout.stride, modes.broadcast(terms, mode), modes.broadcast(strides, mode)
        )
        if Rule.isReal { addReal(low, term.real, step.real, sums) } else { add(low, term, step, sums) }
      }
      let first = row * blocking.block
      let count = min(blocking.block, blocking.length - first)
      for t in 0..<count { K[first + t] = T(sums[t]) }
    }
  }

  /// Adds one mode's terms to a block's sums.
  @inline(__always)
  private func add(
    _ low: UnsafePointer<Double>, _ start: ComplexLanes, _ step: ComplexLanes, _ sums: UnsafeMutablePointer<Double>
  ) {
    @inline(__always) func first(_ v: Int) -> ComplexLanes {
      start * ComplexLanes(Double.load(low + v * Double.width), Double.load(low + Layout.stride + v * Double.width))
    }
    var (s0, s1, s2, s3) = (first(0), first(1), first(2), first(3))
    var sum = sums
    for _ in 0..<blocking.block / Layout.stride {
      Double.store(Double.load(sum) + s0.real, sum)
      Double.store(Double.load(sum + Double.width) + s1.real, sum + Double.width)
      Double.store(Double.load(sum + 2 * Double.width) + s2.real, sum + 2 * Double.width)
      Double.store(Double.load(sum + 3 * Double.width) + s3.real, sum + 3 * Double.width)
      (s0, s1, s2, s3) = (s0 * step, s1 * step, s2 * step, s3 * step)
      sum += Layout.stride
    }
  }

  /// The same for a real mode.
  @inline(__always)
  private func addReal(
    _ low: UnsafePointer<Double>, _ start: DoubleLanes, _ step: DoubleLanes, _ sums: UnsafeMutablePointer<Double>
  ) {
    @inline(__always) func first(_ v: Int) -> DoubleLanes { start * Double.load(low + v * Double.width) }
    var (s0, s1, s2, s3) = (first(0), first(1), first(2), first(3))
    var sum = sums
    for _ in 0..<blocking.block / Layout.stride {
      Double.store(Double.load(sum) + s0, sum)
      Double.store(Double.load(sum + Double.width) + s1, sum + Double.width)
      Double.store(Double.load(sum + 2 * Double.width) + s2, sum + 2 * Double.width)
      Double.store(Double.load(sum + 3 * Double.width) + s3, sum + 3 * Double.width)
      (s0, s1, s2, s3) = (s0 * step, s1 * step, s2 * step, s3 * step)
      sum += Layout.stride
    }
  }
}
