import Harness
import KernelSpec
import Numerics
import Tensors

/// Bugs of the selective scan's step size, coefficients, skip and gate.
let selectiveScanBugs: [Mutant] = [
  Mutant("bias is added after softplus") { call in
    call.size.flag("softplus") ? call.withSteps { delta, bias in softplus(delta) + bias } : call.right()
  },
  Mutant("softplus is taken twice") { call in
    call.size.flag("softplus") ? call.withSteps { softplus(softplus($0 + $1)) } : call.right()
  },
  Mutant("softplus is the identity above 2") { call in
    call.size.flag("softplus") ? call.withSteps { $0 + $1 > 2 ? $0 + $1 : softplus($0 + $1) } : call.right()
  },
  Mutant(
    "softplus is the identity above 20",
    equivalence: "softplus(20) − 20 is 2e-9, a thousandth of single precision's ulp there"
  ) { call in
    call.size.flag("softplus") ? call.withSteps { $0 + $1 > 20 ? $0 + $1 : softplus($0 + $1) } : call.right()
  },
  Mutant("softplus is log(1 + e^v), which overflows and vanishes") { call in
    call.size.flag("softplus") ? call.withSteps { .log(1 + .exp($0 + $1)) } : call.right()
  },
  Mutant("steps are at least 1e-3") { call in
    call.size.flag("softplus") ? call.right() : call.withSteps { max(1e-3, $0 + $1) }
  },
  Mutant("the exponential is taken of A again") { call in
    call.right(changing: "A") { $0.map { scalar, _ in -.exp(scalar) } }
  },
  Mutant("B by zero-order hold") { call in
    call.withInputFactor { dt, A in dt * A == 0 ? 1 : .expMinusOne(dt * A) / (dt * A) }
  },
  Mutant("an input decays in the step that adds it") { call in call.withInputFactor { dt, A in .exp(dt * A) } },
  Mutant("dt is missing from the input") { call in call.withInputFactor { dt, _ in 1 / dt } },
  Mutant("dt counts twice in the input") { call in call.withInputFactor { dt, _ in dt } },
  Mutant("skip goes past the gate") { call in
    guard call.size.has("D"), call.size.has("z") else { return call.right() }
    var results = call.right(changing: "D") { $0.times(0) }
    let D = call.inputs.real("D"), u = call.inputs.real("u"), (channels, length) = (call.size.D, call.size.L)
    results["y"] = results["y"]!.map { scalar, place in
      scalar + D[place / length % channels] * u.elements[place]
    }
    return results
  },
  Mutant("gate is a sigmoid") { call in
    guard let z = call.inputs.optionalReal("z") else { return call.right() }
    var results = call.right()
    results["y"] = results["y"]!.map { scalar, place in scalar / z.elements[place] }
    return results
  },
]

private func softplus(_ v: Float) -> Float { max(v, 0) + .log(onePlus: .exp(-abs(v))) }

extension Call {
  /// The right scan with the step sizes given, made of `delta` and bias.
  fileprivate func withSteps(_ step: (_ delta: Float, _ bias: Float) -> Float) -> Operands<Float> {
    let bias = self.inputs.optionalReal("bias"), (channels, length) = (size.D, size.L)
    var inputs = self.inputs
    inputs["delta"] = inputs["delta"]!.map { delta, place in step(delta, bias?[place / length % channels] ?? 0) }
    inputs["bias"] = nil
    let size = signature.resized(
      size, present: size.present.subtracting(["bias"]), options: size.options.filter { $0.key != "softplus" })
    return right(inputs: inputs, size: size)
  }

  /// The right scan of input coefficients times a factor of each channel, state and step: every channel is then a group of its own.
  fileprivate func withInputFactor(_ factor: (_ dt: Float, _ A: Float) -> Float) -> Operands<Float> {
    let (channels, states, length) = (size.D, size.N, size.L), each = size.D / size.G
    let delta = self.inputs.real("delta"), bias = self.inputs.optionalReal("bias"), A = self.inputs.real("A")
    let members = (0..<channels).map { Int?.some($0 / each) }
    var inputs = self.inputs.taking(members, along: "G", signature.inputs)
    inputs["B"] = inputs["B"]!.map { coefficient, place in
      let l = place % length, n = place / length % states, d = place / length / states % channels
      let b = place / length / states / channels
      let shifted = delta[b, d, l] + (bias?[d] ?? 0)
      return coefficient * factor(size.flag("softplus") ? softplus(shifted) : shifted, A[d, n])
    }
    return right(inputs: inputs, size: signature.resized(size, ["G": channels]))
  }
}
