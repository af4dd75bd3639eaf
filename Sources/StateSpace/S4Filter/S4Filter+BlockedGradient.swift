import KernelSpec
import Lanes
import Parallel

/// The adjoint of the blocked filter. With outputs `r[j] = C Abar^(jT)` of blocks and states `c[t] = Abar^t Bbar` in a block, the
/// gradients of both are products with the matrix `G[j, t] = g[jT + t]`, in the operands' precision:
///
///     γ[j] = Σₜ G[j, t] c[t],   ρ[t] = Σⱼ G[j, t] r[j]
///
/// In double they run back through the products with `Q = Abar^T`, `ζ[j] = γ[j] + Q ζ[j+1]`, and through the steps, as in the reference.
/// `S4PowersAdjoint` brings the derivative of F by Q, `Σ ζ[j+1] r[j]`, to the operands.
///
/// A thread has whole heads, and keeps for one of them the states of a block, the outputs of all blocks, and the powers.
final class S4BlockedSums<T: SquareLane>: SendableMetatype {
  struct Layout {
    /// States that are needed, at most as many as a block has.
    let states: Int
    let length, stride, block, rows: Int
    /// Rows and components, in whole tiles; components in whole strips.
    let tiledRows, tiledLength, stripped: Int
    let doubles, scalars: Int

    init(_ blocking: Blocking) {
      length = 2 * DiscreteSystem.half(blocking.modes)
      stride = DenseMatrices(order: length).stride
      (block, rows) = (blocking.block, blocking.rows)
      states = min(block, blocking.length)
      tiledRows = DenseMatrices.padded(rows, Tile<T>.rows)
      tiledLength = DenseMatrices.padded(length, Tile<T>.rows)
      stripped = DenseMatrices.padded(length, Strip<T>.width)
      doubles = 2 * (block + rows) * stride + 4 * length
      scalars =
        rows == 1
        ? 0
        : tiledRows * block + (block + tiledRows) * stripped + tiledLength * rows + rows * block + tiledLength * block
    }
  }

  static func blocking(_ size: Size) -> Blocking {
    Blocking(
      heads: size.H, modes: size.N / 2, length: size.L,
      block: S4Blocks.block(size, least: S4Blocks.least(T.self), .gradient))
  }

  static func bytes(_ size: Size) -> Int {
    let blocking = blocking(size)
    let layout = Layout(blocking)
    return DiscreteSystem.bytes(modes: blocking.modes, ranks: size.R) + layout.scalars * MemoryLayout<T>.stride
      + (layout.doubles + SystemTotals.doubles(layout.length, size.R)) * MemoryLayout<Double>.stride
      + (blocking.rows > 1 ? S4PowersAdjoint.bytes(blocking, ranks: size.R) : 0)
  }

  private let blocking: Blocking
  private let layout: Layout
  private let system: DiscreteSystem
  private let totals: SystemTotals
  /// Where there is more than one block.
  private let powers: S4PowersAdjoint?
  private let doubles: Workspace<Double>
  private let scalars: Workspace<T>
  /// c and η; r and ζ; a row.
  private let states, adjoints, outputs, tails, row: UnsafeMutablePointer<Double>

  init(_ size: Size) {
    blocking = Self.blocking(size)
    layout = Layout(blocking)
    system = DiscreteSystem(modes: blocking.modes, ranks: size.R, isExact: T.self == Double.self)
    totals = SystemTotals(system)
    powers = blocking.rows > 1 ? S4PowersAdjoint(blocking, system) : nil
    doubles = Workspace(layout.doubles)
    scalars = Workspace(layout.scalars)
    doubles.base.update(repeating: 0, count: doubles.count)
    scalars.base.update(repeating: 0, count: scalars.count)
    states = doubles.base
    adjoints = states + layout.block * layout.stride
    outputs = adjoints + layout.block * layout.stride
    tails = outputs + layout.rows * layout.stride
    row = tails + layout.rows * layout.stride
  }

