import KernelSpec
import Lanes
import Parallel

extension S4DFilter {
  /// The adjoint of the blocked filter. With `s₀ = Σ gₗ z^l` and, since `s₁ = Σ gₗ l z^(l−1) = Σ hₗ z^l` for `hₗ = (l+1) gₗ₊₁`, both
  /// sums are one transform of two sequences: blocks of T positions times a right factor (T × 2M), then a sum of the blocks
  /// weighted with `z^(jT)`, in double. A thread keeps the right factor of one head, 48 blocks and 24 powers of each pole.
  static func blockedGradient<T: ModeLane>(_: T.Type, threads: Int) -> @Sendable (Size) -> Run<T> {
    { size in
      let blocking = Blocking(size, least: 1)
      let team = Team(threads: threads)
      let bilinear = size.choice("discretization") == "bilinear"
      let workers = (0..<threads).map { _ in BlockedSums<T>(blocking, bilinear: bilinear) }
      let sharedHeads = blocking.sharedHeads(threads)
      return { arguments in
        let operands = HeadModes<T>.Pointers(arguments)
        let results = HeadModes<T>.Gradients(arguments)
        let g = arguments.cotangent("K")
        team.run { thread in
          let worker = workers[thread]
          let share = blocking.share(thread, of: threads)
          blocking.forEachHead(share) { head, rows in
            let slot = blocking.slot(head, share)
            worker.sum(operands, head, rows, g + head * blocking.length, slot)
            if rows.count == blocking.rows { worker.finish(operands, results, head, slot) }
          }
        }
        // Heads whose rows several threads have: at most one fewer than threads.
        for (head, owners) in sharedHeads {
          let slot = blocking.slot(head, blocking.share(owners.lowerBound, of: threads))
          let worker = workers[owners.lowerBound]
          for other in owners.dropFirst() {
            worker.add(slot, workers[other], blocking.slot(head, blocking.share(other, of: threads)))
          }
          worker.finish(operands, results, head, slot)
        }
      }
    }
  }

  static func blockedGradientBytes<T: ModeLane>(_: T.Type, threads: Int) -> @Sendable (Size) -> Int {
    { size in threads * BlockedSums<T>.Layout(Blocking(size, least: 1)).bytes }
  }
}

extension Blocking {
  /// Where a thread keeps the sums of a head: those of its first and those of its last one may have to wait for others.
  @inline(__always) func slot(_ head: Int, _ share: Range<Int>) -> Int { head == share.lowerBound / rows ? 0 : 1 }

  /// The heads whose rows several threads have, with these threads.
  func sharedHeads(_ threads: Int) -> [(Int, Range<Int>)] {
    var shared: [(Int, Range<Int>)] = []
    for thread in 1..<max(threads, 1) {
      let start = share(thread, of: threads).lowerBound
      if start % rows == 0 || start / rows >= heads { continue }
      if let last = shared.last, last.0 == start / rows {
        shared[shared.count - 1].1 = last.1.lowerBound..<thread + 1
      } else {
        shared.append((start / rows, thread - 1..<thread + 1))
      }
    }
    return shared
  }
}

/// The memory of one thread, and what it does with one head.
private final class BlockedSums<T: ModeLane> {
  struct Layout {
    let groups, panels, depth, chunk: Int
    let lanes, powers, scalars: Int

    init(_ blocking: Blocking) {
      groups = HeadModes<T>.groups(blocking.modes)
      panels = (groups + Self.groupsInStrip - 1) / Self.groupsInStrip
      depth = min(blocking.block, blocking.length)
      chunk = Blocking.chunk
      lanes = (3 + 3 + 4 + 2 + chunk) * groups + Self.digit
      powers = 2 * groups
      scalars = panels * depth * Strip<T>.width + 2 * chunk * blocking.block + Tile<T>.rows * Strip<T>.width
    }

    /// A strip holds the real and the imaginary parts of this many groups of modes.
    static var groupsInStrip: Int { Strip<T>.width / (2 * Double.width) }
    static var digit: Int { 16 }

    /// Where the real parts of a group are in its strip; the imaginary parts are a vector further.
    @inline(__always) static func offset(_ group: Int) -> Int {
      let inVector = T.width / Double.width
      let index = group % groupsInStrip
      return index / inVector * 2 * T.width + index % inVector * Double.width
    }

    var bytes: Int {
      lanes * MemoryLayout<ComplexLanes>.stride + powers * MemoryLayout<T.Powers>.stride + scalars * MemoryLayout<T>.stride
    }
  }

  private let blocking: Blocking
  private let layout: Layout
  private let bilinear: Bool
  private let lanes: Workspace<ComplexLanes>
  private let powers: Workspace<T.Powers>
  private let scalars: Workspace<T>
  private let modes: HeadModes<T>

  init(_ blocking: Blocking, bilinear: Bool) {
    self.blocking = blocking
    self.bilinear = bilinear
    layout = Layout(blocking)
    lanes = Workspace(layout.lanes)
    powers = Workspace(layout.powers)
    scalars = Workspace(layout.scalars)
    modes = HeadModes(modes: blocking.modes, memory: lanes.base)
  }

