import KernelSpec
import Numerics
import Tensors

// Laws of the values of operands.
extension LawTrial {
  /// `f(2 x₁ − x₂/2) = 2 f(x₁) − f(x₂)/2`, where x₁ and x₂ split the drawn operands between them, so that no operand is rounded.
  /// Half of a subnormal number may be, and narrow formats have many: there it is `f(2 x₁ − x₂)`.
  func linear(
    _ operands: [String], _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let share = terms.format == nil ? -0.5 : -1
    var (first, second, both) = (inputs, inputs, inputs)
    for name in operands {
      guard let operand = inputs[name] else { continue }
      let mask = operand.scalars.map { _ in generator.uniform() < 0.5 ? 1.0 : 0.0 }
      func masked(_ on: Double, _ off: Double) -> Operand<Double> {
        let scalars = zip(operand.scalars, mask).map { $0 * ($1 == 1 ? on : off) }
        return Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
      }
      (first[name], second[name], both[name]) = (masked(1, 0), masked(0, 1), masked(2, share))
    }
    let (f1, f2, f) = (try evaluate(first, size), try evaluate(second, size), try evaluate(both, size))
    return compare(
      f.outputs, combined([(f1, 2), (f2, Oracle(share))], like: f), sum([(f, 1), (f1, 2), (f2, Oracle(-share))]))
  }

  /// `f(x₁, x₂, …) = Σᵢ f(0, …, sᵢ xᵢ, …) / sᵢ` with scales far from 1: an absolute threshold or a clamp shows. Powers of
  /// two do not round, but where they lead out of a format; nearer ones are taken there.
  func scaled(_ operands: [String], _ evaluate: Evaluate) throws(Broken) -> String? {
    let present = operands.filter { inputs[$0] != nil }
    let whole = try evaluate(inputs, size)
    var terms: [(Call, Oracle)] = []
    for (index, name) in present.enumerated() {
      let scales: [Double] =
        index.isMultiple(of: 2) ? [-1024, -256, -64, -16, -4] : [1 / 1024, 1 / 64, 1 / 4, 64, 4]
      let others = inputs.scaled(present.filter { $0 != name }, by: 0)
      let scale = scales.first { self.terms.format?.inexact(in: others.scaled([name], by: $0)) == nil } ?? scales[0]
      let alone = others.scaled([name], by: scale)
      terms.append((try evaluate(alone, size), 1 / Oracle(scale)))
    }
    let slack = sum([(whole, 1)] + terms.map { ($0.0, abs($0.1)) })
    return compare(whole.outputs, combined(terms, like: whole), slack)
  }

  /// Zeros give zeros, exactly.
  func zero(_ operands: [String], _ evaluate: Evaluate) throws(Broken) -> String? {
    let outputs = try evaluate(inputs.scaled(operands, by: 0), size).outputs
    return outputs.names.first { name in !outputs[name]!.scalars.allSatisfy { $0 == 0 } }.map { "\($0) is not zero" }
  }

  func permutation(
    _ axis: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let form = K.signature.form(axis)
    let order = Array(0..<form.length(size[form.extent])).shuffled(using: &generator)
    let plain = try evaluate(inputs, size)
    let moved = try evaluate(inputs.taking(order, along: axis, K.signature.inputs), size)
    let expected = plain.outputs.taking(order, along: axis, K.signature.outputs)
    return compare(moved.outputs, expected, sum([(plain, 1), (moved, 1)]))
  }

  private func combined(_ terms: [(Call, Oracle)], like call: Call) -> Operands<Oracle> {
    var result = Operands<Oracle>()
    for name in call.outputs.names {
      let first = call.outputs[name]!
      result[name] = terms.reduce(first.combined(0, first, 0)) { $0.combined(1, $1.0.outputs[name]!, $1.1) }
    }
    return result
  }
}

extension Operands {
  /// The operands with those named multiplied.
  fileprivate func scaled(_ names: [String], by factor: T) -> Operands {
    var result = self
    for name in names {
      if let operand = self[name] { result[name] = operand.combined(factor, operand, 0) }
    }
    return result
  }
}
