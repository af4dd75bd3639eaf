import KernelSpec
import Numerics
import Tensors

/// A case run in parts along the extent of its kernel's split law, each part started from the state that the one before handed on.
package struct Relay {
  /// The extent that is cut.
  package let extent: String
  /// The input that a part starts from.
  package let initial: String
  /// The output that it hands on.
  package let final: String

  /// The relay of the first split law; nil where there is none.
  package init?(_ laws: [Law]) {
    for case .split(let extent, let initial, let final) in laws {
      (self.extent, self.initial, self.final) = (extent, initial, final)
      return
    }
    return nil
  }

  /// The forward pass in parts of the given lengths. `carry` is what a part makes of the state that it is handed.
  package func forward<T: Scalar>(
    _ signature: Signature, _ size: Size, _ inputs: Operands<T>, lengths: [Int],
    carry: (Operand<T>) -> Operand<T>, evaluate: (Operands<T>, Size) -> Operands<T>
  ) -> Operands<T> {
    var joined = Operands<T>()
    var state = inputs[initial]
    var start = 0
    for length in lengths {
      var part = inputs.taking(Array(start..<start + length), along: extent, signature.inputs)
      part[initial] = start == 0 ? state : state.map(carry)
      let present = state == nil ? size.present : size.present.union([initial])
      let written = evaluate(part, signature.resized(size, [extent: length], present: present))
      for spec in signature.outputs {
        if let axis = spec.axes.firstIndex(of: extent), let before = joined[spec.name] {
          joined[spec.name] = before.followed(by: written[spec.name]!, along: axis)
        } else {
          joined[spec.name] = written[spec.name]
        }
      }
      state = written[final]
      start += length
    }
    return joined
  }

  /// Lengths of parts of a case: all `chunk` but the last, which has the rest.
  package static func lengths(_ length: Int, chunk: Int) -> [Int] {
    stride(from: 0, to: length, by: chunk).map { min(chunk, length - $0) }
  }
}

extension Signature {
  /// The size as one who does not look at the option takes it: with its default or, where that is no size, the first value that makes one.
  package func size(_ size: Size, ignoring option: OptionSpec) -> Size {
    let extents = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    for value in [nil] + option.alternatives.map(Optional.some) {
      var options = size.options
      options[option.name] = value
      if let other = try? self.size(extents, options: options, present: size.present) { return other }
    }
    return size
  }

  /// The size with other extents, optional operands or options; what results must be a size.
  package func resized(
    _ size: Size, _ extents: [String: Int] = [:], present: Set<String>? = nil, options: [String: String]? = nil
  ) -> Size {
    let old = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    do {
      return try self.size(
        old.merging(extents) { $1 }, options: options ?? size.options, present: present ?? size.present)
    } catch {
      fatalError("\(size) with \(extents): \(error)")
    }
  }
}

extension Operand {
  /// The operand rounded to `bits` significant bits, ties to even, gradual below two to the power of `least` as such a format would be.
  package func rounded(bits: Int, least: Int = -126) -> Operand {
    let scalars = scalars.map { scalar -> T in
      guard scalar.isFinite, scalar != 0 else { return scalar }
      let exponent = max(Int(scalar.exponent), least)
      let quantum = T.pow(2, exponent - bits + 1)
      return (scalar / quantum).rounded(.toNearestOrEven) * quantum
    }
    return Operand(shape: shape, isComplex: isComplex, scalars: scalars)
  }

  /// The operand as half precision holds it: 11 significant bits, gradual below 2⁻¹⁴.
  package var half: Operand { rounded(bits: 11, least: -14) }

  /// The operand as bfloat16 holds it: 8 significant bits.
  package var brief: Operand { rounded(bits: 8) }
}
