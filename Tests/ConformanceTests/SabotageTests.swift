import Fixtures
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// Ways to be wrong that every fixture of every kernel must expose.
enum Sabotage: CaseIterable {
  case zeros, oneNaN, oneWrongElement, offByOneInTime, modifiedInput, unwrittenTail, staleOutput

  /// The variant, spoiled after each call.
  func spoil<K: Kernel>(_: K.Type, _ variant: Variant) -> Variant {
    guard case .double(let prepare) = variant.prepare else { fatalError("expected a variant in double") }
    let results = variant.pass == .forward ? K.signature.outputs : K.signature.inputs
    return Variant(
      variant.pass, "\(self)", idea: variant.idea, workspace: variant.workspace,
      prepare: .double({ size throws(Refusal) in
        let run = try prepare(size)
        let written = results.filter { !$0.isOptional || size.has($0.name) }
        return { arguments in
          run(arguments)
          for spec in written {
            let target =
              variant.pass == .forward ? arguments.output(spec.name) : arguments.gradient(spec.name)
            let shape = K.signature.shape(spec, size)
            let parts = spec.isComplex ? 2 : 1
            harm(target, count: shape.reduce(parts, *), row: (shape.last ?? 1) * parts, parts: parts)
          }
          if self == .modifiedInput {
            let first = UnsafeMutablePointer(mutating: arguments.input(K.signature.inputs[0].name))
            first[0] = first[0] == 0 ? 1 : -first[0]
          }
        }
      }))
  }

  private func harm(_ target: UnsafeMutablePointer<Double>, count: Int, row: Int, parts: Int) {
    switch self {
    case .zeros: target.update(repeating: 0, count: count)
    case .oneNaN: target[count / 2] = .nan
    case .oneWrongElement:
      let start = count / 2 / row * row
      let largest = (start..<start + row).map { abs(target[$0]) }.max()!
      target[count / 2] += largest == 0 ? 1 : 1e-3 * largest
    case .offByOneInTime:
      for start in stride(from: 0, to: count, by: row) {
        for index in (start + parts..<start + row).reversed() { target[index] = target[index - parts] }
        for index in start..<start + parts { target[index] = 0 }
      }
    case .modifiedInput: break
    case .unwrittenTail: target[count - 1] = .nan
    case .staleOutput: for index in 0..<count { target[index] = Double(index % 7) - 3 }
    }
  }
}

@Test(arguments: Stored.fixtures, Sabotage.allCases)
func everyFixtureExposesSabotage(stored: Stored, sabotage: Sabotage) throws {
  try expose(stored.kernel, stored.path, sabotage)
}

private func expose<K: Kernel>(_: K.Type, _ path: String, _ sabotage: Sabotage) throws {
  let item = try Case(contentsOf: path, signature: K.signature)
  // Long fixtures repeat what short ones show, at a hundred times the cost.
  guard K.referenceWork(item.size, .forward).oracleSeconds < 0.01 else { return }
  let verification = Verification(K.self) { _ in }
  for pass in K.passes {
    let expectation = Expectation<Double>(
      K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents, neighbours: 0)
    for variant in K.variants where variant.pass == pass && variant.precision == .double && variant.threads == 1 {
      guard verification.judge(variant, expectation).outcome == .pass else { continue }
      let (outcome, _, _) = verification.judge(sabotage.spoil(K.self, variant), expectation)
      #expect(outcome.word == "fail", "\(variant.name) \(pass) spoiled by \(sabotage)")
    }
  }
}
