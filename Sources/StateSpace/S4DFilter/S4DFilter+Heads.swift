import KernelSpec
import Lanes
import Parallel

/// How the positions of all heads are cut into rows and shared out to threads.
struct Blocking {
  let heads, modes, length: Int
  /// Positions in a row, rows of a head.
  let block, rows: Int

  init(_ size: Size, block: Int) {
    (heads, modes, length) = (size.H, size.N / 2, size.L)
    self.block = block
    rows = (length + block - 1) / block
  }

  /// About √L, where a table of the powers in a row and one of the powers between rows cost as much and sums are most accurate.
  static func balanced(_ size: Size) -> Int {
    [(64, 8), (256, 16), (1024, 32), (8192, 64)].first { size.L <= $0.0 }?.1 ?? 128
  }

  /// The rows, numbered through all heads, of one thread.
  func share(_ thread: Int, of threads: Int) -> Range<Int> {
    let total = heads * rows
    return total * thread / threads..<total * (thread + 1) / threads
  }

  /// Calls `body` with each head and its rows in `share`.
  @inline(__always) func forEachHead(_ share: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
    var row = share.lowerBound
    while row < share.upperBound {
      let head = row / rows
      let end = min(share.upperBound, (head + 1) * rows)
      body(head, row - head * rows..<end - head * rows)
      row = end
    }
  }

  /// Where a thread keeps the sums of a head: those of its first and those of its last one may have to wait for others.
  @inline(__always) func slot(_ head: Int, _ share: Range<Int>) -> Int { head == share.lowerBound / rows ? 0 : 1 }

  /// The heads whose rows several threads have, with these threads.
  func sharedHeads(_ threads: Int) -> [(Int, Range<Int>)] {
    var shared: [(Int, Range<Int>)] = []
    for thread in 1..<max(threads, 1) {
      let start = share(thread, of: threads).lowerBound
      if start % rows == 0 || start >= heads * rows { continue }
      if let last = shared.last, last.0 == start / rows {
        shared[shared.count - 1].1 = last.1.lowerBound..<thread + 1
      } else {
        shared.append((start / rows, thread - 1..<thread + 1))
      }
    }
    return shared
  }
}

extension Blocking {
  /// Copies the positions of `count` rows from row `first` on: `gₗ`, and `hₗ = (l+1) gₗ₊₁`; zero past the end.
  @inline(__always)
  func gather<T: Lane, U: Lane>(
    _ g: UnsafePointer<T>, _ first: Int, _ count: Int, _ plain: UnsafeMutablePointer<U>,
    _ weighted: UnsafeMutablePointer<U>
  ) {
    let start = first * block
    let whole = count * block
    let present = min(whole, length - start)
    let following = min(whole, length - start - 1)
    for t in 0..<present { plain[t] = U(g[start + t]) }
    // In double lanes: converting integers one by one costs more than the rest.
    var positions = DoubleLanes(repeating: 0)
    for lane in 0..<Double.width { positions[lane] = Double(start + 1 + lane) }
    var t = 0
    while t + Double.width <= following {
      U.storeDoubles(T.loadDoubles(g + start + t + 1) * positions, weighted + t)
      positions += Double(Double.width)
      t += Double.width
    }
    while t < following {
      weighted[t] = U(Double(start + t + 1) * Double(g[start + t + 1]))
      t += 1
    }
    (plain + present).update(repeating: 0, count: whole - present)
    (weighted + following).update(repeating: 0, count: whole - following)
  }
}

/// One thread's part of a variant, with memory of its own.
protocol HeadWorker: AnyObject, SendableMetatype {
  associatedtype T: ModeLane
  static func blocking(_ size: Size) -> Blocking
  /// How much memory it keeps.
  static func bytes(_ blocking: Blocking) -> Int
  init(_ blocking: Blocking, bilinear: Bool)
}

/// What a thread does with rows of one head's filter.
protocol HeadFilter: HeadWorker {
  /// Writes `rows` of the filter, `K` being its first element.
  func filter(_ operands: HeadModes<T>.Pointers, _ head: Int, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>)
}

/// What a thread does with rows of one head's cotangent.
protocol HeadSums: HeadWorker {
  var totals: HeadTotals<T> { get }
  /// Writes the sums over `rows` to `s0` and `s1`; the cotangent begins at `g`.
  func sum(
    _ operands: HeadModes<T>.Pointers, _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<T>,
    _ s0: UnsafeMutablePointer<ComplexLanes>, _ s1: UnsafeMutablePointer<ComplexLanes>)
}

extension S4DFilter {
  static func bytes<Worker: HeadWorker>(_: Worker.Type, threads: Int) -> @Sendable (Size) -> Int {
    { size in threads * Worker.bytes(Worker.blocking(size)) }
  }

