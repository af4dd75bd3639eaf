import Fixtures
import KernelSpec
import Testing

@testable import Harness

/// A verdict of the small kernel on a size: it passes, or fails with a cause of these families.
private func verdict(
  _ size: String, _ families: [String]? = nil, check: String = "values", variant: String = "a",
  precision: String = "float",
  threads: Int = 1, reason: String = "y: relative error 1, at most 1e-7"
) -> Verdict {
  let cause = families.map { Cause($0[0], residual: 0, families: $0) }
  let fault = cause.map { cause in
    Fault(
      operand: "y", worst: Fault.Place(steps: [], found: 1, expected: 2), ratio: 1e5, isSpread: false, wrong: 8,
      count: 8,
      isFinite: true, patterns: [], causes: [cause],
      profile: ErrorProfile(axis: "l", positions: [], errors: [], bound: 1))
  }
  return Verdict(
    kernel: "test.mean", caseName: size, origin: .file("\(size).h5", isGolden: false),
    size: try! RunningMean.signature.size(size), check: check, variant: variant, pass: .forward, precision: precision,
    threads: threads, outcome: families == nil ? .pass : .fail(reason), findings: [], seconds: 0,
    diagnosis: fault.map { Diagnosis(faults: [$0], right: []) })
}

private func failure(_ size: String, reason: String, check: String = "values") -> Verdict {
  var verdict = verdict(size, ["x"], check: check, reason: reason)
  verdict.diagnosis = nil
  return verdict
}

@Test func causesAreCountedAndWhatTheyShareIsSaid() {
  let early = ["B2-L5+x0", "B2-L40+x0", "B1-L7+x0"].map { verdict($0, ["early"]) }
  let zeros = [verdict("B3-L9", ["zeros"])]
  let passes = ["B2-L5", "B1-L40", "B2-L7"].map { verdict($0) }
  let groups = FailureSummary(zeros + early + passes).groups
  #expect(
    groups.map(\.line) == [
      "3 of 4 failures look like: early; all have x0 (none of 3 passes)", "1 of 4 failures looks like: zeros",
    ])
  #expect(groups[0].smallest.caseName == "B1-L7+x0")
  #expect(FailureSummary(passes).groups.isEmpty)
}

/// Of several causes that explain a failure, the one that others share is meant.
@Test func aSharedCauseIsPreferred() {
  let failures = [
    verdict("B4-L9", ["a factor √B", "a factor 2"]), verdict("B9-L9", ["a factor √B"]),
    verdict("B16-L4", ["a factor √L", "a factor √B"]),
  ]
  #expect(FailureSummary(failures).groups.map(\.line) == ["3 of 3 failures look like: a factor √B"])
}

/// What does not set failures apart is not said, however many traits there are.
@Test func traitsThatDoNotSeparateAreNotSaid() {
  let failures = ["B2-L5+x0", "B3-L40"].map { verdict($0, ["zeros"]) }
  func line(_ passes: [Verdict]) -> String { FailureSummary(failures + passes).groups[0].line }
  let bare = "2 of 2 failures look like: zeros"
  #expect(line([]) == bare)
  #expect(line(["B2-L5+x0", "B3-L40", "B4-L6"].map { verdict($0) }) == bare)
  // B > 1 sets two of three apart, and one pass has it too.
  #expect(
    line(["B1-L5", "B1-L40+x0", "B4-L6"].map { verdict($0) }) == bare + "; all have B > 1 (1 of 3 passes too)")
  // One failure has every trait that it has.
  #expect(FailureSummary([failures[0], verdict("B1-L5")]).groups[0].line == "the only failure looks like: zeros")
}

@Test func lengthsThreadsPrecisionsAndVariantsAreTraits() {
  let failures = ["B1-L65", "B1-L100"].map { verdict($0, ["zeros"], variant: "b", threads: 2) }
  func end(_ passes: [Verdict]) -> Substring {
    FailureSummary(failures + passes).groups[0].line.split(separator: ";")[1]
  }
  func passes(_ lengths: [Int], variant: String = "b", threads: Int = 2, precision: String = "float") -> [Verdict] {
    lengths.map { verdict("B1-L\($0)", variant: variant, precision: precision, threads: threads) }
  }
  #expect(end(passes([5, 64])) == " all have L > 64 (none of 2 passes)")
  #expect(end(passes([65, 100], threads: 1)) == " all are on 2 threads (none of 2 passes)")
  #expect(end(passes([65, 100], variant: "a")) == " all are of b (none of 2 passes)")
  #expect(end(passes([65, 100], precision: "double")) == " all are in float (none of 2 passes)")
  #expect(
    end(passes([5, 64]) + passes([5, 64, 65], variant: "a"))
      == " all have L > 64 and are of b (none of 5 passes)")
}

