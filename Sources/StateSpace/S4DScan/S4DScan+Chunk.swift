import KernelSpec
import Lanes

/// The matrices of one head for chunks of T steps, and their products with rows of chunks, one chunk to a row.
///
/// With `xⱼ` for the state before chunk j, `y[t] = Re(2C Abar^(t+1) xⱼ) + Σₛ K[t−s] u[s]` with the first T taps K of the filter, and
/// `xⱼ₊₁ = Abar^T xⱼ + Bbar Σₜ Abar^(T−1−t) u[t]`. States in rows are the real and then the imaginary parts of each group of modes.
final class ChunkTables<T: ScanLane> {
  static var steps: Int { 64 }
  /// Chunks whose rows are held at a time.
  static var rows: Int { 24 }
  private static var digit: Int { 8 }

  struct Layout {
    /// Scalars of a state, strips that hold a state, and strips that hold a chunk.
    let states, panels, stepPanels: Int

    init(_ size: Size) {
      states = 2 * Double.width * ModeLanes<T>.groups(size.N / 2)
      panels = (states + Strip<T>.width - 1) / Strip<T>.width
      stepPanels = ChunkTables.steps / Strip<T>.width
    }

    /// Scalars of a row of states as products, and of the matrices.
    var productStride: Int { panels * Strip<T>.width }
    var into: Int { steps * productStride }
    var out: Int { (states + steps) * steps }
    var lanes: Int { steps * states / (2 * Double.width) + digit }
  }

  let layout: Layout
  private let groups: Int
  private let powers: Workspace<ComplexLanes>
  /// Zeros, the taps, the taps from the last to the first, and zeros: as many of each.
  private let taps: Workspace<Double>
  /// `Abar^T` and `T Abar^(T−1)`.
  private let far: Workspace<ComplexLanes>

  static func bytes(_ size: Size) -> Int {
    let layout = Layout(size)
    return (layout.lanes + 2 * layout.states / (2 * Double.width)) * MemoryLayout<ComplexLanes>.stride
      + 4 * steps * MemoryLayout<Double>.stride
  }

  init(_ size: Size) {
    layout = Layout(size)
    groups = ModeLanes<T>.groups(size.N / 2)
    powers = Workspace(layout.lanes)
    taps = Workspace(4 * Self.steps)
    taps.base.update(repeating: 0, count: 4 * Self.steps)
    far = Workspace(2 * groups)
  }

  var wholePole: UnsafeMutablePointer<ComplexLanes> { far.base }
  var slope: UnsafeMutablePointer<ComplexLanes> { far.base + groups }

  /// `Abar^t` of a group.
  @inline(__always) func power(_ t: Int, _ group: Int) -> ComplexLanes { powers.base[t * groups + group] }

  /// Computes powers of the poles and taps of the filter. A power is a product of two that have been rounded once.
  func load(_ modes: ScanModes<T>) {
    let (steps, digit) = (Self.steps, Self.digit)
    let lows = powers.base + steps * groups
    for group in 0..<groups {
      let step = modes.powers.base[group].forEachPower(digit) { lows[$0] = $1 }
      let whole = step.forEachPower(steps / digit) { n, high in
        for t in 0..<digit { powers.base[(n * digit + t) * groups + group] = high * lows[t] }
      }
      wholePole[group] = whole.rounded
      slope[group] = power(steps - 1, group).multiplied(by: Double(steps))
    }
    for t in stride(from: 0, to: steps, by: Double.width) {
      let sums = Double.sums { i in
        var sum = DoubleLanes(repeating: 0)
        for group in 0..<groups {
          let gain = modes.output[group] * modes.input[group], power = power(t + i, group)
          sum = ComplexLanes.subtractProduct(
            Double.multiplyAdd(gain.real, power.real, sum), gain.imaginary, power.imaginary)
        }
        return sum
      }
      Double.store(sums, taps.base + steps + t)
    }
    for k in 0..<steps { taps.base[3 * steps - 1 - k] = taps.base[steps + k] }
  }

