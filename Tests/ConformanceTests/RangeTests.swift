import Catalog
import Harness
import KernelSpec
import Numerics
import Tensors
import Testing

// Operands and intermediates at the ends of a format's range, where the result is an ordinary number.

/// What a kernel's variants in this precision give, by name, and what the oracle gives.
private func results<T: VariantScalar>(
  _ kernel: any Kernel.Type, _ pass: Pass, _ size: String, _: T.Type, _ inputs: [String: [Double]],
  cotangents: [String: [Double]] = [:]
) throws -> (variants: [(name: String, written: Operands<T>)], oracle: Operands<Oracle>) {
  func body<K: Kernel>(_: K.Type) throws -> (
    variants: [(name: String, written: Operands<T>)], oracle: Operands<Oracle>
  ) {
    let size = try K.signature.size(size)
    func operands(_ specs: [OperandSpec], _ values: [String: [Double]]) -> Operands<T> {
      var operands = Operands<T>()
      for spec in specs {
        operands[spec.name] = Operand(
          shape: K.signature.shape(spec, size), isComplex: spec.isComplex, scalars: values[spec.name]!.map { T($0) })
      }
      return operands
    }
    let inputs = operands(K.signature.inputs(size), inputs)
    let cotangents = operands(pass == .forward ? [] : K.signature.outputs, cotangents)
    var found: [(name: String, written: Operands<T>)] = []
    for variant in K.variants where variant.pass == pass {
      guard let prepare = T.preparation(of: variant) else { continue }
      guard let run = try? prepare(size) else { continue }
      let execution = Execution(run, pass, K.signature, size, inputs: inputs, cotangents: cotangents)
      execution.call()
      found.append(("\(variant.name) on \(variant.threads)", execution.written))
    }
    return (found, K.evaluate(pass, inputs.converted(), cotangents.converted(), size))
  }
  return try body(kernel)
}

private func kernel(_ name: String) -> any Kernel.Type { catalog.first { $0.name == name }! }

/// The largest difference of an operand, relative to its largest element.
private func error<T: Scalar>(_ found: Operands<T>, _ expected: Operands<Oracle>, _ name: String) -> Double {
  let wanted = expected[name]!.scalars
  let scale = wanted.map { abs($0) }.max()!
  return zip(found[name]!.scalars, wanted).map { Double(abs(Oracle($0) - $1) / scale) }.reduce(0) {
    !($1 <= $0) ? $1 : $0
  }
}

/// One step of a state, far from zero, whose multiplier is below the least normal number.
@Test(arguments: [("positive", -87.5), ("positive", -100), ("signed", -87.5)])
func subnormalMultipliersOfTheSelectiveScanInFloat(eigenvalues: String, decay: Double) throws {
  try subnormalMultipliers(eigenvalues, decay, state: 1e30, Float.self)
}

@Test(arguments: [("positive", -709.0), ("signed", -709.0)])
func subnormalMultipliersOfTheSelectiveScanInDouble(eigenvalues: String, decay: Double) throws {
  try subnormalMultipliers(eigenvalues, decay, state: 1e300, Double.self)
}

private func subnormalMultipliers<T: VariantScalar>(
  _ eigenvalues: String, _ decay: Double, state: Double, _: T.Type
) throws {
  // What rounding the product does, and one unit of a subnormal number.
  let bound = abs(decay) * Double(T.ulpOfOne) + Double(T.leastNonzeroMagnitude) / .exp(decay)
  let size = "B1-D1-L1-N1-G1" + (eigenvalues == "signed" ? "-signed" : "") + "+x0"
  let inputs = ["u": [0], "delta": [-decay], "A": [-1], "B": [1], "C": [1], "x0": [state]]
  let forward = try results(kernel("mamba.scan"), .forward, size, T.self, inputs)
  #expect(forward.variants.count == 2)
  for (name, written) in forward.variants { #expect(error(written, forward.oracle, "x") < bound, "\(name)") }
  let gradient = try results(
    kernel("mamba.scan"), .gradient, size, T.self, inputs, cotangents: ["y": [1], "x": [0]])
  for (name, written) in gradient.variants {
    for operand in ["A", "delta"] { #expect(error(written, gradient.oracle, operand) < bound, "\(name) \(operand)") }
  }
}

/// Rows from 2e38 to 1e-35, and filters of the inverse size: their spectra and the products of these leave the range of 32 bits.
@Test(arguments: [(2e38, 1e-6), (1e30, 1e-30), (1e-35, 1), (1e-30, 1e30), (1, 1e-34), (3e17, 3e17)])
func transformsOfRowsOfAnySize(row: Double, filter: Double) throws {
  for (length, taps) in [(1000, 1000), (1000, 60)] {
    var generator = SeededGenerator("range", seed: UInt64(length + taps))
    func draw(_ count: Int, _ scale: Double) -> [Double] {
      (0..<count).map { _ in scale * (1 + 0.1 * generator.normal()) }
    }
    // One row of the batch is of ordinary size.
    let inputs = [
      "u": draw(length, row) + draw(length, 1), "K": draw(taps, filter / Double(taps)), "D": [filter],
    ]
    let size = "B2-H1-L\(length)-W\(taps)+D"
    let forward = try results(kernel("convolution.causal"), .forward, size, Float.self, inputs)
    #expect(forward.variants.count >= 6)
    for (name, written) in forward.variants {
      for batch in 0..<2 {
        let part = batch * length..<(batch + 1) * length
        let found = written["y"]!.scalars[part], wanted = forward.oracle["y"]!.scalars[part]
        let scale = wanted.map { abs($0) }.max()!
        // A result that is subnormal itself keeps fewer digits.
        let least = Oracle(Float.leastNonzeroMagnitude)
        #expect(
          zip(found, wanted).allSatisfy { abs(Oracle($0) - $1) <= 1e-5 * scale + least }, "\(name) \(size) \(batch)")
      }
    }
    // Sums of the largest rows must not overflow.
    let weight = row > 1e30 ? 1e-4 : 1
    let gradient = try results(
      kernel("convolution.causal"), .gradient, size, Float.self, inputs,
      cotangents: ["y": draw(length, weight) + draw(length, weight * row)])
    for (name, written) in gradient.variants {
      for operand in ["u", "K"] {
        #expect(error(written, gradient.oracle, operand) < 1e-5, "\(name) \(size) \(operand)")
      }
    }
  }
}

/// A filter of 65536 taps of which few are given: all of them are in its norm.
@Test func fewOfManyTapsOfAMultiscaleFilter() throws {
  var generator = SeededGenerator("taps", seed: 1)
  let kappa = (0..<9 * 256).map { _ in generator.normal() }
  let found = try results(kernel("sgconv.filter"), .forward, "S9-H1-W256-L1024", Double.self, ["kappa": kappa])
  #expect(found.variants.count == 2)
  for (name, written) in found.variants { #expect(error(written, found.oracle, "K") < 1e-14, "\(name)") }
}
