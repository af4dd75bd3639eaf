import KernelSpec
import Lanes

/// Positions in blocks of T: `K[jT + t] = Σₘ Re(vₘ zₘ^(jT)) Re(zₘ^t) − Im(vₘ zₘ^(jT)) Im(zₘ^t)` is a product of real matrices,
/// (L/T × 2M)(2M × T), for each head; where modes are real, (L/T × M)(M × T). Both factors are powers of the poles, rounded once to the operands' precision.
///
/// A thread keeps the right factor of one head, 24 rows of the left one, and some 30 powers of each pole.
final class BlockedFilter<Rule: FilterRule>: FilterWorker {
  typealias T = Rule.T

  struct Layout {
    /// Groups of modes, strips in a row, rows held at a time, and the padded length of a row of the left factor.
    let groups, panels, chunk, inner: Int
    /// Numbers of each kind.
    let lanes, powers, scalars, doubles: Int

    init(_ blocking: Blocking) {
      groups = ModeLanes<T>.groups(blocking.modes)
      panels = (min(blocking.block, blocking.length) + Strip<T>.width - 1) / Strip<T>.width
      chunk = 24
      inner = Rule.parts * groups * Double.width
      lanes = (Rule.columns + 1 + chunk + panels) * groups
      powers = 2 * groups
      doubles = 2 * groups * Double.width * Strip<T>.width
      scalars = (panels * Strip<T>.width + chunk) * inner + Tile<T>.rows * Strip<T>.width
    }

    var bytes: Int {
      lanes * MemoryLayout<ComplexLanes>.stride + powers * MemoryLayout<T.Powers>.stride
        + scalars * MemoryLayout<T>.stride + doubles * MemoryLayout<Double>.stride
    }
  }

  static func blocking(_ size: Size) -> Blocking {
    blocking(size, block: max(Blocking.balanced(size.L), Strip<T>.width))
  }

  static func bytes(_ blocking: Blocking) -> Int { Layout(blocking).bytes }

  private let blocking: Blocking
  private let layout: Layout
  var rule: Rule!
  private let lanes: Workspace<ComplexLanes>
  private let powers: Workspace<T.Powers>
  private let scalars: Workspace<T>
  private let doubles: Workspace<Double>
  private let modes: ModeLanes<T>

  init(_ blocking: Blocking) {
    self.blocking = blocking
    layout = Layout(blocking)
    lanes = Workspace(layout.lanes)
    powers = Workspace(layout.powers)
    scalars = Workspace(layout.scalars)
    doubles = Workspace(layout.doubles)
    modes = ModeLanes(modes: blocking.modes, columns: Rule.columns, memory: lanes.base)
  }

  @inline(__always)
  func filter(_ head: Int, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>) {
    let groups = layout.groups
    let coefficients = lanes.base + Rule.columns * groups
    let far = coefficients + groups
    let panelPowers = far + layout.chunk * groups
    let starts = powers.base
    let steps = starts + groups
    let right = scalars.base
    let left = right + layout.panels * Strip<T>.width * layout.inner
    let edge = left + layout.chunk * layout.inner
    let near = doubles.base

    let rule = rule!
    rule.load(head, modes)
    for group in 0..<groups {
      let (pole, coefficient) = rule.mode(head, group, modes)
      coefficients[group] = coefficient
      // Powers by digits: t = strips + position, l = (chunks of rows + row) T + t.
      let strip = modes.powers(pole, count: Strip<T>.width, stride: Strip<T>.width, group, near)
      let row = strip.forEachPower(layout.panels) { panelPowers[$0 * groups + group] = $1 }
      steps[group] = row.forEachPower(min(layout.chunk, rows.count)) { far[$0 * groups + group] = $1 }
      starts[group] = row.power(rows.lowerBound)
    }
    expand(near, panelPowers, right)

    var first = rows.lowerBound
    while first < rows.upperBound {
      let count = min(layout.chunk, rows.upperBound - first)
      for group in 0..<groups {
        let start = coefficients[group] * starts[group].rounded
        let real = left + Rule.parts * group * Double.width
        let imaginary = real + modes.count(group)
        for j in 0..<count {
          let value = start * far[j * groups + group]
          // Where the group is not full its imaginary parts overwrite the padding of the real ones.
          T.storeDoubles(value.real, real + j * layout.inner)
          if !Rule.isReal { T.storeDoubles(value.imaginary, imaginary + j * layout.inner) }
        }
        starts[group] = starts[group] * steps[group]
      }
      multiply(left, right, first..<first + count, K, edge)
      first += count
    }
  }

  /// The right factor: `Re z^t` and `−Im z^t` of each mode, strip by strip.
  @inline(__always)
  private func expand(
    _ near: UnsafePointer<Double>, _ panelPowers: UnsafePointer<ComplexLanes>, _ right: UnsafeMutablePointer<T>
  ) {
    for panel in 0..<layout.panels {
      let strips = right + panel * layout.inner * Strip<T>.width
      let highs = UnsafeRawPointer(panelPowers + panel * layout.groups).assumingMemoryBound(to: Double.self)
      for mode in 0..<modes.modes {
        let (group, lane) = (mode / Double.width, mode % Double.width)
        let high = highs + group * 2 * Double.width + lane
        let highReal = DoubleLanes(repeating: high[0])
        let highImaginary = DoubleLanes(repeating: high[Double.width])
        let negative = -highImaginary
        let low = near + mode * 2 * Strip<T>.width
        let real = strips + (group * Rule.parts * Double.width + lane) * Strip<T>.width
        let imaginary = real + modes.count(group) * Strip<T>.width
        for t in stride(from: 0, to: Strip<T>.width, by: Double.width) {
          let lowReal = Double.load(low + t)
          if Rule.isReal {
            T.storeDoubles(highReal * lowReal, real + t)
            continue
          }
          let lowImaginary = Double.load(low + Strip<T>.width + t)
          T.storeDoubles(ComplexLanes.subtractProduct(highReal * lowReal, highImaginary, lowImaginary), real + t)
          T.storeDoubles(
            ComplexLanes.subtractProduct(negative * lowReal, highReal, lowImaginary), imaginary + t)
        }
      }
    }
  }

  @inline(__always)
  private func multiply(
    _ left: UnsafePointer<T>, _ right: UnsafePointer<T>, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>,
    _ edge: UnsafeMutablePointer<T>
  ) {
    let inner = Rule.parts * modes.modes
    for panel in 0..<layout.panels {
      let strips = right + panel * layout.inner * Strip<T>.width
      for j in stride(from: 0, to: rows.count, by: Tile<T>.rows) {
        let tile = left + j * layout.inner
        let at = (rows.lowerBound + j) * blocking.block + panel * Strip<T>.width
        let end = at + (Tile<T>.rows - 1) * blocking.block + Strip<T>.width
        if j + Tile<T>.rows <= rows.count, end <= blocking.length {
          Tile<T>.multiply(
            tile, stride: layout.inner, strips, inner: inner, K + at, resultStride: blocking.block)
        } else {
          Tile<T>.multiply(
            tile, stride: layout.inner, strips, inner: inner, edge, resultStride: Strip<T>.width)
          for row in 0..<min(Tile<T>.rows, rows.count - j) {
            let first = at + row * blocking.block
            let count = min(Strip<T>.width, blocking.length - first)
            if count > 0 { (K + first).update(from: edge + row * Strip<T>.width, count: count) }
          }
        }
      }
    }
  }
}
