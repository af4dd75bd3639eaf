import KernelSpec
import Lanes

/// The gradient of one tile after the other, in memory of its own.
struct BackwardScan<T: ElementaryLane, M: Multiplier> {
  private let plan: ScanPlan
  private let inputs: ScanInputs<T>
  private let gradients: ScanGradients<T>
  private let forward: ForwardScan<T, M>
  /// Sums over time, of all units.
  private let sums: UnsafeMutablePointer<T>
  private let unitScalars: Int
  /// A vector for each step of the block: `r = g silu(z)`; the sums over states that go to `dt` and to `dt u`; the slope of
  /// softplus; and rows on their way.
  private let r, viaDt, viaInput, slope, rows: UnsafeMutablePointer<T>
  /// The history of a state in a block: the state, first that before the block, its multipliers, and their derivatives by `dt A`.
  /// The adjoint's way back leaves the terms of `C` and `B` in the first two.
  private let history, multipliers, slopes: UnsafeMutablePointer<T>
  /// A vector for each state: the adjoint, and for each block the state before it.
  private let adjoint, checkpoints: UnsafeMutablePointer<T>
  /// The shares of `B` and `C` in the group `midway`, which an earlier thread began.
  private let shares: UnsafeMutablePointer<T>?
  private let midway: Int
  /// The first unit of this thread.
  private let first: Int

  init(
    _ plan: ScanPlan, _ layout: BackwardLayout, _ base: UnsafeMutablePointer<T>, _ thread: Int,
    _ inputs: ScanInputs<T>, _ gradients: ScanGradients<T>
  ) {
    self.plan = plan
    self.inputs = inputs
    self.gradients = gradients
    forward = ForwardScan(plan, base + layout.forward(thread))
    sums = base
    unitScalars = layout.unitScalars
    r = base + layout.blocks(thread)
    viaDt = r + plan.blockScalars
    viaInput = viaDt + plan.blockScalars
    slope = viaInput + plan.blockScalars
    rows = slope + plan.blockScalars
    history = rows + plan.blockScalars
    multipliers = history + plan.blockScalars + T.width
    slopes = multipliers + plan.blockScalars
    adjoint = base + layout.adjoint(thread)
    checkpoints = base + layout.checkpoints(thread)
    first = plan.units(thread, of: layout.threads).lowerBound
    shares = layout.shares(thread).map { base + $0 }
    midway = shares == nil ? -1 : plan.unit(first).group
  }

  func run(_ unit: ScanUnit) {
    forward.start(unit, inputs)
    for block in 0..<plan.blocks {
      let (l, steps) = extent(block)
      (checkpoints + block * plan.N * T.width).update(from: forward.x, count: plan.N * T.width)
      if inputs.z != nil || block + 1 < plan.blocks { forward.advance(unit, inputs, from: l, steps: steps) }
      if let z = inputs.z { writeGateGradient(unit, z, l, steps) }
    }
    let sums = sums + unit.index * unitScalars
    for i in 0..<unitScalars { sums[i] = 0 }
    startAdjoint(unit)
    for block in (0..<plan.blocks).reversed() {
      let (l, steps) = extent(block)
      open(unit, l, steps, sums)
      let states = checkpoints + block * plan.N * T.width
      for n in 0..<plan.N { pass(n, unit, states, l, steps, sums) }
      close(unit, l, steps, sums)
    }
    if let x0 = gradients.x0 {
      for lane in 0..<unit.count {
        let row = x0 + (unit.b * plan.D + unit.channel + lane) * plan.N
        for n in 0..<plan.N { row[n] = adjoint[n * T.width + lane] }
      }
    }
  }

  private func extent(_ block: Int) -> (l: Int, steps: Int) {
    (block * ScanPlan.steps, min(ScanPlan.steps, plan.L - block * ScanPlan.steps))
  }

  private func offset(_ unit: ScanUnit, _ l: Int) -> Int { (unit.b * plan.D + unit.channel) * plan.L + l }

  private func gather(
    _ rows: UnsafePointer<T>, _ unit: ScanUnit, _ l: Int, _ steps: Int, ahead: Int, _ lanes: UnsafeMutablePointer<T>
  ) {
    Tile.gather(
      rows + offset(unit, l), stride: plan.L, count: unit.count, steps: steps, ahead: ahead, into: lanes)
  }

