import KernelSpec
import Numerics
import Tensors

/// A way to misread a call of a kernel, and what the kernel gives if read so.
struct Reading {
  /// What is misread, in a phrase.
  let description: String
  /// The same without the case's numbers, where the description has any.
  var family: String?
  /// The operand whose contribution is left out, where that is it; its contribution may then be wrong by any factor.
  var omitted: String?
  /// The results, from the oracle; some may be missing.
  let results: () -> Operands<Oracle>
}

/// The ways to misread one call of a kernel.
struct Misreadings<K: Kernel> {
  let pass: Pass
  let size: Size
  let inputs: Operands<Oracle>
  let cotangents: Operands<Oracle>

  /// All, the likelier first. None of them was evaluated.
  var all: [Reading] {
    omissions + options + stated + missingFactors + conjugates + groupings + shares + narrowed + delays + firstOnly
      + dropped
  }

  var present: [OperandSpec] { K.signature.inputs(size) }

  func evaluate(_ inputs: Operands<Oracle>, _ size: Size) -> Operands<Oracle> {
    K.evaluate(pass, inputs, cotangents, size)
  }

  /// The same call with one input changed.
  func reading(
    _ description: String, _ name: String, _ change: @escaping (Operand<Oracle>) -> Operand<Oracle>
  )
    -> Reading
  {
    Reading(description: description) {
      var changed = inputs
      changed[name] = change(inputs[name]!)
      return evaluate(changed, size)
    }
  }

  /// An optional operand, as if it were not there.
  private var omissions: [Reading] {
    present.filter(\.isOptional).compactMap { spec in
      guard let smaller = changed(present: size.present.subtracting([spec.name])) else { return nil }
      return Reading(description: "\(spec.name) is ignored", omitted: spec.name) {
        var others = inputs
        others[spec.name] = nil
        return evaluate(others, smaller)
      }
    }
  }

  /// An option, as if it were chosen otherwise.
  private var options: [Reading] {
    K.signature.options.flatMap { option in
      let values: [String?] = [nil] + option.alternatives.map(Optional.some)
      return values.filter { $0 != size.options[option.name] }.compactMap { value -> Reading? in
        var chosen = size.options
        chosen[option.name] = value
        guard let other = changed(options: chosen) else { return nil }
        let effective = value ?? option.standard
        let text =
          switch (option.kind, effective) {
          case (.flag, _): "\(option.name) is \(effective == "true" ? "applied" : "left out")"
          case (_, let effective?): "\(option.name) is taken to be \(effective)"
          case (_, nil): "\(option.name) is left out"
          }
        return Reading(description: text) { evaluate(inputs, other) }
      }
    }
  }

  private var conjugates: [Reading] {
    present.filter(\.isComplex).map { spec in
      reading("\(spec.name) is conjugated", spec.name) { operand in
        let scalars = operand.scalars.enumerated().map { $0.offset % 2 == 0 ? $0.element : -$0.element }
        return Operand(shape: operand.shape, isComplex: true, scalars: scalars)
      }
    }
  }

  /// Groups dealt out in turn, where each holds neighbours.
  private var groupings: [Reading] {
    K.signature.divides.compactMap { divisor, extent in
      let (groups, length) = (size[divisor], size[extent])
      guard groups > 1, groups < length else { return nil }
      let order = (0..<length).sorted { ($0 % groups, $0) < ($1 % groups, $1) }
      let places = (0..<length).map { order.firstIndex(of: $0)! }
      let results = pass == .forward ? K.signature.outputs : K.signature.inputs
      return Reading(
        description:
          "\(extent.lowercased()) belongs to group \(extent.lowercased()) mod \(divisor), not to one of neighbours"
      ) {
        let moved = inputs.taking(order, along: extent, K.signature.inputs)
        let seeds = cotangents.taking(order, along: extent, K.signature.outputs)
        return K.evaluate(pass, moved, seeds, size).taking(places, along: extent, results)
      }
    }
  }

  /// Gradients that are sums over an extent, such as those of filters over batches, with one term only.
  private var shares: [Reading] {
    guard pass == .gradient else { return [] }
    let summed = K.signature.independent.filter { extent in
      size[extent] > 1 && present.contains { !$0.axes.contains(extent) }
    }
    return summed.flatMap { extent in
      [0, size[extent] - 1].map { index in
        Reading(
          description: "the share of \(extent.lowercased()) = \(index) alone, not the sum over \(extent)",
          family: "the share of one \(extent.lowercased()) alone, not the sum over \(extent)"
        ) {
          let order = (0..<size[extent]).map { $0 == index ? Optional($0) : nil }
          return K.evaluate(pass, inputs, cotangents.taking(order, along: extent, K.signature.outputs), size)
        }
      }
    }
  }

  /// Operands rounded to fewer bits.
  private var narrowed: [Reading] {
    NarrowFormat.allCases.map { format in
      Reading(description: "operands rounded to \(format.name), \(format.bits) bits") {
        var rounded = inputs
        for name in inputs.names {
          let operand = inputs[name]!
          rounded[name] = Operand(
            shape: operand.shape, isComplex: operand.isComplex, scalars: operand.scalars.map(format.rounded))
        }
        return evaluate(rounded, size)
      }
    }
  }

  /// An operand read one position too early or too late along the sequence.
  private var delays: [Reading] {
    guard let sequence = K.sequence else { return [] }
    return present.filter { $0.axes.contains(sequence) }.flatMap { spec in
      let axis = spec.axes.firstIndex(of: sequence)!
      let length = K.signature.shape(spec, size)[axis]
      return [-1, 1].map { steps in
        let indices = (0..<length).map { (0..<length).contains($0 + steps) ? $0 + steps : nil }
        let name = sequence.lowercased()
        return reading("\(spec.name) is read at \(name) \(steps < 0 ? "− 1" : "+ 1")", spec.name) {
          $0.taking(indices, along: axis)
        }
      }
    }
  }

  /// Of an operand along an axis only the first index read.
  private var firstOnly: [Reading] {
    present.flatMap { spec in
      let shape = K.signature.shape(spec, size)
      return spec.axes.indices.filter { shape[$0] > 1 && spec.axes[$0] != K.sequence }.map { axis in
        let indices = Array<Int?>(repeating: 0, count: shape[axis])
        return reading("\(spec.name) is read at \(spec.axes[axis].lowercased()) = 0 for all", spec.name) {
          $0.taking(indices, along: axis)
        }
      }
    }
  }

  private func changed(options: [String: String]? = nil, present: Set<String>? = nil) -> Size? {
    let values = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    return try? K.signature.size(values, options: options ?? size.options, present: present ?? size.present)
  }
}

extension Kernel {
  /// The extent along which it is causal; nil where it is along none.
  static var sequence: String? {
    for law in laws {
      if case .causal(let extent) = law { return extent }
    }
    return nil
  }
}
