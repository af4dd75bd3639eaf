import Fixtures
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// A filter of one mode, `y_l = b q^l`, and an output that is zero by definition.
private protocol Fading: Kernel {
  static var decays: Draw { get }
}

extension Fading {
  static var name: String { "test.fading" }
  static var summary: String { "a mode" }
  static var signature: Signature {
    Signature(
      extents: ["H", "L"], inputs: [.real("b", "H"), .real("q", "H", draw: decays, hard: .uniform(0.1, 1))],
      outputs: [.real("y", "H", "L"), .real("nothing", "H", "L")], independent: ["H"])
  }
  static var laws: [Law] { [] }
  static func work(_ size: Size, _ pass: Pass) -> Work { Work(flops: Double(2 * size.H * size.L), scalars: 1) }
  static var sweep: [Size] { [] }
  static var variants: [Variant] {
    [Variant(.forward, "none", idea: "a test", workspace: { _ in 0 }, prepare: .float({ _ in { _ in } }))]
  }

  static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let b = inputs.real("b"), q = inputs.real("q")
    var y = Tensor<T>(repeating: 0, shape: [size.H, size.L])
    for h in 0..<size.H {
      y[h, 0] = b[h]
      for l in 1..<size.L { y[h, l] = q[h] * y[h, l - 1] }
    }
    return Operands(["y": .real(y), "nothing": .real(Tensor(repeating: 0, shape: [size.H, size.L]))])
  }
}

private enum Short: Fading { static var decays: Draw { .uniform(0.1, 0.5) } }
private enum Long: Fading { static var decays: Draw { .uniform(0.99, 0.999) } }
private enum Constant: Fading { static var decays: Draw { .value(1) } }

private func complaints<K: Kernel>(_: K.Type) throws -> [String] {
  TimedLint(K.self, try K.signature.size("H4-L400"), .forward).complaints()
}

@Test func operandsWhoseResultsFadeAreFound() throws {
  let found = try complaints(Short.self)
  #expect(found.count == 2, "\(found)")
  #expect(found.contains { $0.contains("y passes with zeros at L = ") && $0.contains("like it") }, "\(found)")
  #expect(found.contains { $0.contains("held at the value before") }, "\(found)")
}

@Test func operandsThatShowEveryPartAreGood() throws { #expect(try complaints(Long.self) == []) }

@Test func resultsThatStandStillMayNotBeHeld() throws {
  let found = try complaints(Constant.self)
  #expect(found.count == 1 && found[0].contains("y passes with L = 20…59 held at the value before"), "\(found)")
}

/// Where the oracle has time for a part of the rows only, the others are judged too.
@Test(arguments: [Pass.forward, .gradient])
func rowsThatTheOracleDoesNotJudgeAreJudged(pass: Pass) throws {
  let size = try RunningMean.signature.size("B60-L50")
  let item = Case.drawn(RunningMean.self, size, pass)
  func judge<T: VariantScalar>(_: T.Type, share: Double) {
    let seconds = RunningMean.referenceWork(size, pass).oracleSeconds
    let expectation = TimedExpectation<RunningMean, T>(RunningMean.self, pass, item, patience: share * seconds)
    #expect(expectation.means.contains(/^oracle at \d+ of 60 B, reference in double at \d+$/), "\(expectation.means)")
    let right = RunningMean.evaluate(
      pass, item.inputs.converted(to: T.self), item.cotangents.converted(to: T.self), size
    ).converted(to: Double.self)
    #expect(expectation.judge(right).outcome == .pass)
    let name = pass == .forward ? "y" : "u"
    for omission in Omission.tenths(.zeros, axis: 0, extent: 60) {
      var found = right
      found[name] = omission.applied(to: right[name]!)
      #expect(expectation.judge(found).outcome.word == "fail", "\(T.self) \(share) \(omission)")
    }
  }
  for share in [0.01, 0.3] {
    judge(Float.self, share: share)
    judge(Double.self, share: share)
  }
}

@Test func aRowWithAPeakHasItsShare() throws {
  let signature = Signature(
    extents: ["H", "N"],
    inputs: [.real("a", "H", "N", draw: .row(sum: .value(2), of: .normal(1), peak: .value(0.9)))],
    outputs: [.real("y", "H")])
  var generator = SeededGenerator(seed: 1)
  let a = signature.drawn(try signature.size("H50-N40"), using: &generator).real("a").elements
  var places: Set<Int> = []
  for row in 0..<50 {
    let magnitudes = a[row * 40..<(row + 1) * 40].map(abs)
    #expect(abs(magnitudes.reduce(0, +) - 2) < 1e-6 && abs(magnitudes.max()! - 1.8) < 1e-6)
    #expect(magnitudes.filter { $0 > 0 }.count == 40)
    places.insert(magnitudes.firstIndex(of: magnitudes.max()!)!)
  }
  #expect(places.count > 20)
}
