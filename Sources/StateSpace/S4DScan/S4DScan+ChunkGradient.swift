import KernelSpec
import Lanes

/// The adjoint of the chunks, by as many matrix products: with `qⱼ` for the gradient of the state before chunk j,
/// `∂u[s] = Re(conj(Bbar Abar^(T−1−s)) qⱼ₊₁) + Σₜ K[t−s] g[t]` and `qⱼ = conj(Abar^T) qⱼ₊₁ + conj(2C Abar Σₜ Abar^t g[t])`.
///
/// What depends on `Abar` within a chunk are the powers in these sums and the taps. The former's derivatives are the same products of
/// sequences that have been weighted and shifted; the gradients of the taps are sums of `g[t] u[t−k]` over the chunks, that is of the
/// diagonals of a matrix product.
final class ChunkedAdjoint<T: ScanLane>: BackwardScan {
  struct Layout {
    let tables: ChunkTables<T>.Layout
    /// Rows of the matrix of products of cotangents and inputs, in whole tiles.
    let outerRows: Int
    let length, groups: Int

    init(_ size: Size) {
      tables = ChunkTables<T>.Layout(size)
      outerRows = (ChunkTables<T>.steps + Tile<T>.rows - 1) / Tile<T>.rows * Tile<T>.rows
      length = size.L
      groups = ModeLanes<T>.groups(size.N / 2)
    }

    var inner: Int { tables.states + ChunkTables<T>.steps }
    var scalars: Int {
      let rows = ChunkTables<T>.rows
      return 2 * tables.into + tables.out + rows * (inner + 2 * ChunkTables<T>.steps) + 2 * rows
        * tables.productStride
        + outerRows * ChunkTables<T>.steps + Tile<T>.rows * (Strip<T>.width + 1)
    }
    /// States before the chunks and what they take from the inputs; sums over chunks; the first state.
    var lanes: Int { (3 * (length / ChunkTables<T>.steps) + 4) * groups }
  }

  let modes: ScanModes<T>
  private let layout: Layout
  private let tables: ChunkTables<T>
  private let memory: Workspace<Double>
  private let correlations: Workspace<Double>
  private let scalars: Workspace<T>
  private let lanes: Workspace<ComplexLanes>

  static func bytes(_ size: Size) -> Int {
    let layout = Layout(size)
    return DirectScan<T>.bytes(size) + ScanModes<T>.padded(size) * MemoryLayout<ComplexLanes>.stride
      + ChunkTables<T>.bytes(size) + layout.scalars * MemoryLayout<T>.stride
      + layout.lanes * MemoryLayout<ComplexLanes>.stride + ChunkTables<T>.steps * MemoryLayout<Double>.stride
  }

  init(_ size: Size) {
    modes = ScanModes(size)
    layout = Layout(size)
    tables = ChunkTables(size)
    memory = Workspace(DirectBlock<T>.doubles)
    correlations = Workspace(ChunkTables<T>.steps)
    scalars = Workspace(layout.scalars)
    scalars.base.update(repeating: 0, count: layout.scalars)
    lanes = Workspace(layout.lanes)
  }

  private var intoInput: UnsafeMutablePointer<T> { scalars.base }
  private var intoOutput: UnsafeMutablePointer<T> { intoInput + layout.tables.into }
  private var out: UnsafeMutablePointer<T> { intoOutput + layout.tables.into }
  private var rows: UnsafeMutablePointer<T> { out + layout.tables.out }
  private var plain: UnsafeMutablePointer<T> { rows + ChunkTables<T>.rows * layout.inner }
  private var weighted: UnsafeMutablePointer<T> { plain + ChunkTables<T>.rows * ChunkTables<T>.steps }
  private var products: UnsafeMutablePointer<T> { weighted + ChunkTables<T>.rows * ChunkTables<T>.steps }
  private var weightedProducts: UnsafeMutablePointer<T> {
    products + ChunkTables<T>.rows * layout.tables.productStride
  }
  private var outer: UnsafeMutablePointer<T> { weightedProducts + ChunkTables<T>.rows * layout.tables.productStride }
  private var edge: UnsafeMutablePointer<T> { outer + layout.outerRows * ChunkTables<T>.steps }

