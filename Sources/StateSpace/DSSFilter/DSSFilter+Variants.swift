import KernelSpec
import Lanes
import Parallel

extension DSSFilter {
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
    "powers": "each mode's powers by a recurrence in lanes of consecutive positions, their sum by doubling",
    "blocked": "a real matrix product per head of powers in a block and powers between blocks, their sum by doubling",
  ]

  /// A thread works on one head at a time, and keeps a row of L for the modes of a softmax that grow.
  private static let claims = [
    "powers": Claims(time: "H N L", workspace: "128 N + L"),
    "blocked": Claims(time: "H N L", workspace: "512 N + L"),
  ]

  private static func isSoftmax(_ size: Size) -> Bool { size.choice("mode") == "softmax" }

  private static func forward<T, Worker: FilterWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .forward, name, threads: threads, idea: ideas[name]!,
      workspace: { size in
        isSoftmax(size)
          ? FilterPass<MirroredFilter<T, Worker>>.bytes(size, threads: threads)
          : FilterPass<Worker>.bytes(size, threads: threads)
      },
      claims: claims[name]!,
      prepare: T.preparation { size in
        let team = Team(threads: threads)
        if isSoftmax(size) {
          let pass = FilterPass<MirroredFilter<T, Worker>>(size, team)
          return { arguments in pass.run(Modes(size, arguments), arguments.output("K")) }
        }
        let pass = FilterPass<Worker>(size, team)
        return { arguments in pass.run(Modes(size, arguments), arguments.output("K")) }
      })
  }

  private static func gradient<T, Worker: SumWorker>(_: Worker.Type, _ name: String, _ threads: Int) -> Variant
  where Worker.Rule == Modes<T> {
    Variant(
      .gradient, name, threads: threads, idea: ideas[name]!,
      workspace: { size in
        isSoftmax(size)
          ? SumPass<MirroredSums<T, Worker>>.bytes(size, threads: threads)
          : SumPass<Worker>.bytes(size, threads: threads)
      },
      claims: claims[name]!,
      prepare: T.preparation { size in
        let team = Team(threads: threads)
        if isSoftmax(size) {
          let pass = SumPass<MirroredSums<T, Worker>>(size, team)
          return { arguments in
            pass.run(Modes(size, arguments, Modes.Results(arguments)), arguments.cotangent("K"))
          }
        }
        let pass = SumPass<Worker>(size, team)
        return { arguments in
          pass.run(Modes(size, arguments, Modes.Results(arguments)), arguments.cotangent("K"))
        }
      })
  }
}
