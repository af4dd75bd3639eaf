import KernelSpec
import Numerics
import Tensors

/// The model of one head: `𝔸`, and `(1 − h𝔸)⁻¹` by Woodbury's identity, for h half of the step size.
struct LowRankSystem<T: Scalar> {
  let h: T
  let A: [Complex<T>]
  let P: [[Complex<T>]]
  /// `1/(1 − hA)`.
  private let D: [Complex<T>]
  /// `1 + h P*D P`, which is real since conjugate modes come in pairs, factored in place.
  private let G: SmallLU<T>

  init(dt: T, A: [Complex<T>], P: [[Complex<T>]]) {
    h = dt / 2
    self.A = A
    self.P = P
    let half = h
    let D = A.map { Complex(1) / (Complex(1) - $0.multiplied(by: half)) }
    self.D = D
    G = SmallLU(
      P.indices.map { r in
        P.indices.map { s in
          (r == s ? 1 : 0) + half * Self.pair(P[r], zip(D, P[s]).map { $0 * $1 })
        }
      })
  }

  init(_ inputs: Operands<T>, head h: Int, _ size: Size) {
    let A = inputs.complex("A"), P = inputs.complex("P")
    let modes = 0..<size.N / 2
    self.init(
      dt: inputs.real("dt")[h], A: modes.map { A[h, $0] }, P: (0..<size.R).map { r in modes.map { P[r, h, $0] } })
  }

  /// `2 Re Σ conj(a) b`.
  static func pair(_ a: [Complex<T>], _ b: [Complex<T>]) -> T {
    var sum: T = 0
    for m in a.indices { sum += a[m].real * b[m].real + a[m].imaginary * b[m].imaginary }
    return 2 * sum
  }

  /// `𝔸x`.
  func derivative(_ x: [Complex<T>]) -> [Complex<T>] {
    var y = zip(A, x).map { $0 * $1 }
    for p in P {
      let s = Self.pair(p, x)
      for m in y.indices { y[m] -= p[m].multiplied(by: s) }
    }
    return y
  }

  /// `(1 − h𝔸)⁻¹ x`.
  func solved(_ x: [Complex<T>]) -> [Complex<T>] {
    var y = zip(D, x).map { $0 * $1 }
    let s = G.solved(P.map { h * Self.pair($0, y) })
    for m in y.indices {
      var coupled = Complex<T>(0)
      for r in P.indices { coupled += P[r][m].multiplied(by: s[r]) }
      y[m] -= D[m] * coupled
    }
    return y
  }

  /// One step from `x` with the input `b`, which is `B u dt`.
  func stepped(_ x: [Complex<T>], _ b: [Complex<T>]) -> [Complex<T>] {
    let slope = derivative(x)
    return solved(x.indices.map { x[$0] + slope[$0].multiplied(by: h) + b[$0] })
  }

  /// The system of the adjoint: `𝔸*` is `diag(Ā)` with the same low-rank part.
  var adjoint: LowRankSystem { LowRankSystem(dt: 2 * h, A: A.map(\.conjugate), P: P) }
}

/// A small real matrix as a product of triangles, by elimination with partial pivoting.
struct SmallLU<T: Scalar> {
  private var rows: [[T]]
  private var order: [Int]

  init(_ matrix: [[T]]) {
    rows = matrix
    order = Array(matrix.indices)
    for k in rows.indices {
      let pivot = rows.indices[k...].max { rows[$0][k].magnitude < rows[$1][k].magnitude }!
      rows.swapAt(k, pivot)
      order.swapAt(k, pivot)
      for i in rows.indices[(k + 1)...] {
        rows[i][k] /= rows[k][k]
        for j in rows.indices[(k + 1)...] { rows[i][j] -= rows[i][k] * rows[k][j] }
      }
    }
  }

  func solved(_ b: [T]) -> [T] {
    var x = order.map { b[$0] }
    for i in x.indices { for j in 0..<i { x[i] -= rows[i][j] * x[j] } }
    for i in x.indices.reversed() {
      for j in x.indices[(i + 1)...] { x[i] -= rows[i][j] * x[j] }
      x[i] /= rows[i][i]
    }
    return x
  }
}

