import Harness
import KernelSpec
import Numerics
import Tensors

// Bugs of single operands and options: ignored, taken wrongly, or with their gradients wrong.

/// Options that change what is meant but not what is computed, by kernel, and why.
private let idleOptions = [
  "hippo.reconstruct": ["measure": "both measures have the same polynomials; what else is refused"]
]

extension Traits {
  var operandBugs: [Mutant] { optionBugs + signature.inputs.flatMap(inputBugs) + gradientBugs }

  private var optionBugs: [Mutant] {
    signature.options.flatMap { option in
      passes.map { pass in
        Mutant("\(option.name) is ignored", pass, equivalence: idleOptions[kernel]?[option.name]) { call in
          call.right(size: call.signature.size(call.size, ignoring: option))
        }
      }
    }
  }

  private func inputBugs(_ spec: OperandSpec) -> [Mutant] {
    let ignored =
      spec.isOptional ? [Mutant("\(spec.name) is ignored") { $0.right(changing: spec.name) { $0.times(0) } }] : []
    guard spec.isComplex else { return ignored }
    return ignored + [
      Mutant("\(spec.name) is conjugated") { call in
        call.right(changing: spec.name) { $0.map { scalar, place in place % 2 == 1 ? -scalar : scalar } }
      },
      Mutant("imaginary part of \(spec.name) is dropped") { call in
        call.right(changing: spec.name) { $0.map { scalar, place in place % 2 == 1 ? 0 : scalar } }
      },
      Mutant("real and imaginary part of \(spec.name) are swapped") { call in
        call.right(changing: spec.name) { operand in
          let scalars = operand.scalars
          return operand.map { _, place in scalars[place ^ 1] }
        }
      },
    ]
  }

  private var gradientBugs: [Mutant] {
    guard passes.contains(.gradient) else { return [] }
    return signature.inputs.flatMap { spec in
      func bug(_ name: String, _ change: @escaping @Sendable (Operand<Float>) -> Operand<Float>?) -> Mutant {
        Mutant("gradient of \(spec.name) \(name)", .gradient) { call in
          var results = call.right()
          results[spec.name] = results[spec.name].flatMap(change)
          return results
        }
      }
      let complex = [
        bug("is conjugated") { $0.map { scalar, place in place % 2 == 1 ? -scalar : scalar } },
        bug("has no imaginary part") { $0.map { scalar, place in place % 2 == 1 ? 0 : scalar } },
      ]
      return [
        bug("is zero") { $0.times(0) }, bug("is unwritten") { _ in nil }, bug("has the other sign") { $0.times(-1) },
        bug("is twice as large") { $0.times(2) }, bug("is in half precision", \.half),
      ] + (spec.isComplex ? complex : [])
        + signature.independent.filter { !spec.axes.contains($0) }.map { axis in
          partialSum(spec, axis)
        }
    }
      + signature.outputs.dropFirst().map { spec in
        Mutant("cotangent of \(spec.name) is ignored", .gradient) { call in
          var cotangents = call.cotangents
          cotangents[spec.name] = cotangents[spec.name]!.times(0)
          return call.right(cotangents: cotangents)
        }
      }
  }

  /// The gradient of an operand that all of an axis share, not summed over the axis.
  private func partialSum(_ spec: OperandSpec, _ axis: String) -> Mutant {
    Mutant("gradient of \(spec.name) is of the first of \(axis) alone", .gradient) { call in
      var cotangents = call.cotangents
      for output in call.signature.outputs {
        guard let place = output.place(of: axis) else { continue }
        cotangents[output.name] = cotangents[output.name]!.moved(along: place) { $0 == 0 ? 0 : nil }
      }
      var results = call.right()
      results[spec.name] = results[spec.name] == nil ? nil : call.right(cotangents: cotangents)[spec.name]
      return results
    }
  }
}
