import KernelSpec
import Numerics
import Tensors

// Laws along an extent that is time.
extension LawTrial {
  func prefix(
    _ extent: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let kept = Array(0..<Int.random(in: 1..<size[extent], using: &generator))
    let whole = try evaluate(inputs, size)
    let part = try evaluate(
      inputs.taking(kept, along: extent, K.signature.inputs), resized(extent, kept.count, size.present))
    let (specs, expected) = start(kept, of: whole, along: extent)
    return compare(selected(specs, part.outputs), expected, sum([(whole, 1), (part, 1)]))
  }

  /// Operands from a position on are those of the reverse order instead: other values of the same kind.
  func future(
    _ extent: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let length = size[extent]
    // Of two positions at least, the order can be reversed.
    let cut = Int.random(in: 1...max(1, length - 2), using: &generator)
    let order = Array(0..<cut) + Array(0..<length - cut).reversed()
    let plain = try evaluate(inputs, size)
    let changed = try evaluate(inputs.taking(order, along: extent, K.signature.inputs), size)
    let (_, expected) = start(Array(0..<cut), of: plain, along: extent)
    let (_, found) = start(Array(0..<cut), of: changed, along: extent)
    return compare(found, expected, sum([(plain, 1), (changed, 1)]))
  }

  /// The positions after which chunks of a drawn length end, of which there are at least two.
  func chunks(_ length: Int, _ generator: inout SeededGenerator) -> [Int] {
    let chunk = Int.random(in: 1...max(1, length / 2), using: &generator)
    return Array(stride(from: chunk, to: length, by: chunk))
  }

  /// Cut at these positions, each part started from the final state of the part before.
  func parts(
    _ cuts: [Int], _ extent: String, _ initial: String, _ final: String, _ evaluate: Evaluate
  ) throws(Broken) -> String? {
    let specs = K.signature.outputs.filter { $0.axes.contains(extent) }
    let whole = try evaluate(inputs, size)
    var calls: [Call] = []
    for (from, to) in zip([0] + cuts, cuts + [size[extent]]) {
      var part = inputs.taking(Array(from..<to), along: extent, K.signature.inputs)
      var present = size.present
      if let last = calls.last {
        let state: Operands<Double> = Operands([initial: last.outputs[final]!.converted()])
        part[initial] = (terms.format?.stored(state) ?? state)[initial]
        present.insert(initial)
      }
      calls.append(try evaluate(part, resized(extent, to - from, present)))
    }

    func joined(_ path: KeyPath<Call, Operands<Oracle>>) -> Operands<Oracle> {
      var result = Operands<Oracle>()
      result[final] = calls.last![keyPath: path][final]
      for spec in specs {
        let axis = spec.axes.firstIndex(of: extent)!
        let pieces = calls.map { $0[keyPath: path][spec.name]! }
        result[spec.name] = pieces.dropFirst().reduce(pieces[0]) { $0.followed(by: $1, along: axis) }
      }
      return result
    }
    // Each part started from a rounded state. What that does to right arithmetic is known: the oracle did the same.
    var slack = sum([(whole, 1)] + calls.map { ($0, 1) })
    let carried = joined(\.oracle)
    for name in carried.names { slack[name]! += norm(carried[name]!.combined(1, whole.oracle[name]!, -1)) }
    return compare(joined(\.outputs), whole.outputs, slack)
  }

  func delayed(
    _ extent: String, _ operand: String, _ inputs: Operands<Double>, _ evaluate: Evaluate,
    _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let length = size[extent]
    let delay = Int.random(in: 1..<length, using: &generator)
    let order = Array(repeating: nil, count: delay) + (0..<length - delay).map(Optional.some)
    let plain = try evaluate(inputs, size)
    let moved = try evaluate(
      inputs.taking(order, along: extent, K.signature.inputs.filter { $0.name == operand }), size)
    let expected = plain.outputs.taking(order, along: extent, K.signature.outputs)
    return compare(moved.outputs, expected, sum([(plain, 1), (moved, 1)]))
  }

  /// The operands with zeros in one of them but at the first position.
  func impulse(_ extent: String, _ operand: String) -> Operands<Double> {
    let order: [Int?] = [0] + Array(repeating: nil, count: size[extent] - 1)
    return inputs.taking(order, along: extent, K.signature.inputs.filter { $0.name == operand })
  }

  /// The outputs along the extent, up to a position, and which they are.
  private func start(
    _ kept: [Int], of call: Call, along extent: String
  ) -> (specs: [OperandSpec], outputs: Operands<Oracle>) {
    let specs = K.signature.outputs.filter { $0.axes.contains(extent) }
    return (specs, selected(specs, call.outputs.taking(kept, along: extent, specs)))
  }
}
