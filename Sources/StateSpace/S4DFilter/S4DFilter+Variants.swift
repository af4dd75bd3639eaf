import KernelSpec
import Lanes
import Parallel

extension S4DFilter {
  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      filter(PowersFilter<Modes<Float>>.self, "powers", threads),
      filter(PowersFilter<Modes<Double>>.self, "powers", threads),
      sums(PowersSums<Modes<Float>>.self, "powers", threads),
      sums(PowersSums<Modes<Double>>.self, "powers", threads),
      filter(BlockedFilter<Modes<Float>>.self, "blocked", threads),
      filter(BlockedFilter<Modes<Double>>.self, "blocked", threads),
      sums(BlockedSums<Modes<Float>>.self, "blocked", threads),
      sums(BlockedSums<Modes<Double>>.self, "blocked", threads),
    ]
  }

  private static let ideas = [
    "powers": "each mode's powers by a recurrence in lanes of consecutive positions",
    "blocked": "a real matrix product per head of powers in a block and powers between blocks",
  ]

  /// A thread works on one head at a time. What it keeps of a row of positions stops growing at rows of 128.
  private static let claims = Claims(time: "H N L", workspace: "N")

  private static func filter<T, Worker: FilterWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .forward, name, threads: threads, idea: ideas[name]!,
      workspace: { FilterPass<Worker>.bytes($0, threads: threads) }, claims: claims,
      prepare: T.preparation { size in
        let pass = FilterPass<Worker>(size, Team(threads: threads))
        return { arguments in pass.run(Modes(size, arguments), arguments.output("K")) }
      })
  }

  private static func sums<T, Worker: SumWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .gradient, name, threads: threads, idea: ideas[name]!,
      workspace: { SumPass<Worker>.bytes($0, threads: threads) }, claims: claims,
      prepare: T.preparation { size in
        let pass = SumPass<Worker>(size, Team(threads: threads))
        return { arguments in
          pass.run(Modes(size, arguments, Modes.Results(arguments)), arguments.cotangent("K"))
        }
      })
  }
}

extension S4DFilter {
  /// A mode's pole is `Abar`, its coefficient `2 C Bbar`.
  struct Modes<T: ModeLane>: FilterRule, SumRule {
    private let bilinear: Bool
    private let inputs: Inputs
    private let results: Results?

    static var columns: Int { 3 }
    static var scratchColumns: Int { 3 }

    init(_ size: Size, _ arguments: borrowing Arguments<T>, _ results: Results? = nil) {
      bilinear = size.choice("discretization") == "bilinear"
      inputs = Inputs(arguments)
      self.results = results
    }

    struct Inputs {
      let dt, A, B, C: UnsafePointer<T>

      @inline(__always) init(_ arguments: borrowing Arguments<T>) {
        dt = arguments.input("dt")
        A = arguments.input("A")
        B = arguments.input("B")
        C = arguments.input("C")
      }
    }

    struct Results {
      let dt, A, B, C: UnsafeMutablePointer<T>

      @inline(__always) init(_ arguments: borrowing Arguments<T>) {
        dt = arguments.gradient("dt")
        A = arguments.gradient("A")
        B = arguments.gradient("B")
        C = arguments.gradient("C")
      }
    }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spread(inputs.A, head, to: 0)
      modes.spread(inputs.B, head, to: 1)
      modes.spread(inputs.C, head, to: 2)
    }

    @inline(__always)
    private func discrete(
      _ head: Int, _ group: Int, _ modes: ModeLanes<T>
    ) -> DiscreteLanes<T.Powers> {
      DiscreteLanes(dt: Double(inputs.dt[head]), A: modes[0][group], bilinear: bilinear)
    }

    @inline(__always)
    func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      discrete(head, group, modes).pole
    }

    @inline(__always)
    func mode(
      _ head: Int, _ group: Int, _ modes: ModeLanes<T>
    ) -> (pole: T.Powers, coefficient: ComplexLanes) {
      let mode = discrete(head, group, modes)
      return (mode.pole, (modes[1][group] * modes[2][group] * mode.gain).multiplied(by: 2))
    }

    /// The chain rule from the sums to the operands of one head, as in the reference.
    func finish(
      _ head: Int, _ modes: ModeLanes<T>, _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
      _ scratch: UnsafeMutablePointer<ComplexLanes>
    ) {
      let groups = modes.groups
      let results = results!
      let dt = Double(inputs.dt[head])
      var gradDt = 0.0
      for group in 0..<groups {
        let (A, B, C) = (modes[0][group], modes[1][group], modes[2][group])
        let mode = discrete(head, group, modes)
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
}
