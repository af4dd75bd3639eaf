import Harness
import KernelSpec
import Numerics
import Tensors

/// What of a kernel seeded bugs refer to, from its signature and laws: they know no kernel by its name.
struct Traits: Sendable {
  let kernel: String
  let signature: Signature
  let laws: [Law]
  let passes: [Pass]

  init(_ kernel: any Kernel.Type) {
    (self.kernel, signature, laws, passes) = (kernel.name, kernel.signature, kernel.laws, kernel.passes)
  }

  /// The extent that is time, nil where there is none.
  var time: String? {
    laws.compactMap { if case .causal(let extent) = $0 { extent } else { nil } }.first
  }

  /// The axes whose indices are interchangeable: batch, heads, modes.
  var interchangeable: [String] {
    laws.compactMap { if case .permutation(let axis) = $0 { axis } else { nil } }
  }

  /// How the state is handed on, nil where there is no state.
  var relay: Relay? { Relay(laws) }

  /// The inputs along time.
  var timed: [OperandSpec] { signature.inputs.filter { $0.axes.contains(time ?? "") } }

  /// Whether a pass depends on the inputs: the gradient of what is linear in all of them does not.
  func readsInputs(_ pass: Pass) -> Bool {
    pass == .forward || Set(linear ?? []) != Set(signature.inputs.map(\.name))
  }

  /// Operands in which the kernel is linear, together.
  var linear: [String]? {
    laws.compactMap { if case .linear(let operands) = $0 { operands } else { nil } }.first
  }
}

extension Operand where T == Float {
  /// The operand with every index along an axis multiplied by a factor.
  func scaled(along axis: Int, _ factor: (Int) -> Float) -> Operand {
    let inner = shape[(axis + 1)...].reduce(isComplex ? 2 : 1, *)
    let scalars = scalars.enumerated().map { index, scalar in
      let factor = factor(index / inner % shape[axis])
      return factor == 1 ? scalar : scalar * factor
    }
    return Operand(shape: shape, isComplex: isComplex, scalars: scalars)
  }

  /// The operand with every scalar changed. `change` gets the scalar and its place.
  func map(_ change: (Float, Int) -> Float) -> Operand {
    Operand(shape: shape, isComplex: isComplex, scalars: scalars.enumerated().map { change($1, $0) })
  }

  /// The operand times a number.
  func times(_ factor: Float) -> Operand { map { scalar, _ in scalar * factor } }

  /// The operand with its first index along an axis everywhere.
  func repeatingFirst(along axis: Int) -> Operand {
    taking(shape[axis] == 0 ? [] : Array(repeating: 0, count: shape[axis]), along: axis)
  }

  /// The operand with indices along an axis taken from elsewhere; nil stands for zero.
  func moved(along axis: Int, _ source: (Int) -> Int?) -> Operand {
    taking((0..<shape[axis]).map(source), along: axis)
  }
}

extension OperandSpec {
  /// Where the axis is, nil where the operand does not have it.
  func place(of axis: String) -> Int? { axes.firstIndex(of: axis) }
}