  private func scatter(
    _ lanes: UnsafePointer<T>, _ rows: UnsafeMutablePointer<T>, _ unit: ScanUnit, _ l: Int, _ steps: Int
  ) {
    Tile.scatter(lanes, to: rows + offset(unit, l), stride: plan.L, count: unit.count, steps: steps)
  }

  /// The gradient of z, `g (C x + D u) σ(z) (1 + z σ(−z))`, from the sums that the forward scan has just left.
  private func writeGateGradient(_ unit: ScanUnit, _ z: UnsafePointer<T>, _ l: Int, _ steps: Int) {
    gather(z, unit, l, steps, ahead: ScanPlan.steps, rows)
    gather(gradients.ofY, unit, l, steps, ahead: ScanPlan.steps, r)
    for l in 0..<steps {
      let i = l * T.width
      T.store(T.load(r + i) * T.load(forward.y + i) * T.siluSlope(T.load(rows + i)), rows + i)
    }
    scatter(rows, gradients.z!, unit, l, steps)
  }

  /// The cotangent of the final state; zero in the lanes that repeat a channel, so that they add nothing to `B` and `C`.
  private func startAdjoint(_ unit: ScanUnit) {
    for n in 0..<plan.N {
      for lane in 0..<T.width {
        let row = gradients.ofX + (unit.b * plan.D + unit.channel + min(lane, unit.count - 1)) * plan.N
        adjoint[n * T.width + lane] = lane < unit.count ? row[n] : 0
      }
    }
  }

  /// Makes what the states of a block share: `dt`, `dt u`, r and softplus's slope; gives `D` its share.
  private func open(_ unit: ScanUnit, _ l: Int, _ steps: Int, _ sums: UnsafeMutablePointer<T>) {
    forward.discretize(unit, inputs, from: l, steps: steps, ahead: -ScanPlan.steps, slope: slope)
    gather(gradients.ofY, unit, l, steps, ahead: -ScanPlan.steps, r)
    if let z = inputs.z {
      gather(z, unit, l, steps, ahead: -ScanPlan.steps, rows)
      for l in 0..<steps {
        T.store(T.load(r + l * T.width) * T.silu(T.load(rows + l * T.width)), r + l * T.width)
      }
    }
    let mask = Tile<T>.mask(count: unit.count)
    let gradD = sums + plan.N * T.width
    var sum = T.load(gradD), lost = T.load(gradD + T.width)
    for l in 0..<steps {
      let masked = T.load(r + l * T.width) * mask
      T.store(masked, r + l * T.width)
      T.accumulate(masked * T.load(forward.rows + l * T.width), &sum, &lost)
      T.store(T.splat(0), viaDt + l * T.width)
      T.store(T.splat(0), viaInput + l * T.width)
    }
    T.store(sum, gradD)
    T.store(lost, gradD + T.width)
  }

  /// Turns the sums over states into the gradients of u and delta; gives `bias` its share.
  private func close(_ unit: ScanUnit, _ l: Int, _ steps: Int, _ sums: UnsafeMutablePointer<T>) {
    let D = Tile.vector(inputs.D.map { $0 + unit.channel }, count: unit.count)
    let gradBias = sums + (plan.N + 2) * T.width
    var sum = T.load(gradBias), lost = T.load(gradBias + T.width)
    for l in 0..<steps {
      let i = l * T.width
      let input = T.load(viaInput + i)
      let direct = T.load(r + i) * D
      T.store(T.multiplyAdd(input, T.load(forward.dt + i), direct), rows + i)
      var share = T.multiplyAdd(input, T.load(forward.rows + i), T.load(viaDt + i))
      if plan.softplus { share *= T.load(slope + i) }
      T.store(share, viaDt + i)
      T.accumulate(share, &sum, &lost)
    }
    T.store(sum, gradBias)
    T.store(lost, gradBias + T.width)
    scatter(rows, gradients.u, unit, l, steps)
    scatter(viaDt, gradients.delta, unit, l, steps)
  }

