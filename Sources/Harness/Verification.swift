import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Judges on cases and on laws.
public protocol CaseJudge {
  /// Judges on a case.
  ///
  /// - Throws: `Misfit` where files that it needs cannot be written.
  func check(_ stored: Case) throws(Misfit)
  /// Judges on laws, on operands drawn from each seed.
  ///
  /// - Throws: `Misfit` where files that it needs cannot be written.
  func checkLaws(seeds: Range<Int>) throws(Misfit)
  /// Judges by the selected laws on the operands of a case; what a law draws is taken from the seed.
  ///
  /// - Throws: `Misfit` where files that it needs cannot be written.
  func checkLaws(of item: Case, seed: Int) throws(Misfit)
}

/// Judges a kernel's variants, case by case and law by law.
public struct Verification<K: Kernel>: CaseJudge {
  let selection: Selection
  let variants: [Variant]
  let failures: FailureFolder?
  let wrong: WrongValues
  let terms: Terms
  /// What takes the place of what a law found, where something else is known of its calls.
  let instead: () -> Outcome?
  let isStopped: () -> Bool
  let deliver: (Verdict) -> Void

  /// A verification that delivers each verdict as it falls: of the kernel's own variants, unless others are given. With a folder for
  /// failures, a case that fails is shrunk and kept there. It ends early once `isStopped`.
  public init(
    _: K.Type, _ selection: Selection = Selection(), variants: [Variant] = K.variants, failures: FailureFolder? = nil,
    wrong: WrongValues = WrongValues(), terms: Terms = Terms(), instead: @escaping () -> Outcome? = { nil },
    isStopped: @escaping () -> Bool = { false }, deliver: @escaping (Verdict) -> Void
  ) {
    self.selection = selection
    self.variants = variants
    self.failures = failures
    (self.wrong, self.terms, self.instead, self.isStopped) = (wrong, terms, instead, isStopped)
    self.deliver = deliver
  }

  /// Judges every selected variant on a case, and the case itself against the oracle.
  public func check(_ stored: Case) {
    guard selection.includes(case: stored.name, stored.size) else { return }
    let item = complete(stored)
    for pass in K.passes where isWanted(pass) && !isStopped() {
      // Operands that 32 bits hold are the same in every precision, and so is what the oracle makes of them.
      let shared = item.isExactInFloat ? oracle(item, pass) : nil
      checkTrust(item, pass, shared)
      checkFixture(item, pass, shared)
      checkVariants(item, pass, Float.self, shared)
      checkVariants(item, pass, Double.self, shared)
    }
  }

  private func isWanted(_ pass: Pass) -> Bool {
    selection.includesReference(pass) || variants.contains { $0.pass == pass && selection.includes($0) }
  }

  /// Where a case has no cotangents, some are drawn: with zeros every gradient would be zero and nothing checked.
  func complete(_ item: Case) -> Case {
    guard item.cotangents.names.isEmpty else { return item }
    var generator = SeededGenerator("cotangents", seed: 0)
    return item.with(cotangents: K.signature.drawnCotangents(item.size, using: &generator))
  }

  private func oracle(_ item: Case, _ pass: Pass) -> Operands<Oracle> {
    K.evaluate(pass, item.inputs.converted(to: Oracle.self), item.cotangents.converted(to: Oracle.self), item.size)
  }

  private func checkVariants<T: VariantScalar>(_ item: Case, _ pass: Pass, _: T.Type, _ shared: Operands<Oracle>?) {
    let wanted = variants.filter { $0.pass == pass && T.preparation(of: $0) != nil && selection.includes($0) }
    guard !wanted.isEmpty else { return }
    // What all share is counted with the first.
    var clock = ContinuousClock.now
    let expectation = Expectation<T>(
      K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents, oracle: shared, terms: terms)
    for variant in wanted where !isStopped() {
      let (outcome, findings, written) = judge(variant, expectation)
      let diagnosis = outcome.word == "fail" && !findings.isEmpty ? expectation.diagnosis(of: written) : nil
      if case .fail = outcome { wrong.insert(variant) }
      let seconds = clock.duration(to: .now).seconds
      let kept = keep(item, "values", variant, outcome, seed: nil) { smaller in
        judge(
          variant,
          Expectation<T>(
            K.self, pass, smaller.size, inputs: smaller.inputs, cotangents: smaller.cotangents, terms: terms)
        ).outcome
      }
      deliver(
        Verdict(
          kernel: K.name, caseName: item.name, origin: item.origin, size: item.size, check: "values",
          variant: variant.name, pass: pass,
          precision: precision(of: variant), threads: variant.threads,
          outcome: diagnosis?.explaining(outcome, findings) { pass.gives($0) } ?? outcome, findings: findings,
          seconds: seconds, diagnosis: diagnosis, kept: kept))
      clock = .now
    }
  }

