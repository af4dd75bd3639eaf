import Harness
import KernelSpec
import Numerics
import Tensors

// Bugs of memory, and of what one call leaves for the next.

extension Traits {
  var callBugs: [Mutant] { passes.flatMap { memory($0) + repetition($0) } }

  private func memory(_ pass: Pass) -> [Mutant] {
    [
      Mutant(
        "writes behind its results", pass,
        memory: { arguments, shapes in
          let (spec, count) = shapes.results[0]
          shapes.target(spec, arguments)[count] = 0
        }),
      Mutant(
        "writes before its results", pass,
        memory: { arguments, shapes in
          shapes.target(shapes.results[0].spec, arguments)[-1] = 0
        }),
      Mutant(
        "pads its results to whole lanes", pass,
        memory: { arguments, shapes in
          for (spec, count) in shapes.results {
            // A whole number of lanes leaves nothing to pad, and a kernel that does so is right there.
            for index in count..<(count + 7) / 8 * 8 { shapes.target(spec, arguments)[index] = 0 }
          }
        }),
      Mutant(
        "scales an input in place", pass,
        memory: { arguments, shapes in
          let spec = shapes.signature.inputs[0]
          let source = UnsafeMutablePointer(mutating: arguments.input(spec.name))
          for index in 0..<shapes.count(spec) { source[index] *= 2 }
        }),
      Mutant(
        "uses an input as workspace and puts it back rounded", pass,
        memory: { arguments, shapes in
          let spec = shapes.signature.inputs[0]
          let source = UnsafeMutablePointer(mutating: arguments.input(spec.name))
          for index in 0..<shapes.count(spec) { source[index] = Float(bitPattern: source[index].bitPattern & ~0xFF) }
        }),
      Mutant(
        "leaves the last result unwritten", pass,
        memory: { arguments, shapes in
          let (spec, count) = shapes.results.last!
          shapes.target(spec, arguments)[count - 1] = .nan
        }),
      Mutant(
        "reads behind an input", pass,
        memory: { arguments, shapes in
          let input = shapes.signature.inputs[0], (spec, _) = shapes.results[0]
          shapes.target(spec, arguments)[0] += 0 * arguments.input(input.name)[shapes.count(input)]
        }),
    ]
  }

  private func repetition(_ pass: Pass) -> [Mutant] {
    func later(_ name: String, _ isWrong: @escaping @Sendable (_ call: Int) -> Bool) -> Mutant {
      Mutant(name, pass) { call in
        guard isWrong(call.history.calls + 1) else { return call.right() }
        return call.spoiled { result, _ in
          let count = result.scalars.count
          return result.map { scalar, place in place == count / 2 ? scalar.nextUp : scalar }
        }
      }
    }
    func kept(_ names: @escaping @Sendable (Call) -> [String], _ name: String) -> Mutant {
      Mutant(name, pass) { call in
        var inputs = call.inputs
        if let first = call.history.firstInputs {
          for name in names(call) { inputs[name] = first[name] }
        } else {
          call.history.firstInputs = inputs
        }
        return call.right(inputs: inputs)
      }
    }
    let parameters = signature.inputs.filter { !$0.axes.contains("B") }.map(\.name)
    let stale = [
      Mutant("writes what the last call should have", pass) { call in
        // The first call has nothing to be late with.
        let right = call.right()
        defer { call.history.firstInputs = call.inputs }
        return call.history.firstInputs.map { call.right(inputs: $0) } ?? right
      },
      kept({ $0.inputs.names }, "inputs of the first call are kept"),
    ]
    return [
      later("other bits on the second call") { $0 == 2 },
      later("other bits after ten calls") { $0 > 10 },
      later("other bits on every fifth call, as in a race") { $0 % 5 == 0 },
      Mutant("adds to what the last call wrote", pass) { call in
        call.spoiled { result, spec in
          call.history.last.map { result.combined(1, $0[spec.name]!, 1) } ?? result
        }
      },
      Mutant("starts sums from what the last call left, faded", pass) { call in
        call.spoiled { result, spec in
          call.history.last.map { result.combined(1, $0[spec.name]!, 1e-3) } ?? result
        }
      },
      Mutant("the last element of each result is that of the last call", pass) { call in
        call.spoiled { result, spec in
          guard let last = call.history.last?[spec.name]?.scalars.last else { return result }
          let count = result.scalars.count
          return result.map { scalar, place in place == count - 1 ? last : scalar }
        }
      },
    ] + (readsInputs(pass) ? stale : [])
      + (readsInputs(pass) && !parameters.isEmpty
        ? [kept({ _ in parameters }, "parameters of the first call are kept")] : [])
  }
}
