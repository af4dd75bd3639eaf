import Fixtures
import KernelSpec
import Numerics
import Tensors

extension Verification {
  /// Checks the kernel's laws on drawn operands: those of the reference in the oracle's precision, and each variant's.
  public func checkLaws(seeds: Range<Int>) {
    for seed in seeds {
      for check in LawCheck.all(of: K.self, variants: variants)
      where selection.includes(law: check.name) && !isStopped() {
        var generator = SeededGenerator("\(K.name)/\(check.name)", seed: UInt64(seed))
        let size = K.signature.randomSize(using: &generator) { check.isChecked(by: K.signature, $0) }
        let drawn = Case(drawnFor: K.self, size, using: &generator)
        let name = "\(check.name) #\(seed) \(size)"
        guard selection.includes(case: name, size) else { continue }
        self.check(check, drawn, seed) { (name, .law(seed: $0)) }
      }
    }
  }

  /// The names of all laws that are checked.
  public static var laws: [String] { LawCheck.all(of: K.self).map(\.name) }

  /// Checks laws on the operands of a case: those selected, with what they draw taken from the seed.
  public func checkLaws(of item: Case, seed: Int) {
    guard selection.includes(case: item.name, item.size) else { return }
    let complete = complete(item)
    for check in LawCheck.all(of: K.self, variants: variants)
    where selection.includes(law: check.name) && !isStopped() {
      self.check(check, complete, seed) { _ in (item.name, item.origin) }
    }
  }

  private func check(
    _ check: LawCheck, _ item: Case, _ seed: Int, _ origin: (Int) -> (name: String, origin: Verdict.Origin)
  ) {
    let (name, origin) = origin(seed)
    let beyond = terms.format?.overflow(in: item).map { LawOutcome(beyondPrecision: $0) }
    let item = terms.format?.stored(item) ?? item
    let slopes = Slopes<K>(item, seed)
    func deliver(_ variant: String, _ pass: Pass, _ precision: String, _ threads: Int, _ found: () -> Finding) {
      let clock = ContinuousClock.now
      let found = found()
      self.deliver(
        Verdict(
          kernel: K.name, caseName: name, origin: origin, size: item.size, check: check.name, variant: variant,
          pass: pass, precision: precision, threads: threads, outcome: found.outcome, findings: [],
          seconds: clock.duration(to: .now).seconds, seed: seed, diagnosis: found.diagnosis, kept: found.kept,
          isBeyondPrecision: found.isBeyondPrecision))
    }
    for pass in K.passes where check.concernsReference && check.concerns(pass) && selection.includesReference(pass) {
      deliver("reference", pass, "oracle", 1) { Finding(outcome: outcomeOfReference(check, item, seed, slopes)) }
    }
    for variant in variants where check.concerns(variant) && selection.includes(variant) && !isStopped() {
      deliver(variant.name, variant.pass, precision(of: variant), variant.threads) {
        let found = beyond ?? self.outcome(check, of: variant, item, seed, slopes)
        let known = instead()
        if found.isBeyondPrecision { return Finding(outcome: found.outcome, isBeyondPrecision: true) }
        let settled = wrong.settled(known ?? found.outcome, of: variant)
        let kept = keep(item, check.name, variant, settled, seed: seed) { smaller in
          let outcome = self.outcome(check, of: variant, smaller, seed, Slopes(smaller, seed)).outcome
          return if case .unjudged(let reason) = outcome { .fail(reason) } else { outcome }
        }
        guard known == nil, case .fail = settled, case .unjudged = found.outcome else {
          return Finding(outcome: settled, kept: kept)
        }
        let (outcome, diagnosis) = found.explanation()
        return Finding(outcome: outcome, diagnosis: diagnosis, kept: kept)
      }
    }
  }

  private struct Finding {
    let outcome: Outcome
    var diagnosis: Diagnosis?
    var kept: KeptFailure?
    var isBeyondPrecision = false
  }

  private func outcomeOfReference(_ check: LawCheck, _ item: Case, _ seed: Int, _ slopes: Slopes<K>) -> Outcome {
    check == .adjoint
      ? slopes.trial.outcomeOfReference(slopes.values)
      : LawTrial(K.self, check, item, seed: seed).outcomeOfReference().outcome
  }

  private func outcome(
    _ check: LawCheck, of variant: Variant, _ item: Case, _ seed: Int, _ slopes: Slopes<K>
  ) -> LawOutcome {
    switch variant.precision {
    case .float: outcome(check, of: variant, Float.self, item, seed, slopes)
    case .double: outcome(check, of: variant, Double.self, item, seed, slopes)
    }
  }

  private func outcome<T: VariantScalar>(
    _ check: LawCheck, of variant: Variant, _: T.Type, _ item: Case, _ seed: Int, _ slopes: Slopes<K>
  ) -> LawOutcome {
    switch check {
    case .adjoint: slopes.trial.outcome(of: variant, T.self, slopes.values, terms, judge)
    case .repeated: RepetitionTrial(K.self, item, seed: seed, terms).outcome(of: variant, T.self)
    case .threads: threads(variant, T.self, item)
    default: LawTrial(K.self, check, item, seed: seed, terms).outcome(of: variant, T.self, judge)
    }
  }

  /// The same variant on the fewest threads may differ by the two bounds on the global error at most.
  private func threads<T: VariantScalar>(_ variant: Variant, _: T.Type, _ item: Case) -> LawOutcome {
    let alike = variants.filter {
      $0.name == variant.name && $0.pass == variant.pass && $0.precision == variant.precision
    }
    let expectation = Expectation<T>(
      K.self, variant.pass, item.size, inputs: item.inputs, cotangents: item.cotangents, terms: terms)
    let (outcome, findings, many) = judge(variant, expectation)
    guard outcome == .pass else { return LawOutcome(outcome, findings, of: many, expectation) }
    let (other, otherFindings, few) = judge(alike.min { $0.threads < $1.threads }!, expectation)
    guard other == .pass else { return LawOutcome(other, otherFindings, of: few, expectation) }
    for name in many.names {
      let difference = norm(many[name]!.converted().combined(1, few[name]!.converted(), -1))
      if !(difference <= 2 * expectation.slack(name)) {
        return LawOutcome(.fail("\(name): on fewer threads it differs by \(short(Double(difference)))"))
      }
    }
    return LawOutcome(.pass)
  }
}

/// The slopes of a case, computed when first asked for: they cost many evaluations, and only one check needs them.
private final class Slopes<K: Kernel> {
  let trial: AdjointTrial<K>
  private(set) lazy var values = trial.slopes()

  init(_ item: Case, _ seed: Int) { trial = AdjointTrial(K.self, item, seed: seed) }
}
