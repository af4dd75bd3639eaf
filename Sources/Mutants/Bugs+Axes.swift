import Harness
import KernelSpec
import Numerics
import Tensors

// Bugs of batches, heads, modes and groups.

extension Traits {
  var axisBugs: [Mutant] {
    interchangeable.flatMap { axis in
      passes.flatMap { pass in
        signature.results(of: pass).contains { $0.axes.contains(axis) } ? misplaced(axis, pass) : []
      }
        + misread(axis)
    } + signature.divides.flatMap { groups(divisor: $0.divisor, extent: $0.extent) }
  }

  private func misplaced(_ axis: String, _ pass: Pass) -> [Mutant] {
    func bug(_ name: String, _ source: @escaping @Sendable (_ index: Int, _ count: Int) -> Int?) -> Mutant {
      Mutant(name, pass) { call in
        call.spoiled { result, spec in
          guard let place = spec.place(of: axis) else { return result }
          return result.moved(along: place) { source($0, result.shape[place]) }
        }
      }
    }
    return [
      bug("only the first of \(axis) is computed") { index, _ in index == 0 ? 0 : nil },
      bug("the first of \(axis) is copied to all") { _, _ in 0 },
      bug("the last of \(axis) is left out") { index, count in index == count - 1 ? nil : index },
      bug("the last of \(axis) is left out where odd") { index, count in
        index == count - 1 && count % 2 == 1 ? nil : index
      },
      bug("\(axis) is permuted") { index, count in (index + 1) % count },
      bug("\(axis) beyond 16 is left out") { index, _ in index < 16 ? index : nil },
    ]
  }

  /// One operand read at the wrong index, in the forward pass.
  private func misread(_ axis: String) -> [Mutant] {
    let readers = signature.inputs.filter { $0.axes.contains(axis) }
    let isSummed = readers.count == 1 && !signature.outputs.contains { $0.axes.contains(axis) }
    return readers.flatMap { spec in
      func bug(
        _ name: String, equivalence: String? = nil,
        _ source: @escaping @Sendable (_ index: Int, _ count: Int) -> Int?
      ) -> Mutant {
        Mutant(name, equivalence: equivalence) { call in
          call.right(changing: spec.name) { operand in
            let place = spec.place(of: axis)!
            return operand.moved(along: place) { source($0, operand.shape[place]) }
          }
        }
      }
      return [
        bug("\(spec.name) of the first of \(axis) is used for all") { _, _ in 0 },
        bug(
          "\(spec.name) is permuted over \(axis)",
          equivalence: isSummed ? "no other operand has \(axis), so the law says that it is the same" : nil
        ) { index, count in (index + 1) % count },
      ]
    }
  }

  /// Members of groups given to the wrong group.
  private func groups(divisor: String, extent: String) -> [Mutant] {
    @Sendable func regrouped(_ operands: Operands<Float>, _ specs: [OperandSpec], _ order: [Int]) -> Operands<Float> {
      operands.taking(order, along: extent, specs)
    }
    let interleaved = passes.map { pass in
      Mutant("groups of \(extent) are interleaved", pass) { call in
        let groups = call.size[divisor], each = call.size[extent] / groups
        // At place p stands the member that interleaving gives to p's group.
        let order = (0..<groups * each).map { $0 % each * groups + $0 / each }
        var inverse = order
        for (place, member) in order.enumerated() { inverse[member] = place }
        let written = call.right(
          inputs: regrouped(call.inputs, call.signature.inputs, order),
          cotangents: regrouped(call.cotangents, call.signature.outputs, order))
        return regrouped(written, call.written, inverse)
      }
    }
    let first = Mutant("the first of \(divisor) serves all of \(extent)") { call in
      let all = Array(repeating: Int?.some(0), count: call.size[divisor])
      return call.right(inputs: call.inputs.taking(all, along: divisor, call.signature.inputs))
    }
    return interleaved + [first]
  }
}

extension Signature {
  /// The results of a pass, optional ones included.
  func results(of pass: Pass) -> [OperandSpec] { pass == .forward ? outputs : inputs }
}
