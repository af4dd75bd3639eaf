import KernelSpec
import Lanes
import Parallel

extension HippoProject {
  /// Steps that use that the matrix is a triangle of two vectors: legs and lagt. Time is O(B L N); each thread keeps the slants of 32
  /// steps, O(N).
  static var triangular: [Variant] {
    [1, 2].flatMap { threads in
      Pass.allCases.flatMap { pass in
        [
          Variant(
            pass, "triangular", threads: threads,
            idea: "the recurrence in slants over time and coefficients, in double",
            workspace: { threads * Wave.count($0.N) * MemoryLayout<Double>.stride },
            claims: Claims(time: "B L N + B L", workspace: "N"),
            prepare: .float { (size) throws(Refusal) in try run(pass, size, threads) }),
          Variant(
            pass, "triangular", threads: threads,
            idea: "the recurrence in slants over time and coefficients, in double",
            workspace: { threads * Wave.count($0.N) * MemoryLayout<Double>.stride },
            claims: Claims(time: "B L N + B L", workspace: "N"),
            prepare: .double { (size) throws(Refusal) in try run(pass, size, threads) }),
        ]
      }
    }
  }

  private static func run<T: SquareLane>(_ pass: Pass, _ size: Size, _ threads: Int) throws(Refusal) -> Run<T> {
    guard [.legs, .lagt].contains(Measure(size)) else {
      throw Refusal("the matrix of \(Measure(size).rawValue) is no triangle, expected legs or lagt")
    }
    let team = Team(threads: threads)
    let waves = (0..<threads).map { _ in Wave(size) }
    let (B, L, N) = (size.B, size.L, size.N)
    @Sendable func share(_ thread: Int) -> Range<Int> { B * thread / threads..<B * (thread + 1) / threads }
    switch pass {
    case .forward:
      return { x in
        let f = x.input("f"), c = x.output("c")
        team.run { thread in
          for b in share(thread) { waves[thread].project(f + b * L, c + b * L * N, L) }
        }
      }
    case .gradient:
      return { x in
        let g = x.cotangent("c"), gradF = x.gradient("f")
        team.run { thread in
          for b in share(thread) { waves[thread].differentiate(g + b * L * N, gradF + b * L, L) }
        }
      }
    }
  }
}
