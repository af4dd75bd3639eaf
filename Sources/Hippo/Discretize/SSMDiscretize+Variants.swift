import KernelSpec
import Lanes
import Parallel

extension SSMDiscretize {
  public static let variants: [Variant] = [1, 2].flatMap { threads in
    Pass.allCases.flatMap { pass in
      [
        Variant(
          pass, "lu", threads: threads, idea: idea, workspace: { bytes($0, Float.self, threads) }, claims: claims,
          prepare: .float { (size) in run(pass, size, threads) }),
        Variant(
          pass, "lu", threads: threads, idea: idea, workspace: { bytes($0, Double.self, threads) }, claims: claims,
          prepare: .double { (size) in run(pass, size, threads) }),
      ]
    }
  }

  private static let idea =
    "one factorization in panels for all solves; zoh: a polynomial in few products, and squarings"

  /// A thread works on one head at a time.
  private static let claims = Claims(time: "H N^3", workspace: "N^2")

  private static func bytes<T: SquareLane>(_ size: Size, _: T.Type, _ threads: Int) -> Int {
    threads * (isExponential(size) ? ExponentialDiscretizer<T>.bytes(size.N) : BilinearDiscretizer<T>.bytes(size.N))
  }

  private static func run<T: SquareLane>(_ pass: Pass, _ size: Size, _ threads: Int) -> Run<T> {
    isExponential(size)
      ? run(pass, size, threads, ExponentialDiscretizer<T>.self)
      : run(pass, size, threads, BilinearDiscretizer<T>.self)
  }

  private static func run<Worker: HeadDiscretizer>(
    _ pass: Pass, _ size: Size, _ threads: Int, _: Worker.Type
  ) -> Run<Worker.T> {
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in Worker(size) }
    let (H, N) = (size.H, size.N)
    @Sendable func share(_ thread: Int) -> Range<Int> { H * thread / threads..<H * (thread + 1) / threads }
    switch pass {
    case .forward:
      return { x in
        let A = x.input("A"), B = x.input("B"), dt = x.input("dt")
        let Abar = x.output("Abar"), Bbar = x.output("Bbar")
        team.run { thread in
          for h in share(thread) {
            workers[thread].discretize(A + h * N * N, B + h * N, dt[h], Abar + h * N * N, Bbar + h * N)
          }
        }
      }
    case .gradient:
      return { x in
        let A = x.input("A"), B = x.input("B"), dt = x.input("dt")
        let G = x.cotangent("Abar"), g = x.cotangent("Bbar")
        let gradA = x.gradient("A"), gradB = x.gradient("B"), gradDt = x.gradient("dt")
        team.run { thread in
          for h in share(thread) {
            gradDt[h] = workers[thread].gradient(
              A + h * N * N, B + h * N, dt[h], G + h * N * N, g + h * N, gradA + h * N * N, gradB + h * N)
          }
        }
      }
    }
  }
}
