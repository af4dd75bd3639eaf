import Fixtures
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

private let size = try! RunningMean.signature.size("B3-L41+x0")

private func item() -> Case {
  var generator = SeededGenerator(seed: 1)
  return Case(
    name: "drawn", size: size, inputs: RunningMean.signature.drawn(size, mixed: true, using: &generator),
    cotangents: RunningMean.signature.drawnCotangents(size, using: &generator))
}

private func outcome(_ variant: Variant) -> Outcome {
  let item = item()
  let verification = Verification(RunningMean.self) { _ in }
  switch variant.precision {
  case .float:
    return verification.judge(
      variant,
      Expectation<Float>(RunningMean.self, variant.pass, size, inputs: item.inputs, cotangents: item.cotangents)
    ).outcome
  case .double:
    return verification.judge(
      variant,
      Expectation<Double>(RunningMean.self, variant.pass, size, inputs: item.inputs, cotangents: item.cotangents)
    ).outcome
  }
}

/// Kinds of breakage, each of which must fail with a reason that names it.
private let broken: [(variant: Variant, reason: String)] = [
  (
    RunningMean.variant("zeros") { _, y, x, size in y.update(repeating: 0, count: size.B * size.L) },
    "y: relative error"
  ),
  (RunningMean.variant("one NaN") { _, y, _, _ in y[17] = .nan }, "y: not a number, or unwritten, at [0, 17]"),
  (RunningMean.variant("one wrong element") { _, y, _, _ in y[41] *= 1.0001 }, "y: "),
  (RunningMean.variant("infinity") { _, _, x, _ in x[1] = .infinity }, "x: not a number"),
  (
    RunningMean.variant("off by one in time") { _, y, _, size in
      for l in (1..<size.L).reversed() { y[l] = y[l - 1] }
      y[0] = 0
    }, "y: "
  ),
  (RunningMean.variant("input modified") { u, _, _, _ in u[3] += 1 }, "changed its input 'u'"),
  (RunningMean.variant("negative zero in an input") { u, _, _, _ in u[3] = -u[3] }, "changed its input 'u'"),
  (
    RunningMean.variant("output tail unwritten") { _, y, _, size in y[size.B * size.L - 1] = .nan },
    "y: not a number, or unwritten, at [2, 40]"
  ),
  (
    RunningMean.variant("writes behind its output") { _, y, _, size in y[size.B * size.L] = 1 },
    "wrote outside its output 'y'"
  ),
  (RunningMean.variant("writes before its output") { _, y, _, _ in y[-1] = 1 }, "wrote outside its output 'y'"),
  (
    RunningMean.variant("reads behind its input") { u, y, _, size in y[size.L * 3 - 1] += 0 * u[size.B * size.L] },
    "y: "
  ),
  (RunningMean.variant("first batch only") { _, y, _, size in y[2 * size.L] = 0 }, "y: "),
  (
    RunningMean.variant("half precision") { _, y, _, size in
      for index in 0..<size.B * size.L { y[index] = Float(Float16(y[index])) }
    }, "y: relative error"
  ),
  (
    RunningMean.gradientVariant("wrong sign") { gradients, _ in
      gradients["a"] = gradients["a"]!.combined(-1, gradients["a"]!, 0)
    }, "gradient of a: relative error"
  ),
  (
    RunningMean.gradientVariant("one gradient missing") { gradients, _ in gradients["u"] = nil },
    "gradient of u: not a number, or unwritten"
  ),
]

@Test func aRightVariantPasses() {
  #expect(outcome(RunningMean.right) == .pass)
  #expect(outcome(RunningMean.rightGradient) == .pass)
}

@Test(arguments: broken.indices)
func everyBrokenVariantFails(index: Int) {
  let (variant, reason) = broken[index]
  let outcome = outcome(variant)
  #expect(outcome.word == "fail", "\(variant.name)")
  #expect(outcome.reason.hasPrefix(reason), "\(variant.name): \(outcome.reason)")
}

@Test func otherBitsOnASecondCallFail() {
  final class Counter: @unchecked Sendable { var calls = 0 }
  let counter = Counter()
  let drifting = RunningMean.variant("drifting") { _, y, _, _ in
    counter.calls += 1
    if counter.calls > 1 { y[5] = y[5].nextUp }
  }
  #expect(outcome(drifting) == .fail("y: a second call on the same operands gave other bits"))
}

@Test func aRefusalIsAVerdictOfItsOwn() {
  let refusing = Variant(
    .forward, "refusing", idea: "a test", workspace: { _ in 0 },
    prepare: .float({ _ throws(Refusal) in throw Refusal("too long") }))
  #expect(outcome(refusing) == .refused("too long"))
}

/// Laws hold for the reference in the oracle's precision and for right variants, over many seeds: no false alarms.
@Test func rightVariantsObeyTheLaws() {
  var verdicts: [Verdict] = []
  Verification(RunningMean.self) { verdicts.append($0) }.checkLaws(seeds: 0..<8)
  // Nine checks of laws, each of the reference and a variant; two of gradients; and whether both passes repeat.
  #expect(verdicts.count == 8 * (9 * 2 + 2 + 2))
  for verdict in verdicts { #expect(verdict.outcome == .pass, "\(verdict.caseName) \(verdict.variant)") }
}
