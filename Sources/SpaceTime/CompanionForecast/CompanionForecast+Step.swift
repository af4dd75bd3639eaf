import KernelSpec
import Lanes

/// One thread's closed loop of one row after the other, step by step in lanes of the state.
///
/// The state does not move: its first element does, one place back at each step, and what it leaves behind is met with zeros. Elements
/// that fall out at the end meet operands padded with zeros. A step reads and writes the state once, adds what is fed back, and sums
/// the products with c and k.
///
/// Kept are the operands and N + L elements, and for the gradient every state, N L elements.
final class ForecastSteps<T: Lane>: ForecastWorker {
  struct Layout {
    let N, L: Int
    /// The padded length of an operand or state.
    let stride: Int

    init(_ N: Int, _ L: Int) {
      (self.N, self.L) = (N, L)
      stride = (N + T.width - 1) / T.width * T.width
    }

    func count(_ pass: Pass) -> Int {
      let forward = 4 * stride + stride + L + T.width
      return pass == .forward ? forward : forward + stride + L + T.width + 4 * stride + L * stride + L
    }
  }

  static func bytes(_ N: Int, _ L: Int, _ pass: Pass) -> Int { Layout(N, L).count(pass) * MemoryLayout<T>.stride }

  private let layout: Layout
  private let memory: Workspace<T>
  private let a, b, c, k, state: UnsafeMutablePointer<T>
  private let adjoint, gradA, gradB, gradC, gradK, states, fed: UnsafeMutablePointer<T>

  init(_ N: Int, _ L: Int, _ pass: Pass) {
    layout = Layout(N, L)
    let stride = layout.stride
    memory = Workspace(layout.count(pass))
    memory.base.update(repeating: 0, count: memory.count)
    a = memory.base
    (b, c, k, state) = (a + stride, a + 2 * stride, a + 3 * stride, a + 4 * stride)
    adjoint = state + stride + L + T.width
    gradA = adjoint + stride + L + T.width
    (gradB, gradC, gradK, states) = (gradA + stride, gradA + 2 * stride, gradA + 3 * stride, gradA + 4 * stride)
    fed = states + L * stride
  }

  /// Takes the operands of a head.
  func setHead(_ aRow: UnsafePointer<T>, _ bRow: UnsafePointer<T>, _ cRow: UnsafePointer<T>, _ kRow: UnsafePointer<T>)
  {
    for (from, to) in [(aRow, a), (bRow, b), (cRow, c), (kRow, k)] { to.update(from: from, count: layout.N) }
  }

  func forecast(_ xRow: UnsafePointer<T>, _ yRow: UnsafeMutablePointer<T>, _ uRow: UnsafeMutablePointer<T>) {
    run(xRow, yRow, uRow) { _, _ in }
  }

  /// The steps; `keep` sees each state.
  @inline(__always)
  private func run(
    _ xRow: UnsafePointer<T>, _ yRow: UnsafeMutablePointer<T>, _ uRow: UnsafeMutablePointer<T>,
    _ keep: (Int, UnsafePointer<T>) -> Void
  ) {
    let (N, L, stride) = (layout.N, layout.L, layout.stride)
    var x = state + L
    x.update(from: xRow, count: N)
    (x + N).update(repeating: 0, count: stride - N + T.width)
    let zero = T.Lanes(repeating: 0)
    var (sumY, sumU) = (zero, zero)
    for i in Swift.stride(from: 0, to: stride, by: T.width) {
      let lanes = T.load(x + i)
      sumY = T.multiplyAdd(T.load(c + i), lanes, sumY)
      sumU = T.multiplyAdd(T.load(k + i), lanes, sumU)
    }
    for l in 0..<L {
      (yRow[l], uRow[l]) = (sumY.sum(), sumU.sum())
      keep(l, x)
      let last = T.Lanes(repeating: x[N - 1]), u = T.Lanes(repeating: uRow[l])
      x -= 1
      x[0] = 0
      (sumY, sumU) = (zero, zero)
      for i in Swift.stride(from: 0, to: stride, by: T.width) {
        let lanes = T.multiplyAdd(T.load(a + i), last, T.multiplyAdd(T.load(b + i), u, T.load(x + i)))
        T.store(lanes, x + i)
        sumY = T.multiplyAdd(T.load(c + i), lanes, sumY)
        sumU = T.multiplyAdd(T.load(k + i), lanes, sumU)
      }
    }
  }