@Test func failuresWithoutCausesAreToldApart() {
  let lines = FailureSummary([
    failure("B1-L4", reason: "exit code 7: no file 12"), failure("B1-L5", reason: "exit code 7: no file 13"),
    failure("B1-L6", reason: "linear in u does not hold: y differs by 1", check: "linear in u"),
    failure("B1-L7", reason: "linear in u does not hold: y differs by 2", check: "linear in u"),
    failure("B1-L7", reason: "on call 2 a guard changed"),
  ]).groups.map(\.line)
  #expect(
    lines == [
      "2 of 5 failures: exit code 7: no file 12", "2 of 5 failures: the law 'linear in u' does not hold",
      "1 of 5 failures: on call 2 a guard changed",
    ])
}

@Test func numbersInMessagesSayNoMoreThanTheyKnow() {
  #expect(
    [0.218, 8.88e-16, 1, 1.4, 9999, 1e-311, .infinity, .nan, 0, -3.5e7].map(short) == [
      "0.218", "8.88e-16", "1", "1.4", "9999", "next to 0", "infinite", "not a number", "0", "-3.5e7",
    ])
  #expect([2, 1.0004, 0.9996, 1 + 3e-9, 0.037].map(factor) == ["2", "1.0004", "0.9996", "1 + 3e-9", "0.037"])
  #expect(
    [1.0004, 3.25, 7.47e14, .infinity].map { times($0) } == [
      "1.0004 times its bound", "3.25 times its bound", "10^15 times its bound", "entirely wrong",
    ])
  #expect(distinct(1e-311, 0)! == ("next to 0", "0") && distinct(1.00001, 1)! == ("1.00001", "1"))
}

/// A kernel whose values are wrong is not told so law by law.
@Test func lawsOfWrongValuesAreNotJudged() {
  let doubled = RunningMean.variant("doubled") { _, y, x, size in
    for index in 0..<size.B * size.L { y[index] *= 2 }
    for index in 0..<size.B { x[index] *= 2 }
  }
  var verdicts: [Verdict] = []
  let judge = Verification(RunningMean.self, variants: [doubled]) {
    if $0.variant == "doubled" { verdicts.append($0) }
  }
  judge.checkLaws(seeds: 0..<2)
  // Nothing was known of it: the first law that calls it says so, as of values and not of the law.
  let failed = verdicts.filter { $0.outcome.word == "fail" }
  #expect(failed.count == 1 && failed[0].diagnosis != nil)
  #expect(!failed[0].outcome.reason.contains("does not hold"))
  let others = Set(verdicts.filter { $0.check != "same bits again" && $0.outcome.word != "fail" }.map(\.outcome.word))
  // Of nothing twice as much is right.
  #expect(others == ["not judged", "pass"])

  verdicts = []
  var generator = SeededGenerator(seed: 5)
  let size = try! RunningMean.signature.size("B2-L9")
  let known = Verification(RunningMean.self, variants: [doubled]) {
    if $0.variant == "doubled" { verdicts.append($0) }
  }
  known.check(Case(drawnFor: RunningMean.self, size, using: &generator))
  known.checkLaws(seeds: 0..<1)
  #expect(verdicts.filter { $0.outcome.word == "fail" }.map(\.check) == ["values"])
}

@Test func aRunStopsWhereItIsAskedTo() {
  let zeros = RunningMean.variant("zeros") { _, y, _, size in for index in 0..<size.B * size.L { y[index] = 0 } }
  var failures = 0
  Verification(RunningMean.self, variants: [zeros], isStopped: { failures >= 1 }) {
    if $0.outcome.word == "fail" { failures += 1 }
  }.checkLaws(seeds: 0..<4)
  #expect(failures == 1)
}
