import KernelSpec
import Lanes
import Parallel

extension MambaScan {
  /// The scan once forward, keeping the state at the start of each block, then the blocks backwards: a pair of states after the
  /// other is run through the block again, keeping its history, and the adjoint back through it. What is held grows
  /// with one vector per state and block, for the one tile that a thread works on.
  ///
  /// The shares of `B` and `C` are summed over lanes, `width` steps at a time. Where a thread takes up a group that an
  /// earlier one began, it sums into `2 N L` scalars of its own, which are added at the end. Sums over time for `A`, `D`
  /// and `bias` are made per block, then per tile and batch, so that they do not depend on the threads.
  static func simdGradient(threads: Int, _ prepare: Variant.Preparation) -> Variant {
    let (width, stride) = prepare.vector
    return Variant(
      .gradient, "simd", threads: threads,
      idea: "channels in lanes, states recomputed block by block from checkpoints",
      workspace: { size in stride * BackwardLayout(ScanPlan(size, width: width), threads).scalars },
      claims: Claims(time: "B D N L", workspace: "B D N + N L"),
      prepare: prepare)
  }

  static func backward<T: ElementaryLane>(_ size: Size, _ threads: Int) -> Run<T> {
    let plan = ScanPlan(size, width: T.width)
    return plan.signed
      ? backward(plan, threads, SignedMultiplier.self) : backward(plan, threads, PositiveMultiplier.self)
  }

  private static func backward<T: ElementaryLane, M: Multiplier>(
    _ plan: ScanPlan, _ threads: Int, _: M.Type
  ) -> Run<T> {
    let team = Team(threads: threads)
    let layout = BackwardLayout(plan, threads)
    let workspace = Workspace<T>(layout.scalars)
    return { arguments in
      let inputs = ScanInputs<T>(arguments)
      let gradients = ScanGradients<T>(arguments)
      team.run { thread in
        let scan = BackwardScan<T, M>(plan, layout, workspace.base, thread, inputs, gradients)
        for index in plan.units(thread, of: threads) { scan.run(plan.unit(index)) }
        team.barrier()
        Combination(plan, layout, workspace.base, gradients).run(thread)
      }
    }
  }
}

/// Cotangents and gradients of a call.
struct ScanGradients<T: ElementaryLane> {
  let ofY, ofX: UnsafePointer<T>
  let u, delta, A, B, C: UnsafeMutablePointer<T>
  let D, z, bias, x0: UnsafeMutablePointer<T>?

  init(_ arguments: borrowing Arguments<T>) {
    ofY = arguments.cotangent("y")
    ofX = arguments.cotangent("x")
    u = arguments.gradient("u")
    delta = arguments.gradient("delta")
    A = arguments.gradient("A")
    B = arguments.gradient("B")
    C = arguments.gradient("C")
    D = arguments.optionalGradient("D")
    z = arguments.optionalGradient("z")
    bias = arguments.optionalGradient("bias")
    x0 = arguments.optionalGradient("x0")
  }
}

/// Where a gradient's memory goes: per unit its sums over time; per thread a forward scan, a backward scan with
/// checkpoints, and the shares of a group begun by an earlier thread.
struct BackwardLayout: Sendable {
  let threads: Int
  /// Sums of one unit: N vectors for `A`, two for `D` and two for `bias`, of which the second holds what the first lost.
  let unitScalars: Int
  private let units, forward, blocks, adjoint, checkpoints: Int
  private let shares: [Int?]
  private let shareScalars: Int

  init(_ plan: ScanPlan, _ threads: Int) {
    self.threads = threads
    unitScalars = (plan.N + 4) * plan.width
    units = plan.units * unitScalars
    forward = plan.forwardScalars
    // The history of a state has one step more than a block: the state before it.
    blocks = 8 * plan.blockScalars + plan.width
    adjoint = plan.N * plan.width
    checkpoints = plan.blocks * plan.N * plan.width
    shareScalars = 2 * plan.N * plan.L
    var count = 0
    shares = (0..<threads).map { thread in
      let mine = plan.units(thread, of: threads)
      guard !mine.isEmpty, plan.unit(mine.lowerBound).tile > 0 else { return nil }
      count += 1
      return count - 1
    }
  }

