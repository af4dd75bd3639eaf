import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Judges a program from outside on cases and laws, by the rules for the suite's own variants.
///
/// The precision by whose bounds it is judged is the one that was stated or asked for, else the narrowest in which it wrote results of
/// the pass. What its author asks for besides is said with every verdict. Gradients are demanded where the selection names that pass or
/// some case had any, else judged where there are any.
public final class OutsideVerification<K: Kernel>: CaseJudge {
  private let program: any OutsideProgram
  private let selection: Selection
  private let terms: Terms
  private let isStopped: () -> Bool
  private let deliver: (Verdict) -> Void
  /// Those of a narrow precision apart: as variants they look like those of the one that holds them.
  private var wrong: [NarrowFormat?: WrongValues] = [:]
  /// The passes that it must give.
  private var demanded: Set<Pass> = [.forward]
  /// What each pass was judged by so far.
  private var precisions: [Pass: Set<OutsidePrecision>] = [:]

  /// A verification that delivers each verdict as it falls, and ends early once `isStopped`.
  public init(
    _: K.Type, _ program: any OutsideProgram, _ selection: Selection, terms: Terms = Terms(),
    isStopped: @escaping () -> Bool = { false }, deliver: @escaping (Verdict) -> Void
  ) {
    (self.program, self.terms) = (program, terms)
    self.isStopped = isStopped
    self.deliver = deliver
    var selection = selection
    // The program alone: neither the suite's variants nor the reference.
    (selection.variants, selection.precisions, selection.threads) = ([program.name], [], [])
    self.selection = selection
    if selection.passes.contains(.gradient) { demanded.insert(.gradient) }
  }

  private func wrong(_ format: NarrowFormat?) -> WrongValues {
    let values = wrong[format] ?? WrongValues()
    wrong[format] = values
    return values
  }

  private var rounds: [OutsideRound] {
    program.rounds(K.passes.filter { selection.passes.isEmpty || selection.passes.contains($0) })
  }

  public func check(_ stored: Case) throws(Misfit) {
    guard selection.includes(case: stored.name, stored.size) else { return }
    var generator = SeededGenerator("cotangents", seed: 0)
    let cotangents =
      stored.cotangents.names.isEmpty
      ? K.signature.drawnCotangents(stored.size, using: &generator)
      : filled(stored.cotangents, K.signature, stored.size)
    for round in rounds where !isStopped() { try check(stored.with(cotangents: cotangents), round) }
  }

  /// Has the program answer twice, since results must repeat, and judges what it gave.
  private func check(_ given: Case, _ round: OutsideRound) throws(Misfit) {
    let clock = ContinuousClock.now
    let item = round.precision?.stored(given) ?? given
    if let reason = round.precision?.format?.overflow(in: given) {
      for pass in round.passes where demanded.contains(pass) {
        conclude(item, pass, round, .unjudged(reason), clock, isBeyondPrecision: true)
      }
      return
    }
    var question = OutsideQuestion(
      size: item.size, inputs: item.inputs,
      cotangents: round.passes.contains(.gradient) ? item.cotangents : Operands(), round: round)
    let first = try program.answer(question)
    guard case .results(let file, let seconds) = first else {
      // A program that has no gradients may say so.
      for pass in round.passes where demanded.contains(pass) || first.isFault && round.passes == [pass] {
        conclude(item, pass, round, first.outcome, clock, errors: first.errors)
      }
      return
    }
    if !item.isExactInFloat, round.passes.contains(where: { file.narrowDataset(of: $0) != nil }) {
      // It may have rounded its operands, or not: it is asked again, with rounded ones.
      return try check(item.rounded(), round)
    }
    question.isAgain = true
    let second = seconds < outsidePatience ? try program.answer(question) : first
    for pass in round.passes where demanded.contains(pass) || !file.results(of: pass).names.isEmpty {
      demanded.insert(pass)
      do throws(Misfit) {
        try file.checkResults(of: pass, K.signature, item.size)
        let precision = try file.precision(of: pass, asked: round.precision)
        let repeated = try second.file(of: pass, K.signature, item.size)
        judge(item, pass, precision, round, clock) { isAgain in
          (isAgain ? repeated : file).results(of: pass)
        }
      } catch {
        conclude(item, pass, round, .fail(error.description), clock)
      }
    }
  }

