import Foundation
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// A mistake that is made in a kernel's arithmetic here, apart from what the kernel says of itself, and how the diagnosis must name it.
struct Mistake: Sendable, CustomTestStringConvertible {
  let words: String
  let size: String
  let kernel: any Kernel.Type
  /// What is given in place of the right outputs.
  let spoil: @Sendable (inout Operands<Double>, Operands<Double>, Size) -> Void

  init(
    _ kernel: String, _ size: String, _ words: String,
    _ spoil: @escaping @Sendable (inout Operands<Double>, Operands<Double>, Size) -> Void
  ) {
    self.kernel = Subject.all.first { $0.kernel.name == kernel }!.kernel
    (self.size, self.words, self.spoil) = (size, words, spoil)
  }

  var testDescription: String { "\(kernel.name): \(words)" }
}

private let mistakes = [
  Mistake("mamba.scan", "B1-D4-L24-N4-G2-softplus+D+z", "the gate z is applied without its sigmoid") {
    outputs, inputs, _ in
    let z = inputs.real("z").elements
    outputs.change("y") { $1 * (1 + exp(-z[$0])) }
  },
  Mistake("mamba.scan", "B1-D4-L24-N4-G2+z", "the gate is the sigmoid of z alone") { outputs, inputs, _ in
    let z = inputs.real("z").elements
    outputs.change("y") { $1 / z[$0] }
  },
  Mistake("mamba.scan", "B2-D2-L24-N3-G1+x0", "y is read before the state is updated") { outputs, inputs, size in
    mambaReadFirst(&outputs, inputs, size)
  },
  Mistake("s4d.scan", "B2-H2-N4-L24+x0", "y is read before the state is updated") { outputs, inputs, size in
    let C = inputs.complex("C"), x0 = inputs.complex("x0"), y = outputs.real("y").elements
    outputs.change("y") { place, _ in
      if place % size.L > 0 { return y[place - 1] }
      let (b, h) = (place / size.L / size.H, place / size.L % size.H)
      return (0..<size.N / 2).reduce(0) { $0 + 2 * (C[h, $1] * x0[b, h, $1]).real }
    }
  },
  Mistake("s4d.filter", "H3-N6-L24", "dt is missing as a factor of B") { outputs, inputs, size in
    let dt = inputs.real("dt").elements
    outputs.change("K") { $1 / dt[$0 / size.L] }
  },
  Mistake("s4.filter", "H3-N6-R1-L24", "dt is missing as a factor of B") { outputs, inputs, size in
    let dt = inputs.real("dt").elements
    outputs.change("K") { $1 / dt[$0 / size.L] }
  },
  Mistake("s4d.filter", "H3-N6-L24", "discretized by Euler's rule: 1 + dt A, dt B") { outputs, inputs, size in
    outputs["K"] = .real(eulerFilter(inputs, size))
  },
  Mistake("s4d.filter", "H3-N6-L24-bilinear", "discretized by Euler's rule: 1 + dt A, dt B") {
    outputs, inputs, size in outputs["K"] = .real(eulerFilter(inputs, size))
  },
  Mistake("ssm.discretize", "H3-N4-zoh", "discretized by Euler's rule: 1 + dt A, dt B") { outputs, inputs, size in
    let A = inputs.real("A"), dt = inputs.real("dt").elements, N = size.N
    outputs.change("Abar") { place, _ in
      let (h, n, k) = (place / N / N, place / N % N, place % N)
      return (n == k ? 1 : 0) + dt[h] * A[h, n, k]
    }
    let B = inputs.real("B").elements
    outputs.change("Bbar") { place, _ in dt[place / N] * B[place] }
  },
  Mistake("s4d.filter", "H3-N6-L24", "the term of m = 2 is dropped") { outputs, inputs, size in
    let dt = inputs.real("dt"), A = inputs.complex("A"), B = inputs.complex("B"), C = inputs.complex("C")
    outputs.change("K") { place, value in
      let (h, l) = (place / size.L, place % size.L)
      let z = A[h, 2].multiplied(by: dt[h])
      let term = C[h, 2] * B[h, 2] * (Complex.exp(z) - Complex(1)) / A[h, 2] * .exp(z.multiplied(by: Double(l)))
      return value - 2 * term.real
    }
  },
  Mistake("ema.filter", "H3-N12-L24", "a factor √N = √12") { outputs, _, _ in
    outputs.change("K") { $1 * 12.0.squareRoot() }
  },
  Mistake("ema.filter", "H3-N5-L24", "alpha is taken without its sigmoid") { outputs, inputs, size in
    let alpha = inputs.real("alpha"), delta = inputs.real("delta")
    let beta = inputs.real("beta"), gamma = inputs.real("gamma")
    outputs.change("K") { place, _ in
      let (h, l) = (place / size.L, place % size.L)
      return (0..<size.N).reduce(0) { sum, n in
        let p = 1 / (1 + exp(-delta[h, n]))
        return sum + p * beta[h, n] * gamma[h, n] * pow(1 - p * alpha[h, n], Double(l)) / Double(size.N).squareRoot()
      }
    }
  },
]

