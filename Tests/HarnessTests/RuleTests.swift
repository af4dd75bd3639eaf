import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// `y = e^u · s` element by element: of e^−90 and 1e30, single precision has to keep a subnormal number on the way.
private enum ScaledDecay: Kernel {
  static let name = "test.decay"
  static let summary = "a scaled exponential"
  static let signature = Signature(
    extents: ["L"], inputs: [.real("u", "L"), .real("s", "L")], outputs: [.real("y", "L")], independent: ["L"])
  static let laws: [Law] = []
  static let variants: [Variant] = []
  static func work(_ size: Size, _ pass: Pass) -> Work { Work(flops: Double(size.L), scalars: Double(3 * size.L)) }
  static let sweep: [Size] = []
  static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let u = inputs.real("u"), s = inputs.real("s")
    return Operands(["y": .real(Tensor(shape: [size.L], elements: (0..<size.L).map { T.exp(u[$0]) * s[$0] }))])
  }
}

private func row(_ values: [Double]) -> Operand<Double> { .real(Tensor(shape: [values.count], elements: values)) }

private func outcome(_ u: [Double], _ s: [Double], _ change: (inout [Float]) -> Void) -> String {
  let size = try! ScaledDecay.signature.size("L\(u.count)")
  let inputs = Operands(["u": row(u), "s": row(s)])
  let expectation = Harness.Expectation<Float>(
    ScaledDecay.self, .forward, size, inputs: inputs, cotangents: Operands())
  var found = expectation.oracle["y"]!.scalars.map { Float($0) }
  change(&found)
  return expectation.judge(Operands(["y": .real(Tensor(shape: [u.count], elements: found))])).outcome.word
}

@Test func aSubnormalResultMayBeZero() {
  // Both are below the least normal number, 1.18e-38.
  #expect(outcome([-88, -89], [1, 1]) { $0 = [0, 0] } == "pass")
  #expect(outcome([-88, -89], [1, 1]) { $0[0] += 1e-37 } == "fail")
  #expect(outcome([-80, -81], [1, 1]) { $0[1] = 0 } == "fail")
}

@Test func whatASubnormalNumberOnTheWayIsMultipliedByMayBeLost() {
  #expect(outcome([-90, -1], [1e30, 3e-9]) { _ in } == "pass")
  #expect(outcome([-90, -1], [1e30, 3e-9]) { $0[0] = 0 } == "pass")
  // Nothing else is let off.
  #expect(outcome([-90, -1], [1e30, 3e-9]) { $0[1] *= 1.001 } == "fail")
  #expect(outcome([-90, -1], [1e30, 3e-9]) { $0[0] *= 10 } == "fail")
  #expect(outcome([-80, -1], [1e26, 3e-9]) { $0[0] = 0 } == "fail")
}

@Test func otherArithmeticEndsWithTheCall() {
  func third() -> Float { Float(one) / 3 }
  let (down, up) = (Arithmetic.roundingDown { third() }, Arithmetic.roundingUp { third() })
  #if arch(x86_64)
    #expect(down! < up! && Arithmetic.flushing { Float.leastNonzeroMagnitude * third() }! == 0)
  #endif
  #expect(third() == 0x1.555556p-2)
  #expect(Arithmetic.watched { Float.leastNormalMagnitude * third() }.result > 0)
}

/// One, which the compiler does not know.
private nonisolated(unsafe) var one = 1

@Test func whatExceedsAnAllowanceCounts() {
  var allowance = Allowance(floor: 1)
  allowance.allow(2, at: [1], of: 2)
  let expected = Operand<Oracle>.real(Tensor(shape: [2], elements: [0, 0]))
  func deviation(_ found: [Double]) -> Deviation {
    Deviation(row(found), from: expected, magnitudes: nil, allowance: allowance)
  }
  #expect(deviation([1, -3]).global == 0 && deviation([1, -3.5]).global == .infinity)
  #expect(deviation([-1.5, 0]).element == .infinity && deviation([.nan, 0]).element == .infinity)
  #expect(allowance.norm(2) == Oracle(10).squareRoot())
}

