import KernelSpec
import Lanes
import Parallel

extension MambaScan {
  /// Channels in lanes. `delta`, `u`, `z` and `y` are transposed a block at a time; within a block a pair of states stays in registers and
  /// runs through all steps, reading `B` and `C` where they lie and adding to the block's `y`, so a step of a state costs one
  /// exponential, by a polynomial, and three multiply–adds.
  ///
  /// Holds per thread the tile's `A` and `x`, N vectors each, and four blocks of `ScanPlan.steps` vectors.
  static func simd(threads: Int, _ prepare: Variant.Preparation) -> Variant {
    let (width, stride) = prepare.vector
    return Variant(
      .forward, "simd", threads: threads, idea: "channels in lanes, states in registers, exponentials by polynomial",
      workspace: { size in threads * stride * ScanPlan(size, width: width).forwardScalars },
      claims: Claims(time: "B D N L", workspace: "N"),
      prepare: prepare)
  }

  static func forward<T: ElementaryLane>(_ size: Size, _ threads: Int) -> Run<T> {
    let plan = ScanPlan(size, width: T.width)
    return plan.signed
      ? forward(plan, threads, SignedMultiplier.self) : forward(plan, threads, PositiveMultiplier.self)
  }

  private static func forward<T: ElementaryLane, M: Multiplier>(
    _ plan: ScanPlan, _ threads: Int, _: M.Type
  ) -> Run<T> {
    let team = Team(threads: threads)
    let share = plan.forwardScalars
    let workspace = Workspace<T>(threads * share)
    return { arguments in
      let inputs = ScanInputs<T>(arguments)
      let y = arguments.output("y"), x = arguments.output("x")
      team.run { thread in
        let scan = ForwardScan<T, M>(plan, workspace.base + thread * share)
        for index in plan.units(thread, of: threads) {
          let unit = plan.unit(index)
          scan.start(unit, inputs)
          for l in stride(from: 0, to: plan.L, by: ScanPlan.steps) {
            let steps = min(ScanPlan.steps, plan.L - l)
            scan.advance(unit, inputs, from: l, steps: steps)
            scan.write(unit, inputs, from: l, steps: steps, to: y)
          }
          scan.finish(unit, x)
        }
      }
    }
  }
}

extension Variant.Preparation {
  /// Lanes of a vector and bytes of a scalar.
  var vector: (width: Int, stride: Int) {
    switch self {
    case .float: (Float.width, MemoryLayout<Float>.stride)
    case .double: (Double.width, MemoryLayout<Double>.stride)
    }
  }
}

/// The scan of one tile after the other, block by block, in memory of its own.
struct ForwardScan<T: ElementaryLane, M: Multiplier> {
  private let plan: ScanPlan
  /// `A` and the state, a vector for each n.
  let A, x: UnsafeMutablePointer<T>
  /// A vector for each step of the block: `dt`, `dt u`, the sum over states, and rows on their way.
  let dt, dtu, y, rows: UnsafeMutablePointer<T>
  /// The largest `|dt|` of the block in each lane.
  private let largestStep: UnsafeMutablePointer<T>

  init(_ plan: ScanPlan, _ base: UnsafeMutablePointer<T>) {
    self.plan = plan
    A = base
    x = A + plan.N * T.width
    dt = x + plan.N * T.width
    // One step more than a block: the scan looks ahead.
    dtu = dt + plan.blockScalars + T.width
    y = dtu + plan.blockScalars
    rows = y + plan.blockScalars
    largestStep = rows + plan.blockScalars
  }

  /// Takes up a unit: its `A` and initial state.
  func start(_ unit: ScanUnit, _ inputs: ScanInputs<T>) {
    for n in 0..<plan.N {
      for lane in 0..<T.width {
        let d = unit.channel + min(lane, unit.count - 1)
        A[n * T.width + lane] = inputs.A[d * plan.N + n]
        x[n * T.width + lane] = inputs.x0?[(unit.b * plan.D + d) * plan.N + n] ?? 0
      }
    }
  }

  /// Writes the state.
  func finish(_ unit: ScanUnit, _ output: UnsafeMutablePointer<T>) {
    for lane in 0..<unit.count {
      let row = output + (unit.b * plan.D + unit.channel + lane) * plan.N
      for n in 0..<plan.N { row[n] = x[n * T.width + lane] }
    }
  }

  /// The unit's part of an operand `(B, D, L)`, from step l.
  func rows(_ operand: UnsafePointer<T>, _ unit: ScanUnit, _ l: Int) -> UnsafePointer<T> {
    operand + (unit.b * plan.D + unit.channel) * plan.L + l
  }

  /// Fills `dt` and `dt u` of a block, leaving u in `rows`, and softplus's derivative in `slope`; the next block is `ahead`.
  func discretize(
    _ unit: ScanUnit, _ inputs: ScanInputs<T>, from l: Int, steps: Int, ahead: Int,
    slope: UnsafeMutablePointer<T>? = nil
  ) {
    Tile.gather(
      rows(inputs.delta, unit, l), stride: plan.L, count: unit.count, steps: steps, ahead: ahead, into: dt)
    let bias = Tile.vector(inputs.bias.map { $0 + unit.channel }, count: unit.count)
    if plan.softplus, let slope {
      for l in 0..<steps {
        let softplus = T.softplusAndSlope(T.load(dt + l * T.width) + bias)
        T.store(softplus.value, dt + l * T.width)
        T.store(softplus.slope, slope + l * T.width)
      }
    } else if plan.softplus {
      for l in 0..<steps { T.store(T.softplus(T.load(dt + l * T.width) + bias), dt + l * T.width) }
    } else if inputs.bias != nil {
      for l in 0..<steps { T.store(T.load(dt + l * T.width) + bias, dt + l * T.width) }
    }
    Tile.gather(
      rows(inputs.u, unit, l), stride: plan.L, count: unit.count, steps: steps, ahead: ahead, into: rows)
    var largest = T.splat(0)
    for l in 0..<steps {
      let step = T.load(dt + l * T.width)
      T.store(step * T.load(rows + l * T.width), dtu + l * T.width)
      largest = T.maximum(largest, T.maximum(step, -step))
    }
    T.store(largest, largestStep)
  }