  /// Strips of `Abar^t` in row t, or of `Abar^(T−1−t)`: from steps to states.
  func expandInto(_ matrix: UnsafeMutablePointer<T>, reversed: Bool) {
    for t in 0..<Self.steps {
      for group in 0..<groups {
        let value = power(reversed ? Self.steps - 1 - t : t, group)
        let column = 2 * group * Double.width
        let strip = matrix + column / Strip<T>.width * Self.steps * Strip<T>.width
        T.storeDoubles(value.real, strip + t * Strip<T>.width + column % Strip<T>.width)
        T.storeDoubles(value.imaginary, strip + t * Strip<T>.width + (column + Double.width) % Strip<T>.width)
      }
    }
  }

  /// Strips of what row r of states gives to each step t, `value(t, group)` for the real parts and `sign` times its imaginary part for
  /// the imaginary ones.
  func expandStates(
    _ matrix: UnsafeMutablePointer<T>, firstRow: Int, imaginarySign: Double, _ value: (Int, Int) -> ComplexLanes
  ) {
    let (width, inner) = (Double.width, layout.states + Self.steps)
    for group in 0..<groups {
      for t in stride(from: 0, to: Self.steps, by: width) {
        let strip = matrix + t / Strip<T>.width * inner * Strip<T>.width + t % Strip<T>.width
        let rows = strip + (firstRow + 2 * group * width) * Strip<T>.width
        Double.transpose({ value(t + $0, group).real }, { T.storeDoubles($1, rows + $0 * Strip<T>.width) })
        Double.transpose(
          { value(t + $0, group).imaginary * imaginarySign },
          { T.storeDoubles($1, rows + (width + $0) * Strip<T>.width) })
      }
    }
  }

  /// Strips of `K[t−s]` in row s and column t, or the transpose.
  func expandTaps(_ matrix: UnsafeMutablePointer<T>, firstRow: Int, transposed: Bool) {
    let (steps, inner) = (Self.steps, layout.states + Self.steps)
    for panel in 0..<layout.stepPanels {
      let first = panel * Strip<T>.width
      for row in 0..<steps {
        let strip = matrix + (panel * inner + firstRow + row) * Strip<T>.width
        let from = transposed ? taps.base + 3 * steps - 1 - row + first : taps.base + steps - row + first
        for i in Swift.stride(from: 0, to: Strip<T>.width, by: Double.width) {
          T.storeDoubles(Double.load(from + i), strip + i)
        }
      }
    }
  }

  /// Products of rows of steps with strips from steps to states.
  @inline(__always)
  func multiplyInto(
    _ rows: UnsafePointer<T>, stride: Int, _ count: Int, _ matrix: UnsafePointer<T>,
    _ products: UnsafeMutablePointer<T>
  ) {
    for panel in 0..<layout.panels {
      for j in Swift.stride(from: 0, to: count, by: Tile<T>.rows) {
        Tile<T>.multiply(
          rows + j * stride, stride: stride, matrix + panel * Self.steps * Strip<T>.width, inner: Self.steps,
          products + j * layout.productStride + panel * Strip<T>.width, resultStride: layout.productStride)
      }
    }
  }

  /// Products of rows of states and steps with strips to steps, of which panel p has nothing outside the rows `used(p)`.
  @inline(__always)
  func multiplyOut(
    _ rows: UnsafePointer<T>, _ count: Int, _ matrix: UnsafePointer<T>, _ result: UnsafeMutablePointer<T>,
    _ edge: UnsafeMutablePointer<T>, used: (Int) -> Range<Int>
  ) {
    let inner = layout.states + Self.steps
    for panel in 0..<layout.stepPanels {
      let range = used(panel)
      let strips = matrix + (panel * inner + range.lowerBound) * Strip<T>.width
      for j in stride(from: 0, to: count, by: Tile<T>.rows) {
        let left = rows + j * inner + range.lowerBound
        let at = result + j * Self.steps + panel * Strip<T>.width
        if j + Tile<T>.rows <= count {
          Tile<T>.multiply(left, stride: inner, strips, inner: range.count, at, resultStride: Self.steps)
        } else {
          Tile<T>.multiply(left, stride: inner, strips, inner: range.count, edge, resultStride: Strip<T>.width)
          for row in 0..<count - j {
            (at + row * Self.steps).update(from: edge + row * Strip<T>.width, count: Strip<T>.width)
          }
        }
      }
    }
  }

