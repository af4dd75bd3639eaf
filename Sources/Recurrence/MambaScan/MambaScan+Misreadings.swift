import KernelSpec
import Numerics
import Tensors

extension MambaScan {
  public static let misreadings: [Misreading] = [
    Misreading("the gate z is applied without its sigmoid") { inputs, size in
      guard size.has("z") else { return Operands() }
      return ReadScan(gate: { $0 }).outputs(inputs, size)
    },
    Misreading("the gate is the sigmoid of z alone, without the factor z") { inputs, size in
      guard size.has("z") else { return Operands() }
      return ReadScan(gate: logistic).outputs(inputs, size)
    },
    Misreading("y is read before the state is updated") { inputs, size in
      ReadScan(isReadFirst: true).outputs(inputs, size)
    },
    Misreading("the input is not multiplied by the step dt") { inputs, size in
      ReadScan(weight: { _, _ in 1 }).outputs(inputs, size)
    },
    Misreading("the decay is that of Euler's rule, 1 + dt A") { inputs, size in
      ReadScan(decay: { 1 + $0 }).outputs(inputs, size)
    },
    Misreading("B is discretized by zoh, (e^(dt A) − 1)/A, where dt B stands") { inputs, size in
      ReadScan(weight: { dt, A in A == 0 ? dt : Oracle.expMinusOne(dt * A) / A }).outputs(inputs, size)
    },
    Misreading("the bias is added after the softplus") { inputs, size in
      guard size.has("bias"), size.flag("softplus") else { return Operands() }
      return ReadScan(isBiasLast: true).outputs(inputs, size)
    },
  ]

  private static func logistic(_ v: Oracle) -> Oracle { 1 / (1 + Oracle.exp(-v)) }
}

/// The scan with one part of its definition exchanged.
private struct ReadScan {
  /// The gate's function; nil for the definition's. The others likewise.
  var gate: ((Oracle) -> Oracle)?
  var decay: ((_ dtA: Oracle) -> Oracle)?
  var weight: ((_ dt: Oracle, _ A: Oracle) -> Oracle)?
  var isReadFirst = false
  var isBiasLast = false

  func outputs(_ inputs: Operands<Oracle>, _ size: Size) -> Operands<Oracle> {
    let u = inputs.real("u"), delta = inputs.real("delta"), A = inputs.real("A")
    let B = inputs.real("B"), C = inputs.real("C")
    let D = inputs.optionalReal("D"), z = inputs.optionalReal("z"), bias = inputs.optionalReal("bias")
    let signed = size.choice("eigenvalues") == "signed"
    var y = Tensor<Oracle>(repeating: 0, shape: u.shape)
    var x = inputs.optionalReal("x0") ?? Tensor<Oracle>(repeating: 0, shape: [size.B, size.D, size.N])
    for b in 0..<size.B {
      for d in 0..<size.D {
        let g = d / (size.D / size.G)
        for l in 0..<size.L {
          let dt = step(delta[b, d, l], bias?[d] ?? 0, softplus: size.flag("softplus"))
          var sum: Oracle = 0
          for n in 0..<size.N {
            let before = x[b, d, n]
            let e = decay?(dt * A[d, n]) ?? Oracle.exp(dt * A[d, n])
            let input = (weight?(dt, A[d, n]) ?? dt) * u[b, d, l] * B[b, g, n, l]
            x[b, d, n] = (signed ? 2 * e - 1 : e) * before + input
            sum += C[b, g, n, l] * (isReadFirst ? before : x[b, d, n])
          }
          if let D { sum += D[d] * u[b, d, l] }
          if let z { sum *= gate?(z[b, d, l]) ?? z[b, d, l] / (1 + Oracle.exp(-z[b, d, l])) }
          y[b, d, l] = sum
        }
      }
    }
    return Operands(["y": .real(y), "x": .real(x)])
  }

  private func step(_ delta: Oracle, _ bias: Oracle, softplus: Bool) -> Oracle {
    func smooth(_ v: Oracle) -> Oracle { softplus ? max(v, 0) + Oracle.log(onePlus: Oracle.exp(-abs(v))) : v }
    return isBiasLast ? smooth(delta) + bias : smooth(delta + bias)
  }
}