  private var chunks: Int { layout.length / ChunkTables<T>.steps }
  private var starts: UnsafeMutablePointer<ComplexLanes> { lanes.base }
  private var taken: UnsafeMutablePointer<ComplexLanes> { starts + chunks * layout.groups }
  private var slopes: UnsafeMutablePointer<ComplexLanes> { taken + chunks * layout.groups }
  private var byOutput: UnsafeMutablePointer<ComplexLanes> { slopes + chunks * layout.groups }
  private var byPower: UnsafeMutablePointer<ComplexLanes> { byOutput + layout.groups }
  private var start: UnsafeMutablePointer<ComplexLanes> { byPower + layout.groups }

  func begin() {
    if chunks == 0 { return }
    tables.load(modes)
    tables.expandInto(intoInput, reversed: true)
    tables.expandInto(intoOutput, reversed: false)
    tables.expandTaps(out, firstRow: 0, transposed: true)
    tables.expandStates(out, firstRow: ChunkTables<T>.steps, imaginarySign: 1) { s, group in
      modes.input[group] * tables.power(ChunkTables<T>.steps - 1 - s, group)
    }
    byOutput.update(repeating: ComplexLanes(0), count: 2 * layout.groups)
    correlations.base.update(repeating: 0, count: ChunkTables<T>.steps)
  }

  func scan(
    _ u: UnsafePointer<T>, _ g: UnsafePointer<T>, _ gradU: UnsafeMutablePointer<T>,
    _ x: UnsafeMutablePointer<ComplexLanes>, _ q: UnsafeMutablePointer<ComplexLanes>
  ) {
    let left = layout.length % ChunkTables<T>.steps
    let block = DirectBlock(modes, memory.base)
    start.update(from: x, count: layout.groups)
    if left > 0 { block.advance(u, left, x) }
    if chunks > 0 {
      for first in stride(from: 0, to: chunks, by: ChunkTables<T>.rows) { ahead(u + left, first, x) }
      outer.update(repeating: 0, count: layout.outerRows * ChunkTables<T>.steps)
      for first in stride(
        from: (chunks - 1) / ChunkTables<T>.rows * ChunkTables<T>.rows, through: 0, by: -ChunkTables<T>.rows)
      {
        back(u + left, g + left, gradU + left, first, q)
      }
      for k in 0..<ChunkTables<T>.steps {
        var sum = 0.0
        for s in 0..<ChunkTables<T>.steps - k { sum += Double(outer[(s + k) * ChunkTables<T>.steps + s]) }
        correlations.base[k] += sum
      }
    }
    if left > 0 { block.adjoint(u, g, gradU, left, start, q) }
  }

  /// States before the chunks, and what these take from their inputs, with its derivative by `Abar`.
  @inline(__always)
  private func ahead(_ u: UnsafePointer<T>, _ first: Int, _ x: UnsafeMutablePointer<ComplexLanes>) {
    let (steps, groups, stride) = (ChunkTables<T>.steps, layout.groups, layout.tables.productStride)
    let count = min(ChunkTables<T>.rows, chunks - first)
    for j in 0..<count {
      let from = u + (first + j) * steps, row = weighted + j * steps
      (plain + j * steps).update(from: from, count: steps)
      row[0] = 0
      for t in 1..<steps { row[t] = T(steps - t) * from[t - 1] }
    }
    tables.multiplyInto(plain, stride: steps, count, intoInput, products)
    tables.multiplyInto(weighted, stride: steps, count, intoInput, weightedProducts)
    for group in 0..<groups {
      var state = x[group]
      let pole = tables.wholePole[group], slope = tables.slope[group], input = modes.input[group]
      for j in 0..<count {
        let at = (first + j) * groups + group
        let sum = ChunkTables.load(products + j * stride, group)
        let weightedSum = ChunkTables.load(weightedProducts + j * stride, group)
        starts[at] = state
        taken[at] = sum
        slopes[at] = .multiplyAdd(state, slope, input * weightedSum)
        state = .multiplyAdd(state, pole, input * sum)
      }
      x[group] = state
    }
  }