  /// One group's numbers of a row of states.
  @inline(__always) static func load(_ row: UnsafePointer<T>, _ group: Int) -> ComplexLanes {
    let real = row + 2 * group * Double.width
    return ComplexLanes(T.loadDoubles(real), T.loadDoubles(real + Double.width))
  }

  @inline(__always) static func store(_ value: ComplexLanes, _ row: UnsafeMutablePointer<T>, _ group: Int) {
    T.storeDoubles(value.real, row + 2 * group * Double.width)
    T.storeDoubles(value.imaginary, row + (2 * group + 1) * Double.width)
  }
}

/// Chunks by real matrix products in the operands' precision; what is left of the steps, the first ones, by the recurrence.
final class ChunkedScan<T: ScanLane>: ForwardScan {
  let modes: ScanModes<T>
  private let tables: ChunkTables<T>
  private let memory: Workspace<Double>
  private let scalars: Workspace<T>
  private let length: Int

  private static func scalars(_ layout: ChunkTables<T>.Layout) -> Int {
    layout.into + layout.out + ChunkTables<T>.rows * (layout.states + ChunkTables<T>.steps + layout.productStride)
      + Tile<T>.rows * Strip<T>.width
  }

  static func bytes(_ size: Size) -> Int {
    DirectScan<T>.bytes(size) + ChunkTables<T>.bytes(size)
      + scalars(ChunkTables<T>.Layout(size)) * MemoryLayout<T>.stride
  }

  init(_ size: Size) {
    modes = ScanModes(size)
    tables = ChunkTables(size)
    memory = Workspace(DirectBlock<T>.doubles)
    scalars = Workspace(Self.scalars(tables.layout))
    scalars.base.update(repeating: 0, count: scalars.count)
    length = size.L
  }

  private var into: UnsafeMutablePointer<T> { scalars.base }
  private var out: UnsafeMutablePointer<T> { into + tables.layout.into }
  private var rows: UnsafeMutablePointer<T> { out + tables.layout.out }
  private var products: UnsafeMutablePointer<T> {
    rows + ChunkTables<T>.rows * (tables.layout.states + ChunkTables<T>.steps)
  }
  private var edge: UnsafeMutablePointer<T> { products + ChunkTables<T>.rows * tables.layout.productStride }

  func begin() {
    if length < ChunkTables<T>.steps { return }
    tables.load(modes)
    tables.expandInto(into, reversed: true)
    tables.expandStates(out, firstRow: 0, imaginarySign: -1) { t, group in
      modes.output[group] * modes.pole[group] * tables.power(t, group)
    }
    tables.expandTaps(out, firstRow: tables.layout.states, transposed: false)
  }

  func scan(_ u: UnsafePointer<T>, _ y: UnsafeMutablePointer<T>, _ x: UnsafeMutablePointer<ComplexLanes>) {
    let (steps, states) = (ChunkTables<T>.steps, tables.layout.states)
    let inner = states + steps
    let left = length % steps
    if left > 0 { DirectBlock(modes, memory.base).scan(u, y, left, x) }
    let chunks = length / steps
    for first in stride(from: 0, to: chunks, by: ChunkTables<T>.rows) {
      let count = min(ChunkTables<T>.rows, chunks - first)
      for j in 0..<count {
        (rows + j * inner + states).update(from: u + left + (first + j) * steps, count: steps)
      }
      tables.multiplyInto(rows + states, stride: inner, count, into, products)
      for group in 0..<modes.groups {
        var state = x[group]
        let pole = tables.wholePole[group], input = modes.input[group]
        for j in 0..<count {
          ChunkTables.store(state, rows + j * inner, group)
          let taken = input * ChunkTables.load(products + j * tables.layout.productStride, group)
          state = .multiplyAdd(state, pole, taken)
        }
        x[group] = state
      }
      tables.multiplyOut(rows, count, out, y + left + first * steps, edge) { panel in
        0..<states + (panel + 1) * Strip<T>.width
      }
    }
  }
}
