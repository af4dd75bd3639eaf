import KernelSpec
import Lanes
import Transforms

/// One thread's closed loop of one head after the other, by series of two channels: see `CompanionForecast`.
///
/// What is fed back of the last component goes into a, `a + b k[N−1]`, and out of k. Where the feedback holds a growing open loop, a and
/// `b k[N−1]` nearly cancel: left apart, each rounding of s would grow before the feedback met it.
///
/// Kept are the operands, four correlations, and some ten series of N + L terms.
final class ForecastSeries<T: Lane, Engine: SeriesEngine>: ForecastWorker {
  typealias E = Engine.Element
  typealias Series = UnsafeMutablePointer<E>

  private let N, L: Int
  /// How many terms of the state, and of correlations with it, act.
  private let acting, delayed: Int
  private let engine: Engine
  private let memory: Workspace<E>
  private let a, b, c, k, x: Series
  private let ka, kb, ca, cb: Series
  private let s, u, y, adjointS, adjointU, gy, gu, scratch: Series
  /// Sums over the batch: of the taps into s, u and y, the oldest first, and of the gradients that x brings.
  private let sums: [Series]
  private let gradK, gradC: Series
  /// `k[N−1]`.
  private var lastFeedback: E = 0

  private static func counts(_ N: Int, _ L: Int) -> [Int] {
    // s and u are preceded by N zeros too.
    let series = [N + L, N + L, L, L, L, L, L, max(N, L)]
    return ([Int](repeating: N, count: 9) + series + [Int](repeating: N, count: 8)).map { $0 + 2 * Engine.padding }
  }

  static func bytes(_ N: Int, _ L: Int) -> Int {
    counts(N, L).reduce(0, +) * MemoryLayout<E>.stride + Engine.bytes(order: N, length: L, channels: 2)
  }

  init(_ N: Int, _ L: Int) {
    (self.N, self.L) = (N, L)
    (acting, delayed) = (min(N, L), min(N, L - 1))
    engine = Engine(order: N, length: L, channels: 2)
    let counts = Self.counts(N, L)
    memory = Workspace(counts.reduce(0, +))
    memory.base.update(repeating: 0, count: memory.count)
    var rest = memory.base
    let at = counts.map { count in
      defer { rest += count }
      return rest + Engine.padding
    }
    (a, b, c, k, x) = (at[0], at[1], at[2], at[3], at[4])
    (ka, kb, ca, cb) = (at[5], at[6], at[7], at[8])
    (s, u, y, adjointS, adjointU) = (at[9] + N, at[10] + N, at[11], at[12], at[13])
    (gy, gu, scratch) = (at[14], at[15], at[16])
    sums = Array(at[17..<23])
    (gradK, gradC) = (at[23], at[24])
  }

  /// Takes the operands of a head.
  func setHead(_ aRow: UnsafePointer<T>, _ bRow: UnsafePointer<T>, _ cRow: UnsafePointer<T>, _ kRow: UnsafePointer<T>)
  {
    convert(aRow, N, a)
    convert(bRow, N, b)
    convert(cRow, N, c)
    convert(kRow, N, k)
    lastFeedback = k[N - 1]
    k[N - 1] = 0
    for i in 0..<N { a[i] = E(Double(a[i]).addingProduct(Double(b[i]), Double(lastFeedback))) }
    for (f, g, correlation) in [(k, a, ka), (k, b, kb), (c, a, ca), (c, b, cb)] where delayed > 0 {
      engine.correlate(f, N, g, N, into: correlation, delayed, adding: false)
    }
    guard L > 1 else { return }
    engine.taps(0, 0).update(from: a, count: N)
    engine.taps(0, 1).update(from: b, count: N)
    for (column, correlation) in [(0, ka), (1, kb)] {
      // What is beyond the correlations computed is never reached.
      let taps = engine.taps(1, column)
      taps.update(repeating: 0, count: N)
      reverse(correlation, delayed, taps + N - delayed)
    }
    engine.prepareSystem()
  }

  /// s from a state, and u without what k reads from s.
  private func run(_ xRow: UnsafePointer<T>) {
    convert(xRow, N, x)
    for j in 0..<acting { s[j] = x[N - 1 - j] }
    (s + acting).update(repeating: 0, count: L - acting)
    (u + acting).update(repeating: 0, count: L - acting)
    engine.correlate(k, N, x, N, into: u, acting, adding: false)
    if L > 1 { engine.solve(s, u, L, transposed: false, history: false) }
  }

  func forecast(_ xRow: UnsafePointer<T>, _ yRow: UnsafeMutablePointer<T>, _ uRow: UnsafeMutablePointer<T>) {
    run(xRow)
    y.update(repeating: 0, count: L)
    engine.correlate(c, N, x, N, into: y, acting, adding: false)
    if delayed > 0 {
      for (series, correlation) in [(s, ca), (u, cb)] {
        reverse(correlation, delayed, scratch)
        engine.correlate(series - delayed, delayed + L, scratch, delayed, into: y, L, adding: true)
      }
    }
    convert(y, L, yRow)
    for l in 0..<L { u[l] += lastFeedback * s[l] }
    convert(u, L, uRow)
  }

