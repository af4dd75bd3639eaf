import Fixtures
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

private let size = try! RunningMean.signature.size("B2-L40")

private func expected(_ terms: Terms, scale: Double = 1) -> Harness.Expectation<Float> {
  var generator = SeededGenerator(seed: 5)
  var inputs = RunningMean.signature.drawn(size, using: &generator)
  inputs["u"] = inputs["u"]!.combined(scale, inputs["u"]!, 0)
  return Harness.Expectation(RunningMean.self, .forward, size, inputs: inputs, cotangents: Operands(), terms: terms)
}

/// What is expected with every number changed.
private func changed(
  _ expectation: Harness.Expectation<Float>, _ change: (Double) -> Double
) -> (outcome: Harness.Outcome, findings: [Finding]) {
  var found = Operands<Float>()
  for name in expectation.oracle.names {
    let operand = expectation.oracle[name]!
    let scalars = operand.scalars.map { Float(change(Double($0))) }
    found[name] = Operand(shape: operand.shape, isComplex: false, scalars: scalars)
  }
  return expectation.judge(found)
}

@Test func numbersAreHeldAsTheFormatHoldsThem() {
  let values = [1 / 3.0, -65519, 65520, 2e5, -6e-8, 2e-8, 3e-6, 1024.5, 0]
  let operand = Operands<Double>(["u": .real(Tensor(shape: [values.count], elements: values))])
  let half = NarrowFormat.half.stored(operand)["u"]!.scalars
  #if !(os(macOS) && arch(x86_64))
    #expect(half == values.map { Double(Float16($0)) })
  #endif
  #expect(half[1] == -65504 && half[2] == .infinity && half[4] == -0x1p-24 && half[5] == 0)
  let large = Operands<Double>(["z": .complex(Tensor(shape: [2], elements: [Complex(0.5, 0), Complex(0, -1e5)]))])
  #expect(NarrowFormat.half.inexact(in: large) == "z has -1e5, which is no number of half")
  let item = Case(name: "large", size: size, inputs: large, cotangents: Operands())
  #expect(NarrowFormat.half.overflow(in: item) == "z has -1e5, but half ends at 6.55e4")
  #expect(NarrowFormat.bfloat16.overflow(in: item) == nil)
  // The upper 16 of 32 bits, to the nearest.
  #expect(NarrowFormat.bfloat16.stored(operand)["u"]!.scalars[0] == Double(Float(bitPattern: 0x3EAB_0000)))
  #expect(NarrowFormat.bfloat16.stored(operand)["u"]!.scalars[3] == 199_680)
  #expect(
    NarrowFormat.half.greatest == 65504 && NarrowFormat.bfloat16.greatest == Double(Float(bitPattern: 0x7F7F_0000)))
}

@Test(arguments: [NarrowFormat.half, .bfloat16])
func resultsAreJudgedByTheBoundsOfAFormat(format: NarrowFormat) {
  let expectation = expected(Terms().by(format))
  // The program sees what it can hold.
  #expect(format.inexact(in: expectation.inputs.converted()) == nil)
  func held(_ value: Double) -> Double {
    format.stored(Operands(["u": .real(Tensor(shape: [1], elements: [value]))]))["u"]!.scalars[0]
  }
  let rounded = changed(expectation, held)
  #expect(rounded.outcome == .pass && rounded.findings.allSatisfy { $0.share < 0.5 }, "\(rounded)")
  #expect(changed(expectation) { held($0 * (1 + 60 * format.ulp)) }.outcome.word == "fail")
  #expect(changed(expectation) { held($0) + ($0 > 1 ? 60 * format.ulp : 0) }.outcome.word == "fail")
  // By the bounds of 32 bits neither would do.
  #expect(changed(expected(Terms()), held).outcome.word == "fail")
}

/// The reference computes in the format itself: what it is off there is what the bounds were derived for.
@Test func whatComputesInHalfThroughoutIsRight() {
  #if !(os(macOS) && arch(x86_64))
    for seed in 0..<20 {
      var generator = SeededGenerator(seed: UInt64(seed))
      let inputs = RunningMean.signature.drawn(size, using: &generator)
      let expectation = Harness.Expectation<Float>(
        RunningMean.self, .forward, size, inputs: inputs, cotangents: Operands(), terms: Terms().by(.half))
      let found = RunningMean.reference(inputs.converted(to: Float16.self), size)
      let (outcome, findings) = expectation.judge(found.converted())
      #expect(outcome == .pass && findings.contains { $0.share > 0.02 }, "\(findings.map(\.share))")
    }
  #endif
}

