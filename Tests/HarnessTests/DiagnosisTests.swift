import Fixtures
import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// A case with rows of very different scales, what is right for it in single precision, and what may be done to that.
private struct Patient {
  let expectation: Harness.Expectation<Float>
  var results: Operands<Float>
  var y: [Float]
  let length: Int

  init(_ text: String = "B4-L96+x0", seed: UInt64 = 1, pass: Pass = .forward) {
    let size = try! RunningMean.signature.size(text)
    var generator = SeededGenerator(seed: seed)
    let inputs = RunningMean.signature.drawn(size, mixed: true, using: &generator)
    let cotangents = RunningMean.signature.drawnCotangents(size, using: &generator)
    expectation = Harness.Expectation(RunningMean.self, pass, size, inputs: inputs, cotangents: cotangents)
    results = RunningMean.evaluate(pass, expectation.inputs, expectation.cotangents, size)
    y = results[pass == .forward ? "y" : "u"]!.scalars
    length = size.L
  }

  /// The diagnosis of the results, spoiled.
  func diagnosis(_ spoil: (inout Patient) -> Void) -> Diagnosis? {
    var patient = self
    spoil(&patient)
    let name = expectation.pass == .forward ? "y" : "u"
    patient.results[name] = .real(Tensor(shape: results[name]!.shape, elements: patient.y))
    return expectation.diagnosis(of: patient.results)
  }

  /// The same call with other inputs.
  mutating func read(_ change: (inout Operands<Float>) -> Void, present: Set<String> = ["x0"]) {
    var inputs = expectation.inputs
    change(&inputs)
    let values = ["B": expectation.size.B, "L": length]
    let size = try! RunningMean.signature.size(values, present: present)
    results = RunningMean.reference(inputs, size)
    y = results.real("y").elements
  }
}

/// Something wrong, and what a line of the diagnosis must begin with.
private struct Breakage: Sendable {
  let name: String
  let text: String
  let spoil: @Sendable (inout Patient) -> Void

  init(_ name: String, _ text: String, _ spoil: @escaping @Sendable (inout Patient) -> Void) {
    (self.name, self.text, self.spoil) = (name, text, spoil)
  }
}

