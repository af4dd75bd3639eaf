import KernelSpec
import Numerics
import Tensors
import Testing

@testable import Harness

/// What is planted in a kernel of the catalog is what the diagnosis names, whatever the kernel is.
@Test(arguments: Subject.all)
func plantedMistakesAreNamed(subject: Subject) throws {
  for pass in [Pass.forward, .gradient] where subject.passes.contains(pass) { try plant(subject.kernel, pass) }
}

extension Subject {
  fileprivate var passes: [Pass] { passes(kernel) }
  private func passes<K: Kernel>(_: K.Type) -> [Pass] { K.passes }
}

private func plant<K: Kernel>(_: K.Type, _ pass: Pass) throws {
  var generator = SeededGenerator("planted \(K.name)", seed: 0)
  let size = K.signature.plantedSize(2)
  let inputs = K.signature.drawn(size, using: &generator)
  let cotangents = K.signature.drawnCotangents(size, using: &generator)
  let expectation = Harness.Expectation<Double>(K.self, pass, size, inputs: inputs, cotangents: cotangents)
  let misreadings = Misreadings<K>(
    pass: pass, size: size, inputs: inputs.converted(), cotangents: expectation.cotangents.converted())
  #expect(!misreadings.all.isEmpty)
  for reading in misreadings.all {
    let results: Operands<Double> = reading.results().converted()
    guard let diagnosis = expectation.diagnosis(of: results) else { continue }
    for fault in diagnosis.faults where fault.isFinite && fault.wrong >= 8 {
      let causes = fault.causes.map(\.description)
      // Several misreadings may give the same results; the planted one is then one of them.
      let isSimpler = fault.causes.first.map { $0.residual <= 1e-4 } ?? false
      #expect(
        causes.contains(reading.description) || isSimpler, "\(K.name) \(reading.description): \(fault.lines)")
    }
  }
}

extension Signature {
  /// A size of 24 with at least `length` indices along every other extent, and every optional operand.
  func plantedSize(_ length: Int) -> Size {
    let divided = Set(derived.values.map(\.extent) + divides.map(\.extent))
    var values = Dictionary(
      uniqueKeysWithValues: extents.map { ($0, $0 == "L" ? 24 : divided.contains($0) ? 4 : length) })
    for (divisor, _) in divides { values[divisor] = 2 }
    let present = Set(inputs.filter(\.isOptional).map(\.name))
    // Where the defaults alone are no size, one option chosen makes one; the least value of one may leave nothing to do.
    let choices = [[:]] + options.flatMap { option in option.alternatives.reversed().map { [option.name: $0] } }
    return choices.lazy.compactMap { try? size(values, options: $0, present: present) }.first!
  }
}

/// A shipped variant that is spoiled is diagnosed through its verdict.
@Test(arguments: Subject.all)
func aSpoiledVariantIsDiagnosed(subject: Subject) throws { try spoil(subject.kernel) }

private func spoil<K: Kernel>(_: K.Type) throws {
  guard let variant = K.variants.first(where: { $0.pass == .forward && $0.precision == .double && $0.threads == 1 })
  else { return }
  guard case .double(let prepare) = variant.prepare else { return }
  var generator = SeededGenerator("spoiled \(K.name)", seed: 0)
  let size = K.signature.plantedSize(4)
  let inputs = K.signature.drawn(size, using: &generator)
  let expectation = Harness.Expectation<Double>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
  let spec = K.signature.outputs[0]
  let shape = K.signature.shape(spec, size)
  let count = shape.reduce(spec.isComplex ? 2 : 1, *)
  let spoiled = Variant(
    .forward, "spoiled", idea: "a test", workspace: { _ in 0 },
    prepare: .double({ size throws(Refusal) in
      let run = try prepare(size)
      return { arguments in
        run(arguments)
        let output = arguments.output(spec.name)
        // All but the first index of the slowest axis.
        for index in count / shape[0]..<count { output[index] *= 2 }
      }
    }))
  let (outcome, _, written) = Verification(K.self) { _ in }.judge(spoiled, expectation)
  #expect(outcome.word == "fail")
  let lines = try #require(expectation.diagnosis(of: written)).lines
  #expect(lines.contains { $0.contains("all \(spec.axes[0].lowercased()) but 0") }, "\(lines)")
  #expect(lines.contains { $0.hasPrefix("looks like: a factor 2 ") }, "\(lines)")
}

/// A convolution by transforms that are too short.
@Test(arguments: Subject.all)
func aCircularConvolutionIsNamed(subject: Subject) throws { try wrap(subject.kernel) }

private func wrap<K: Kernel>(_: K.Type) throws {
  guard let law = K.laws.first(where: { if case .timeInvariant = $0 { true } else { false } }),
    case .timeInvariant(let sequence, _) = law
  else { return }
  var generator = SeededGenerator("circular \(K.name)", seed: 0)
  let size = K.signature.plantedSize(4)
  let length = size[sequence]
  let inputs = K.signature.drawn(size, using: &generator)
  let expectation = Harness.Expectation<Double>(K.self, .forward, size, inputs: inputs, cotangents: Operands())
  var values = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
  values[sequence] = 2 * length
  let order = (0..<2 * length).map { $0 < length ? $0 : nil }
  let longer = K.reference(
    inputs.taking(order, along: sequence, K.signature.inputs),
    try K.signature.size(values, options: size.options, present: size.present))
  let head = longer.taking(Array(0..<length), along: sequence, K.signature.outputs)
  let tail = longer.taking(Array(length..<2 * length), along: sequence, K.signature.outputs)
  var circular = Operands<Double>()
  for name in head.names { circular[name] = head[name]!.combined(1, tail[name]!, 1) }
  let lines = try #require(expectation.diagnosis(of: circular)).lines
  #expect(lines.contains { $0.contains("a circular convolution of length \(length) wraps around") }, "\(lines)")
}
