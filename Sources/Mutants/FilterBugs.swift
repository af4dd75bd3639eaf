import Harness
import KernelSpec
import Numerics
import Tensors

/// Bugs of the diagonal filter's discretization and powers, several of them found in state-spaces/s4.
let filterBugs: [Mutant] = [
  Mutant("powers start at one") { call in
    let results = call.right(size: call.signature.resized(call.size, ["L": call.size.L + 1]))
    return results.taking((1...call.size.L).map { $0 }, along: "L", call.signature.outputs)
  },
  Mutant("e^z − 1 is computed by subtraction") { call in
    call.withInputFactor { z, dt, A in
      call.size.choice("discretization") == "bilinear" || z.isZero ? Complex(1) : (.exp(z) - 1) / .expMinusOne(z)
    }
  },
  Mutant("input factor divides by zero where A = 0") { call in
    call.withInputFactor { z, dt, A in A.isZero ? Complex(.nan, 0) : Complex(1) }
  },
  Mutant("input factor is that of Euler's rule") { call in
    call.withInputFactor { z, dt, A in
      if call.size.choice("discretization") == "bilinear" { return Complex(1) - z.multiplied(by: 0.5) }
      return z.isZero ? Complex(1) : z / .expMinusOne(z)
    }
  },
  Mutant("input factor misses dt") { call in call.withInputFactor { _, dt, _ in Complex(1 / dt) } },
  Mutant("dt counts twice in the poles") { call in call.withPoles { A, dt in A.multiplied(by: dt) } },
  Mutant("dt is exponentiated again") { call in
    call.right(changing: "dt") { $0.map { scalar, _ in .exp(scalar) } }
  },
  Mutant("dt is at least 1e-3") { call in call.right(changing: "dt") { $0.map { scalar, _ in max(1e-3, scalar) } } },
  Mutant("real parts of A are at most −1e-4") { call in
    call.withPoles { A, _ in Complex(min(A.real, -1e-4), A.imaginary) }
  },
  Mutant("real parts of A lose their sign") { call in
    call.withPoles { A, _ in Complex(-abs(A.real), A.imaginary) }
  },
  Mutant("conjugates are added without their half") { call in
    // Modes that are real enough are taken to be alone.
    let A = call.inputs.complex("A")
    return call.right(changing: "C") { operand in
      operand.map { scalar, place in abs(A.elements[place / 2].imaginary) < 1 ? scalar / 2 : scalar }
    }
  },
  Mutant("modes that decay fast are dropped") { call in
    let A = call.inputs.complex("A"), dt = call.inputs.real("dt"), modes = call.size.N / 2
    return call.right(changing: "C") { operand in
      operand.map { scalar, place in dt[place / 2 / modes] * A.elements[place / 2].real < -0.1 ? 0 : scalar }
    }
  },
]

extension Call {
  /// The right filter of other poles.
  fileprivate func withPoles(_ change: (_ A: Complex<Float>, _ dt: Float) -> Complex<Float>) -> Operands<Float> {
    let dt = self.inputs.real("dt"), modes = size.N / 2
    var A = self.inputs.complex("A")
    for place in A.elements.indices { A.elements[place] = change(A.elements[place], dt[place / modes]) }
    var inputs = self.inputs
    inputs["A"] = .complex(A)
    return right(inputs: inputs)
  }

  /// The right filter of input coefficients times a factor of each mode.
  fileprivate func withInputFactor(
    _ factor: (_ z: Complex<Float>, _ dt: Float, _ A: Complex<Float>) -> Complex<Float>
  ) -> Operands<Float> {
    let dt = self.inputs.real("dt"), A = self.inputs.complex("A"), modes = size.N / 2
    var B = self.inputs.complex("B")
    for place in B.elements.indices {
      let step = dt[place / modes], pole = A.elements[place]
      B.elements[place] = B.elements[place] * factor(pole.multiplied(by: step), step, pole)
    }
    var inputs = self.inputs
    inputs["B"] = .complex(B)
    return right(inputs: inputs)
  }
}
