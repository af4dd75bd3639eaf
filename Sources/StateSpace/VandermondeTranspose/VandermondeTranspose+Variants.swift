import KernelSpec
import Lanes
import Parallel

extension VandermondeTranspose {
  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      forward(PowersSums<Sums<Float>>.self, "horner", threads),
      forward(PowersSums<Sums<Double>>.self, "horner", threads),
      gradient(PowersSums<Slopes<Float>>.self, PowersFilter<Adjoint<Float>>.self, "horner", threads),
      gradient(PowersSums<Slopes<Double>>.self, PowersFilter<Adjoint<Double>>.self, "horner", threads),
      forward(BlockedSums<Sums<Float>>.self, "blocked", threads),
      forward(BlockedSums<Sums<Double>>.self, "blocked", threads),
      gradient(BlockedSums<Slopes<Float>>.self, BlockedFilter<Adjoint<Float>>.self, "blocked", threads),
      gradient(BlockedSums<Slopes<Double>>.self, BlockedFilter<Adjoint<Double>>.self, "blocked", threads),
    ]
  }

  private static let ideas = [
    "horner": "Horner's rule for each mode in lanes of consecutive positions",
    "blocked": "a real matrix product per head of blocks and powers in a block, weighted with powers between blocks",
  ]

  /// A thread works on one head at a time. What it keeps of a row of positions stops growing at rows of 128.
  private static let claims = Claims(time: "H N L", workspace: "N")

  private static func forward<T, Worker: SumWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Sums<T> {
    Variant(
      .forward, name, threads: threads, idea: ideas[name]!,
      workspace: { SumPass<Worker>.bytes($0, threads: threads) }, claims: claims,
      prepare: T.preparation { size in
        let pass = SumPass<Worker>(size, Team(threads: threads))
        return { arguments in pass.run(Sums(x: arguments.input("x"), y: arguments.output("y")), arguments.input("u"))
        }
      })
  }

  private static func gradient<T, Slope: SumWorker, Filter: FilterWorker>(
    _: Slope.Type, _: Filter.Type, _ name: String, _ threads: Int
  ) -> Variant where Slope.Rule == Slopes<T>, Filter.Rule == Adjoint<T> {
    Variant(
      .gradient, name, threads: threads, idea: ideas[name]!,
      workspace: { FilterPass<Filter>.bytes($0, threads: threads) + SumPass<Slope>.bytes($0, threads: threads) },
      claims: claims,
      prepare: T.preparation { size in
        let team = Team(threads: threads)
        let slopes = SumPass<Slope>(size, team)
        let filters = FilterPass<Filter>(size, team)
        return { arguments in
          let x = arguments.input("x"), G = arguments.cotangent("y")
          filters.run(Adjoint(x: x, G: G), arguments.gradient("u"))
          slopes.run(Slopes(x: x, G: G, gradX: arguments.gradient("x")), arguments.input("u"))
        }
      })
  }

  /// The sums themselves: a mode's pole is `e^x`.
  struct Sums<T: ModeLane>: SumRule {
    let x: UnsafePointer<T>
    let y: UnsafeMutablePointer<T>

    static var columns: Int { 1 }
    static var scratchColumns: Int { 0 }
    static var needsWeighted: Bool { false }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spread(x, head, to: 0)
    }

    @inline(__always)
    func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      .exponential(modes[0][group])
    }

    func finish(
      _ head: Int, _ modes: ModeLanes<T>,
      _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
      _ scratch: UnsafeMutablePointer<ComplexLanes>
    ) {
      modes.collect(s0, y, head)
    }
  }

  /// The gradient by u: a filter with coefficients `conj G`.
  struct Adjoint<T: ModeLane>: FilterRule {
    let x, G: UnsafePointer<T>

    static var columns: Int { 2 }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spread(x, head, to: 0)
      modes.spread(G, head, to: 1)
    }

    @inline(__always)
    func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      .exponential(modes[0][group])
    }

    @inline(__always)
    func mode(
      _ head: Int, _ group: Int, _ modes: ModeLanes<T>
    ) -> (pole: T.Powers, coefficient: ComplexLanes) {
      (.exponential(modes[0][group]), modes[1][group].conjugate)
    }
  }

  /// The gradient by x, from sums of the sequences weighted with their positions.
  struct Slopes<T: ModeLane>: SumRule {
    let x, G: UnsafePointer<T>
    let gradX: UnsafeMutablePointer<T>

    static var columns: Int { 2 }
    static var scratchColumns: Int { 1 }
    static var needsPlain: Bool { false }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spread(x, head, to: 0)
      modes.spread(G, head, to: 1)
    }

    @inline(__always)
    func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      .exponential(modes[0][group])
    }

    func finish(
      _ head: Int, _ modes: ModeLanes<T>,
      _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
      _ scratch: UnsafeMutablePointer<ComplexLanes>
    ) {
      for group in 0..<modes.groups {
        let pole = T.Powers.exponential(modes[0][group]).rounded
        scratch[group] = modes[1][group] * (pole * s1[group]).conjugate
      }
      modes.collect(scratch, gradX, head)
    }
  }
}
