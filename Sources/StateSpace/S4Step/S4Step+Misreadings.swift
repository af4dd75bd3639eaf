import KernelSpec
import Numerics
import Tensors

extension S4Step {
  public static let misreadings: [Misreading] = [
    Misreading("y is read before the state is updated") { inputs, size in
      let x = inputs.complex("x"), C = inputs.complex("C")
      var y = inputs.real("u")
      for b in 0..<size.B {
        for h in 0..<size.H {
          y[b, h] = LowRankSystem.pair(
            (0..<size.N / 2).map { C[h, $0].conjugate }, (0..<size.N / 2).map { x[b, h, $0] })
        }
      }
      return Operands(["y": .real(y)])
    },
    Misreading("discretized by Euler's rule: x + dt (A x + B u)") { inputs, size in
      let dt = inputs.real("dt"), B = inputs.complex("B"), C = inputs.complex("C")
      var x = inputs.complex("x")
      var y = inputs.real("u")
      for h in 0..<size.H {
        let system = LowRankSystem(inputs, head: h, size)
        for b in 0..<size.B {
          let input = (0..<size.N / 2).map { B[h, $0].multiplied(by: y[b, h]) }
          let state = system.steppedByEuler((0..<size.N / 2).map { x[b, h, $0] }, input, dt[h])
          for m in state.indices { x[b, h, m] = state[m] }
          y[b, h] = LowRankSystem.pair(state.indices.map { C[h, $0].conjugate }, state)
        }
      }
      return Operands(["y": .real(y), "x": .complex(x)])
    },
  ]
}

extension S4Filter {
  public static let misreadings: [Misreading] = [
    Misreading("discretized by Euler's rule: x + dt (A x + B u)") { inputs, size in
      let dt = inputs.real("dt"), B = inputs.complex("B"), C = inputs.complex("C")
      var K = Tensor<Oracle>(repeating: 0, shape: [size.H, size.L])
      for h in 0..<size.H {
        let system = LowRankSystem(inputs, head: h, size)
        let modes = 0..<size.N / 2
        var state = modes.map { B[h, $0].multiplied(by: dt[h]) }
        for l in 0..<size.L {
          K[h, l] = LowRankSystem.pair(modes.map { C[h, $0].conjugate }, state)
          state = system.steppedByEuler(state, modes.map { _ in Complex(0) }, dt[h])
        }
      }
      return Operands(["K": .real(K)])
    }
  ]
}

extension LowRankSystem {
  /// `x + dt (𝔸x + b)`.
  fileprivate func steppedByEuler(_ x: [Complex<T>], _ b: [Complex<T>], _ dt: T) -> [Complex<T>] {
    zip(x, zip(derivative(x), b)).map { x, change in x + (change.0 + change.1).multiplied(by: dt) }
  }
}
