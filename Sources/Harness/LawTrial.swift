import KernelSpec
import Numerics
import Tensors

/// A law on operands drawn for it.
///
/// A law relates several calls. Each call is judged by the oracle first; then the two sides of the law may differ by as much as the
/// calls' bounds on the global error add up to, and no more.
struct LawTrial<K: Kernel> {
  let law: Law
  let size: Size
  /// Names law, size and seed, so that a verdict can be repeated.
  let name: String
  private let inputs: Operands<Double>
  private let generator: SeededGenerator

  init(_: K.Type, _ law: Law, _ seed: Int) {
    var generator = SeededGenerator("\(K.name)/\(law.name)", seed: UInt64(seed))
    self.law = law
    size = K.signature.randomSize(using: &generator) { law.isChecked(by: K.signature, $0) }
    inputs = K.signature.drawn(size, mixed: true, using: &generator)
    name = "\(law.name) #\(seed) \(size)"
    self.generator = generator
  }

  /// What one call gave, and by how much its outputs may be off in absolute terms.
  private struct Call {
    let outputs: Operands<Oracle>
    let oracle: Operands<Oracle>
    let slack: [String: Oracle]
  }

  private struct Broken: Error {
    let outcome: Outcome
  }

  private typealias Evaluate = (Operands<Double>, Size) throws(Broken) -> Call

  /// Checks a variant: every call must pass, and the law must hold between them.
  func outcome<T: VariantScalar>(
    of variant: Variant, _: T.Type,
    _ judge: (Variant, Expectation<T>) -> (outcome: Outcome, findings: [Finding], written: Operands<T>)
  ) -> Outcome {
    conclude { (inputs, size) throws(Broken) in
      let expectation = Expectation<T>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
      let (outcome, _, written) = judge(variant, expectation)
      guard outcome == .pass else { throw Broken(outcome: outcome) }
      var slack: [String: Oracle] = [:]
      for name in expectation.oracle.names {
        slack[name] = Oracle(expectation.bounds[name]!.global) * norm(expectation.oracle[name]!)
      }
      return Call(outputs: written.converted(), oracle: expectation.oracle, slack: slack)
    }
  }

  /// Checks the reference in the oracle's precision, where rounding hides nothing: its error is taken to be that of the
  /// reference in double, scaled by the ratio of the precisions.
  func outcomeOfReference() -> Outcome {
    conclude { (inputs, size) throws(Broken) in
      let expectation = Expectation<Double>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
      var slack: [String: Oracle] = [:]
      for name in expectation.oracle.names {
        let scale = Oracle.ulpOfOne / Oracle(Double.ulpOfOne)
        slack[name] = scale * Oracle(expectation.bounds[name]!.global) * norm(expectation.oracle[name]!)
      }
      return Call(outputs: expectation.oracle, oracle: expectation.oracle, slack: slack)
    }
  }

  private func conclude(_ evaluate: Evaluate) -> Outcome {
    do throws(Broken) {
      var generator = generator
      let complaint =
        switch law {
        case .linear(let operands): try linear(operands, evaluate, &generator)
        case .permutation(let axis): try permutation(axis, evaluate, &generator)
        case .causal(let extent): try causal(extent, evaluate, &generator)
        case .split(let extent, let initial, let final): try split(extent, initial, final, evaluate, &generator)
        case .timeInvariant(let extent, let operand): try timeInvariant(extent, operand, evaluate, &generator)
        }
      return complaint.map { .fail("not \(law.name): \($0)") } ?? .pass
    } catch {
      return error.outcome
    }
  }

  /// The complaint about the first output whose two sides are further apart than `slack` allows.
  private func compare(_ a: Operands<Oracle>, _ b: Operands<Oracle>, _ slack: [String: Oracle]) -> String? {
    for name in b.names {
      let difference = norm(a[name]!.combined(1, b[name]!, -1))
      if !(difference <= slack[name]!) {
        let spec = K.signature.outputs.first { $0.name == name }!
        let place = Deviation(a[name]!, from: b[name]!).worst
        return "\(name) differs by \(short(Double(difference))), rounding explains \(short(Double(slack[name]!)))"
          + "; most at \(name)[\(ErrorField.place(place, spec.axes))]"
      }
    }
    return nil
  }

