import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// Variants that are right in the small and break a law, by the check that must say so.
private let lawless: [(variant: Variant, check: String)] = [
  (RunningMean.variant("clamps") { _, y, _, size in clamp(y, size.B * size.L, to: 100) }, "scaling of u, x0"),
  (RunningMean.variant("adds a constant") { _, y, _, _ in y[0] += 1e-3 }, "zero u, x0"),
  (
    RunningMean.variant("looks ahead") { u, y, _, size in
      for b in 0..<size.B where size.L > 1 { y[b * size.L] += 1e-3 * u[b * size.L + size.L - 1] }
    }, "blind to what follows along L"
  ),
  (
    RunningMean.variant("drops the state of long parts") { _, _, x, size in
      for b in 0..<size.B where size.L > 1 { x[b] *= 1.001 }
    }, "chunks along L with carried state"
  ),
  (
    RunningMean.variant("drops the state of steps") { _, _, x, size in
      for b in 0..<size.B where size.L == 1 { x[b] *= 1.001 }
    }, "steps along L with carried state"
  ),
  (drifting(from: 11), "same bits again"),
]

private func clamp(_ y: UnsafeMutablePointer<Float>, _ count: Int, to most: Float) {
  for index in 0..<count { y[index] = max(-most, min(most, y[index])) }
}

/// Right for some calls, then off by one bit: a drift that two calls do not show.
private func drifting(from call: Int) -> Variant {
  final class Counter: @unchecked Sendable { var calls = 0 }
  let counter = Counter()
  return RunningMean.variant("drifts") { _, y, _, _ in
    counter.calls += 1
    if counter.calls >= call { y[0] = y[0].nextUp }
  }
}

@Test(arguments: lawless.indices)
func aVariantThatBreaksALawFailsItsCheck(index: Int) {
  let (variant, check) = lawless[index]
  var selection = Selection()
  (selection.variants, selection.laws) = ([variant.name], [check])
  var verdicts: [Verdict] = []
  Verification(RunningMean.self, selection, variants: [variant]) { verdicts.append($0) }.checkLaws(seeds: 0..<4)
  #expect(verdicts.count == 4)
  #expect(verdicts.contains { $0.outcome.word == "fail" }, "\(variant.name)")
}

/// Both are judged by the oracle first: what is wrong on two threads fails there, and what is right on both passes.
@Test func threadsAreCompared() {
  let alike = RunningMean.variant("right", threads: 2) { _, _, _, _ in }
  let wrong = RunningMean.variant("right", threads: 3) { _, y, _, _ in y[0] *= 1.01 }
  var selection = Selection()
  selection.laws = ["any number of threads"]
  var verdicts: [Verdict] = []
  Verification(RunningMean.self, selection, variants: [RunningMean.right, alike, wrong]) { verdicts.append($0) }
    .checkLaws(of: item("B2-L9"), seed: 0)
  #expect(verdicts.map(\.threads) == [2, 3])
  #expect(verdicts.map(\.outcome.word) == ["pass", "fail"])
}

/// A failure in the last step of long rows shrinks to the least length that shows it, and is written with what repeats it.
@Test func failuresAreShrunkAndKept() throws {
  let folder = NSTemporaryDirectory() + "failures-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let tail = RunningMean.variant("tail-dropped") { _, y, _, size in
    for b in 0..<size.B where size.L >= 5 { y[b * size.L + size.L - 1] = 0 }
  }
  var verdicts: [Verdict] = []
  let verification = Verification(
    RunningMean.self, variants: [tail], failures: FailureFolder(folder, seconds: 20)
  ) { verdicts.append($0) }
  verification.check(item("B3-L41+x0"))
  let verdict = try #require(verdicts.first { $0.variant == "tail-dropped" })
  let kept = try #require(verdict.kept)
  #expect(kept.size.description == "B1-L5")
  #expect(
    verdict.replayOfKept
      == "verify test.mean --cases \(folder)/test.mean-tail-dropped-forward-float-1-values.h5 "
      + "--variant tail-dropped --pass forward --precision float --threads 1")
  let small = try Case(contentsOf: try #require(kept.path), signature: RunningMean.signature)
  #expect(small.inputs["u"]!.scalars.count { $0 != 0 } == 1, "one element is enough to show it")
  verdicts = []
  verification.check(small)
  #expect(verdicts.contains { $0.variant == "tail-dropped" && $0.outcome.word == "fail" })
}

/// A law that fails is repeated on the file by its name and seed.
@Test func aKeptLawFailsAgainOnItsFile() throws {
  let folder = NSTemporaryDirectory() + "failures-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: folder) }
  let variant = drifting(from: 3)
  var selection = Selection()
  selection.laws = ["same bits again"]
  var verdicts: [Verdict] = []
  let verification = Verification(
    RunningMean.self, selection, variants: [variant], failures: FailureFolder(folder)
  ) { verdicts.append($0) }
  verification.checkLaws(seeds: 5..<6)
  // It drifts once and for all, so that no smaller case fails alike and the case itself is kept.
  let kept = try #require(verdicts.first?.kept)
  #expect(kept.seed == 5 && kept.path.map(FileManager.default.fileExists) == true)
  #expect(verdicts[0].replayOfKept?.contains("--law 'same bits again' --seed 5") == true)
}

private func item(_ size: String) -> Case {
  var generator = SeededGenerator(seed: 1)
  return Case(drawnFor: RunningMean.self, try! RunningMean.signature.size(size), using: &generator)
}