  static func forward<Worker: HeadFilter>(_: Worker.Type, threads: Int) -> @Sendable (Size) -> Run<Worker.T> {
    { size in
      let blocking = Worker.blocking(size)
      let team = Team(threads: threads)
      let bilinear = size.choice("discretization") == "bilinear"
      let workers = (0..<threads).map { _ in Worker(blocking, bilinear: bilinear) }
      return { arguments in
        let operands = HeadModes<Worker.T>.Pointers(arguments)
        let K = arguments.output("K")
        team.run { thread in
          let worker = workers[thread]
          blocking.forEachHead(blocking.share(thread, of: threads)) { head, rows in
            worker.filter(operands, head, rows, K + head * blocking.length)
          }
        }
      }
    }
  }

  static func gradient<Worker: HeadSums>(_: Worker.Type, threads: Int) -> @Sendable (Size) -> Run<Worker.T> {
    { size in
      let blocking = Worker.blocking(size)
      let team = Team(threads: threads)
      let bilinear = size.choice("discretization") == "bilinear"
      let workers = (0..<threads).map { _ in Worker(blocking, bilinear: bilinear) }
      let sharedHeads = blocking.sharedHeads(threads)
      return { arguments in
        let operands = HeadModes<Worker.T>.Pointers(arguments)
        let results = HeadModes<Worker.T>.Gradients(arguments)
        let g = arguments.cotangent("K")
        team.run { thread in
          let worker = workers[thread]
          let share = blocking.share(thread, of: threads)
          blocking.forEachHead(share) { head, rows in
            let (s0, s1) = worker.totals.sums(blocking.slot(head, share))
            worker.sum(operands, head, rows, g + head * blocking.length, s0, s1)
            if rows.count == blocking.rows {
              worker.totals.finish(operands, results, head, s0, s1, bilinear: bilinear)
            }
          }
        }
        for (head, owners) in sharedHeads {
          let first = workers[owners.lowerBound].totals
          let (s0, s1) = first.sums(blocking.slot(head, blocking.share(owners.lowerBound, of: threads)))
          for other in owners.dropFirst() {
            let more = workers[other].totals.sums(blocking.slot(head, blocking.share(other, of: threads)))
            for group in 0..<first.modes.groups {
              s0[group] = s0[group] + more.0[group]
              s1[group] = s1[group] + more.1[group]
            }
          }
          first.finish(operands, results, head, s0, s1, bilinear: bilinear)
        }
      }
    }
  }
}

/// The sums `s₀ = Σ gₗ z^l` and `s₁ = Σ gₗ l z^(l−1)` of the modes of two heads, and what becomes of them.
struct HeadTotals<T: ModeLane> {
  let modes: HeadModes<T>
  private let memory: Workspace<ComplexLanes>

  /// How many lanes of complex numbers it keeps.
  static func lanes(_ blocking: Blocking) -> Int { 10 * HeadModes<T>.groups(blocking.modes) }

  init(_ blocking: Blocking) {
    memory = Workspace(Self.lanes(blocking))
    modes = HeadModes(modes: blocking.modes, memory: memory.base)
  }

  @inline(__always)
  func sums(_ slot: Int) -> (s0: UnsafeMutablePointer<ComplexLanes>, s1: UnsafeMutablePointer<ComplexLanes>) {
    let s0 = memory.base + (6 + 2 * slot) * modes.groups
    return (s0, s0 + modes.groups)
  }

  /// The chain rule from the sums to the operands of one head, as in the reference.
  func finish(
    _ operands: HeadModes<T>.Pointers, _ results: HeadModes<T>.Gradients, _ head: Int,
    _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>, bilinear: Bool
  ) {
    let groups = modes.groups
    let scratch = memory.base + 3 * groups
    let dt = Double(operands.dt[head])
    var gradDt = 0.0
    modes.load(operands, head)
    for group in 0..<groups {
      let (A, B, C) = (modes.A[group], modes.B[group], modes.C[group])
      let mode = DiscreteLanes<T.Powers>(dt: dt, A: A, bilinear: bilinear)
      let (poleByZ, gainByA, gainByDt) = mode.derivatives
      let BC = B * C
      let viaPole = BC * mode.gain * s1[group] * poleByZ
      let throughGain = s0[group] * mode.gain
      let direct = s0[group] * BC
      scratch[group] = (direct * gainByA + viaPole.multiplied(by: dt)).conjugate.multiplied(by: 2)
      scratch[groups + group] = (throughGain * C).conjugate.multiplied(by: 2)
      scratch[2 * groups + group] = (throughGain * B).conjugate.multiplied(by: 2)
      let byDt = (direct * gainByDt + viaPole * A).real
      for lane in 0..<modes.count(group) { gradDt += 2 * byDt[lane] }
    }
    results.dt[head] = T(gradDt)
    modes.collect(scratch, results.A, head)
    modes.collect(scratch + groups, results.B, head)
    modes.collect(scratch + 2 * groups, results.C, head)
  }
}
