import Catalog
import Fixtures
import Harness
import KernelSpec
import Testing

// Whatever the catalog holds must pass. Nothing here is edited for a new kernel.

@Test(arguments: Stored.fixtures)
func everyVariantPasses(stored: Stored) throws {
  for verdict in try verdicts(stored.kernel, stored.path) { expect(verdict, ["pass", "refused"]) }
}

/// What others chose to compute may be too easy to judge by, such as states that no input ever changes; the suite's own fixtures may not.
@Test(arguments: Stored.goldens)
func everyVariantPassesWhatOthersComputed(stored: Stored) throws {
  for verdict in try verdicts(stored.kernel, stored.path) { expect(verdict, ["pass", "refused", "mistrusted"]) }
}

private func expect(_ verdict: Verdict, _ outcomes: Set<String>) {
  #expect(
    outcomes.contains(verdict.outcome.word),
    "\(verdict.variant) \(verdict.pass) \(verdict.precision) on \(verdict.threads): \(verdict.outcome.reason)")
}

@Test(arguments: Subject.all)
func everyVariantObeysTheLaws(subject: Subject) {
  for verdict in laws(subject.kernel) {
    #expect(
      ["pass", "refused"].contains(verdict.outcome.word),
      "\(verdict.caseName): \(verdict.variant) \(verdict.precision) on \(verdict.threads): \(verdict.outcome.reason)")
  }
}

@Test(arguments: Subject.all)
func everyKernelHasFixturesAndEveryVariantRunsOnSome(subject: Subject) throws {
  #expect(!subject.fixtures.isEmpty)
  #expect(!subject.kernel.sweep.isEmpty)
  // What reads nothing has no operands to change.
  #expect(!subject.kernel.laws.isEmpty || subject.kernel.signature.inputs.isEmpty)
  var passed: Set<String> = []
  for path in subject.fixtures {
    for verdict in try verdicts(subject.kernel, path) where verdict.outcome == .pass {
      passed.insert("\(verdict.variant)-\(verdict.pass.rawValue)-\(verdict.precision)-\(verdict.threads)")
    }
  }
  for variant in subject.kernel.variants {
    #expect(passed.contains(variant.label), "\(variant.label) passed nowhere")
  }
}

@Test(arguments: Subject.all)
func everyPassHasVariantsInBothPrecisions(subject: Subject) {
  for pass in subject.kernel.passes where !subject.kernel.variants.isEmpty {
    for precision in Precision.allCases {
      #expect(subject.kernel.variants.contains { $0.pass == pass && $0.precision == precision })
    }
  }
}

@Test func namesAreUnique() {
  #expect(Set(catalog.map { $0.name }).count == catalog.count)
  for kernel in catalog { #expect(Set(kernel.variants.map(\.label)).count == kernel.variants.count) }
}

private func verdicts<K: Kernel>(_: K.Type, _ path: String) throws -> [Verdict] {
  var verdicts: [Verdict] = []
  let item = try Case(contentsOf: path, signature: K.signature)
  Verification(K.self) { verdicts.append($0) }.check(item)
  return verdicts
}

private func laws<K: Kernel>(_: K.Type) -> [Verdict] {
  var verdicts: [Verdict] = []
  Verification(K.self) { verdicts.append($0) }.checkLaws(seeds: 0..<2)
  return verdicts
}
