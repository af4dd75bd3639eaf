import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Gives what a pass wrote; nil where there is nothing to give.
typealias OutsideCall = (_ inputs: Operands<Double>, _ cotangents: Operands<Double>, Size) -> Operands<Double>?

extension Variant {
  /// A program from outside as a variant, so that it is judged as variants are. What it does not give stays unwritten.
  static func outside<K: Kernel>(
    _: K.Type, _ pass: Pass, _ program: any OutsideProgram, _ precision: Precision, call: @escaping OutsideCall
  ) -> Variant {
    // Variants may be shared by threads; this one stays with the judgement that made it.
    nonisolated(unsafe) let call = call
    @Sendable func prepared<T: VariantScalar>(_ size: Size, _: T.Type) -> Run<T> {
      { arguments in
        let read = arguments.copied(K.signature, size, pass)
        guard let results = call(read.inputs, read.cotangents, size) else { return }
        arguments.write(results.converted(), pass)
      }
    }
    return Variant(
      pass, program.name, idea: "a program from outside", workspace: { _ in 0 }, startsAnew: !program.isPersistent,
      prepare: precision == .float
        ? .float({ size throws(Refusal) in prepared(size, Float.self) })
        : .double({ size throws(Refusal) in prepared(size, Double.self) }))
  }
}

extension Arguments {
  /// The operands that a pass reads.
  fileprivate func copied(
    _ signature: Signature, _ size: Size, _ pass: Pass
  ) -> (inputs: Operands<Double>, cotangents: Operands<Double>) {
    func operands(_ specs: [OperandSpec], _ pointer: (String) -> UnsafePointer<T>) -> Operands<Double> {
      var result = Operands<Double>()
      for spec in specs {
        let shape = signature.shape(spec, size)
        let count = shape.reduce(spec.isComplex ? 2 : 1, *)
        let scalars = UnsafeBufferPointer(start: pointer(spec.name), count: count).map { Double($0) }
        result[spec.name] = Operand(shape: shape, isComplex: spec.isComplex, scalars: scalars)
      }
      return result
    }
    return (
      operands(signature.inputs(size)) { input($0) },
      pass == .gradient ? operands(signature.outputs) { cotangent($0) } : Operands()
    )
  }

  /// Writes what a pass gives.
  fileprivate func write(_ results: Operands<T>, _ pass: Pass) {
    for name in results.names {
      let scalars = results[name]!.scalars
      let target = pass == .forward ? output(name) : gradient(name)
      scalars.withUnsafeBufferPointer { target.update(from: $0.baseAddress!, count: $0.count) }
    }
  }
}
