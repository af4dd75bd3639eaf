import KernelSpec
import Lanes
import Numerics

/// Horner's rule for `s₀ = Σ gₗ z^l` and, with `hₗ = (l+1) gₗ₊₁`, for `s₁ = Σ hₗ z^l`: a lane sums every 2w-th position by powers of
/// `z^(2w)`; all in double. Blocks of 64 positions are summed apart and weighted with powers that have not been multiplied up.
/// Where only one of the sums is needed, blocks are twice as long, and their second half takes the place of the other sequence.
///
/// A thread keeps 2w powers of each pole of one head.
final class PowersSums<Rule: SumRule>: SumWorker {
  typealias T = Rule.T

  struct Layout {
    let groups, lanes, powers, doubles: Int

    init(_ blocking: Blocking) {
      groups = ModeLanes<T>.groups(blocking.modes)
      lanes = (Rule.columns + 4) * groups
      powers = 2 * groups
      doubles = groups * Double.width * 2 * Self.stride + 2 * blocking.block
    }

    /// Positions that one step takes: two vectors of each sequence, so that their chains of products overlap.
    static var stride: Int { 2 * Double.width }

    var bytes: Int {
      lanes * MemoryLayout<ComplexLanes>.stride + powers * MemoryLayout<T.Powers>.stride
        + doubles * MemoryLayout<Double>.stride
    }
  }

  /// Whether only one of the sums is needed.
  private static var isSingle: Bool { !Rule.needsPlain || !Rule.needsWeighted }

  static func blocking(_ size: Size) -> Blocking { blocking(size, block: isSingle ? 128 : 64) }

  static func bytes(_ blocking: Blocking) -> Int { Layout(blocking).bytes }

  private let blocking: Blocking
  private let layout: Layout
  var rule: Rule!
  private let modes: ModeLanes<T>
  private let lanes: Workspace<ComplexLanes>
  private let powers: Workspace<T.Powers>
  private let doubles: Workspace<Double>

  init(_ blocking: Blocking) {
    self.blocking = blocking
    layout = Layout(blocking)
    lanes = Workspace(layout.lanes)
    powers = Workspace(layout.powers)
    doubles = Workspace(layout.doubles)
    modes = ModeLanes(modes: blocking.modes, columns: Rule.columns, memory: lanes.base)
    doubles.base.update(repeating: 0, count: layout.doubles)
  }

  @inline(__always)
  func sum(
    _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<T>,
    _ s0: UnsafeMutablePointer<ComplexLanes>, _ s1: UnsafeMutablePointer<ComplexLanes>
  ) {
    let groups = layout.groups
    let strides = lanes.base + Rule.columns * groups
    let halves = strides + groups
    let partial = halves + groups
    let starts = powers.base
    let steps = starts + groups
    let near = doubles.base
    let plain = near + groups * Double.width * 2 * Layout.stride
    let weighted = plain + blocking.block

    let rule = rule!
    rule.load(head, modes)
    for group in 0..<groups {
      let pole = rule.pole(head, group, modes)
      let next = modes.powers(pole, count: min(Layout.stride, blocking.length), stride: Layout.stride, group, near)
      strides[group] = next.rounded
      if Self.isSingle {
        // Zero where no position is that far: a power beyond the last one may overflow.
        let isLong = blocking.length > blocking.block / 2
        halves[group] = isLong ? next.power(blocking.block / 2 / Layout.stride).rounded : ComplexLanes(0)
      }
      steps[group] = next.power(blocking.block / Layout.stride)
      starts[group] = steps[group].power(rows.lowerBound)
      s0[group] = ComplexLanes(0)
      s1[group] = ComplexLanes(0)
      partial[group] = ComplexLanes(0)
      partial[groups + group] = ComplexLanes(0)
    }
    for row in rows {
      if Rule.needsPlain { blocking.gatherPlain(g, row, 1, plain) }
      if Rule.needsWeighted { blocking.gatherWeighted(g, row, 1, weighted) }
      let used = min(blocking.block, blocking.length - row * blocking.block)
      let reach = Self.isSingle ? min(used, blocking.block / 2) : used
      let count = (reach + Layout.stride - 1) / Layout.stride
      let only = Rule.needsPlain ? plain : weighted
      for mode in 0..<modes.modes {
        let low = near + mode * 2 * Layout.stride
        let step = modes.broadcast(strides, mode)
        if Self.isSingle {
          let (p, q) = horner(step, low, only, only + blocking.block / 2, count)
          let half = modes.scalar(halves, mode)
          modes.set(Rule.needsPlain ? partial : partial + groups, mode, p + half * q)
        } else {
          let (p, q) = horner(step, low, plain, weighted, count)
          modes.set(partial, mode, p)
          modes.set(partial + groups, mode, q)
        }
      }
      for group in 0..<groups {
        let start = starts[group].rounded
        if Rule.needsPlain { s0[group] = .multiplyAdd(start, partial[group], s0[group]) }
        if Rule.needsWeighted { s1[group] = .multiplyAdd(start, partial[groups + group], s1[group]) }
        starts[group] = starts[group] * steps[group]
      }
    }
  }

  /// The sums of two sequences over one block, for one mode.
  @inline(__always)
  private func horner(
    _ step: ComplexLanes, _ low: UnsafePointer<Double>, _ first: UnsafePointer<Double>,
    _ second: UnsafePointer<Double>, _ count: Int
  ) -> (Complex<Double>, Complex<Double>) {
    var (p0, p1) = (ComplexLanes(0), ComplexLanes(0))
    var (q0, q1) = (ComplexLanes(0), ComplexLanes(0))
    for at in stride(from: (count - 1) * Layout.stride, through: 0, by: -Layout.stride) {
      p0 = advance(p0, step, first + at)
      p1 = advance(p1, step, first + at + Double.width)
      q0 = advance(q0, step, second + at)
      q1 = advance(q1, step, second + at + Double.width)
    }
    let low0 = ComplexLanes(Double.load(low), Double.load(low + Layout.stride))
    let low1 = ComplexLanes(Double.load(low + Double.width), Double.load(low + Layout.stride + Double.width))
    let p = ComplexLanes.multiplyAdd(p1, low1, p0 * low0)
    let q = ComplexLanes.multiplyAdd(q1, low1, q0 * low0)
    return (Complex(p.real.sum(), p.imaginary.sum()), Complex(q.real.sum(), q.imaginary.sum()))
  }

  /// `sum · step + x`.
  @inline(__always)
  private func advance(_ sum: ComplexLanes, _ step: ComplexLanes, _ x: UnsafePointer<Double>) -> ComplexLanes {
    if Rule.isReal { return ComplexLanes(Double.multiplyAdd(sum.real, step.real, Double.load(x)), sum.imaginary) }
    return ComplexLanes(
      ComplexLanes.subtractProduct(
        Double.multiplyAdd(sum.real, step.real, Double.load(x)), sum.imaginary, step.imaginary),
      Double.multiplyAdd(sum.real, step.imaginary, sum.imaginary * step.real))
  }
}
