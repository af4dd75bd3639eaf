import Fixtures
import KernelSpec
import Numerics
import Tensors

/// What a pass must give on operands rounded to `T`, or to a narrower format, by the oracle, and how far the reference in `T` is from it.
package struct Expectation<T: Scalar>: Sendable {
  let kernel: any Kernel.Type
  package let pass: Pass
  package let size: Size
  package let inputs: Operands<T>
  package let cotangents: Operands<T>
  /// The right results, or the quantities that are compared in their place.
  package let oracle: Operands<Oracle>
  /// Whether results are compared by the kernel's invariants, and not as they are.
  let hasInvariants: Bool
  /// The reference's own deviation, by operand.
  let reference: [String: Deviation]
  /// What half an ulp in each operand, up or down, does to the exact results.
  let conditioning: [String: Deviation]
  /// The bounds that follow from both. Norms that half an ulp changes by more than a hundredth are bounded by the reference alone.
  let bounds: [String: Deviation]
  /// The bounds in which conditioning counts however bad it is: between the two a result is neither right nor wrong.
  private let widest: [String: Deviation]
  /// The magnitudes of rows that errors are relative to, where the kernel states any.
  let magnitudes: [String: [Oracle]]
  /// What every scalar may be off besides: see `Allowance`.
  let allowances: [String: Allowance]
  /// What else was asked for than the suite's own rule.
  let terms: Terms
  /// What the reference may be off, and half an ulp of operands may change, for a case to tell right from wrong: narrow formats have
  /// little more than two digits.
  private let mostOff: Double

  /// Evaluates the oracle, and the reference on the case and on at most so many neighbours: see `ReferenceStudy`.
  package init<K: Kernel>(
    _ kernel: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<Double>, cotangents: Operands<Double>,
    neighbours: Int = 8, oracle known: Operands<Oracle>? = nil, terms: Terms = Terms()
  ) {
    (self.kernel, self.pass, self.size, self.terms) = (kernel, pass, size, terms)
    let format = terms.format
    let given: Operands<T> = format?.stored(inputs.converted()) ?? inputs.converted()
    let drawn: Operands<T> = format?.stored(cotangents.converted()) ?? cotangents.converted()
    let seeds = filled(drawn, K.signature, size)
    (self.inputs, self.cotangents) = (given, seeds)
    let results = pass == .forward ? K.signature.outputs : K.signature.inputs(size)
    let right = known ?? K.evaluate(pass, given.converted(), seeds.converted(), size)
    guard Set(right.names) == Set(results.map(\.name)) else {
      fatalError("the reference of \(K.name) gives \(right.names), expected \(results.map(\.name))")
    }
    let quantities = K.quantities(pass, right, size)
    oracle = quantities ?? right
    hasInvariants = quantities != nil
    var study = ReferenceStudy<K, T>(
      K.self, pass, size, inputs: given, cotangents: seeds, oracle: oracle, format: format)
    study.visitNeighbours(neighbours)
    (reference, conditioning) = (study.worst, study.moves)
    (magnitudes, allowances) = (study.magnitudes, study.allowances)
    mostOff = format == nil ? 0.01 : 0.1
    bounds = study.bounds(below: mostOff)
    widest = study.bounds(below: .infinity)
  }

  /// Judges results by the bounds.
  func judge(_ written: Operands<T>) -> (outcome: Outcome, findings: [Finding]) {
    compared(written).map { judged($0) } ?? judged(written)
  }

  /// The quantities by which results are compared; nil where they are compared as they are.
  func compared<F: Scalar>(_ found: Operands<F>) -> Operands<Oracle>? {
    hasInvariants ? kernel.quantities(pass, found.converted(), size) : nil
  }

  private func judged<F: Scalar>(_ found: Operands<F>) -> (outcome: Outcome, findings: [Finding]) {
    var findings: [Finding] = []
    var doubt: String?
    var failure: String?
    for name in oracle.names {
      let error = deviation(found, name)
      let finding = Finding(
        operand: name, error: error, bound: bounds[name]!, tolerance: terms.tolerance,
        lenient: terms.tolerance > 1 ? deviation(found, name, times: terms.tolerance) : nil)
      findings.append(finding)
      let what = pass == .forward ? name : "gradient of \(name)"
      if oracle[name]!.scalars.contains(where: { !$0.isFinite }) {
        doubt = doubt ?? "\(what): the oracle itself is not finite"
      } else if !(reference[name]!.global <= mostOff && reference[name]!.row.isFinite
        && reference[name]!.element.isFinite)
      {
        let digits = terms.format == nil ? "two digits" : "one digit"
        doubt =
          doubt
          ?? "\(what): the reference in this precision is off by \(short(reference[name]!.global)), fewer than \(digits)"
      } else if !error.isFinite {
        failure = failure ?? "\(what): not a number, or unwritten, at \(error.worst)"
      } else if finding.excess != nil, finding.excess(over: widest[name]!) == nil {
        let digit = terms.format == nil ? "second" : "first"
        doubt = doubt ?? "\(what): half an ulp in its operands changes more than its \(digit) digit"
      } else if let excess = finding.excess {
        failure = failure ?? "\(what): \(excess); worst at \(error.worst)"
      }
    }
    if let failure { return (.fail(failure), findings) }
    if let doubt { return (.mistrusted(doubt), findings) }
    return (.pass, findings)
  }

  /// How far the operand of that name, or the quantity that is compared in its place, is from what it must be.
  ///
  /// - Parameter times: by what allowances are multiplied.
  func deviation<F: Scalar>(_ found: Operands<F>, _ name: String, times: Double = 1) -> Deviation {
    Deviation(
      found[name]!, from: oracle[name]!, magnitudes: magnitudes[name], allowance: allowances[name]!.scaled(by: times))
  }

  /// By how much the norm of the operand may be off in absolute terms.
  func slack(_ name: String) -> Oracle {
    let scale = oracle[name]!.scale(magnitudes: magnitudes[name])
    let bound = Oracle(bounds[name]!.global) * scale + allowances[name]!.norm(oracle[name]!.scalars.count)
    return Oracle(terms.tolerance) * bound
  }

  /// The same of every operand.
  var slack: [String: Oracle] {
    Dictionary(uniqueKeysWithValues: oracle.names.map { ($0, slack($0)) })
  }
}

extension Kernel {
  /// What the results of a pass are compared by, where the kernel states invariants.
  static func quantities(
    _ pass: Pass, _ results: Operands<Oracle>, _ size: Size
  ) -> Operands<Oracle>? {
    pass == .forward ? invariants(results, size) : nil
  }
}

extension Work {
  /// About how long the reference takes in the oracle's precision: 2 ns an operation, 150 ns an elementary function.
  package var oracleSeconds: Double { flops * 2e-9 + transcendentals * 150e-9 }
}

extension Operands {
  /// Whether every scalar is the same in 32 bits.
  var isExactInFloat: Bool {
    names.allSatisfy { self[$0]!.scalars.allSatisfy { T(Float($0)) == $0 } }
  }
}
