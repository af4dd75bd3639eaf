import KernelSpec
import Numerics
import Tensors

// Misreadings that the kernel states, and those by which a factor or a term is missing.

extension Misreadings {
  /// What the kernel says of itself: of outputs only.
  var stated: [Reading] {
    guard pass == .forward else { return [] }
    return K.misreadings.map { misreading in
      Reading(description: misreading.description) { misreading.outputs(inputs, size) }
    }
  }

  /// An operand that is positive throughout, such as a step size, left out: taken to be 1 everywhere, or missing in the products with an
  /// operand in which outputs are linear.
  var missingFactors: [Reading] {
    present.filter { !$0.isComplex && inputs[$0.name]!.scalars.allSatisfy { $0 > 0 } }.flatMap { spec -> [Reading] in
      let (name, values) = (spec.name, inputs[spec.name]!)
      let ones = Reading(description: "\(name) is missing: taken to be 1") {
        var changed = inputs
        changed[name] = Operand(
          shape: values.shape, isComplex: false, scalars: values.scalars.map { _ in 1 })
        var results = evaluate(changed, size)
        // What is read nowhere has no gradient to compare.
        if pass == .gradient { results[name] = nil }
        return results
      }
      guard let partner = partner(of: spec) else { return [ones] }
      let divided = Reading(description: "\(name) is missing as a factor of \(partner.name)") {
        var changed = inputs
        changed[partner.name] = inputs[partner.name]!.divided(by: values, partner.axes, spec.axes)
        var results = evaluate(changed, size)
        guard pass == .gradient else { return results }
        results[partner.name] = results[partner.name]!.divided(by: values, partner.axes, spec.axes)
        results[name] = nil
        return results
      }
      return [ones, divided]
    }
  }

  /// The first operand, in the order of laws, in which outputs are linear and that has all axes of a factor.
  private func partner(of factor: OperandSpec) -> OperandSpec? {
    linear.flatMap { $0 }.compactMap { name in present.first { $0.name == name } }.first { spec in
      spec.name != factor.name && !factor.axes.isEmpty && factor.axes.allSatisfy(spec.axes.contains)
        && Set(spec.axes).count == spec.axes.count
    }
  }

  /// The sets of operands in which outputs are linear.
  private var linear: [[String]] {
    K.laws.compactMap { if case .linear(let names) = $0 { names } else { nil } }
  }

  /// One term of a sum left out, such as a mode: the operands that outputs are linear in are zero at one index of an axis that no output
  /// along the sequence has. Of many indices the first and the last few are tried.
  var dropped: [Reading] {
    let kept = Set(
      (K.signature.outputs.first?.axes ?? []) + [K.sequence ?? ""] + K.signature.divides.map(\.divisor))
    return Set(present.flatMap(\.axes)).subtracting(kept).sorted().flatMap { axis -> [Reading] in
      guard
        let names = linear.first(where: { names in
          present.contains { names.contains($0.name) && $0.axes.contains(axis) }
        })
      else { return [] }
      let specs = present.filter { names.contains($0.name) && $0.axes.contains(axis) }
      let form = K.signature.form(axis)
      let length = form.length(size[form.extent])
      guard length > 1 else { return [] }
      let tried = length <= 16 ? Array(0..<length) : Array(0..<4) + Array(length - 4..<length)
      return tried.map { index in
        let name = axis.lowercased()
        return Reading(
          description: "the term of \(name) = \(index) is dropped",
          family: index == length - 1 ? "the last \(name) is dropped" : "a term of the sum over \(name) is dropped"
        ) { withoutTerm(index, axis, specs) }
      }
    }
  }

  private func withoutTerm(_ index: Int, _ axis: String, _ specs: [OperandSpec]) -> Operands<Oracle> {
    func cleared(_ operands: Operands<Oracle>, _ specs: [OperandSpec]) -> Operands<Oracle> {
      var result = operands
      for spec in specs {
        guard let operand = operands[spec.name] else { continue }
        result[spec.name] = spec.axes.indices.filter { spec.axes[$0] == axis }.reduce(operand) { operand, place in
          operand.taking((0..<operand.shape[place]).map { $0 == index ? nil : Optional($0) }, along: place)
        }
      }
      return result
    }
    let results = evaluate(cleared(inputs, specs), size)
    // What is not read has no gradient.
    return pass == .forward ? results : cleared(results, present)
  }
}

extension Operand<Oracle> {
  /// Each element divided by the one of a real operand that has some of its axes.
  fileprivate func divided(by divisor: Operand<Oracle>, _ axes: [String], _ others: [String]) -> Operand<Oracle> {
    let parts = isComplex ? 2 : 1
    var step = parts
    var strides = Array(repeating: 0, count: shape.count)
    for axis in shape.indices.reversed() {
      strides[axis] = step
      step *= shape[axis]
    }
    let values = divisor.scalars
    let quotients = scalars.enumerated().map { place, value in
      let index = zip(others, divisor.shape).reduce(0) { index, axis in
        let own = axes.firstIndex(of: axis.0)!
        return index * axis.1 + place / strides[own] % shape[own]
      }
      return value / values[index]
    }
    return Operand(shape: shape, isComplex: isComplex, scalars: quotients)
  }
}