  /// `f(2 x₁ − x₂/2) = 2 f(x₁) − f(x₂)/2`, where x₁ and x₂ split the drawn operands between them, so that no operand is rounded.
  private func linear(
    _ operands: [String], _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    var (first, second, both) = (inputs, inputs, inputs)
    for name in operands {
      guard let operand = inputs[name] else { continue }
      let mask = operand.scalars.map { _ in generator.uniform() < 0.5 ? 1.0 : 0.0 }
      func masked(_ on: Double, _ off: Double) -> Operand<Double> {
        let scalars = zip(operand.scalars, mask).map { $0 * ($1 == 1 ? on : off) }
        return Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
      }
      (first[name], second[name], both[name]) = (masked(1, 0), masked(0, 1), masked(2, -0.5))
    }
    let (f1, f2, f) = (try evaluate(first, size), try evaluate(second, size), try evaluate(both, size))
    var expected = Operands<Oracle>()
    for name in f.outputs.names { expected[name] = f1.outputs[name]!.combined(2, f2.outputs[name]!, -0.5) }
    return compare(f.outputs, expected, sum([(f, 1), (f1, 2), (f2, 0.5)]))
  }

  private func permutation(
    _ axis: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let form = K.signature.form(axis)
    let order = Array(0..<form.length(size[form.extent])).shuffled(using: &generator)
    let plain = try evaluate(inputs, size)
    let moved = try evaluate(inputs.taking(order, along: axis, K.signature.inputs), size)
    let expected = plain.outputs.taking(order, along: axis, K.signature.outputs)
    return compare(moved.outputs, expected, sum([(plain, 1), (moved, 1)]))
  }

  private func causal(
    _ extent: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let length = size[extent]
    let kept = Array(0..<Int.random(in: 1..<length, using: &generator))
    let whole = try evaluate(inputs, size)
    let part = try evaluate(
      inputs.taking(kept, along: extent, K.signature.inputs), resized(extent, kept.count, size.present))
    let specs = K.signature.outputs.filter { $0.axes.contains(extent) }
    let expected = selected(specs, whole.outputs.taking(kept, along: extent, specs))
    return compare(part.outputs, expected, sum([(whole, 1), (part, 1)]))
  }

  private func split(
    _ extent: String, _ initial: String, _ final: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
  ) throws(Broken) -> String? {
    let length = size[extent]
    let cut = Int.random(in: 1..<length, using: &generator)
    let specs = K.signature.outputs.filter { $0.axes.contains(extent) }
    let whole = try evaluate(inputs, size)
    let head = try evaluate(
      inputs.taking(Array(0..<cut), along: extent, K.signature.inputs), resized(extent, cut, size.present))
    var rest = inputs.taking(Array(cut..<length), along: extent, K.signature.inputs)
    rest[initial] = head.outputs[final]!.converted()
    let tail = try evaluate(rest, resized(extent, length - cut, size.present.union([initial])))

    func joined(_ path: KeyPath<Call, Operands<Oracle>>) -> Operands<Oracle> {
      var result = Operands<Oracle>()
      result[final] = tail[keyPath: path][final]
      for spec in specs {
        let axis = spec.axes.firstIndex(of: extent)!
        result[spec.name] = head[keyPath: path][spec.name]!.followed(by: tail[keyPath: path][spec.name]!, along: axis)
      }
      return result
    }
    // The tail started from a rounded state. What that does to right arithmetic is known: the oracle did the same.
    var slack = sum([(whole, 1), (head, 1), (tail, 1)])
    let carried = joined(\.oracle)
    for name in carried.names { slack[name]! += norm(carried[name]!.combined(1, whole.oracle[name]!, -1)) }
    return compare(joined(\.outputs), whole.outputs, slack)
  }

  private func timeInvariant(
    _ extent: String, _ operand: String, _ evaluate: Evaluate, _ generator: inout SeededGenerator
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

  private func sum(_ calls: [(Call, Oracle)]) -> [String: Oracle] {
    calls.reduce(into: [:]) { total, term in
      for (name, slack) in term.0.slack { total[name, default: 0] += term.1 * slack }
    }
  }

  private func selected(_ specs: [OperandSpec], _ operands: Operands<Oracle>) -> Operands<Oracle> {
    Operands(Dictionary(uniqueKeysWithValues: specs.map { ($0.name, operands[$0.name]!) }))
  }

  private func resized(_ extent: String, _ length: Int, _ present: Set<String>) -> Size {
    var values = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    values[extent] = length
    return try! K.signature.size(values, options: size.options, present: present)
  }
}

extension Law {
  /// Whether a case of this size says anything about the law: along an extent of 1 there is nothing to permute, cut or delay.
  fileprivate func isChecked(by signature: Signature, _ size: Size) -> Bool {
    switch self {
    case .linear: true
    case .permutation(let axis): signature.form(axis).length(size[signature.form(axis).extent]) > 1
    case .causal(let extent), .split(let extent, _, _), .timeInvariant(let extent, _): size[extent] > 1
    }
  }
}
