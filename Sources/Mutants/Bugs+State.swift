import Harness
import KernelSpec
import Numerics
import Tensors

// Bugs of a state that is handed on along time.

extension Traits {
  var stateBugs: [Mutant] {
    guard let relay else { return [] }
    /// The forward pass in chunks, the state changed between them.
    func chunked(
      _ name: String, _ chunk: Int, _ carry: @escaping @Sendable (Operand<Float>) -> Operand<Float>
    ) -> Mutant {
      Mutant(name) { call in
        relay.forward(
          call.signature, call.size, call.inputs,
          lengths: Relay.lengths(call.size[relay.extent], chunk: chunk), carry: carry
        ) { inputs, size in call.right(inputs: inputs, size: size) }
      }
    }
    func initial(_ name: String, _ change: @escaping @Sendable (Operand<Float>) -> Operand<Float>) -> Mutant {
      Mutant(name) { $0.right(changing: relay.initial, change) }
    }
    func final(_ name: String, _ change: @escaping @Sendable (Call, Operand<Float>) -> Operand<Float>?) -> Mutant {
      Mutant(name) { call in
        var results = call.right()
        results[relay.final] = change(call, results[relay.final]!)
        return results
      }
    }
    return [64, 16, 8].map { chunk in chunked("state restarts at chunks of \(chunk)", chunk) { $0.times(0) } } + [
      chunked("state in bfloat16 between chunks of 16", 16, \.brief),
      chunked("state in bfloat16", 1, \.brief),
      chunked("state in half precision between chunks of 16", 16, \.half),
      chunked("state in half precision", 1, \.half),
      chunked("state in TF32 between chunks of 64", 64) { $0.rounded(bits: 11) },
      chunked("state of the first batch is handed on to all", 16) { $0.repeatingFirst(along: 0) },
      chunked("state counts twice at chunks of 64", 64) { $0.times(2) },
      chunked("state is clamped to ±1 between chunks of 16", 16) { $0.map { scalar, _ in min(1, max(-1, scalar)) } },
      initial("initial state is ignored") { $0.times(0) },
      initial("initial state counts twice") { $0.times(2) },
      initial("initial state of the first batch is used for all") { $0.repeatingFirst(along: 0) },
      initial("initial state in half precision", \.half),
      final("final state is zero") { $1.times(0) },
      final("final state is unwritten") { _, _ in nil },
      final("final state is the initial one") { call, state in call.inputs[relay.initial] ?? state.times(0) },
      final("final state is that before the last step") { call, state in
        let length = call.size[relay.extent]
        guard length > 1 else { return call.inputs[relay.initial] ?? state.times(0) }
        let part = call.inputs.taking(Array(0..<length - 1), along: relay.extent, call.signature.inputs)
        return call.right(inputs: part, size: call.signature.resized(call.size, [relay.extent: length - 1]))[
          relay.final]!
      },
    ] + (passes.contains(.gradient) ? [restartedAdjoint(relay)] : [])
  }

  /// The backward pass in two halves, nothing handed back from the later to the earlier.
  private func restartedAdjoint(_ relay: Relay) -> Mutant {
    Mutant("adjoint of the state restarts in the middle", .gradient) { call in
      let length = call.size[relay.extent], cut = length / 2
      guard cut > 0 else { return call.right() }
      func part(_ range: Range<Int>, _ state: Operand<Float>?, _ operands: Operands<Float>) -> Operands<Float> {
        var inputs = call.inputs.taking(Array(range), along: relay.extent, call.signature.inputs)
        inputs[relay.initial] = state
        let present = state == nil ? call.size.present : call.size.present.union([relay.initial])
        let size = call.signature.resized(call.size, [relay.extent: range.count], present: present)
        let cotangents = operands.taking(Array(range), along: relay.extent, call.signature.outputs)
        return call.right(inputs: inputs, cotangents: cotangents, size: size)
      }
      var early = call.cotangents
      early[relay.final] = early[relay.final]!.times(0)
      let head = part(0..<cut, call.inputs[relay.initial], early)
      let tail = part(cut..<length, call.stateAfter(cut, relay), call.cotangents)
      var joined = head
      for spec in call.written where spec.name != relay.initial {
        if let axis = spec.place(of: relay.extent) {
          joined[spec.name] = head[spec.name]!.followed(by: tail[spec.name]!, along: axis)
        } else {
          joined[spec.name] = head[spec.name]!.combined(1, tail[spec.name]!, 1)
        }
      }
      return joined
    }
  }
}