  /// Writes the gradients of one head; the cotangent of its filter begins at `g`.
  func differentiate(
    _ operands: SystemPointers<T>, _ results: SystemGradients<T>, _ head: Int, _ g: UnsafePointer<T>
  ) {
    let stride = layout.stride
    system.load(operands, head, of: blocking.heads)
    system.input(states)
    for t in 1..<max(layout.states, 1) { system.step(states + (t - 1) * stride, states + t * stride) }
    outputs.update(from: system.C, count: system.length)
    powers?.multiply(outputs)
    if layout.rows > 1 { multiplyCotangent(g) } else { weigh(g) }
    totals.clear()
    powers?.differentiate(outputs, tails, totals)
    for t in (0..<layout.states).reversed() {
      let adjoint = adjoints + t * stride
      if t + 1 < layout.states {
        system.stepRow(adjoint + stride, row)
        system.add(row, to: adjoint)
      }
      totals.add(adjoint, after: t > 0 ? states + (t - 1) * stride : nil)
    }
    // The last was for the first state, so what is left of it is the gradient of the input.
    totals.write(results, head, of: blocking.heads, outputs: tails)
  }

  /// `γ` to `tails` and `ρ` to `adjoints`, for one block.
  private func weigh(_ g: UnsafePointer<T>) {
    tails.update(repeating: 0, count: system.length)
    for t in 0..<layout.states {
      let factor = DoubleLanes(repeating: Double(g[t]))
      let (state, adjoint) = (states + t * layout.stride, adjoints + t * layout.stride)
      for k in stride(from: 0, to: system.length, by: Double.width) {
        Double.store(factor * Double.load(system.C + k), adjoint + k)
        Double.store(Double.multiplyAdd(factor, Double.load(state + k), Double.load(tails + k)), tails + k)
      }
    }
  }

  /// The same for all blocks.
  private func multiplyCotangent(_ g: UnsafePointer<T>) {
    let (length, stride, block, rows) = (system.length, layout.stride, layout.block, layout.rows)
    let grid = scalars.base
    let columns = grid + layout.tiledRows * block
    let products = columns + block * layout.stripped
    let left = products + layout.tiledRows * layout.stripped
    let right = left + layout.tiledLength * rows
    let turned = right + rows * block
    let width = Strip<T>.width

    // Past the end the grid stays zero, and so do states that are not needed.
    grid.update(from: g, count: blocking.length)
    for panel in Swift.stride(from: 0, to: length, by: width) {
      let count = min(width, length - panel)
      for t in 0..<layout.states {
        S4Blocks.round(states + t * stride + panel, columns + panel * block + t * width, count)
      }
      let results = products + panel * layout.tiledRows
      for j in Swift.stride(from: 0, to: rows, by: Tile<T>.rows) {
        Tile<T>.multiply(
          grid + j * block, stride: block, columns + panel * block, inner: block, results + j * width,
          resultStride: width)
      }
      for j in 0..<rows {
        for k in Swift.stride(from: 0, to: count, by: Double.width) {
          Double.store(T.loadDoubles(results + j * width + k), tails + j * stride + panel + k)
        }
      }
    }
    for j in 0..<rows {
      for k in 0..<length { left[k * rows + j] = T(outputs[j * stride + k]) }
      for panel in Swift.stride(from: 0, to: block, by: width) {
        (right + panel * rows + j * width).update(from: grid + j * block + panel, count: width)
      }
    }
    for panel in Swift.stride(from: 0, to: block, by: width) {
      for k in Swift.stride(from: 0, to: length, by: Tile<T>.rows) {
        Tile<T>.multiply(
          left + k * rows, stride: rows, right + panel * rows, inner: rows, turned + k * block + panel,
          resultStride: block)
      }
    }
    for t in 0..<layout.states {
      for k in 0..<length { adjoints[t * stride + k] = Double(turned[k * block + t]) }
    }
  }
}

extension S4Filter {
  static func blockedGradient<T: SquareLane>(_: T.Type, threads: Int) -> @Sendable (Size) -> Run<T> {
    { size in
      let team = Team(threads: threads)
      let workers = (0..<threads).map { _ in S4BlockedSums<T>(size) }
      return { arguments in
        let operands = SystemPointers(arguments)
        let results = SystemGradients(arguments)
        let g = arguments.cotangent("K")
        team.run { thread in
          for head in size.H * thread / threads..<size.H * (thread + 1) / threads {
            workers[thread].differentiate(operands, results, head, g + head * size.L)
          }
        }
      }
    }
  }
}