/// `y[l] = a^l` step by step with `a = e^−t`: a multiplier is rounded once, and so is off in one direction at every step.
private enum SlowDecay: Kernel {
  static let name = "test.slow"
  static let summary = "a slow decay"
  static let signature = Signature(
    extents: ["H", "L"], inputs: [.real("t", "H")], outputs: [.real("y", "H", "L")], independent: ["H"])
  static let laws: [Law] = []
  static let variants: [Variant] = []
  static func work(_ size: Size, _ pass: Pass) -> Work { Work(flops: Double(size.L), scalars: Double(size.L)) }
  static let sweep: [Size] = []
  static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let multiplier = T.exp(-inputs.real("t")[0])
    var y = [T(1)]
    while y.count < size.L { y.append(multiplier * y.last!) }
    return Operands(["y": .real(Tensor(shape: [1, size.L], elements: y))])
  }
}

/// Where the reference's multiplier happens to be right to a fiftieth of an ulp, others may round it as badly as rounding can, though moving t
/// by some ulps moves the multiplier by none.
@Test func aMultiplierThatTheReferenceRoundsLuckilyMayBeRoundedOtherwise() {
  let size = try! SlowDecay.signature.size("H1-L64")
  func outcome(_ t: Float, off ulps: Double) -> String {
    let inputs = Operands(["t": row([Double(t)])])
    let expectation = Harness.Expectation<Float>(
      SlowDecay.self, .forward, size, inputs: inputs, cotangents: Operands())
    let multiplier = Oracle.exp(-Oracle(t)) + Oracle(ulps) * Oracle(Float(1).nextDown.ulp)
    let y = (0..<64).map { Float(Oracle.pow(multiplier, $0)) }
    return expectation.judge(Operands(["y": .real(Tensor(shape: [1, 64], elements: y))])).outcome.word
  }
  func error(_ t: Float) -> Double {
    Double(Oracle(Float.exp(-t)) - Oracle.exp(-Oracle(t))) / Double(Float(1).nextDown.ulp)
  }
  let lucky = (0..<5000).map { Float(1e-3) + Float($0) * 1e-7 }.filter { abs(error($0)) < 0.02 }.prefix(20)
  #expect(lucky.count == 20)
  for t in lucky {
    #expect(outcome(t, off: 0.5) == "pass" && outcome(t, off: -0.5) == "pass", "t = \(t)")
    #expect(outcome(t, off: 4) == "fail" && outcome(t, off: -4) == "fail", "t = \(t)")
  }
}

/// A state that is carried through 512 steps by `e^(z[l])`, which differs from step to step.
private enum Carried: Kernel {
  static let name = "test.carried"
  static let summary = "a product of exponentials"
  static let signature = Signature(
    extents: ["L"], inputs: [.real("z", "L")], outputs: [.real("y", "L")], independent: [])
  static let laws: [Law] = []
  static let variants: [Variant] = []
  static func work(_ size: Size, _ pass: Pass) -> Work { Work(flops: Double(size.L), scalars: Double(2 * size.L)) }
  static let sweep: [Size] = []
  static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> { carried(inputs, by: 0) }
  static func drifting<T: Scalar>(
    _ pass: Pass, _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size, by share: T
  ) -> Operands<T>? { carried(inputs, by: share) }

  static func carried<T: Scalar>(_ inputs: Operands<T>, by share: T) -> Operands<T> {
    var x: T = 1
    let y = inputs.real("z").elements.map { z in
      x *= T.exp(z) * (1 + share)
      return x
    }
    return Operands(["y": .real(Tensor(shape: [y.count], elements: y))])
  }
}

/// A result whose multipliers are all off by one ulp in one direction passes; by four ulps it does not.
@Test func multipliersMayAllBeOffInOneDirection() {
  let size = try! Carried.signature.size("L512")
  let z = (0..<512).map { Double(Float(-4e-5 - 1e-8 * Double($0 * 37 % 512))) }
  func outcome(off ulps: Double) -> String {
    let inputs = Operands(["z": row(z)])
    let expectation = Harness.Expectation<Float>(
      Carried.self, .forward, size, inputs: inputs, cotangents: Operands())
    let found = Carried.carried(
      inputs.converted(to: Oracle.self), by: Oracle(ulps) * Oracle(Float(1).nextDown.ulp))
    return expectation.judge(found.converted()).outcome.word
  }
  #expect(outcome(off: 1) == "pass" && outcome(off: -1) == "pass")
  #expect(outcome(off: 4) == "fail" && outcome(off: -4) == "fail")
}
