import Catalog
import KernelSpec
import Numerics
import Tensors
import Testing

// What the theory of HiPPO says of its operators holds for the definitions.

/// The outputs of a kernel's definition in double.
private func outputs(_ name: String, _ size: String, _ inputs: Operands<Double> = Operands()) throws -> Operands<
  Double
> {
  let kernel = try #require(catalog.first { $0.name == name })
  return kernel.reference(inputs, try kernel.signature.size(size))
}

/// The relative error of what N coefficients keep of a signal's whole past.
private func loss(_ f: [Double], _ N: Int) throws -> Double {
  let L = f.count
  let signal = Operands<Double>(["f": .real(Tensor(shape: [1, L], elements: f))])
  let c = try outputs("hippo.project", "B1-L\(L)-N\(N)", signal).real("c")
  let last = Operands<Double>(["c": .real(Tensor(shape: [1, N], elements: (0..<N).map { c[0, L - 1, $0] }))])
  let rebuilt = try outputs("hippo.reconstruct", "B1-N\(N)-L\(L)", last).real("f")
  let errors = zip(rebuilt.elements, f).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
  return (errors / f.reduce(0) { $0 + $1 * $1 }).squareRoot()
}

private func samples(_ L: Int, _ f: (Double) -> Double) -> [Double] { (0..<L).map { f(Double($0) / Double(L - 1)) } }

/// By how many powers of two errors fall from one number of coefficients to another that is a power of two times as large.
private func order(_ f: [Double], from few: Int, to many: Int, doublings: Double) throws -> Double {
  let ratio = try loss(f, few) / loss(f, many)
  return .log2(ratio) / doublings
}

/// Errors fall as `N^(1/2 − k)` where the kth derivative is the first that jumps once integrated: 1/2 with a step, 3/2 with a kink; and faster
/// than any power where there is no jump at all.
@Test func coefficientsKeepTheMoreTheSmootherASignalIs() throws {
  let step = samples(2048) { $0 > 0.37 ? 1 : 0 }
  #expect((0.4...0.6).contains(try order(step, from: 4, to: 32, doublings: 3)))
  let kink = samples(4096) { abs($0 - 0.37) }
  #expect((1.3...1.7).contains(try order(kink, from: 4, to: 16, doublings: 2)))
  let smooth = samples(4096) { .sin(8 * $0) + .cos(3 * $0) }
  #expect(try loss(smooth, 8) < 0.01 * loss(smooth, 2))
}

/// `Abar^l Bbar` in rows, for l from 0.
private func responses(_ measure: String, _ N: Int, dt: Double, steps: Int) throws -> [[Double]] {
  let suffix = measure == "legs" ? "" : "-\(measure)"
  let model = try outputs("hippo.transition", "N\(N)\(suffix)")
  let discrete = try outputs(
    "ssm.discretize", "H1-N\(N)-zoh",
    Operands([
      "A": .real(Tensor(shape: [1, N, N], elements: model.real("A").elements)),
      "B": .real(Tensor(shape: [1, N], elements: model.real("B").elements)),
      "dt": .real(Tensor(shape: [1], elements: [dt])),
    ]))
  let Abar = discrete.real("Abar")
  var state = discrete.real("Bbar").elements
  return (0..<steps).map { _ in
    defer { state = (0..<N).map { n in (0..<N).reduce(0) { $0 + Abar[0, n, $1] * state[$1] } } }
    return state
  }
}

/// The responses of legs at a step dt are orthonormal where step l weighs `e^(l dt)`: its measure is `e^(−l dt)`, whose mean age is 1/dt
/// steps.
@Test(arguments: [0.01, 0.03])
func legsRemembersOverOneByDt(dt: Double) throws {
  let N = 8, steps = Int(30 / dt)
  let rows = try responses("legs", N, dt: dt, steps: steps)
  var worst = 0.0
  for n in 0..<N {
    for k in 0..<N {
      var sum = 0.0
      for l in 0..<steps { sum += rows[l][n] * rows[l][k] * .exp(dt * (Double(l) + 0.5)) / dt }
      worst = max(worst, abs(sum - (n == k ? 1 : 0)))
    }
  }
  #expect(worst < 0.1, "\(worst)")
  let weights = (0..<steps).map { Double.exp(-dt * Double($0)) }
  let age = zip(0..., weights).reduce(0) { $0 + Double($1.0) * $1.1 } / weights.reduce(0, +)
  #expect(abs(age * dt - 1) < 0.02)
}

/// The responses of legt end after its window, 2/dt steps: just before it they are as large as within it, just behind it they are gone.
@Test(arguments: [("legt", 32), ("legt", 64), ("fout", 64)])
func windowsEndAfterTwoByDt(measure: String, N: Int) throws {
  let dt = 0.01, window = 200
  let rows = try responses(measure, N, dt: dt, steps: 2 * window)
  let norms = rows.map { row in row.reduce(0) { $0 + $1 * $1 }.squareRoot() }
  let within = norms[window / 2], before = norms[window * 9 / 10], behind = norms[window * 11 / 10]
  #expect(before > 0.7 * within, "\(before) of \(within)")
  #expect(behind < 0.3 * before, "\(behind) of \(before)")
}