  /// Begins a head's sums over the batch.
  func startGradients() { gradA.update(repeating: 0, count: 4 * layout.stride) }

  /// The steps with every state kept, then the adjoint state back through them. `gradX` is written, the others are added to.
  func addGradients(
    _ xRow: UnsafePointer<T>, _ gy: UnsafePointer<T>, _ gu: UnsafePointer<T>, _ gradX: UnsafeMutablePointer<T>
  ) {
    let (N, L, stride) = (layout.N, layout.L, layout.stride)
    // The outputs are of no use here; those of y are overwritten by those of u.
    run(xRow, fed, fed) { [states] l, x in
      (states + l * stride).update(from: x, count: N)
    }
    var adjoint = adjoint
    adjoint.update(repeating: 0, count: stride + L + T.width)
    for l in (0..<L).reversed() {
      let x = states + l * stride
      let last = T.Lanes(repeating: x[N - 1]), u = T.Lanes(repeating: fed[l])
      var sumLast = T.Lanes(repeating: 0), sumMu = sumLast
      for i in Swift.stride(from: 0, to: stride, by: T.width) {
        let lanes = T.load(adjoint + i)
        T.store(T.multiplyAdd(last, lanes, T.load(gradA + i)), gradA + i)
        T.store(T.multiplyAdd(u, lanes, T.load(gradB + i)), gradB + i)
        sumLast = T.multiplyAdd(T.load(a + i), lanes, sumLast)
        sumMu = T.multiplyAdd(T.load(b + i), lanes, sumMu)
      }
      adjoint += 1
      adjoint[N - 1] = sumLast.sum()
      let output = T.Lanes(repeating: gy[l]), mu = T.Lanes(repeating: gu[l] + sumMu.sum())
      for i in Swift.stride(from: 0, to: stride, by: T.width) {
        let lanes = T.load(x + i)
        T.store(T.multiplyAdd(output, lanes, T.load(gradC + i)), gradC + i)
        T.store(T.multiplyAdd(mu, lanes, T.load(gradK + i)), gradK + i)
        let moved = T.multiplyAdd(output, T.load(c + i), T.load(adjoint + i))
        T.store(T.multiplyAdd(mu, T.load(k + i), moved), adjoint + i)
      }
    }
    gradX.update(from: adjoint, count: N)
  }

  /// Writes the sums.
  func finishGradients(
    _ gradARow: UnsafeMutablePointer<T>, _ gradBRow: UnsafeMutablePointer<T>, _ gradCRow: UnsafeMutablePointer<T>,
    _ gradKRow: UnsafeMutablePointer<T>
  ) {
    for (from, to) in [(gradA, gradARow), (gradB, gradBRow), (gradC, gradCRow), (gradK, gradKRow)] {
      to.update(from: from, count: layout.N)
    }
  }
}

extension CompanionForecast {
  /// One step after the other, in the operands' precision, `O(N)` each.
  static var step: [Variant] {
    Pass.allCases.flatMap { pass in
      [1, 2].flatMap { threads in
        [
          Variant(
            pass, "step", threads: threads, idea: "step by step, the state in lanes",
            workspace: { threads * ForecastSteps<Float>.bytes($0.N, $0.L, pass) }, claims: claims(pass),
            prepare: .float { (size) throws(Refusal) in try prepare(size, pass, threads) }),
          Variant(
            pass, "step", threads: threads, idea: "step by step, the state in lanes",
            workspace: { threads * ForecastSteps<Double>.bytes($0.N, $0.L, pass) }, claims: claims(pass),
            prepare: .double { (size) throws(Refusal) in try prepare(size, pass, threads) }),
        ]
      }
    }
  }

  private static func claims(_ pass: Pass) -> Claims {
    Claims(time: "B H N L", workspace: pass == .forward ? "N + L" : "N L")
  }

  private static func prepare<T: Lane>(_ size: Size, _ pass: Pass, _ threads: Int) throws(Refusal) -> Run<T> {
    let (N, L) = (size.N, size.L)
    if pass == .gradient, N * L > 1 << 27 {
      throw Refusal("N·L is \(N * L): the gradient keeps every state, and 2^27 elements at most")
    }
    return run((0..<threads).map { _ in ForecastSteps<T>(N, L, pass) }, size, pass)
  }
}