  /// Runs state n through a block and back.
  @inline(__always)
  private func pass(
    _ n: Int, _ unit: ScanUnit, _ states: UnsafePointer<T>, _ l: Int, _ steps: Int, _ sums: UnsafeMutablePointer<T>
  ) {
    let offset = (unit.group * plan.N + n) * plan.L + l
    let B = inputs.B + offset, C = inputs.C + offset
    if forward.isWithinReach(n) {
      replay(M.WithinReach.self, n, states, B, steps)
    } else {
      replay(M.self, n, states, B, steps)
    }
    retrace(n, B, C, steps, sums)
    let isMidway = unit.group == midway
    let begins = unit.tile == 0 || unit.index == first
    let row = isMidway ? n * plan.L + l : offset
    let gradB = (isMidway ? shares! : gradients.B) + row
    let gradC = (isMidway ? shares! + plan.N * plan.L : gradients.C) + row
    reduce(history + T.width, into: gradC, steps, begins)
    reduce(multipliers, into: gradB, steps, begins)
    // The blocks before these are next, when the other states are done.
    Tile.fetch(B - ScanPlan.steps)
    Tile.fetch(C - ScanPlan.steps)
    if !begins {
      Tile.fetch(UnsafePointer(gradB) - ScanPlan.steps)
      Tile.fetch(UnsafePointer(gradC) - ScanPlan.steps)
    }
  }

  /// Runs state n through the block again, keeping its history: first all multipliers, which do not depend on one another, then
  /// the state.
  private func replay<E: Multiplier>(
    _: E.Type, _ n: Int, _ states: UnsafePointer<T>, _ B: UnsafePointer<T>, _ steps: Int
  ) {
    let A = T.load(forward.A + n * T.width)
    for l in 0..<steps {
      let multiplier = E.valueAndSlope(T.self, T.load(forward.dt + l * T.width) * A)
      T.store(multiplier.value, multipliers + l * T.width)
      if E.hasOwnSlope { T.store(multiplier.slope, slopes + l * T.width) }
    }
    var x = T.load(states + n * T.width)
    T.store(x, history)
    for l in 0..<steps {
      let input = T.multiplyAdd(T.load(forward.dtu + l * T.width), T.splat(B[l]), T.splat(0))
      x = T.multiplyAdd(T.load(multipliers + l * T.width), x, input)
      T.store(x, history + (l + 1) * T.width)
    }
  }

  /// Runs the adjoint of state n back through the block.
  private func retrace(
    _ n: Int, _ B: UnsafePointer<T>, _ C: UnsafePointer<T>, _ steps: Int, _ sums: UnsafeMutablePointer<T>
  ) {
    let A = T.load(forward.A + n * T.width)
    var p = T.load(adjoint + n * T.width)
    var x = T.load(history + steps * T.width)
    var gradA = T.splat(0)
    var l = steps - 1
    while l >= 0 {
      let i = l * T.width
      let r = T.load(r + i), multiplier = T.load(multipliers + i), previous = T.load(history + i)
      p = T.multiplyAdd(r, T.splat(C[l]), p)
      T.store(r * x, history + i + T.width)
      T.store(p * T.load(forward.dtu + i), multipliers + i)
      T.store(T.multiplyAdd(p, T.splat(B[l]), T.load(viaInput + i)), viaInput + i)
      let decay: T.Lanes
      if M.hasOwnSlope {
        decay = p * T.load(slopes + i) * previous
        p *= multiplier
      } else {
        p *= multiplier
        decay = p * previous
      }
      T.store(T.multiplyAdd(decay, A, T.load(viaDt + i)), viaDt + i)
      gradA = T.multiplyAdd(decay, T.load(forward.dt + i), gradA)
      x = previous
      l -= 1
    }
    T.store(p, adjoint + n * T.width)
    T.store(T.load(sums + n * T.width) + gradA, sums + n * T.width)
  }

  /// Adds the sums over lanes, one for each step, to a row; `begins` writes them.
  private func reduce(_ lanes: UnsafePointer<T>, into row: UnsafeMutablePointer<T>, _ steps: Int, _ begins: Bool) {
    var l = 0
    while l < steps {
      let sums = T.sums { i in T.load(lanes + (l + i) * T.width) }
      if l + T.width <= steps {
        T.store(begins ? sums : T.load(row + l) + sums, row + l)
      } else {
        for i in l..<steps { row[i] = begins ? sums[i - l] : row[i] + sums[i - l] }
      }
      l += T.width
    }
  }
}