  /// `s₀`, and after it `s₁`, by group.
  @inline(__always) private func sums(_ slot: Int) -> UnsafeMutablePointer<ComplexLanes> {
    lanes.base + (6 + 2 * slot) * layout.groups
  }

  func add(_ slot: Int, _ other: BlockedSums, _ otherSlot: Int) {
    for index in 0..<2 * layout.groups { sums(slot)[index] = sums(slot)[index] + other.sums(otherSlot)[index] }
  }

  func finish(_ operands: HeadModes<T>.Pointers, _ results: HeadModes<T>.Gradients, _ head: Int, _ slot: Int) {
    modes.load(operands, head)
    modes.finish(
      Double(operands.dt[head]), bilinear: bilinear, sums(slot), sums(slot) + layout.groups,
      scratch: lanes.base + 3 * layout.groups, results, head)
  }

  /// Sums over `rows` of the positions of one head, whose cotangent begins at `g`.
  @inline(__always)
  func sum(
    _ operands: HeadModes<T>.Pointers, _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<T>, _ slot: Int
  ) {
    let groups = layout.groups
    let totals = sums(slot)
    let partial = lanes.base + 10 * groups
    let far = partial + 2 * groups
    let lows = far + layout.chunk * groups
    let starts = powers.base
    let steps = starts + groups
    let right = scalars.base
    let left = right + layout.panels * layout.depth * Strip<T>.width
    let products = left + 2 * layout.chunk * blocking.block

    modes.load(operands, head)
    for group in 0..<groups {
      let mode = DiscreteLanes<T.Powers>(dt: Double(operands.dt[head]), A: modes.A[group], bilinear: bilinear)
      let row = expand(mode.pole, lows, right + group / Layout.groupsInStrip * layout.depth * Strip<T>.width, group)
      var power = T.Powers(ComplexLanes(1))
      for j in 0..<min(layout.chunk, rows.count) {
        far[j * groups + group] = power.rounded
        power = power * row
      }
      steps[group] = power
      starts[group] = row.power(rows.lowerBound)
      totals[group] = ComplexLanes(0)
      totals[groups + group] = ComplexLanes(0)
    }

    var first = rows.lowerBound
    while first < rows.upperBound {
      let count = min(layout.chunk, rows.upperBound - first)
      gather(g, first, count, left)
      partial.update(repeating: ComplexLanes(0), count: 2 * groups)
      for panel in 0..<layout.panels {
        for which in 0..<2 {
          for j in stride(from: 0, to: count, by: Tile<T>.rows) {
            Tile<T>.multiply(
              left + (which * layout.chunk + j) * blocking.block, stride: blocking.block,
              right + panel * layout.depth * Strip<T>.width, inner: layout.depth, products, resultStride: Strip<T>.width)
            weigh(products, panel, far + j * groups, min(Tile<T>.rows, count - j), partial + which * groups)
          }
        }
      }
      for group in 0..<groups {
        let start = starts[group].rounded
        totals[group] = .multiplyAdd(start, partial[group], totals[group])
        totals[groups + group] = .multiplyAdd(start, partial[groups + group], totals[groups + group])
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
    var power = T.Powers(ComplexLanes(1))
    let digit = min(Layout.digit, blocking.block)
    for t in 0..<digit {
      lows[t] = power.rounded
      power = power * pole
    }
    let step = power
    power = T.Powers(ComplexLanes(1))
    let real = strips + Layout.offset(group)
    for t in stride(from: 0, to: layout.depth, by: digit) {
      let high = power.rounded
      for low in 0..<min(digit, layout.depth - t) {
        let value = high * lows[low]
        T.storeDoubles(value.real, real + (t + low) * Strip<T>.width)
        T.storeDoubles(value.imaginary, real + (t + low) * Strip<T>.width + T.width)
      }
      power = power * step
    }
    return power
  }

  /// The rows of `g` and `h` from `first` on, zero past the end.
  @inline(__always)
  private func gather(_ g: UnsafePointer<T>, _ first: Int, _ count: Int, _ left: UnsafeMutablePointer<T>) {
    let start = first * blocking.block
    let weighted = left + layout.chunk * blocking.block
    let whole = count * blocking.block
    let present = min(whole, blocking.length - start)
    for t in 0..<present { left[t] = g[start + t] }
    for t in 0..<min(present, blocking.length - start - 1) { weighted[t] = T(start + t + 1) * g[start + t + 1] }
    if present < whole || start + present == blocking.length {
      (left + present).update(repeating: 0, count: whole - present)
      (weighted + present - 1).update(repeating: 0, count: whole - present + 1)
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
        let product = ComplexLanes(
          T.loadDoubles(real + j * Strip<T>.width), T.loadDoubles(real + j * Strip<T>.width + T.width))
        sum = .multiplyAdd(far[j * layout.groups + group], product, sum)
      }
      sums[group] = sum
    }
  }
}
