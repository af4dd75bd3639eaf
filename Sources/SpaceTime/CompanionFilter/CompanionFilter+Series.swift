import KernelSpec
import Lanes
import Parallel
import Transforms

/// One thread's filter of one head after the other, by series: see `CompanionFilter`.
///
/// Kept are the operands, w, and two series more of N + L terms.
final class CompanionSeries<T: Lane, Engine: SeriesEngine> {
  typealias E = Engine.Element

  private let N, L: Int
  private let engine: Engine
  private let memory: Workspace<E>
  private let a, b, w, y, g, adjoint: UnsafeMutablePointer<E>

  /// The elements that each of the six series takes, with its zeros.
  private static func counts(_ N: Int, _ L: Int) -> [Int] {
    [N, N, N + L, max(N, L), L, N + L].map { $0 + 2 * Engine.padding }
  }

  static func bytes(_ N: Int, _ L: Int) -> Int {
    counts(N, L).reduce(0, +) * MemoryLayout<E>.stride + Engine.bytes(order: N, length: L, channels: 1)
  }

  init(_ N: Int, _ L: Int) {
    (self.N, self.L) = (N, L)
    engine = Engine(order: N, length: L, channels: 1)
    let counts = Self.counts(N, L)
    memory = Workspace(counts.reduce(0, +))
    memory.base.update(repeating: 0, count: memory.count)
    let starts = counts.reduce(into: [Engine.padding]) { $0.append($0.last! + $1) }.map { [base = memory.base] in
      base + $0
    }
    (a, b, w, y, g, adjoint) = (starts[0], starts[1], starts[2], starts[3], starts[4], starts[5])
  }

  /// The sequence w that begins with c.
  private func extend(_ aRow: UnsafePointer<T>, _ bRow: UnsafePointer<T>, _ cRow: UnsafePointer<T>) {
    convert(aRow, N, a)
    convert(bRow, N, b)
    convert(cRow, N, w)
    (w + N).update(repeating: 0, count: L - 1)
    guard L > 1 else { return }
    engine.taps(0, 0).update(from: a, count: N)
    engine.prepareSystem()
    engine.solve(w + N, w + N, L - 1, transposed: false, history: true)
  }

  func filter(
    _ aRow: UnsafePointer<T>, _ bRow: UnsafePointer<T>, _ cRow: UnsafePointer<T>, _ K: UnsafeMutablePointer<T>
  ) {
    extend(aRow, bRow, cRow)
    engine.correlate(w, N + L - 1, b, N, into: y, L, adding: false)
    convert(y, L, K)
  }

  func gradient(
    _ aRow: UnsafePointer<T>, _ bRow: UnsafePointer<T>, _ cRow: UnsafePointer<T>, _ gRow: UnsafePointer<T>,
    _ gradA: UnsafeMutablePointer<T>, _ gradB: UnsafeMutablePointer<T>, _ gradC: UnsafeMutablePointer<T>
  ) {
    extend(aRow, bRow, cRow)
    convert(gRow, L, g)
    engine.correlate(w, N + L - 1, g, L, into: y, N, adding: false)
    convert(y, N, gradB)
    engine.convolve(g, L, b, N, into: adjoint, N + L - 1, adding: false)
    // Backwards in time, the adjoint of the recurrence is the recurrence.
    reverse(adjoint + N, L - 1, g)
    g[L - 1] = 0
    if L > 1 { engine.solve(g, g, L - 1, transposed: true, history: false) }
    reverse(g, L - 1, y)
    (y + L - 1).update(repeating: 0, count: Engine.padding + 1)
    engine.convolve(y, L - 1, a, N, into: adjoint, N, adding: true)
    convert(adjoint, N, gradC)
    engine.correlate(w, N + L - 1, y, L - 1, into: a, N, adding: false)
    convert(a, N, gradA)
  }
}

extension CompanionFilter {
  /// The recurrence and the correlation in registers. Kept are some series of N + L terms.
  static var direct: [Variant] {
    variants(
      "direct", idea: "recurrence and correlation, four vectors of positions in registers",
      claims: Claims(time: "H N L", workspace: "N + L"),
      CompanionSeries<Float, DirectSeries<Float>>.self, CompanionSeries<Double, DirectSeries<Double>>.self)
  }

  /// Both by transforms of blocks of `min(N, L)` terms, see `SpectralSeries`. Kept are some series of N + L terms and spectra of a block.
  static var fft: [Variant] {
    variants(
      "fft", idea: "power series by real transforms, in double precision, with nothing divided by at roots of unity",
      claims: Claims(time: "H N log N + H L log N", workspace: "N + L"),
      CompanionSeries<Float, FewTermsSummed<Double>>.self, CompanionSeries<Double, FewTermsSummed<Double>>.self)
  }

  private static func variants<F: SeriesEngine, D: SeriesEngine>(
    _ name: String, idea: String, claims: Claims, _: CompanionSeries<Float, F>.Type,
    _: CompanionSeries<Double, D>.Type
  ) -> [Variant] {
    Pass.allCases.flatMap { pass in
      [1, 2].flatMap { threads in
        [
          Variant(
            pass, name, threads: threads, idea: idea,
            workspace: { threads * CompanionSeries<Float, F>.bytes($0.N, $0.L) }, claims: claims,
            prepare: .float { prepare(CompanionSeries<Float, F>.self, $0, pass, threads) }),
          Variant(
            pass, name, threads: threads, idea: idea,
            workspace: { threads * CompanionSeries<Double, D>.bytes($0.N, $0.L) }, claims: claims,
            prepare: .double { prepare(CompanionSeries<Double, D>.self, $0, pass, threads) }),
        ]
      }
    }
  }

  /// Threads share the heads.
  private static func prepare<T: Lane, Engine: SeriesEngine>(
    _: CompanionSeries<T, Engine>.Type, _ size: Size, _ pass: Pass, _ threads: Int
  ) -> Run<T> {
    let (H, N, L) = (size.H, size.N, size.L)
    let workers = (0..<threads).map { _ in CompanionSeries<T, Engine>(N, L) }
    let team = Team(threads: threads)
    return { x in
      let a = x.input("a"), b = x.input("b"), c = x.input("c")
      switch pass {
      case .forward:
        let K = x.output("K")
        team.run { thread in
          for h in H * thread / threads..<H * (thread + 1) / threads {
            workers[thread].filter(a + h * N, b + h * N, c + h * N, K + h * L)
          }
        }
      case .gradient:
        let g = x.cotangent("K"), gradA = x.gradient("a"), gradB = x.gradient("b"), gradC = x.gradient("c")
        team.run { thread in
          for h in H * thread / threads..<H * (thread + 1) / threads {
            workers[thread].gradient(
              a + h * N, b + h * N, c + h * N, g + h * L, gradA + h * N, gradB + h * N, gradC + h * N)
          }
        }
      }
    }
  }
}
