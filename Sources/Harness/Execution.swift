import CPlatform
import KernelSpec
import Numerics
import Tensors

/// A prepared variant with guarded memory for its operands: run it, then read what it wrote.
public final class Execution<T: Scalar> {
  private let run: Run<T>
  private let pass: Pass
  private let sources: [(name: String, scalars: [T], buffer: GuardedBuffer<T>)]
  private let results: [(spec: OperandSpec, shape: [Int], buffer: GuardedBuffer<T>)]
  private let arguments: Arguments<T>

  /// Memory for one call of `run` on these operands. Cotangents that are missing are zero.
  public init(
    _ run: @escaping Run<T>, _ pass: Pass, _ signature: Signature, _ size: Size, inputs: Operands<T>,
    cotangents: Operands<T>
  ) {
    self.run = run
    self.pass = pass
    let present = signature.inputs(size)
    let read = present.map { spec in
      let scalars = inputs[spec.name]!.scalars
      return (spec.name, scalars, GuardedBuffer(scalars))
    }
    let all = filled(cotangents, signature, size)
    let seeds = (pass == .forward ? [] : signature.outputs).map { spec in
      let scalars = all[spec.name]!.scalars
      return (spec.name, scalars, GuardedBuffer(scalars))
    }
    results = (pass == .forward ? signature.outputs : present).map { spec in
      let shape = signature.shape(spec, size)
      return (spec, shape, GuardedBuffer<T>(count: shape.reduce(1, *) * (spec.isComplex ? 2 : 1)))
    }
    let written = results.map { ($0.spec.name, $0.buffer.base) }
    sources = read + seeds
    arguments = Arguments(
      inputs: read.map { ($0.0, $0.2.base) }, outputs: pass == .forward ? written : [],
      cotangents: seeds.map { ($0.0, $0.2.base) }, gradients: pass == .gradient ? written : [])
  }

  /// Calls the variant `times` times, through a function that `InstructionCounter` finds by its name.
  public func call(_ times: Int = 1) {
    let call = { self.run(self.arguments) }
    withUnsafePointer(to: call) { call in
      cplatform_repeat({ $0!.assumingMemoryBound(to: (() -> Void).self).pointee() }, call, times)
    }
  }

  /// What the variant wrote.
  public var written: Operands<T> {
    Operands(
      Dictionary(
        uniqueKeysWithValues: results.map {
          ($0.spec.name, Operand(shape: $0.shape, isComplex: $0.spec.isComplex, scalars: $0.buffer.scalars))
        }))
  }

  /// Fills the results with NaN again, so that they cannot be taken for those of a later call.
  public func forget() {
    for result in results { result.buffer.base.update(repeating: .nan, count: result.buffer.count) }
  }

  /// What the variant did to memory that it must leave alone, nil if nothing.
  public var fault: String? {
    for source in sources {
      if !source.buffer.holds(source.scalars) { return "changed its input '\(source.name)'" }
      if !source.buffer.isIntact { return "wrote outside its input '\(source.name)'" }
    }
    for result in results where !result.buffer.isIntact {
      return "wrote outside its \(pass == .forward ? "output" : "gradient") '\(result.spec.name)'"
    }
    return nil
  }
}

/// Cotangents for every output, zeros where none is given.
func filled<T: Scalar>(_ cotangents: Operands<T>, _ signature: Signature, _ size: Size) -> Operands<T> {
  var all = cotangents
  for spec in signature.outputs where all[spec.name] == nil {
    let shape = signature.shape(spec, size)
    all[spec.name] = Operand(
      shape: shape, isComplex: spec.isComplex,
      scalars: Array(repeating: 0, count: shape.reduce(1, *) * (spec.isComplex ? 2 : 1)))
  }
  return all
}

private func gradient<D: DifferentiableKernel, T: Scalar>(
  _: D.Type, _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
) -> Operands<T> {
  D.gradient(inputs, cotangents, size)
}

extension Kernel {
  /// The pass by the reference, in any precision. Only differentiable kernels have a gradient pass.
  package static func evaluate<T: Scalar>(
    _ pass: Pass, _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    switch pass {
    case .forward: return reference(inputs, size)
    case .gradient:
      let kernel = Self.self as! any DifferentiableKernel.Type
      return Harness.gradient(kernel, inputs, filled(cotangents, signature, size), size)
    }
  }

  /// The passes that the kernel has.
  public static var passes: [Pass] {
    Self.self is any DifferentiableKernel.Type ? [.forward, .gradient] : [.forward]
  }
}
