import Harness
import KernelSpec
import Numerics
import Tensors

// Bugs of too few digits, of scales and of signs.

extension Traits {
  var precisionBugs: [Mutant] {
    passes.flatMap { pass in roundedResults(pass) + scaledResults(pass) + roundedInputs(pass) } + accumulation
  }

  private func roundedResults(_ pass: Pass) -> [Mutant] {
    [
      Mutant("results in half precision", pass) { $0.spoiled { result, _ in result.half } },
      Mutant("results in bfloat16", pass) { $0.spoiled { result, _ in result.brief } },
      Mutant("results lose their last five bits", pass) { $0.spoiled { result, _ in result.rounded(bits: 19) } },
    ]
  }

  private func scaledResults(_ pass: Pass) -> [Mutant] {
    func bug(
      _ name: String, equivalence: String? = nil,
      _ change: @escaping @Sendable (_ scalar: Float, _ place: Int, _ count: Int) -> Float
    ) -> Mutant {
      Mutant(name, pass, equivalence: equivalence) { call in
        call.spoiled { result, _ in
          let count = result.scalars.count
          return result.map { change($0, $1, count) }
        }
      }
    }
    return [
      bug("results are zero") { _, _, _ in 0 },
      bug("results are half as large") { scalar, _, _ in scalar / 2 },
      bug("results have the other sign") { scalar, _, _ in -scalar },
      bug("results have no sign") { scalar, _, _ in abs(scalar) },
      bug("results are off by 1e-4") { scalar, _, _ in scalar * 1.0001 },
      bug("results are off by 1e-5, by turns") { scalar, place, _ in scalar * (place % 2 == 0 ? 1.00001 : 0.99999) },
      bug("results below 1e-3 are zero") { scalar, _, _ in abs(scalar) < 1e-3 ? 0 : scalar },
      bug("results are clamped to ±10") { scalar, _, _ in min(10, max(-10, scalar)) },
      bug("one result is 1 % off") { scalar, place, count in place == count / 2 ? scalar * 1.01 : scalar },
      bug("one result is not a number") { scalar, place, count in place == count / 2 ? .nan : scalar },
      bug("the last result is infinite") { scalar, place, count in place == count - 1 ? .infinity : scalar },
      bug("one result in 64 has the other sign") { scalar, place, _ in place % 64 == 63 ? -scalar : scalar },
      bug(
        "denormal results are zero",
        equivalence:
          "a denormal beside normal numbers is below the bound of its row, and flushing is what -ffast-math and GPUs do"
      ) { scalar, _, _ in scalar.isSubnormal ? 0 : scalar },
      bug(
        "negative zeros lose their sign", equivalence: "the two zeros are equal, and no result is divided by"
      ) { scalar, _, _ in scalar == 0 ? 0 : scalar },
    ]
  }

  private func roundedInputs(_ pass: Pass) -> [Mutant] {
    guard readsInputs(pass) else { return [] }
    func bug(_ name: String, _ round: @escaping @Sendable (Operand<Float>) -> Operand<Float>) -> Mutant {
      Mutant(name, pass) { call in
        var inputs = call.inputs
        for spec in call.signature.inputs(call.size) { inputs[spec.name] = round(inputs[spec.name]!) }
        return call.right(inputs: inputs)
      }
    }
    let single = signature.inputs.map { spec in
      Mutant("\(spec.name) in bfloat16", pass) { $0.right(changing: spec.name, \.brief) }
    }
    return [
      bug("inputs in half precision", \.half), bug("inputs in bfloat16", \.brief),
      bug("inputs in TF32") { $0.rounded(bits: 11) },
    ] + single
  }

  /// Partial sums of results that are linear in some operands, kept in fewer bits.
  private var accumulation: [Mutant] {
    guard let linear else { return [] }
    func bug(_ name: String, _ round: @escaping @Sendable (Operand<Float>) -> Operand<Float>) -> Mutant {
      Mutant(name) { call in
        let terms = 4
        return (0..<terms).map { term in
          var inputs = call.inputs
          for name in linear {
            inputs[name] = inputs[name].map { operand in
              let parts = operand.isComplex ? 2 : 1
              return operand.map { scalar, place in place / parts % terms == term ? scalar : 0 }
            }
          }
          return call.right(inputs: inputs)
        }.reduce(into: Operands<Float>()) { sum, part in
          for name in part.names {
            let term = part[name]!
            sum[name] = round(sum[name].map { $0.combined(1, term, 1) } ?? term)
          }
        }
      }
    }
    return [bug("sums in half precision", \.half), bug("sums in bfloat16", \.brief)]
  }
}
