import KernelSpec
import Lanes
import Parallel

extension VandermondeSum {
  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      forward(PowersFilter<Modes<Float>>.self, "powers", threads),
      forward(PowersFilter<Modes<Double>>.self, "powers", threads),
      gradient(PowersSums<Modes<Float>>.self, "powers", threads),
      gradient(PowersSums<Modes<Double>>.self, "powers", threads),
      forward(BlockedFilter<Modes<Float>>.self, "blocked", threads),
      forward(BlockedFilter<Modes<Double>>.self, "blocked", threads),
      gradient(BlockedSums<Modes<Float>>.self, "blocked", threads),
      gradient(BlockedSums<Modes<Double>>.self, "blocked", threads),
    ]
  }

  private static let ideas = [
    "powers": "each mode's powers by a recurrence in lanes of consecutive positions",
    "blocked": "a real matrix product per head of powers in a block and powers between blocks",
  ]

  /// A thread works on one head at a time. What it keeps of a row of positions stops growing at rows of 128.
  private static let claims = Claims(time: "H N L", workspace: "N")

  private static func forward<T, Worker: FilterWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .forward, name, threads: threads, idea: ideas[name]!,
      workspace: { FilterPass<Worker>.bytes($0, threads: threads) }, claims: claims,
      prepare: T.preparation { size in
        let pass = FilterPass<Worker>(size, Team(threads: threads))
        return { arguments in
          pass.run(Modes(v: arguments.input("v"), x: arguments.input("x")), arguments.output("y"))
        }
      })
  }

  private static func gradient<T, Worker: SumWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .gradient, name, threads: threads, idea: ideas[name]!,
      workspace: { SumPass<Worker>.bytes($0, threads: threads) }, claims: claims,
      prepare: T.preparation { size in
        let pass = SumPass<Worker>(size, Team(threads: threads))
        return { arguments in
          pass.run(
            Modes(
              v: arguments.input("v"), x: arguments.input("x"), gradV: arguments.gradient("v"),
              gradX: arguments.gradient("x")),
            arguments.cotangent("y"))
        }
      })
  }

  /// A mode's pole is `e^x`, its coefficient `2v`.
  struct Modes<T: ModeLane>: FilterRule, SumRule {
    let v, x: UnsafePointer<T>
    var gradV, gradX: UnsafeMutablePointer<T>?

    static var columns: Int { 2 }
    static var scratchColumns: Int { 2 }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spread(v, head, to: 0)
      modes.spread(x, head, to: 1)
    }

    @inline(__always)
    func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      .exponential(modes[1][group])
    }

    @inline(__always)
    func mode(
      _ head: Int, _ group: Int, _ modes: ModeLanes<T>
    ) -> (pole: T.Powers, coefficient: ComplexLanes) {
      (.exponential(modes[1][group]), modes[0][group].multiplied(by: 2))
    }

    func finish(
      _ head: Int, _ modes: ModeLanes<T>, _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
      _ scratch: UnsafeMutablePointer<ComplexLanes>
    ) {
      for group in 0..<modes.groups {
        let pole = T.Powers.exponential(modes[1][group]).rounded
        scratch[group] = s0[group].conjugate.multiplied(by: 2)
        scratch[modes.groups + group] = (modes[0][group] * pole * s1[group]).conjugate.multiplied(by: 2)
      }
      modes.collect(scratch, gradV!, head)
      modes.collect(scratch + modes.groups, gradX!, head)
    }
  }
}