  /// Whether `|dt A|` stays, in this block, where exponentials are normal numbers.
  func isWithinReach(_ n: Int) -> Bool {
    T.isWithin(T.load(largestStep) * T.load(A + n * T.width), T.splat(T.quickReach))
  }

  /// Runs the states through a block and sums `C x + D u` into `y`.
  func advance(_ unit: ScanUnit, _ inputs: ScanInputs<T>, from l: Int, steps: Int) {
    discretize(unit, inputs, from: l, steps: steps, ahead: ScanPlan.steps)
    let D = Tile.vector(inputs.D.map { $0 + unit.channel }, count: unit.count)
    for l in 0..<steps { T.store(D * T.load(rows + l * T.width), y + l * T.width) }
    let B = inputs.B + unit.group * plan.N * plan.L + l
    let C = inputs.C + unit.group * plan.N * plan.L + l
    var n = 0
    while n + 2 <= plan.N {
      if isWithinReach(n), isWithinReach(n + 1) {
        pair(M.WithinReach.self, n, B + n * plan.L, C + n * plan.L, steps)
      } else {
        pair(M.self, n, B + n * plan.L, C + n * plan.L, steps)
      }
      n += 2
    }
    guard n < plan.N else { return }
    if isWithinReach(n) {
      single(M.WithinReach.self, n, B + n * plan.L, C + n * plan.L, steps)
    } else {
      single(M.self, n, B + n * plan.L, C + n * plan.L, steps)
    }
  }

  /// Runs states n and n + 1 through a block. The multipliers of a step are made while the step before it is taken: a long chain
  /// of operations would otherwise wait for another, and fill the processor's window.
  ///
  /// Products with a broadcast are fused ones: the compiler takes plain ones of 16 lanes apart into shuffles and narrower products.
  private func pair<E: Multiplier>(
    _: E.Type, _ n: Int, _ B: UnsafePointer<T>, _ C: UnsafePointer<T>, _ steps: Int
  ) {
    let first = A + n * T.width, states = x + n * T.width
    let A0 = T.load(first), A1 = T.load(first + T.width)
    var x0 = T.load(states), x1 = T.load(states + T.width)
    let B1 = B + plan.L, C1 = C + plan.L
    let zero = T.splat(0)
    var a0 = E.valueAndSlope(T.self, T.load(dt) * A0).value
    var a1 = E.valueAndSlope(T.self, T.load(dt) * A1).value
    for l in 0..<steps {
      let input = T.load(dtu + l * T.width)
      x0 = T.multiplyAdd(a0, x0, T.multiplyAdd(input, T.splat(B[l]), zero))
      x1 = T.multiplyAdd(a1, x1, T.multiplyAdd(input, T.splat(B1[l]), zero))
      let next = T.load(dt + (l + 1) * T.width)
      a0 = E.valueAndSlope(T.self, next * A0).value
      a1 = E.valueAndSlope(T.self, next * A1).value
      let sum = T.multiplyAdd(T.splat(C[l]), x0, T.load(y + l * T.width))
      T.store(T.multiplyAdd(T.splat(C1[l]), x1, sum), y + l * T.width)
    }
    T.store(x0, states)
    T.store(x1, states + T.width)
  }

  /// Runs state n through a block.
  private func single<E: Multiplier>(
    _: E.Type, _ n: Int, _ B: UnsafePointer<T>, _ C: UnsafePointer<T>, _ steps: Int
  ) {
    let A0 = T.load(A + n * T.width)
    var x0 = T.load(x + n * T.width)
    for l in 0..<steps {
      let step = T.load(dt + l * T.width), input = T.load(dtu + l * T.width)
      let multiplier = E.valueAndSlope(T.self, step * A0).value
      x0 = T.multiplyAdd(multiplier, x0, T.multiplyAdd(input, T.splat(B[l]), T.splat(0)))
      T.store(T.multiplyAdd(T.splat(C[l]), x0, T.load(y + l * T.width)), y + l * T.width)
    }
    T.store(x0, x + n * T.width)
  }

  /// Gates the block's `y` and writes it.
  func write(
    _ unit: ScanUnit, _ inputs: ScanInputs<T>, from l: Int, steps: Int, to output: UnsafeMutablePointer<T>
  ) {
    if let z = inputs.z {
      Tile.gather(
        rows(z, unit, l), stride: plan.L, count: unit.count, steps: steps, ahead: ScanPlan.steps, into: rows)
      for l in 0..<steps {
        T.store(T.load(y + l * T.width) * T.silu(T.load(rows + l * T.width)), y + l * T.width)
      }
    }
    let first = (unit.b * plan.D + unit.channel) * plan.L + l
    Tile.scatter(y, to: output + first, stride: plan.L, count: unit.count, steps: steps)
  }
}
