import Fixtures
import Harness
import KernelSpec
import Numerics
import Tensors

/// Judges mutants and right variants of a kernel by the suite's checks and by rules of other projects.
public struct MutationTrial<K: Kernel> {
  /// The cases.
  public let sets: [SizeSet]
  private let comparesRules: Bool
  private let courses: [[Course]]

  /// A case with what is expected of it, worked out when it is first asked for: most mutants die before they reach the costly cases.
  private final class Course {
    let item: Case
    private var known: [Pass: (expected: Expectation<Float>, plain: Operands<Float>)] = [:]

    init(_ stored: Case) {
      var generator = SeededGenerator("cotangents", seed: 0)
      item =
        stored.cotangents.names.isEmpty
        ? stored.with(cotangents: K.signature.drawnCotangents(stored.size, using: &generator)) : stored
    }

    /// What a pass must give, and what the plain definition gives in the same precision.
    func expectation(_ pass: Pass) -> (expected: Expectation<Float>, plain: Operands<Float>) {
      if let known = known[pass] { return known }
      let expected = Expectation<Float>(
        K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents)
      let plain = K.evaluate(pass, expected.inputs, expected.cotangents, item.size)
      known[pass] = (expected, plain)
      return (expected, plain)
    }
  }

  /// A trial on the kernel's fixtures and as many drawn cases as seeds. Fixtures that cost the reference more than `limit` seconds are left out; without rules
  /// to compare with, so are the sets on which the suite itself does not judge.
  public init(_: K.Type, fixtures: [Case], seeds: Int, limit: Double = 0.05, comparesRules: Bool = true) {
    self.comparesRules = comparesRules
    let affordable = fixtures.filter { K.referenceWork($0.size, .forward).oracleSeconds < limit }
    sets = SizeSet.all(K.self, fixtures: affordable, seeds: seeds).filter { $0.isOwn || comparesRules }
    courses = sets.map { set in
      // The cheap ones first: most mutants do not reach the others.
      set.cases.sorted { K.referenceWork($0.size, .forward).flops < K.referenceWork($1.size, .forward).flops }.map {
        Course($0)
      }
    }
  }

  /// The variants in single precision that mutants are made of, by pass: the first of each.
  private var right: [Pass: Variant] {
    Dictionary(
      K.variants.filter { $0.precision == .float && $0.threads == 1 }.map { ($0.pass, $0) },
      uniquingKeysWith: { first, _ in first })
  }

  /// Judges every seeded bug of the kernel, and delivers what came of it.
  public func run(_ mutants: [Mutant], deliver: (MutantResult) -> Void) {
    for mutant in mutants { deliver(result(of: mutant, mutant.variant(K.self, of: right[mutant.pass]!))) }
  }

  private func result(of mutant: Mutant, _ variant: Variant) -> MutantResult {
    var result = MutantResult(kernel: K.name, mutant: mutant)
    for (set, courses) in zip(sets, courses) {
      for course in courses {
        let (expectation, plain) = course.expectation(mutant.pass)
        if result.kills[set.name] == nil {
          let judgement = K.examine(variant, expectation)
          if case .fail(let reason) = judgement.outcome {
            result.kills[set.name] = MutantResult.Kill(
              check: judgement.failed!.rawValue, caseName: course.item.name, reason: reason)
          }
        }
        guard comparesRules else {
          if result.kills[set.name] != nil { break }
          continue
        }
        let open = Rule.others.filter { !result.isKilled(by: $0.name, on: set.name) }
        if open.isEmpty, result.kills[set.name] != nil { break }
        guard let found = written(variant, expectation) else { continue }
        for rule in open where !accepts(rule, found, expectation, plain) {
          result.others[set.name, default: []].insert(rule.name)
        }
      }
      if !comparesRules, result.kills[set.name] != nil { break }
    }
    result.isFound = sets.contains { $0.isOwn && result.kills[$0.name] != nil }
    return result
  }

  /// What the first call of a variant writes; nil where it refuses.
  private func written(_ variant: Variant, _ expectation: Expectation<Float>) -> Operands<Float>? {
    guard let run = try? Float.preparation(of: variant)!(expectation.size) else { return nil }
    let execution = Execution(
      run, variant.pass, K.signature, expectation.size, inputs: expectation.inputs,
      cotangents: expectation.cotangents)
    execution.call()
    return execution.written
  }

  private func accepts(
    _ rule: Rule, _ found: Operands<Float>, _ expectation: Expectation<Float>, _ plain: Operands<Float>
  ) -> Bool {
    found.names.allSatisfy { name in
      rule.accepts(
        found[name]!.scalars, expectation.oracle[name]!.converted(to: Double.self).scalars, plain[name]!.scalars)
    }
  }

  /// Judges the shipped variants, and delivers each alarm, all of them false: by the suite in every precision and on every number of
  /// threads, by other rules in single precision on one.
  public func falseAlarms(deliver: (FalseAlarm) -> Void) {
    for (set, courses) in zip(sets, courses) {
      for course in courses {
        for pass in K.passes {
          let (single, plain) = course.expectation(pass)
          let double = Expectation<Double>(
            K.self, pass, course.item.size, inputs: course.item.inputs, cotangents: course.item.cotangents)
          for variant in K.variants where variant.pass == pass {
            func alarm(_ rule: String?, _ reason: String) {
              deliver(FalseAlarm(K.name, variant.label, set.name, course.item.name, rule: rule, reason))
            }
            let outcome =
              variant.precision == .float ? K.examine(variant, single).outcome : K.examine(variant, double).outcome
            if case .fail(let reason) = outcome { alarm(nil, reason) }
            guard variant.precision == .float, variant.threads == 1, comparesRules,
              let found = written(variant, single)
            else { continue }
            for rule in Rule.others where !accepts(rule, found, single, plain) {
              alarm(rule.name, "rejected")
            }
          }
        }
      }
    }
  }
}
