import Fixtures
import KernelSpec
import Numerics
import Tensors

/// A law on given operands.
///
/// A law relates several calls. Each call is judged by the oracle first; then the two sides of the law may differ by as much as the
/// calls may be off in norm, together, and no more.
struct LawTrial<K: Kernel> {
  let check: LawCheck
  let size: Size
  let inputs: Operands<Double>
  /// Where to cut, what to permute: drawn from the seed, whatever the operands are.
  private let choices: SeededGenerator
  let terms: Terms

  init(_: K.Type, _ check: LawCheck, _ item: Case, seed: Int, _ terms: Terms = Terms()) {
    (self.check, size, inputs, self.terms) = (check, item.size, item.inputs, terms)
    choices = SeededGenerator("\(K.name)/\(check.name)/choices", seed: UInt64(seed))
  }

  /// What one call gave, and by how much its outputs may be off in absolute terms.
  struct Call {
    let outputs: Operands<Oracle>
    let oracle: Operands<Oracle>
    let slack: [String: Oracle]
  }

  struct Broken: Error {
    let outcome: LawOutcome
  }

  typealias Evaluate = (Operands<Double>, Size) throws(Broken) -> Call

  /// Checks a variant: every call must pass, and the law must hold between them.
  func outcome<T: VariantScalar>(
    of variant: Variant, _: T.Type,
    _ judge: (Variant, Expectation<T>) -> (outcome: Outcome, findings: [Finding], written: Operands<T>)
  ) -> LawOutcome {
    conclude { (inputs, size) throws(Broken) in
      // Of rounded operands a law need not hold.
      if let reason = terms.format?.inexact(in: inputs) { throw Broken(outcome: LawOutcome(beyondPrecision: reason)) }
      let expectation = Expectation<T>(
        K.self, .forward, size, inputs: inputs, cotangents: Operands(), terms: terms)
      let (outcome, findings, written) = judge(variant, expectation)
      guard outcome == .pass else {
        throw Broken(outcome: LawOutcome(outcome, findings, of: written, expectation))
      }
      return Call(outputs: written.converted(), oracle: expectation.oracle, slack: expectation.slack)
    }
  }

  /// Checks the reference in the oracle's precision, where rounding hides nothing: its error is taken to be that of the
  /// reference in double, scaled by the ratio of the precisions.
  func outcomeOfReference() -> LawOutcome {
    conclude { (inputs, size) throws(Broken) in
      let expectation = Expectation<Double>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
      let scale = Oracle.ulpOfOne / Oracle(Double.ulpOfOne)
      let slack = expectation.slack.mapValues { scale * $0 }
      return Call(outputs: expectation.oracle, oracle: expectation.oracle, slack: slack)
    }
  }

  private func conclude(_ evaluate: Evaluate) -> LawOutcome {
    guard check.isChecked(by: K.signature, size) else { return LawOutcome(.mistrusted("says nothing of \(size)")) }
    do throws(Broken) {
      var generator = choices
      let complaint =
        switch check {
        case .linear(let operands): try linear(operands, evaluate, &generator)
        case .scaled(let operands): try scaled(operands, evaluate)
        case .zero(let operands): try zero(operands, evaluate)
        case .permutation(let axis): try permutation(axis, evaluate, &generator)
        case .prefix(let extent): try prefix(extent, evaluate, &generator)
        case .future(let extent): try future(extent, evaluate, &generator)
        case .split(let extent, let initial, let final):
          try parts([Int.random(in: 1..<size[extent], using: &generator)], extent, initial, final, evaluate)
        case .chunks(let extent, let initial, let final):
          try parts(chunks(size[extent], &generator), extent, initial, final, evaluate)
        case .steps(let extent, let initial, let final):
          try parts(Array(1..<size[extent]), extent, initial, final, evaluate)
        case .delayed(let extent, let operand): try delayed(extent, operand, inputs, evaluate, &generator)
        case .impulse(let extent, let operand):
          try delayed(extent, operand, impulse(extent, operand), evaluate, &generator)
        case .adjoint, .repeated, .threads: preconditionFailure("\(check.name) is no trial of calls")
        }
      return LawOutcome(complaint.map { .fail("\(check.name) does not hold: \($0)") } ?? .pass)
    } catch {
      return error.outcome
    }
  }

  /// The complaint about the first output whose two sides are further apart than `slack` allows.
  func compare(_ a: Operands<Oracle>, _ b: Operands<Oracle>, _ slack: [String: Oracle]) -> String? {
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

  func sum(_ calls: [(Call, Oracle)]) -> [String: Oracle] {
    calls.reduce(into: [:]) { total, term in
      for (name, slack) in term.0.slack { total[name, default: 0] += term.1 * slack }
    }
  }

  func selected(_ specs: [OperandSpec], _ operands: Operands<Oracle>) -> Operands<Oracle> {
    Operands(Dictionary(uniqueKeysWithValues: specs.map { ($0.name, operands[$0.name]!) }))
  }

  func resized(_ extent: String, _ length: Int, _ present: Set<String>) -> Size {
    var values = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    values[extent] = length
    return try! K.signature.size(values, options: size.options, present: present)
  }
}