  /// Judges results as those of a variant in that precision.
  private func judge(
    _ item: Case, _ pass: Pass, _ precision: OutsidePrecision, _ round: OutsideRound,
    _ clock: ContinuousClock.Instant, _ results: @escaping (_ isAgain: Bool) -> Operands<Double>
  ) {
    func verdict(_ precision: OutsidePrecision) -> Verdict? {
      var calls = 0
      let variant = Variant.outside(K.self, pass, program, precision.held) { _, _, _ in
        calls += 1
        return results(calls > 1)
      }
      var verdict: Verdict?
      Verification(
        K.self, selection, variants: [variant], wrong: wrong(precision.format), terms: terms.by(precision.format)
      ) { verdict = $0 }.check(item)
      return verdict
    }
    guard var found = verdict(precision) else { return }
    if case .fail(let reason) = found.outcome, precision == .double, round.precision == nil, item.isExactInFloat,
      found.findings.contains(where: { $0.share > 1 }), verdict(.float)?.outcome == .pass
    {
      found.outcome = .fail(
        reason + "; right by the bounds of float: if it computes in 32 bits, write float32 or say --precision float")
    }
    precisions[pass, default: []].insert(precision)
    found.seconds = clock.duration(to: .now).seconds
    hand(over: found, round)
  }

  /// Delivers a verdict on what never got as far as being judged.
  private func conclude(
    _ item: Case, _ pass: Pass, _ round: OutsideRound, _ outcome: Outcome, _ clock: ContinuousClock.Instant,
    errors: String = "", isBeyondPrecision: Bool = false
  ) {
    let precision = round.precision ?? precisions[pass]?.first
    if case .fail = outcome {
      for precision in precision.map({ [$0] }) ?? [.float, .double] {
        wrong(precision.format).insert(Variant.outside(K.self, pass, program, precision.held) { _, _, _ in nil })
      }
    }
    hand(
      over: Verdict(
        kernel: K.name, caseName: item.name, origin: item.origin, size: item.size, check: "values",
        variant: program.name, pass: pass, precision: precision?.rawValue ?? "unknown", threads: 1, outcome: outcome,
        findings: [], seconds: clock.duration(to: .now).seconds, errors: errors, isBeyondPrecision: isBeyondPrecision),
      round)
  }

  private func hand(over verdict: Verdict, _ round: OutsideRound) {
    guard !isStopped() else { return }
    var verdict = verdict
    verdict.program = program.arguments + (round.precision.map { ["--precision", $0.rawValue] } ?? [])
    verdict.isOfSeveralPasses = round.passes.count > 1
    verdict.terms = terms
    deliver(verdict)
  }

  public func checkLaws(seeds: Range<Int>) throws(Misfit) {
    for seed in seeds where !isStopped() { try checkLaws { $0.checkLaws(seeds: seed..<seed + 1) } }
  }

  public func checkLaws(of item: Case, seed: Int) throws(Misfit) {
    try checkLaws { $0.checkLaws(of: item, seed: seed) }
  }

  private func checkLaws(_ check: (Verification<K>) -> Void) throws(Misfit) {
    for round in rounds {
      for pass in round.passes where demanded.contains(pass) { try checkLaws(pass, round, check) }
    }
  }

  /// The laws of a pass. Where no precision was asked for, it is the narrowest seen so far, and everything is judged again where
  /// something narrower comes up.
  private func checkLaws(_ pass: Pass, _ round: OutsideRound, _ check: (Verification<K>) -> Void) throws(Misfit) {
    let assumed: OutsidePrecision =
      round.precision ?? (precisions[pass]?.contains(.float) == true ? .float : .double)
    let trial = OutsideTrial(K.self, program, pass, round, assumed: assumed)
    let variant = Variant.outside(K.self, pass, program, assumed.held, call: trial.call)
    var verdicts: [Verdict] = []
    var clock = ContinuousClock.now
    check(
      Verification(
        K.self, selection, variants: [variant], wrong: wrong(assumed.format), terms: terms.by(assumed.format),
        instead: trial.takeOutcome
      ) { verdict in
        var verdict = verdict
        verdict.errors = trial.errors
        verdict.seconds = clock.duration(to: .now).seconds
        verdicts.append(verdict)
        clock = .now
      })
    if let obstacle = trial.obstacle { throw obstacle }
    if trial.isNarrower {
      precisions[pass, default: []].insert(.float)
      return try checkLaws(pass, round, check)
    }
    if !verdicts.isEmpty { precisions[pass, default: []].insert(assumed) }
    for verdict in verdicts { hand(over: verdict, round) }
  }
}
