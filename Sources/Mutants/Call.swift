import Harness
import KernelSpec
import Numerics
import Tensors

/// One call of a mutant: what it was given, and the right variant to call on whatever the bug makes of it.
struct Call: Sendable {
  let size: Size
  let pass: Pass
  let signature: Signature
  let laws: [Law]
  let inputs: Operands<Float>
  let cotangents: Operands<Float>
  let history: History
  /// The forward pass by the reference.
  private let definition: @Sendable (Operands<Float>, Size) -> Operands<Float>
  private let evaluate: @Sendable (Operands<Float>, Operands<Float>, Size) -> Operands<Float>

  init<K: Kernel>(
    _: K.Type, _ right: Variant, _ run: @escaping Run<Float>, _ shapes: Shapes,
    _ arguments: borrowing Arguments<Float>,
    _ history: History
  ) {
    (size, pass, signature, laws, self.history) = (shapes.size, shapes.pass, K.signature, K.laws, history)
    inputs = shapes.inputs(arguments)
    cotangents = shapes.cotangents(arguments)
    definition = { K.reference($0, $1) }
    let (prepared, pass) = (shapes.size, shapes.pass)
    nonisolated(unsafe) let run = run
    evaluate = { inputs, cotangents, size in
      // A size that the variant refuses is computed by the definition.
      let run = size == prepared ? run : try? Float.preparation(of: right)!(size)
      guard let run else { return K.evaluate(pass, inputs, cotangents, size) }
      let execution = Execution(run, pass, K.signature, size, inputs: inputs, cotangents: cotangents)
      execution.call()
      return execution.written
    }
  }

  /// What a right variant writes, on other operands or at another size where they are given.
  func right(
    inputs: Operands<Float>? = nil, cotangents: Operands<Float>? = nil, size: Size? = nil
  ) -> Operands<Float> {
    evaluate(inputs ?? self.inputs, cotangents ?? self.cotangents, size ?? self.size)
  }

  /// What a right variant writes after one of the inputs was changed.
  func right(changing name: String, _ change: (Operand<Float>) -> Operand<Float>) -> Operands<Float> {
    var changed = inputs
    changed[name] = inputs[name].map(change)
    return right(inputs: changed)
  }

  /// What a right variant writes, every result changed. `change` gets the result and its specification.
  func spoiled(_ change: (Operand<Float>, OperandSpec) -> Operand<Float>) -> Operands<Float> {
    var results = right()
    for spec in written { results[spec.name] = change(results[spec.name]!, spec) }
    return results
  }

  /// The state after the first `length` steps.
  func stateAfter(_ length: Int, _ relay: Relay) -> Operand<Float> {
    let part = inputs.taking(Array(0..<length), along: relay.extent, signature.inputs)
    return definition(part, signature.resized(size, [relay.extent: length]))[relay.final]!
  }

  /// The specifications of the results.
  var written: [OperandSpec] { pass == .forward ? signature.outputs : signature.inputs(size) }
}

/// Reads and writes the memory of a call as operands.
struct Shapes: Sendable {
  let signature: Signature
  let size: Size
  let pass: Pass

  init(_ signature: Signature, _ size: Size, _ pass: Pass) {
    (self.signature, self.size, self.pass) = (signature, size, pass)
  }

  /// The results and how many scalars each has.
  var results: [(spec: OperandSpec, count: Int)] {
    (pass == .forward ? signature.outputs : signature.inputs(size)).map { ($0, count($0)) }
  }

  /// How many scalars an operand has.
  func count(_ spec: OperandSpec) -> Int { signature.shape(spec, size).reduce(spec.isComplex ? 2 : 1, *) }

  /// Where a result is written.
  func target(_ spec: OperandSpec, _ arguments: borrowing Arguments<Float>) -> UnsafeMutablePointer<Float> {
    pass == .forward ? arguments.output(spec.name) : arguments.gradient(spec.name)
  }

  func inputs(_ arguments: borrowing Arguments<Float>) -> Operands<Float> {
    var operands = Operands<Float>()
    for spec in signature.inputs(size) { operands[spec.name] = read(spec, arguments.input(spec.name)) }
    return operands
  }

  func cotangents(_ arguments: borrowing Arguments<Float>) -> Operands<Float> {
    var operands = Operands<Float>()
    if pass == .gradient {
      for spec in signature.outputs { operands[spec.name] = read(spec, arguments.cotangent(spec.name)) }
    }
    return operands
  }

  /// Writes what there is; a result that is missing stays unwritten.
  func write(_ results: Operands<Float>, to arguments: borrowing Arguments<Float>) {
    for (spec, count) in self.results {
      guard let scalars = results[spec.name]?.scalars, scalars.count == count else { continue }
      target(spec, arguments).update(from: scalars, count: count)
    }
  }

  private func read(_ spec: OperandSpec, _ pointer: UnsafePointer<Float>) -> Operand<Float> {
    let scalars = Array(UnsafeBufferPointer(start: pointer, count: count(spec)))
    return Operand(shape: signature.shape(spec, size), isComplex: spec.isComplex, scalars: scalars)
  }
}