private let spoiled: [Breakage] = [
  Breakage("zeros", "looks like: zeros", { $0.y = $0.y.map { _ in 0 } }),
  Breakage("a zero tail", "along l: only l = 95, the last", { for b in 0..<4 { $0.y[b * 96 + 95] = 0 } }),
  Breakage("the sign", "looks like: the sign is flipped", { $0.y = $0.y.map { -$0 } }),
  Breakage("twice", "looks like: a factor 2 ", { $0.y = $0.y.map { 2 * $0 } }),
  Breakage("by the length", "looks like: a factor 1/L = 1/96", { $0.y = $0.y.map { $0 / 96 } }),
  Breakage("an offset", "looks like: 0.125 added everywhere", { $0.y = $0.y.map { $0 + 0.125 } }),
  Breakage("late", "looks like: one position too late", { $0.y = [0] + $0.y.dropLast() }),
  Breakage("early", "looks like: one position too early", { $0.y = $0.y.dropFirst() + [0] }),
  Breakage(
    "reversed", "looks like: reversed along l",
    { patient in patient.y = (0..<4).flatMap { b in patient.y[b * 96..<b * 96 + 96].reversed() } }
  ),
  Breakage(
    "the first row for all", "looks like: what belongs at b = 0, at every b",
    { patient in patient.y = (0..<4).flatMap { _ in patient.y[..<96] } }
  ),
  Breakage(
    "two rows exchanged", "looks like: indices of b are exchanged: 1 has that of 2, 2 has that of 1",
    { $0.y = Array($0.y[..<96] + $0.y[192..<288] + $0.y[96..<192] + $0.y[288...]) }
  ),
  Breakage("one row", "only b = 2", { for index in 192..<288 { $0.y[index] *= -1 } }),
  Breakage(
    "from a block on", "along l: right before l = 64, a power of two",
    {
      for b in 0..<4 { $0.y[b * 96 + 64] += 30; $0.y[b * 96 + 95] += 30; for l in 65..<95 { $0.y[b * 96 + l] += 7 } }
    }),
  Breakage(
    "each 16th", "along l: wrong anew every 16, from l = 16",
    { for index in $0.y.indices where index % 96 % 16 == 0 && index % 96 > 0 { $0.y[index] *= 1.5 } }),
  Breakage(
    "every second row", "only b = 1, 3", { for index in $0.y.indices where index / 96 % 2 == 1 { $0.y[index] *= 3 } }),
  Breakage(
    "bfloat16", "looks like: rounded to bfloat16",
    { $0.y = $0.y.map { Float(NarrowFormat.bfloat16.rounded(Oracle($0))) } }),
  Breakage(
    "half", "looks like: rounded to half precision",
    { $0.y = $0.y.map { Float(NarrowFormat.half.rounded(Oracle($0))) } }),
  Breakage(
    "stale", "looks like: each a copy of the one before it",
    { for b in 0..<4 { for l in 90..<96 { $0.y[b * 96 + l] = $0.y[b * 96 + 89] } } }),
  Breakage("no state", "looks like: x0 is ignored", { $0.read({ $0["x0"] = nil }, present: []) }),
  Breakage(
    "the state twice", "looks like: the term of x0 is taken 2 times",
    { $0.read { $0["x0"] = $0["x0"]!.combined(2, $0["x0"]!, 0) } }
  ),
  Breakage(
    "the state's sign", "looks like: the term of x0 has the wrong sign",
    { $0.read { $0["x0"] = $0["x0"]!.combined(-1, $0["x0"]!, 0) } }),
  Breakage(
    "one decay for all", "looks like: a is read at b = 0 for all",
    { $0.read { $0["a"] = $0["a"]!.taking([0, 0, 0, 0], along: 0) } }),
  Breakage(
    "operands in half", "looks like: operands rounded to half precision",
    {
      $0.read { inputs in
        for name in inputs.names {
          let scalars = inputs[name]!.scalars.map { Float(NarrowFormat.half.rounded(Oracle($0))) }
          inputs[name] = Operand(shape: inputs[name]!.shape, isComplex: false, scalars: scalars)
        }
      }
    }
  ),
  Breakage(
    "restarts", "looks like: the state starts anew every 32 l",
    { patient in
      for start in stride(from: 32, to: 96, by: 32) {
        let u = patient.expectation.inputs["u"]!.taking(Array(start..<start + 32), along: 1)
        let inputs = Operands(["u": u, "a": patient.expectation.inputs["a"]!])
        let part = RunningMean.reference(inputs, try! RunningMean.signature.size("B4-L32")).real("y").elements
        for b in 0..<4 { for l in 0..<32 { patient.y[b * 96 + start + l] = part[b * 32 + l] } }
      }
    }
  ),
  Breakage(
    "NaN in the tail", "not a number: 12 of 384 scalars, 3.12 %; along l: right before l = 93",
    { for b in 0..<4 { for l in 93..<96 { $0.y[b * 96 + l] = .nan } } }),
]

@Test func whatIsRightHasNoDiagnosis() {
  #expect(Patient().diagnosis { _ in } == nil)
  #expect(Patient(pass: .gradient).diagnosis { _ in } == nil)
}

@Test(arguments: spoiled.indices)
func aBreakageIsDescribed(index: Int) throws {
  let breakage = spoiled[index]
  let lines = try #require(Patient().diagnosis(breakage.spoil)).lines
  #expect(lines.contains { $0.contains(breakage.text) }, "\(breakage.name): \(lines)")
  #expect(lines.count <= 8)
}

@Test func aDiagnosisReadsWell() throws {
  let diagnosis = try #require(
    Patient().diagnosis { patient in
      for l in 0..<96 { patient.y[2 * 96 + l] *= -1 }
      patient.results["x"] = .real(Tensor(repeating: 0, shape: [4]))
    })
  #expect(
    diagnosis.lines == [
      "y[b=2, l=1] is 0.1224, expected -0.1224: 10^5 times its bound", "wrong: 96 of 384 scalars, 25 %; only b = 2",
      "looks like: the sign is flipped (leaves less than 0.001 % of the error)",
      "also wrong: x (10^5 times its bound)",
    ])
  #expect(diagnosis.faults.map(\.operand) == ["y", "x"] && diagnosis.right.isEmpty)
  #expect(diagnosis.faults[0].profile.errors.count == 96 && diagnosis.faults[0].profile.axis == "l")
}

