import KernelSpec
import Lanes
import Parallel

extension EMAFilter {
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
    "blocked": "a matrix product per head of powers in a block and powers between blocks",
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
        return { arguments in pass.run(Modes(arguments), arguments.output("K")) }
      })
  }

  private static func gradient<T, Worker: SumWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .gradient, name, threads: threads, idea: ideas[name]!,
      workspace: { SumPass<Worker>.bytes($0, threads: threads) }, claims: claims,
      prepare: T.preparation { size in
        let pass = SumPass<Worker>(size, Team(threads: threads))
        return { arguments in pass.run(Modes(arguments, Modes.Results(arguments)), arguments.cotangent("K")) }
      })
  }

  /// A mode's pole is q, its coefficient `p beta gamma/√N`, all real.
  struct Modes<T: ModeLane>: FilterRule, SumRule {
    private let alpha, delta, beta, gamma: UnsafePointer<T>
    private let results: Results?

    static var columns: Int { 4 }
    static var scratchColumns: Int { 4 }
    static var isReal: Bool { true }

    static func modes(_ size: Size) -> Int { size.N }

    struct Results {
      let alpha, delta, beta, gamma: UnsafeMutablePointer<T>

      @inline(__always) init(_ arguments: borrowing Arguments<T>) {
        alpha = arguments.gradient("alpha")
        delta = arguments.gradient("delta")
        beta = arguments.gradient("beta")
        gamma = arguments.gradient("gamma")
      }
    }

    init(_ arguments: borrowing Arguments<T>, _ results: Results? = nil) {
      alpha = arguments.input("alpha")
      delta = arguments.input("delta")
      beta = arguments.input("beta")
      gamma = arguments.input("gamma")
      self.results = results
    }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spreadReal(alpha, head, to: 0)
      modes.spreadReal(delta, head, to: 1)
      modes.spreadReal(beta, head, to: 2)
      modes.spreadReal(gamma, head, to: 3)
    }

    @inline(__always) func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      DecayLanes(alpha: modes[0][group].real, delta: modes[1][group].real).pole()
    }

    @inline(__always)
    func mode(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> (pole: T.Powers, coefficient: ComplexLanes) {
      let decay = DecayLanes(alpha: modes[0][group].real, delta: modes[1][group].real)
      let product = decay.p * modes[2][group].real * modes[3][group].real
      let zero = DoubleLanes(repeating: 0)
      return (decay.pole(), ComplexLanes(product / Double(modes.modes).squareRoot(), zero))
    }

    func finish(
      _ head: Int, _ modes: ModeLanes<T>, _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
      _ scratch: UnsafeMutablePointer<ComplexLanes>
    ) {
      let results = results!
      let groups = modes.groups
      let root = Double(modes.modes).squareRoot()
      for group in 0..<groups {
        let decay = DecayLanes(alpha: modes[0][group].real, delta: modes[1][group].real)
        let (beta, gamma) = (modes[2][group].real, modes[3][group].real)
        let (p, a, sum, slope) = (decay.p, decay.a, s0[group].real, s1[group].real)
        let w = beta * gamma / root
        scratch[group].real = -w * p * p * slope * a * decay.notA
        scratch[groups + group].real = w * (sum - p * a * slope) * p * decay.notP
        scratch[2 * groups + group].real = p * gamma / root * sum
        scratch[3 * groups + group].real = p * beta / root * sum
      }
      modes.collectReal(scratch, results.alpha, head)
      modes.collectReal(scratch + groups, results.delta, head)
      modes.collectReal(scratch + 2 * groups, results.beta, head)
      modes.collectReal(scratch + 3 * groups, results.gamma, head)
    }
  }

  /// Weights and decays, as in the reference.
  struct DecayLanes {
    let p, a, notP, notA: DoubleLanes

    @inline(__always) init(alpha: DoubleLanes, delta: DoubleLanes) {
      (p, notP) = (Double.logistic(delta), Double.logistic(-delta))
      (a, notA) = (Double.logistic(alpha), Double.logistic(-alpha))
    }

    /// `1 − p a`, or where that is small `(1 − p) + p (1 − a)`, with what rounding either loses.
    @inline(__always) func pole<Powers: PolePowers>() -> Powers {
      let zero = DoubleLanes(repeating: 0)
      let product = CompensatedLanes(product: p, a)
      let near = CompensatedLanes(DoubleLanes(repeating: 1), zero) + -product
      let far = CompensatedLanes(notP, zero) + CompensatedLanes(product: p, notA)
      return Powers(near.replacing(with: far, where: product.high .>= DoubleLanes(repeating: 0.5)))
    }
  }
}