  private var threadScalars: Int { forward + blocks + adjoint + checkpoints }

  var scalars: Int { units + threads * threadScalars + shares.compactMap { $0 }.count * shareScalars }

  /// The sums over time of a unit.
  func sums(of unit: Int) -> Int { unit * unitScalars }

  func forward(_ thread: Int) -> Int { units + thread * threadScalars }
  func blocks(_ thread: Int) -> Int { forward(thread) + forward }
  func adjoint(_ thread: Int) -> Int { blocks(thread) + blocks }
  func checkpoints(_ thread: Int) -> Int { adjoint(thread) + adjoint }

  /// The shares of `B` and then of `C` in the group that the thread takes up midway, nil where it begins with a group's first tile.
  func shares(_ thread: Int) -> Int? { shares[thread].map { units + threads * threadScalars + $0 * shareScalars } }
}

/// What is left when all units are done: sums over batches, and the shares of threads that began midway in a group.
private struct Combination<T: ElementaryLane> {
  let plan: ScanPlan
  let layout: BackwardLayout
  let base: UnsafeMutablePointer<T>
  let gradients: ScanGradients<T>

  init(
    _ plan: ScanPlan, _ layout: BackwardLayout, _ base: UnsafeMutablePointer<T>, _ gradients: ScanGradients<T>
  ) {
    self.plan = plan
    self.layout = layout
    self.base = base
    self.gradients = gradients
  }

  func run(_ thread: Int) {
    addShares(thread)
    if thread == 0 { addBatches() }
  }

  /// Each thread adds its part of every group's shares, in the order of the threads that made them.
  private func addShares(_ thread: Int) {
    let count = plan.N * plan.L
    let mine = count * thread / layout.threads..<count * (thread + 1) / layout.threads
    for other in 1..<max(layout.threads, 1) {
      guard let first = layout.shares(other) else { continue }
      let group = plan.unit(plan.units(other, of: layout.threads).lowerBound).group
      Self.add(base + first + mine.lowerBound, to: gradients.B + group * count + mine.lowerBound, mine.count)
      Self.add(base + first + count + mine.lowerBound, to: gradients.C + group * count + mine.lowerBound, mine.count)
    }
  }

  private static func add(_ values: UnsafePointer<T>, to sums: UnsafeMutablePointer<T>, _ count: Int) {
    var i = 0
    while i + T.width <= count {
      T.store(T.load(sums + i) + T.load(values + i), sums + i)
      i += T.width
    }
    while i < count {
      sums[i] += values[i]
      i += 1
    }
  }

  private func addBatches() {
    let perBatch = plan.G * plan.tiles
    for index in 0..<perBatch {
      let unit = plan.unit(index)
      for lane in 0..<unit.count {
        let d = unit.channel + lane
        for n in 0..<plan.N { gradients.A[d * plan.N + n] = sum(index, perBatch, n * T.width + lane) }
        gradients.D?[d] = exactSum(index, perBatch, plan.N * T.width + lane)
        gradients.bias?[d] = exactSum(index, perBatch, (plan.N + 2) * T.width + lane)
      }
    }
  }

  private func sum(_ index: Int, _ perBatch: Int, _ offset: Int) -> T {
    var sum: T = 0
    for b in 0..<plan.B { sum += base[layout.sums(of: b * perBatch + index) + offset] }
    return sum
  }

  /// Over the sums and what they lost, the batches' sums being added without loss too.
  private func exactSum(_ index: Int, _ perBatch: Int, _ offset: Int) -> T {
    var sum = T.splat(0), lost = T.splat(0)
    for b in 0..<plan.B {
      let first = base + layout.sums(of: b * perBatch + index) + offset
      T.accumulate(T.splat(first[0]), &sum, &lost)
      lost += T.splat(first[T.width])
    }
    return sum[0] + lost[0]
  }
}