extension S4Filter {
  @specialized(where T == Float)
  @specialized(where T == Double)
  @specialized(where T == Oracle)
  static func filter<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Tensor<T> {
    let dt = inputs.real("dt"), B = inputs.complex("B"), C = inputs.complex("C")
    let modes = 0..<size.N / 2
    var K = Tensor<T>(repeating: 0, shape: [size.H, size.L])
    for h in 0..<size.H {
      let system = LowRankSystem(inputs, head: h, size)
      let c = modes.map { C[h, $0].conjugate }
      let none = modes.map { _ in Complex<T>(0) }
      var x = system.solved(modes.map { B[h, $0].multiplied(by: dt[h]) })
      for l in 0..<size.L {
        K[h, l] = LowRankSystem.pair(c, x)
        x = system.stepped(x, none)
      }
    }
    return K
  }

  /// A step solves `x[l] − x[l−1] = h𝔸 y[l] + dt B [l = 0]` for `y[l] = x[l] + x[l−1]`. With the gradient `λ[l]` of the states, which
  /// steps back in time under `𝔸*`, and `μ[l] = (1 − h𝔸*)⁻¹ λ[l]`:
  ///
  ///     ∂F = Σₗ ⟨μ[l], ∂(h𝔸) y[l]⟩ + ⟨μ[0], ∂(dt B)⟩
  @specialized(where T == Float)
  @specialized(where T == Double)
  @specialized(where T == Oracle)
  static func gradients<T: Scalar>(_ inputs: Operands<T>, _ g: Tensor<T>, _ size: Size) -> Operands<T> {
    let dt = inputs.real("dt"), A = inputs.complex("A"), P = inputs.complex("P")
    let B = inputs.complex("B"), C = inputs.complex("C")
    let modes = 0..<size.N / 2
    var gradDt = Tensor<T>(repeating: 0, shape: dt.shape)
    var gradA = Tensor<Complex<T>>(repeating: 0, shape: A.shape)
    var gradP = Tensor<Complex<T>>(repeating: 0, shape: P.shape)
    var (gradB, gradC) = (gradA, gradA)
    for h in 0..<size.H {
      let system = LowRankSystem(inputs, head: h, size)
      let adjoint = system.adjoint
      let b = modes.map { B[h, $0] }
      var states = [system.solved(b.map { $0.multiplied(by: dt[h]) })]
      for l in 1..<max(size.L, 1) { states.append(system.stepped(states[l - 1], modes.map { _ in Complex(0) })) }

      // What the derivative of F by Re x and Im x gets from the output: 2 conj(C) g, and from the next state.
      var mu = modes.map { _ in Complex<T>(0) }
      for l in (0..<size.L).reversed() {
        let slope = adjoint.derivative(mu)
        mu = adjoint.solved(
          modes.map {
            mu[$0] + slope[$0].multiplied(by: system.h) + C[h, $0].conjugate.multiplied(by: 2 * g[h, l])
          })
        let y = modes.map { l == 0 ? states[l][$0] : states[l][$0] + states[l - 1][$0] }
        for m in modes {
          gradA[h, m] += (mu[m] * y[m].conjugate).multiplied(by: system.h)
          gradC[h, m] += states[l][m].conjugate.multiplied(by: 2 * g[h, l])
        }
        // ⟨μ, P s⟩ with s = 2 Re P*y: the real pairing of μ and P is half of `pair`.
        for r in 0..<size.R {
          let ofState = LowRankSystem.pair(system.P[r], y), ofAdjoint = LowRankSystem.pair(system.P[r], mu)
          for m in modes {
            let sum = mu[m].multiplied(by: ofState) + y[m].multiplied(by: ofAdjoint)
            gradP[r, h, m] -= sum.multiplied(by: system.h)
          }
        }
        gradDt[h] += LowRankSystem.pair(mu, system.derivative(y)) / 4
      }
      gradDt[h] += LowRankSystem.pair(mu, b) / 2
      for m in modes { gradB[h, m] = mu[m].multiplied(by: dt[h]) }
    }
    return Operands([
      "dt": .real(gradDt), "A": .complex(gradA), "P": .complex(gradP), "B": .complex(gradB), "C": .complex(gradC),
    ])
  }
}
