import KernelSpec
import Numerics
import Testing

@testable import Harness

private func results(_ variants: [Variant], _ pass: Pass = .forward, draws: Int = 3) -> [AccuracyResult] {
  let size = try! RunningMean.signature.size("B2-L64+x0")
  var trial = AccuracyTrial(RunningMean.self, size, pass, variants)
  for draw in 0..<draws { trial.run(draw: draw) }
  return trial.results
}

@Test func accuracyIsMeasuredAgainstTheOracle() throws {
  let sloppy = RunningMean.variant("sloppy") { _, y, _, size in
    for index in 0..<size.B * size.L { y[index] *= 1 + 0x1p-10 }
  }
  let results = results([RunningMean.right, sloppy, RunningMean.rightGradient])
  #expect(results.map(\.variant) == ["reference", "right", "sloppy"])
  #expect(results.allSatisfy { $0.precision == .float && $0.operands.map(\.name) == ["x", "y"] })
  for result in results {
    let y = result.operands[1]
    #expect(y.errors.count == 3 && y.best.count == 3)
    // An ulp is twice the largest relative error of a rounding.
    for best in y.best { #expect(best > 0.1 * Double(Float.ulpOfOne) && best < 0.5 * Double(Float.ulpOfOne)) }
    for (error, best) in zip(y.errors, y.best) {
      #expect(error >= 0.99 * best)
      if result.variant == "sloppy" { #expect(abs(error / 0x1p-10 - 1) < 0.01) } else { #expect(error < 10 * best) }
    }
  }
}

@Test func gradientsAndEqualDrawsHaveAccuraciesToo() {
  let gradients = results([RunningMean.rightGradient], .gradient, draws: 1)
  #expect(gradients.map(\.variant) == ["reference", "right"])
  #expect(gradients[0].precision == .double && gradients[0].operands.map(\.name) == ["a", "u", "x0"])
  #expect(gradients[0].operands.map(\.errors) == gradients[1].operands.map(\.errors))
  #expect(
    results([RunningMean.right]).map(\.operands[1].errors) == results([RunningMean.right]).map(\.operands[1].errors))
}

@Test func whoRefusesHasNoAccuracy() {
  let refusing = Variant(
    .forward, "refusing", idea: "a test", workspace: { _ in 0 },
    prepare: .float({ _ throws(Refusal) in throw Refusal("too long") }))
  #expect(results([refusing]).map(\.variant) == ["reference"])
}