  /// Begins a head's sums over the batch.
  func startGradients() {
    for sum in sums + [gradK, gradC] { sum.update(repeating: 0, count: N) }
  }

  func addGradients(
    _ xRow: UnsafePointer<T>, _ gyRow: UnsafePointer<T>, _ guRow: UnsafePointer<T>, _ gradX: UnsafeMutablePointer<T>
  ) {
    run(xRow)
    convert(gyRow, L, gy)
    convert(guRow, L, gu)
    for l in 0..<L { adjointS[l] = lastFeedback * gu[l] }
    adjointU.update(from: gu, count: L)
    if delayed > 0 {
      engine.correlate(gy + 1, L - 1, ca, delayed, into: adjointS, L - 1, adding: true)
      engine.correlate(gy + 1, L - 1, cb, delayed, into: adjointU, L - 1, adding: true)
      for adjoint in [adjointS, adjointU] { flip(adjoint) }
      engine.solve(adjointS, adjointU, L, transposed: true, history: false)
      for adjoint in [adjointS, adjointU] { flip(adjoint) }
    }
    for (place, adjoint) in [adjointS, adjointU, gy].enumerated() {
      engine.correlate(s - N, N + L, adjoint, L, into: sums[2 * place], N, adding: true)
      engine.correlate(u - N, N + L, adjoint, L, into: sums[2 * place + 1], N, adding: true)
    }
    engine.convolve(x, N, adjointU, acting, into: gradK, N, adding: true)
    engine.convolve(x, N, gy, acting, into: gradC, N, adding: true)
    engine.correlate(k, N, adjointU, acting, into: scratch, N, adding: false)
    engine.correlate(c, N, gy, acting, into: scratch, N, adding: true)
    for j in 0..<acting { scratch[N - 1 - j] += adjointS[j] }
    convert(scratch, N, gradX)
  }

  /// The gradients of a head's operands from the sums over the batch.
  func finishGradients(
    _ gradARow: UnsafeMutablePointer<T>, _ gradBRow: UnsafeMutablePointer<T>, _ gradCRow: UnsafeMutablePointer<T>,
    _ gradKRow: UnsafeMutablePointer<T>
  ) {
    let (gradA, gradB) = (sums[0], sums[1])
    // Through the correlations: of k and c with a and b.
    let pairs = [
      (sums[2], k, gradK, a, gradA), (sums[3], k, gradK, b, gradB), (sums[4], c, gradC, a, gradA),
      (sums[5], c, gradC, b, gradB),
    ]
    for (sum, f, gradF, g, gradG) in pairs where delayed > 0 {
      reverse(sum + N - delayed, delayed, scratch)
      engine.convolve(scratch, delayed, g, N, into: gradF, N, adding: true)
      engine.correlate(f, N, scratch, delayed, into: gradG, N, adding: true)
    }
    for i in 0..<N { gradB[i] += lastFeedback * gradA[i] }
    convert(gradA, N, gradARow)
    convert(gradB, N, gradBRow)
    convert(gradC, N, gradCRow)
    convert(gradK, N, gradKRow)
  }

  /// Reverses time.
  private func flip(_ series: Series) {
    for i in 0..<L / 2 { (series[i], series[L - 1 - i]) = (series[L - 1 - i], series[i]) }
  }
}

extension CompanionForecast {
  /// The recurrence of two channels in registers. Kept are some series of N + L terms.
  static var direct: [Variant] {
    variants(
      "direct", idea: "the recurrence of last component and input, four vectors of steps in registers",
      claims: Claims(time: "B H N L", workspace: "N + L"),
      ForecastSeries<Float, DirectSeries<Float>>.self, ForecastSeries<Double, DirectSeries<Double>>.self)
  }

  /// The same by transforms of blocks of `min(N, L)` terms, see `SpectralSeries`. Kept are some series of N + L terms and spectra of a
  /// block.
  static var fft: [Variant] {
    variants(
      "fft", idea: "the closed loop as power series of two channels, by real transforms in double precision",
      claims: Claims(time: "B H N log N + B H L log N", workspace: "N + L"),
      ForecastSeries<Float, FewTermsSummed<Double>>.self, ForecastSeries<Double, FewTermsSummed<Double>>.self)
  }

  private static func variants<F: SeriesEngine, D: SeriesEngine>(
    _ name: String, idea: String, claims: Claims, _: ForecastSeries<Float, F>.Type, _: ForecastSeries<Double, D>.Type
  ) -> [Variant] {
    Pass.allCases.flatMap { pass in
      [1, 2].flatMap { threads in
        [
          Variant(
            pass, name, threads: threads, idea: idea,
            workspace: { threads * ForecastSeries<Float, F>.bytes($0.N, $0.L) }, claims: claims,
            prepare: .float { size in
              run((0..<threads).map { _ in ForecastSeries<Float, F>(size.N, size.L) }, size, pass)
            }),
          Variant(
            pass, name, threads: threads, idea: idea,
            workspace: { threads * ForecastSeries<Double, D>.bytes($0.N, $0.L) }, claims: claims,
            prepare: .double { size in
              run((0..<threads).map { _ in ForecastSeries<Double, D>(size.N, size.L) }, size, pass)
            }),
        ]
      }
    }
  }
}