  @inline(__always)
  private func back(
    _ u: UnsafePointer<T>, _ g: UnsafePointer<T>, _ gradU: UnsafeMutablePointer<T>, _ first: Int,
    _ q: UnsafeMutablePointer<ComplexLanes>
  ) {
    let (steps, groups, stride) = (ChunkTables<T>.steps, layout.groups, layout.tables.productStride)
    let count = min(ChunkTables<T>.rows, chunks - first)
    for j in 0..<count {
      let from = g + (first + j) * steps, row = weighted + j * steps
      (rows + j * layout.inner).update(from: from, count: steps)
      for t in 0..<steps { row[t] = T(t + 1) * from[t] }
    }
    tables.multiplyInto(rows, stride: layout.inner, count, intoOutput, products)
    tables.multiplyInto(weighted, stride: steps, count, intoOutput, weightedProducts)
    for group in 0..<groups {
      var adjoint = q[group]
      let pole = tables.wholePole[group], output = modes.output[group] * modes.pole[group]
      var (input, power) = (modes.gradInput[group], modes.gradPole[group])
      var (viaOutput, viaPower) = (byOutput[group], byPower[group])
      for j in (0..<count).reversed() {
        let at = (first + j) * groups + group
        let sum = ChunkTables.load(products + j * stride, group)
        let weightedSum = ChunkTables.load(weightedProducts + j * stride, group)
        ChunkTables.store(adjoint, rows + j * layout.inner + steps, group)
        input = DirectBlock<T>.addProduct(input, taken[at], adjoint)
        power = DirectBlock<T>.addProduct(power, slopes[at], adjoint)
        viaOutput = .multiplyAdd(starts[at], sum, viaOutput)
        viaPower = .multiplyAdd(starts[at], weightedSum, viaPower)
        adjoint = DirectBlock<T>.addProduct((output * sum).conjugate, pole, adjoint)
      }
      q[group] = adjoint
      (modes.gradInput[group], modes.gradPole[group]) = (input, power)
      (byOutput[group], byPower[group]) = (viaOutput, viaPower)
    }
    tables.multiplyOut(rows, count, out, gradU + first * steps, edge) { panel in
      panel * Strip<T>.width..<layout.inner
    }
    for panel in 0..<layout.tables.stepPanels {
      let strip = panel * Strip<T>.width
      for t in Swift.stride(from: strip / Tile<T>.rows * Tile<T>.rows, to: steps, by: Tile<T>.rows) {
        addOuter(
          rows + t, u + first * steps + strip, count, outer + t * steps + strip, leftStride: layout.inner)
      }
    }
  }

  /// Adds the products of six columns of `left` with a strip of columns of `right`, over the rows.
  @inline(__always)
  private func addOuter(
    _ left: UnsafePointer<T>, _ right: UnsafePointer<T>, _ count: Int, _ result: UnsafeMutablePointer<T>,
    leftStride: Int
  ) {
    let steps = ChunkTables<T>.steps
    var r0 = Strip<T>(result), r1 = Strip<T>(result + steps), r2 = Strip<T>(result + 2 * steps)
    var r3 = Strip<T>(result + 3 * steps), r4 = Strip<T>(result + 4 * steps), r5 = Strip<T>(result + 5 * steps)
    for k in 0..<count {
      let strip = Strip<T>(right + k * steps), factors = left + k * leftStride
      r0.add(factors[0], strip)
      r1.add(factors[1], strip)
      r2.add(factors[2], strip)
      r3.add(factors[3], strip)
      r4.add(factors[4], strip)
      r5.add(factors[5], strip)
    }
    r0.store(result)
    r1.store(result + steps)
    r2.store(result + 2 * steps)
    r3.store(result + 3 * steps)
    r4.store(result + 4 * steps)
    r5.store(result + 5 * steps)
  }

  func end() {
    if chunks == 0 { return }
    for group in 0..<layout.groups {
      let input = modes.input[group], output = modes.output[group]
      var sum = ComplexLanes(0), slope = ComplexLanes(0)
      for k in 0..<ChunkTables<T>.steps {
        let correlation = correlations.base[k]
        sum = sum + tables.power(k, group).multiplied(by: correlation)
        if k > 0 { slope = slope + tables.power(k - 1, group).multiplied(by: correlation * Double(k)) }
      }
      let viaOutput = ComplexLanes.multiplyAdd(byOutput[group], modes.pole[group], input * sum)
      let viaPole = ComplexLanes.multiplyAdd(byPower[group], output, output * input * slope)
      modes.gradOutput[group] = modes.gradOutput[group] + viaOutput.conjugate
      modes.gradInput[group] = modes.gradInput[group] + (output * sum).conjugate
      modes.gradPole[group] = modes.gradPole[group] + viaPole.conjugate
    }
  }
}
