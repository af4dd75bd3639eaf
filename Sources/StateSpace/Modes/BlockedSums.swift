import KernelSpec
import Lanes

/// The sums of sequences by blocks. With `s₀ = Σ gₗ z^l` and, since `s₁ = Σ gₗ l z^(l−1) = Σ hₗ z^l` for `hₗ = (l+1) gₗ₊₁`, both
/// sums are one transform of two sequences: a product of blocks of T positions with a factor (T × 2M) that is rounded once, then a
/// sum of the blocks weighted with `z^(jT)`, in double.
///
/// A thread keeps the factor of one head, 24 blocks of each sequence, and 24 powers of each pole.
final class BlockedSums<Rule: SumRule>: SumWorker {
  typealias T = Rule.T

  struct Layout {
    let groups, panels, depth, chunk: Int
    let lanes, powers, scalars: Int

    init(_ blocking: Blocking) {
      groups = ModeLanes<T>.groups(blocking.modes)
      panels = (groups + Self.groupsInStrip - 1) / Self.groupsInStrip
      depth = min(blocking.block, blocking.length)
      chunk = 24
      lanes = (Rule.columns + 2 + chunk) * groups + Self.digit
      powers = 2 * groups
      scalars = panels * depth * Strip<T>.width + 2 * chunk * blocking.block + Tile<T>.rows * Strip<T>.width
    }

    /// A strip holds this many groups of modes: their real and, unless these are zero, their imaginary parts.
    static var groupsInStrip: Int { Strip<T>.width / (Rule.parts * Double.width) }
    static var digit: Int { 16 }

    /// Where the real parts of a group are in its strip; the imaginary parts are a vector further.
    @inline(__always) static func offset(_ group: Int) -> Int {
      let index = group % groupsInStrip
      if Rule.isReal { return index * Double.width }
      let inVector = T.width / Double.width
      return index / inVector * 2 * T.width + index % inVector * Double.width
    }

    var bytes: Int {
      lanes * MemoryLayout<ComplexLanes>.stride + powers * MemoryLayout<T.Powers>.stride + scalars
        * MemoryLayout<T>.stride
    }
  }

  static func blocking(_ size: Size) -> Blocking { blocking(size, block: Blocking.balanced(size.L)) }

  static func bytes(_ blocking: Blocking) -> Int { Layout(blocking).bytes }

  private let blocking: Blocking
  private let layout: Layout
  var rule: Rule!
  private let modes: ModeLanes<T>
  private let lanes: Workspace<ComplexLanes>
  private let powers: Workspace<T.Powers>
  private let scalars: Workspace<T>

  init(_ blocking: Blocking) {
    self.blocking = blocking
    layout = Layout(blocking)
    lanes = Workspace(layout.lanes)
    powers = Workspace(layout.powers)
    scalars = Workspace(layout.scalars)
    modes = ModeLanes(modes: blocking.modes, columns: Rule.columns, memory: lanes.base)
  }

  @inline(__always)
  func sum(
    _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<T>,
    _ s0: UnsafeMutablePointer<ComplexLanes>, _ s1: UnsafeMutablePointer<ComplexLanes>
  ) {
    let groups = layout.groups
    let partial = lanes.base + Rule.columns * groups
    let far = partial + 2 * groups
    let lows = far + layout.chunk * groups
    let starts = powers.base
    let steps = starts + groups
    let right = scalars.base
    let left = right + layout.panels * layout.depth * Strip<T>.width
    let products = left + 2 * layout.chunk * blocking.block

    let rule = rule!
    rule.load(head, modes)
    for group in 0..<groups {
      let pole = rule.pole(head, group, modes)
      let row = expand(pole, lows, right + group / Layout.groupsInStrip * layout.depth * Strip<T>.width, group)
      steps[group] = row.forEachPower(min(layout.chunk, rows.count)) { far[$0 * groups + group] = $1 }
      starts[group] = row.power(rows.lowerBound)
      s0[group] = ComplexLanes(0)
      s1[group] = ComplexLanes(0)
    }

    var first = rows.lowerBound
    while first < rows.upperBound {
      let count = min(layout.chunk, rows.upperBound - first)
      if Rule.needsPlain { blocking.gatherPlain(g, first, count, left) }
      if Rule.needsWeighted { blocking.gatherWeighted(g, first, count, left + layout.chunk * blocking.block) }
      partial.update(repeating: ComplexLanes(0), count: 2 * groups)
      for panel in 0..<layout.panels {
        for which in (Rule.needsPlain ? 0 : 1)..<(Rule.needsWeighted ? 2 : 1) {
          for j in stride(from: 0, to: count, by: Tile<T>.rows) {
            Tile<T>.multiply(
              left + (which * layout.chunk + j) * blocking.block, stride: blocking.block,
              right + panel * layout.depth * Strip<T>.width, inner: layout.depth, products,
              resultStride: Strip<T>.width)
            weigh(products, panel, far + j * groups, min(Tile<T>.rows, count - j), partial + which * groups)
          }
        }
      }
      for group in 0..<groups {
        let start = starts[group].rounded
        s0[group] = .multiplyAdd(start, partial[group], s0[group])
        s1[group] = .multiplyAdd(start, partial[groups + group], s1[group])
        starts[group] = starts[group] * steps[group]
      }
      first += count
    }
  }

  /// The right factor of one group: `Re z^t` and `Im z^t`. Returns the power of a whole block.
  @inline(__always)
  private func expand(
    _ pole: T.Powers, _ lows: UnsafeMutablePointer<ComplexLanes>, _ strips: UnsafeMutablePointer<T>, _ group: Int
  ) -> T.Powers {
    let digit = min(Layout.digit, blocking.block)
    let step = pole.forEachPower(digit) { lows[$0] = $1 }
    let real = strips + Layout.offset(group)
    return step.forEachPower((layout.depth + digit - 1) / digit) { n, high in
      for t in 0..<min(digit, layout.depth - n * digit) {
        let value = high * lows[t]
        T.storeDoubles(value.real, real + (n * digit + t) * Strip<T>.width)
        if Rule.isReal { continue }
        T.storeDoubles(value.imaginary, real + (n * digit + t) * Strip<T>.width + T.width)
      }
    }
  }

  /// Adds the products of some blocks, each times its power, to the sums of a strip's groups.
  @inline(__always)
  private func weigh(
    _ products: UnsafePointer<T>, _ panel: Int, _ far: UnsafePointer<ComplexLanes>, _ count: Int,
    _ sums: UnsafeMutablePointer<ComplexLanes>
  ) {
    let first = panel * Layout.groupsInStrip
    for group in first..<min(first + Layout.groupsInStrip, layout.groups) {
      let real = products + Layout.offset(group)
      var sum = sums[group]
      for j in 0..<count {
        let power = far[j * layout.groups + group]
        if Rule.isReal {
          sum.real = Double.multiplyAdd(power.real, T.loadDoubles(real + j * Strip<T>.width), sum.real)
          continue
        }
        let product = ComplexLanes(
          T.loadDoubles(real + j * Strip<T>.width), T.loadDoubles(real + j * Strip<T>.width + T.width))
        sum = .multiplyAdd(power, product, sum)
      }
      sums[group] = sum
    }
  }
}