  /// The precision by whose bounds a variant is judged, by name.
  func precision(of variant: Variant) -> String { terms.format?.rawValue ?? variant.precision.rawValue }

  /// Whether the case can tell right from wrong.
  private func checkTrust(_ item: Case, _ pass: Pass, _ shared: Operands<Oracle>?) {
    guard selection.includesReference(pass) else { return }
    let clock = ContinuousClock.now
    let complaints = TrustLint(K.self, item, pass, oracle: shared).complaints
    deliver(
      Verdict(
        kernel: K.name, caseName: item.name, origin: item.origin, size: item.size, check: "trust",
        variant: "reference", pass: pass, precision: "float", threads: 1,
        outcome: complaints.isEmpty ? .pass : .mistrusted(complaints.joined(separator: "; ")), findings: [],
        seconds: clock.duration(to: .now).seconds))
  }

  /// The fixture's own link: stored values may be as wrong as a variant in the precision in which they are stored.
  private func checkFixture(_ item: Case, _ pass: Pass, _ shared: Operands<Oracle>?) {
    let stored = pass == .forward ? item.outputs : item.gradients
    guard selection.includesReference(pass), !stored.names.isEmpty else { return }
    let clock = ContinuousClock.now
    let expectation = Expectation<Double>(
      K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents, oracle: shared)
    var findings: [Finding] = []
    var bounds = expectation.bounds
    var outcome = Outcome.pass
    func what(_ name: String) -> String { "\(pass.group)/\(name) of the case differs from the reference" }
    let isWhole = Set(stored.names) == Set(K.signature.outputs.map(\.name))
    if expectation.hasInvariants, !isWhole {
      outcome = .fail(
        "the case has \(stored.names.joined(separator: ", ")), expected all outputs: they are compared together")
    }
    let compared = expectation.hasInvariants ? (isWhole ? expectation.compared(stored)! : Operands()) : nil
    for name in (compared?.names ?? stored.names) {
      let path = "\(pass.group)/\(name)"
      let error = compared.map { expectation.deviation($0, name) } ?? expectation.deviation(stored, name)
      if item.single.contains(path) {
        bounds[name] = expectation.reference[name]!.bound(K.tolerance, ulp: Double(Float.ulpOfOne))
      }
      let finding = Finding(operand: name, error: error, bound: bounds[name]!)
      findings.append(finding)
      if let excess = error.excess(over: finding.bound),
        !agrees(compared?[name] ?? stored[name]!.converted(), expectation.oracle[name]!, item.agreement)
      {
        outcome = .fail("\(what(name)): \(excess); worst at \(error.worst)")
      }
    }
    let diagnosis = outcome == .pass ? nil : expectation.diagnosis(of: stored, bounds: bounds)
    outcome = diagnosis?.explaining(outcome, findings, what: what) ?? outcome
    deliver(
      Verdict(
        kernel: K.name, caseName: item.name, origin: item.origin, size: item.size, check: "fixture",
        variant: "reference", pass: pass,
        precision: "oracle", threads: 1, outcome: outcome, findings: findings,
        seconds: clock.duration(to: .now).seconds,
        diagnosis: diagnosis))
  }

  /// Whether a golden is within four times the agreement that its makers measured, relative to its largest value.
  private func agrees(_ stored: Operand<Oracle>, _ oracle: Operand<Oracle>, _ agreement: Double?) -> Bool {
    guard let agreement else { return false }
    let scale = oracle.scalars.map { abs($0) }.max() ?? 0
    let limit = Oracle(K.tolerance.timesReference * max(agreement, Double.ulpOfOne)) * scale
    return zip(stored.scalars, oracle.scalars).allSatisfy { abs($0 - $1) <= limit }
  }

  /// Judges a variant as `examine` does.
  func judge<T: VariantScalar>(
    _ variant: Variant, _ expectation: Expectation<T>
  ) -> (outcome: Outcome, findings: [Finding], written: Operands<T>) {
    let judgement = K.examine(variant, expectation)
    return (judgement.outcome, judgement.findings, judgement.written)
  }
}

extension Pass {
  /// What a result of that name is called.
  func gives(_ name: String) -> String { self == .forward ? name : "gradient of \(name)" }
}

extension Case {
  /// Where it is from, for verdicts.
  var origin: Verdict.Origin { .file(path ?? name, isGolden: agreement != nil) }

  /// Whether both precisions hold its operands.
  var isExactInFloat: Bool { inputs.isExactInFloat && cotangents.isExactInFloat }
}

extension Duration {
  /// The duration in seconds.
  var seconds: Double { Double(components.seconds) + Double(components.attoseconds) * 1e-18 }
}
