import KernelSpec
import Lanes

/// The gradients of the model's operands in a call.
struct SystemGradients<T: Lane> {
  let dt, A, P, B, C: UnsafeMutablePointer<T>

  @inline(__always) init(_ arguments: borrowing Arguments<T>) {
    dt = arguments.gradient("dt")
    A = arguments.gradient("A")
    P = arguments.gradient("P")
    B = arguments.gradient("B")
    C = arguments.gradient("C")
  }
}

/// The sums over a head's steps that its gradients are made of. With the derivative λ of F by a state, a row, `μ = λ (1 − h𝔸)⁻¹`, and the
/// sum `y = 2 (1 − h𝔸)⁻¹ x` of the state x before the step and the one after it, the step gives `μ ∂(h𝔸) y`.
///
/// Low-rank parts suppress μ and y along P, so each step is contracted with P by itself: a sum of their products would have lost
/// what they nearly are orthogonal by.
final class SystemTotals {
  private let system: DiscreteSystem
  private let memory: Workspace<Double>
  private let byA, byP, mu, y, slope: UnsafeMutablePointer<Double>
  private var byStep = 0.0

  static func doubles(_ length: Int, _ ranks: Int) -> Int { (4 + ranks) * length }

  init(_ system: DiscreteSystem) {
    self.system = system
    memory = Workspace(Self.doubles(system.length, system.ranks))
    byA = memory.base
    mu = byA + system.length
    y = mu + system.length
    slope = y + system.length
    byP = slope + system.length
  }

  func clear() {
    memory.base.update(repeating: 0, count: memory.count)
    byStep = 0
  }

  /// Adds what the step after `state` gives; nil for the first step, which makes Bbar of nothing but the input.
  @inline(__always) func add(_ adjoint: UnsafePointer<Double>, after state: UnsafePointer<Double>?) {
    let length = system.length
    system.solveRow(adjoint, mu)
    // h𝔸 y = (Abar − 1) x, which loses nothing where steps are small.
    let factor = state == nil ? 2 * system.h : 2
    system.solve(state ?? UnsafePointer(system.B), y)
    system.change(state ?? UnsafePointer(system.B), slope)
    for k in stride(from: 0, to: length, by: Double.width) { Double.store(Double.load(y + k) * factor, y + k) }
    byStep += system.dot(mu, slope) * factor / 2
    for m in stride(from: 0, to: system.half, by: Double.width) {
      let n = system.half + m
      let (mr, mi, yr, yi) = (Double.load(mu + m), Double.load(mu + n), Double.load(y + m), Double.load(y + n))
      let real = Double.multiplyAdd(mi, yi, Double.multiplyAdd(mr, yr, Double.load(byA + m)))
      let imaginary = Double.multiplyAdd(mi, yr, Double.load(byA + n))
      Double.store(real, byA + m)
      Double.store(ComplexLanes.subtractProduct(imaginary, mr, yi), byA + n)
    }
    for r in 0..<system.ranks {
      let p = system.P + r * length
      let ofState = DoubleLanes(repeating: system.dot(p, y)), ofAdjoint = DoubleLanes(repeating: system.dot(mu, p))
      let sum = byP + r * length
      for k in stride(from: 0, to: length, by: Double.width) {
        let first = Double.multiplyAdd(ofState, Double.load(mu + k), Double.load(sum + k))
        Double.store(Double.multiplyAdd(ofAdjoint, Double.load(y + k), first), sum + k)
      }
    }
  }

  /// Adds what a derivative Ω by h𝔸 gives, a matrix and its transpose, and its part of `tr(h𝔸 Ω)`.
  func add(_ matrix: UnsafePointer<Double>, _ transpose: UnsafePointer<Double>, stride: Int, byStep: Double) {
    let half = system.half
    self.byStep += byStep
    for m in 0..<system.modes {
      let n = half + m
      byA[m] += matrix[m * stride + m] + matrix[n * stride + n]
      byA[n] += matrix[m * stride + n] - matrix[n * stride + m]
    }
    for r in 0..<system.ranks {
      let p = system.P + r * system.length
      for i in 0..<system.length {
        byP[r * system.length + i] += system.dot(matrix + i * stride, p) + system.dot(transpose + i * stride, p)
      }
    }
  }

  /// Writes the gradients of one of the heads; the first step has been added last, and `outputs` is the derivative by the row of C.
  func write<T: Lane>(_ results: SystemGradients<T>, _ head: Int, of heads: Int, outputs: UnsafePointer<Double>) {
    let (h, half, modes) = (system.h, system.half, system.modes)
    collect(results.A, head) { T(h * byA[$0]) }
    collect(results.B, head) { T(2 * h * mu[$0]) }
    collect(results.C, head) { T(($0 < half ? 2 : -2) * outputs[$0]) }
    for r in 0..<system.ranks { collect(results.P, r * heads + head) { T(-2 * h * byP[r * system.length + $0]) } }
    var byInput = 0.0
    for m in 0..<modes { byInput += mu[m] * system.B[m] + mu[half + m] * system.B[half + m] }
    results.dt[head] = T(byStep / (2 * h) + byInput)
  }

  @inline(__always)
  private func collect<T>(_ gradient: UnsafeMutablePointer<T>, _ index: Int, _ value: (Int) -> T) {
    let pairs = gradient + 2 * index * system.modes
    for m in 0..<system.modes { (pairs[2 * m], pairs[2 * m + 1]) = (value(m), value(system.half + m)) }
  }
}