extension Operands<Double> {
  fileprivate mutating func change(_ name: String, _ value: (Int, Double) -> Double) {
    let operand = self[name]!
    let scalars = operand.scalars.enumerated().map { value($0.offset, $0.element) }
    self[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
  }
}

private func mambaReadFirst(_ outputs: inout Operands<Double>, _ inputs: Operands<Double>, _ size: Size) {
  let u = inputs.real("u"), delta = inputs.real("delta"), A = inputs.real("A")
  let B = inputs.real("B"), C = inputs.real("C")
  var x = inputs.real("x0")
  outputs.change("y") { place, _ in
    let (l, d, b) = (place % size.L, place / size.L % size.D, place / size.L / size.D)
    return (0..<size.N).reduce(0) { sum, n in
      let before = x[b, d, n]
      x[b, d, n] = exp(delta[b, d, l] * A[d, n]) * before + delta[b, d, l] * u[b, d, l] * B[b, 0, n, l]
      return sum + C[b, 0, n, l] * before
    }
  }
}

private func eulerFilter(_ inputs: Operands<Double>, _ size: Size) -> Tensor<Double> {
  let dt = inputs.real("dt"), A = inputs.complex("A"), B = inputs.complex("B"), C = inputs.complex("C")
  var K = Tensor<Double>(repeating: 0, shape: [size.H, size.L])
  for h in 0..<size.H {
    for m in 0..<size.N / 2 {
      var state = B[h, m].multiplied(by: dt[h])
      for l in 0..<size.L {
        K[h, l] += 2 * (C[h, m] * state).real
        state += (A[h, m] * state).multiplied(by: dt[h])
      }
    }
  }
  return K
}

@Test(arguments: mistakes)
func aMistakeIsNamed(mistake: Mistake) throws { try diagnose(mistake.kernel, mistake) }

private func diagnose<K: Kernel>(_: K.Type, _ mistake: Mistake) throws {
  for seed in 0..<3 as Range<UInt64> {
    var generator = SeededGenerator("\(mistake.words)", seed: seed)
    let size = try K.signature.size(mistake.size)
    let inputs = K.signature.drawn(size, using: &generator)
    let expectation = Harness.Expectation<Double>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
    var outputs: Operands<Double> = K.reference(inputs, size)
    mistake.spoil(&outputs, inputs, size)
    let diagnosis = try #require(expectation.diagnosis(of: outputs))
    let fault = try #require(diagnosis.faults.first { !$0.causes.isEmpty }, "\(diagnosis.lines)")
    // What is read before the update is late too, but for the first position.
    #expect(
      fault.causes.prefix(2).contains { $0.description.contains(mistake.words) }, "seed \(seed): \(fault.lines)")
  }
}

/// Values that are wrong in no way that has a name are given none, whatever a kernel may be misread as.
@Test(arguments: Subject.all)
func noiseIsNotBlamed(subject: Subject) throws { try disturb(subject.kernel) }

private func disturb<K: Kernel>(_: K.Type) throws {
  for (seed, amount) in [(0, 1.0), (1, 1e-2), (2, 1e-5)] {
    var generator = SeededGenerator("noise \(K.name)", seed: UInt64(seed))
    let size = K.signature.plantedSize(2)
    let inputs = K.signature.drawn(size, using: &generator)
    let expectation = Harness.Expectation<Double>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
    var outputs: Operands<Double> = K.reference(inputs, size)
    for name in outputs.names {
      outputs.change(name) { $1 + amount * (1 + abs($1)) * generator.normal() }
    }
    let causes = expectation.diagnosis(of: outputs)?.faults.flatMap(\.causes) ?? []
    #expect(causes.isEmpty, "\(K.name), \(amount): \(causes)")
  }
}
