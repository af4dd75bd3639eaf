import Fixtures
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// A case of two rows of the leaky sum, `y_l = a y_{l−1} + u_l` from `x0`.
private func item(_ a: [Double], _ u: [Double], x0: [Double]) throws -> Case {
  let size = try RunningMean.signature.size("B2-L\(u.count / 2)+x0")
  var generator = SeededGenerator("trust", seed: 0)
  let inputs = Operands<Double>([
    "a": .real(Tensor(shape: [2], elements: a)), "u": .real(Tensor(shape: [2, u.count / 2], elements: u)),
    "x0": .real(Tensor(shape: [2], elements: x0)),
  ])
  return Case(
    name: "stated", size: size, inputs: inputs,
    cotangents: RunningMean.signature.drawnCotangents(size, using: &generator))
}

private func complaints(_ item: Case) -> [String] {
  TrustLint(RunningMean.self, item, .forward, oracle: nil).complaints
}

private let drawn = [0.3137, -1.2719, 0.7713, 2.3171, -0.5517, 0.1239]

@Test func aCaseOfDrawnOperandsIsTrusted() throws {
  #expect(complaints(try item([0.8131, 0.6373], drawn, x0: [0.4171, -1.1313])) == [])
}

@Test func operandsThatGiveZerosAreMistrusted() throws {
  let found = complaints(try item([0.8131, 0.6373], Array(repeating: 0, count: 6), x0: [0, 0]))
  #expect(found.contains("y: zeros pass") && found.contains("x: zeros pass"))
}

@Test func operandsThatGiveTheirMeanAreMistrusted() throws {
  let found = complaints(try item([1, 1], Array(repeating: 0, count: 6), x0: [0.3137, 0.3137]))
  #expect(found.contains("y: its mean passes") && found.contains("x: a copy of x0 passes"))
}

@Test func operandsThatAreCopiedAreMistrusted() throws {
  let found = complaints(try item([0, 0], drawn, x0: [0.4171, -1.1313]))
  #expect(found.contains("y: a copy of u passes"))
  #expect(found.contains("x0 may be ignored"))
}

@Test func operandsThatHalfPrecisionHoldsAreMistrusted() throws {
  let found = complaints(try item([0.5, 0.25], [1, 2, 3, 4, 5, 6], x0: [8, 16]))
  #expect(found.contains("y: half precision passes"))
}

@Test func aRowThatDoesNotMatterIsMistrusted() throws {
  let found = complaints(try item([0.8131, 0.6373], [0.3137, -1.2719, 0.7713, 0, 0, 0], x0: [0.4171, 0]))
  #expect(!found.contains("y: zeros pass"))
  #expect(found.contains("the last index of B may be ignored"))
}

@Test func aVerdictSaysWhichNullContenderPasses() throws {
  var verdicts: [Verdict] = []
  Verification(RunningMean.self) { verdicts.append($0) }.check(
    try item([0, 0], drawn, x0: [0.4171, -1.1313]))
  let trust = verdicts.filter { $0.check == "trust" && $0.pass == .forward }
  #expect(trust.count == 1)
  #expect(trust[0].outcome.word == "mistrusted" && trust[0].outcome.reason.contains("a copy of u passes"))
}