@Test func whatLeavesTheRangeOfHalfIsNoFailure() {
  // The exact result is beyond 65504: as where it is beyond the greatest of 32 bits, nothing can be said.
  let large = expected(Terms().by(.half), scale: 40_000)
  #expect(changed(large) { abs($0) > 65504 ? .infinity : $0 }.outcome.word == "mistrusted")
  #expect(changed(expected(Terms().by(.bfloat16), scale: 40_000)) { $0 }.outcome == .pass)
  // Subnormal numbers of half are rounded to multiples of 2⁻²⁴.
  let small = expected(Terms().by(.half), scale: 1e-6)
  #expect(changed(small) { ($0 * 0x1p24).rounded() * 0x1p-24 }.outcome == .pass)
  #expect(changed(small) { $0 + 0x1p-21 }.outcome.word == "fail")
  // To bfloat16, whose exponents are those of 32 bits, these numbers are as good as any.
  #expect(changed(expected(Terms().by(.bfloat16), scale: 1e-6)) { $0 * 1.25 }.outcome.word == "fail")
}

@Test func aToleranceMultipliesTheBoundAndIsSaid() {
  let plain = expected(Terms()), lenient = expected(Terms(tolerance: 4))
  let bound = plain.bounds["y"]!.global
  let off = { (value: Double) in value * (1 + 2 * bound) }
  #expect(changed(plain, off).outcome.word == "fail")
  let (outcome, findings) = changed(lenient, off)
  #expect(outcome == .pass)
  // Shares stay those of the bound itself.
  #expect(findings.contains { (1.5...2.5).contains($0.share) }, "\(findings.map(\.share))")
  let beyond = changed(lenient) { $0 * (1 + 5 * bound) }.outcome
  #expect(beyond.word == "fail" && beyond.reason.contains(", 4 times the bound"), "\(beyond.reason)")
  #expect(lenient.slack("y") == 4 * plain.slack("y"))
}

/// A variant whose calls differ by a little, or by a lot after the first.
private func restless(by step: Float) -> Variant {
  nonisolated(unsafe) var calls: Float = 0
  return RunningMean.variant("restless") { _, y, _, _ in
    y[0] *= 1 + calls * step
    calls = calls == 0 ? 1 : -calls
  }
}

@Test func repeatedCallsMayDifferWithinTheBoundWhereThatIsAsked() {
  let terms = Terms(repeatsWithinBound: true)
  #expect(RunningMean.examine(restless(by: 0x1p-22), expected(Terms())).outcome.reason.contains("gave other bits"))
  let judgement = RunningMean.examine(restless(by: 0x1p-22), expected(terms))
  #expect(judgement.outcome == .pass && judgement.findings[1].share > 0, "\(judgement.outcome)")
  let wrong = RunningMean.examine(restless(by: 0.01), expected(terms))
  #expect(wrong.outcome.reason.hasPrefix("in a second call on the same operands: y: "), "\(wrong.outcome)")
  #expect(wrong.failed == .repetition)
}

@Test func theLawOfRepetitionIsRelaxedWhereThatIsAsked() {
  func outcomes(_ variant: Variant, _ terms: Terms) -> Set<String> {
    var selection = Selection()
    selection.laws = [LawCheck.repeated.name]
    var words: Set<String> = []
    Verification(RunningMean.self, selection, variants: [variant], terms: terms) { words.insert($0.outcome.word) }
      .checkLaws(seeds: 0..<3)
    return words
  }
  #expect(outcomes(restless(by: 0x1p-23), Terms()) == ["fail"])
  #expect(outcomes(restless(by: 0x1p-23), Terms(repeatsWithinBound: true)) == ["pass"])
  #expect(outcomes(restless(by: 0.01), Terms(repeatsWithinBound: true)).contains("fail"))
  #expect(outcomes(RunningMean.right, Terms(repeatsWithinBound: true)) == ["pass"])
}

/// Laws hold by the bounds of a format; where it does not hold their operands nothing is said, and that is no failure.
@Test func lawsAreJudgedByTheBoundsOfAFormat() {
  func verdicts(_ inputs: (inout Operands<Double>) -> Void = { _ in }) -> [Verdict] {
    var generator = SeededGenerator(seed: 3)
    var operands = RunningMean.signature.drawn(size, using: &generator)
    inputs(&operands)
    let item = Case(name: "drawn", size: size, inputs: operands, cotangents: Operands())
    var selection = Selection()
    selection.variants = ["right"]
    var verdicts: [Verdict] = []
    Verification(RunningMean.self, selection, variants: [RunningMean.right], terms: Terms().by(.half)) {
      verdicts.append($0)
    }
    .checkLaws(of: item, seed: 0)
    return verdicts
  }
  let usual = verdicts()
  #expect(
    usual.count > 5 && usual.allSatisfy { $0.outcome == .pass && $0.precision == "half" }, "\(usual.map(\.outcome))")
  let large = verdicts { $0["u"] = $0["u"]!.combined(1e6, $0["u"]!, 0) }
  #expect(large.allSatisfy { $0.outcome.word == "not judged" && $0.isBeyondPrecision })
  #expect(large[0].outcome.reason.contains("but half ends at 6.55e4"), "\(large[0].outcome.reason)")
}