@Test func gradientsAreFollowedToo() throws {
  let diagnosis = try #require(Patient(pass: .gradient).diagnosis { $0.y = $0.y.map { $0 / 2 } })
  #expect(diagnosis.faults.map(\.operand) == ["u"] && diagnosis.right == ["a", "x0"])
  #expect(diagnosis.faults[0].causes.map(\.description) == ["a factor 0.5"])
}

/// Errors of no family, at any size: no cause may be named, over many seeds.
@Test(arguments: [1.0, 1e-2, 1e-4])
func noiseHasNoCause(size: Float) throws {
  for seed in 0..<16 as Range<UInt64> {
    var generator = SeededGenerator(seed: 1000 + seed)
    var noise: Float { size * Float(generator.normal()) }
    let patient = Patient("B3-L41+x0", seed: seed)
    let spoils: [(inout Patient) -> Void] = [
      { $0.y = $0.y.map { $0 + noise } },
      { $0.y = $0.y.map { $0 * (1 + noise) } },
      { for index in 60..<80 { $0.y[index] += noise } },
      { for index in 0..<9 { $0.y[13 * index] += noise } },
      { $0.y[17] += 1 + abs(noise) },
    ]
    for (index, spoil) in spoils.enumerated() {
      let causes = patient.diagnosis(spoil)?.faults.flatMap(\.causes) ?? []
      #expect(causes.isEmpty, "seed \(seed), spoil \(index): \(causes)")
    }
  }
}

/// Two mistakes at once are not one of them.
@Test func mixturesHaveNoCause() throws {
  for seed in 0..<16 as Range<UInt64> {
    var generator = SeededGenerator(seed: 2000 + seed)
    let patient = Patient(seed: seed)
    let spoils: [(inout Patient) -> Void] = [
      { patient in for index in 0..<192 { patient.y[index] *= -1; patient.y[index + 192] *= 2 } },
      { patient in
        patient.y = [0] + patient.y.dropLast()
        for index in 0..<192 { patient.y[index] *= 1.5 }
      },
      { patient in patient.y = patient.y.map { -$0 * (1 + 0.1 * Float(generator.normal())) } },
      { patient in patient.y.shuffle(using: &generator) },
      { $0.read { $0["a"] = $0["a"]!.combined(0.99, $0["a"]!, 0) } },
    ]
    for (index, spoil) in spoils.enumerated() {
      let causes = try #require(patient.diagnosis(spoil)).faults.filter { $0.operand == "y" }.flatMap(\.causes)
      #expect(causes.isEmpty, "seed \(seed), spoil \(index): \(causes)")
    }
  }
}

@Test func roundingInsideIsDescribedAndNotBlamed() throws {
  let diagnosis = try #require(
    Patient().diagnosis { patient in
      var generator = SeededGenerator(seed: 3)
      patient.y = patient.y.map { $0 * (1 + 0x1p-8 * Float(generator.uniform() - 0.5)) }
    })
  #expect(diagnosis.faults[0].causes.isEmpty)
  #expect(diagnosis.faults[0].patterns.contains { $0.hasPrefix("errors are spread evenly") })
}

@Test func aFailedVerdictHasADiagnosis() throws {
  let broken = RunningMean.variant("broken") { _, y, _, size in
    for l in 0..<size.L { y[l] *= -1 }
  }
  let patient = Patient("B3-L41+x0")
  let (outcome, _, written) = Verification(RunningMean.self) { _ in }.judge(broken, patient.expectation)
  #expect(outcome.word == "fail")
  let diagnosis = try #require(patient.expectation.diagnosis(of: written))
  #expect(diagnosis.lines.contains { $0.contains("only b = 0") })
  #expect(diagnosis.lines.contains { $0.hasPrefix("looks like: the sign is flipped") })
}
