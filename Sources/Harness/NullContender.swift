import KernelSpec
import Numerics
import Tensors

/// A way to arrive at one result without computing it.
enum NullResult: Hashable, CustomStringConvertible {
  /// Nothing but zeros.
  case zeros
  /// The mean of what is expected, everywhere.
  case mean
  /// An input or a cotangent, copied.
  case copy(of: String)
  /// What is expected, in half precision.
  case half

  var description: String {
    switch self {
    case .zeros: "zeros pass"
    case .mean: "its mean passes"
    case .copy(let name): "a copy of \(name) passes"
    case .half: "half precision passes"
    }
  }

  /// The result; nil where this way leads to none of that shape.
  func result(expected: Operand<Float>, operands: Operands<Float>) -> Operand<Float>? {
    let scalars = expected.scalars
    func constant(_ value: Float) -> Operand<Float> {
      Operand(
        shape: expected.shape, isComplex: expected.isComplex, scalars: Array(repeating: value, count: scalars.count))
    }
    switch self {
    case .zeros:
      return constant(0)
    case .mean:
      // One number is its own mean.
      return scalars.count > 1 ? constant(scalars.reduce(0, +) / Float(scalars.count)) : nil
    case .copy(let name):
      guard let source = operands[name], source.isComplex == expected.isComplex,
        source.scalars.count == scalars.count
      else { return nil }
      return Operand(shape: expected.shape, isComplex: expected.isComplex, scalars: source.scalars)
    case .half:
      return expected.half
    }
  }
}

/// A way to compute a pass that leaves out something that matters.
enum NullPass: Hashable, CustomStringConvertible {
  /// The results of other operands, as those of an earlier call would be.
  case otherOperands
  /// One input taken for zero.
  case ignoring(String)
  /// The last index of an axis taken for zero.
  case withoutLast(String)
  /// Inputs in half precision.
  case halfInputs
  /// The state rounded to bfloat16 now and then.
  case briefState

  var description: String {
    switch self {
    case .otherOperands: "results of other operands pass"
    case .ignoring(let name): "\(name) may be ignored"
    case .withoutLast(let axis): "the last index of \(axis) may be ignored"
    case .halfInputs: "inputs in half precision pass"
    case .briefState: "a state in bfloat16 passes"
    }
  }

  /// The results; nil where this way is no other than the right one.
  func results<K: Kernel>(
    _: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<Float>, cotangents: Operands<Float>
  ) -> Operands<Float>? {
    func evaluated(_ changed: Operands<Float>) -> Operands<Float>? {
      let isSame = inputs.names.allSatisfy { inputs[$0]!.scalars == changed[$0]!.scalars }
      return isSame ? nil : K.evaluate(pass, changed, cotangents, size)
    }
    switch self {
    case .otherOperands:
      let other = K.drawn(size, "other operands")
      return K.evaluate(pass, other.inputs, other.cotangents, size)
    case .ignoring(let name):
      var changed = inputs
      changed[name] = inputs[name].map { $0.combined(0, $0, 0) }
      return evaluated(changed)
    case .withoutLast(let axis):
      let form = K.signature.form(axis)
      let length = form.length(size[form.extent])
      guard length > 1 else { return nil }
      let kept = (0..<length - 1).map(Optional.some) + [nil]
      return evaluated(inputs.taking(kept, along: axis, K.signature.inputs))
    case .halfInputs:
      var changed = inputs
      for name in inputs.names { changed[name] = inputs[name]!.half }
      return evaluated(changed)
    case .briefState:
      guard pass == .forward, let relay = Relay(K.laws), size[relay.extent] > 1 else { return nil }
      let length = size[relay.extent]
      return relay.forward(
        K.signature, size, inputs, lengths: Relay.lengths(length, chunk: max(1, length / 16)), carry: \.brief
      ) { K.reference($0, $1) }
    }
  }
}

extension Kernel {
  /// Operands and cotangents in 32 bits, drawn for `purpose`.
  static func drawn(_ size: Size, _ purpose: String) -> (inputs: Operands<Float>, cotangents: Operands<Float>) {
    var generator = SeededGenerator(purpose, seed: 0)
    let inputs = signature.drawn(size, using: &generator)
    let cotangents = signature.drawnCotangents(size, using: &generator)
    return (inputs.converted(), cotangents.converted())
  }
}
