import KernelSpec
import Lanes
import Numerics

/// Horner's rule for `s₀ = Σ gₗ z^l` and, with `hₗ = (l+1) gₗ₊₁`, for `s₁ = Σ hₗ z^l`: a lane sums every 2w-th position by powers of
/// `z^(2w)`; all in double. Blocks of 64 positions are summed apart and weighted with powers that have not been multiplied up.
///
/// A thread keeps 2w powers of each pole of one head.
final class PowersSums<T: ModeLane>: HeadSums {
  struct Layout {
    let groups, lanes, powers, doubles: Int

    init(_ blocking: Blocking) {
      groups = HeadModes<T>.groups(blocking.modes)
      lanes = 3 * groups
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

  static func blocking(_ size: Size) -> Blocking { Blocking(size, block: 64) }

  static func bytes(_ blocking: Blocking) -> Int {
    Layout(blocking).bytes + HeadTotals<T>.lanes(blocking) * MemoryLayout<ComplexLanes>.stride
  }

  let totals: HeadTotals<T>
  private let blocking: Blocking
  private let layout: Layout
  private let bilinear: Bool
  private let lanes: Workspace<ComplexLanes>
  private let powers: Workspace<T.Powers>
  private let doubles: Workspace<Double>

  init(_ blocking: Blocking, bilinear: Bool) {
    self.blocking = blocking
    self.bilinear = bilinear
    layout = Layout(blocking)
    lanes = Workspace(layout.lanes)
    powers = Workspace(layout.powers)
    doubles = Workspace(layout.doubles)
    totals = HeadTotals(blocking)
  }

  @inline(__always)
  func sum(
    _ operands: HeadModes<T>.Pointers, _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<T>,
    _ s0: UnsafeMutablePointer<ComplexLanes>, _ s1: UnsafeMutablePointer<ComplexLanes>
  ) {
    let groups = layout.groups
    let modes = totals.modes
    let strides = lanes.base
    let partial = strides + groups
    let starts = powers.base
    let steps = starts + groups
    let near = doubles.base
    let plain = near + groups * Double.width * 2 * Layout.stride
    let weighted = plain + blocking.block

    modes.load(operands, head)
    for group in 0..<groups {
      let mode = DiscreteLanes<T.Powers>(dt: Double(operands.dt[head]), A: modes.A[group], bilinear: bilinear)
      let next = modes.powers(mode.pole, count: Layout.stride, group, near)
      strides[group] = next.rounded
      steps[group] = next.power(blocking.block / Layout.stride)
      starts[group] = steps[group].power(rows.lowerBound)
      s0[group] = ComplexLanes(0)
      s1[group] = ComplexLanes(0)
      partial[group] = ComplexLanes(0)
      partial[groups + group] = ComplexLanes(0)
    }
    for row in rows {
      blocking.gather(g, row, 1, plain, weighted)
      let used = min(blocking.block, blocking.length - row * blocking.block)
      for mode in 0..<modes.modes {
        let low = near + mode * 2 * Layout.stride
        let (p, q) = horner(
          modes.broadcast(strides, mode), low, plain, weighted, (used + Layout.stride - 1) / Layout.stride)
        modes.set(partial, mode, p)
        modes.set(partial + groups, mode, q)
      }
      for group in 0..<groups {
        let start = starts[group].rounded
        s0[group] = .multiplyAdd(start, partial[group], s0[group])
        s1[group] = .multiplyAdd(start, partial[groups + group], s1[group])
        starts[group] = starts[group] * steps[group]
      }
    }
  }

  /// The sums of both sequences over one block, for one mode.
  @inline(__always)
  private func horner(
    _ step: ComplexLanes, _ low: UnsafePointer<Double>, _ plain: UnsafePointer<Double>,
    _ weighted: UnsafePointer<Double>,
    _ count: Int
  ) -> (Complex<Double>, Complex<Double>) {
    var (p0, p1) = (ComplexLanes(0), ComplexLanes(0))
    var (q0, q1) = (ComplexLanes(0), ComplexLanes(0))
    for at in stride(from: (count - 1) * Layout.stride, through: 0, by: -Layout.stride) {
      p0 = advance(p0, step, plain + at)
      p1 = advance(p1, step, plain + at + Double.width)
      q0 = advance(q0, step, weighted + at)
      q1 = advance(q1, step, weighted + at + Double.width)
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
    ComplexLanes(
      ComplexLanes.subtractProduct(
        Double.multiplyAdd(sum.real, step.real, Double.load(x)), sum.imaginary, step.imaginary),
      Double.multiplyAdd(sum.real, step.imaginary, sum.imaginary * step.real))
  }
}
