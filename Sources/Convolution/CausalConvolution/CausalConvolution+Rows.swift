import KernelSpec
import Lanes
import Parallel

extension CausalConvolution {
  /// The variants that convolve row after row by a `RowConvolver`: both passes, both precisions, one thread and two.
  ///
  /// Threads share the rows in the forward pass and the heads in the gradient, whose batch rows add up to one gradient of
  /// the filter: each sum is one thread's, so results do not depend on the number of threads.
  static func variants<F: RowConvolver, D: RowConvolver>(
    _ name: String, idea: String, claims: Claims, _: F.Type, _: D.Type
  ) -> [Variant] where F.Element == Float, D.Element == Double {
    Pass.allCases.flatMap { pass in
      [1, 2].flatMap { threads in
        [
          Variant(
            pass, name, threads: threads, idea: idea,
            workspace: { F.bytes(L: $0.L, W: $0.W, gradient: pass == .gradient, threads: threads) },
            claims: claims, prepare: .float { (size) throws(Refusal) in try prepare(F.self, size, pass, threads) }),
          Variant(
            pass, name, threads: threads, idea: idea,
            workspace: { D.bytes(L: $0.L, W: $0.W, gradient: pass == .gradient, threads: threads) },
            claims: claims, prepare: .double { (size) throws(Refusal) in try prepare(D.self, size, pass, threads) }),
        ]
      }
    }
  }

  private static func prepare<E: RowConvolver>(
    _: E.Type, _ size: Size, _ pass: Pass, _ threads: Int
  ) throws(Refusal) -> Run<E.Element> {
    var convolvers: [E] = []
    for _ in 0..<threads {
      convolvers.append(try E(L: size.L, W: size.W, gradient: pass == .gradient, beside: convolvers.first))
    }
    let team = Team(threads: threads)
    return switch pass {
    case .forward: forward(convolvers, team, size)
    case .gradient: gradient(convolvers, team, size)
    }
  }

  private static func forward<E: RowConvolver>(_ convolvers: [E], _ team: Team, _ size: Size) -> Run<E.Element> {
    let (B, H, L, W) = (size.B, size.H, size.L, size.W)
    return { x in
      let u = x.input("u"), K = x.input("K"), D = x.optionalInput("D")
      let y = x.output("y")
      team.run { thread in
        let rows = share(B * H, thread, of: team.threads)
        for row in rows {
          let (h, b) = row.quotientAndRemainder(dividingBy: B)
          if b == 0 || row == rows.lowerBound { convolvers[thread].setFilter(K + h * W) }
          let offset = (b * H + h) * L
          convolvers[thread].convolve(u + offset, skip: D?[h] ?? 0, into: y + offset)
        }
      }
    }
  }

  private static func gradient<E: RowConvolver>(_ convolvers: [E], _ team: Team, _ size: Size) -> Run<E.Element> {
    let (B, H, L, W) = (size.B, size.H, size.L, size.W)
    return { x in
      let u = x.input("u"), K = x.input("K"), D = x.optionalInput("D"), g = x.cotangent("y")
      let gradU = x.gradient("u"), gradK = x.gradient("K"), gradD = x.optionalGradient("D")
      team.run { thread in
        let convolver = convolvers[thread]
        for h in share(H, thread, of: team.threads) {
          convolver.setFilter(K + h * W)
          convolver.startFilterGradient()
          var sum: E.Element = 0
          for b in 0..<B {
            let offset = (b * H + h) * L
            convolver.correlate(u + offset, g + offset, skip: D?[h] ?? 0, into: gradU + offset)
            if gradD != nil { sum += dot(u + offset, g + offset, L) }
          }
          gradD?[h] = sum
          convolver.finishFilterGradient(into: gradK + h * W)
          for j in min(W, L)..<W { gradK[h * W + j] = 0 }
        }
      }
    }
  }
}
