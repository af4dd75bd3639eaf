import Catalog
import Fixtures
import KernelSpec
import Numerics
import StateSpace
import Tensors
import Testing

/// A model of some heads, the steps it takes, and inputs.
private struct Model {
  let size: Size
  let step: Size
  var inputs = Operands<Double>()

  /// With the fixture of this name, at another length.
  init(fixture: String, length: Int) throws {
    let path = Subject.root + "/fixtures/s4.filter/\(fixture).h5"
    let item = try Case(CaseFile(contentsOf: path), path: path, signature: S4Filter.signature)
    let s = item.size
    size = try S4Filter.signature.size(["H": s.H, "N": s.N, "R": s.R, "L": length])
    step = try S4Step.signature.size(["B": 1, "H": s.H, "N": s.N, "R": s.R])
    inputs = item.inputs
  }

  /// `max √(2 Σ |x|²)` over heads.
  static func norm(_ x: Operand<Double>, heads: Int) -> Double {
    let scalars = x.scalars, row = scalars.count / heads
    return (0..<heads).map { h in
      (2 * scalars[h * row..<(h + 1) * row].map { $0 * $0 }.reduce(0, +)).squareRoot()
    }.max()!
  }
}

/// What a variant computes.
private func results<T: VariantScalar, K: Kernel>(
  _: K.Type, _ variant: String, _ inputs: Operands<T>, _ size: Size
) throws -> Operands<T> {
  let chosen = K.variants.first {
    $0.name == variant && $0.pass == .forward && $0.threads == 1 && T.preparation(of: $0) != nil
  }!
  let run = try T.preparation(of: chosen)!(size)
  func memory(_ scalars: [T]) -> UnsafeMutablePointer<T> {
    let memory = UnsafeMutablePointer<T>.allocate(capacity: scalars.count)
    memory.initialize(from: scalars, count: scalars.count)
    return memory
  }
  let read = K.signature.inputs(size).map { ($0.name, memory(inputs[$0.name]!.scalars)) }
  let written = K.signature.outputs.map { spec in
    (spec, memory([T](repeating: 0, count: K.signature.shape(spec, size).reduce(spec.isComplex ? 2 : 1, *))))
  }
  run(Arguments(inputs: read, outputs: written.map { ($0.name, $1) }))
  var outputs = Operands<T>()
  for (spec, pointer) in written {
    let shape = K.signature.shape(spec, size)
    let count = shape.reduce(spec.isComplex ? 2 : 1, *)
    outputs[spec.name] = Operand(
      shape: shape, isComplex: spec.isComplex, scalars: Array(UnsafeBufferPointer(start: pointer, count: count)))
  }
  for (_, pointer) in read { pointer.deallocate() }
  for (_, pointer) in written { pointer.deallocate() }
  return outputs
}

/// The relative error of a filter, by its norm.
private func error<T: Scalar>(_ found: Operands<T>, _ expected: Operands<Oracle>) -> Double {
  let pairs = zip(found.real("K").elements, expected.real("K").elements)
  var (errors, scale) = (Oracle(0), Oracle(0))
  for (a, b) in pairs {
    errors += (Oracle(a) - b) * (Oracle(a) - b)
    scale += b * b
  }
  return Double((errors / scale).squareRoot())
}

/// Nodes in single precision make the official float filter 4e-4 wrong here.
@Test(arguments: ["blocked", "cauchy", "doubling"])
func s4FilterIsRightToSevenDigitsAtLength16384(variant: String) throws {
  let model = try Model(fixture: "H1-N64-R1-L131__legs", length: 16384)
  let expected = S4Filter.reference(model.inputs.converted(to: Oracle.self), model.size)
  let found = try results(S4Filter.self, variant, model.inputs.converted(to: Float.self), model.size)
  #expect(error(found, expected) < 1e-6)
}

/// Without a low-rank part it is the bilinear filter of the diagonal.
@Test func s4FilterWithoutLowRankPartIsDiagonal() throws {
  var model = try Model(fixture: "H2-N6-R2-L33__no-correction", length: 300)
  let shape = model.inputs["P"]!.shape
  model.inputs["P"] = .complex(Tensor(repeating: 0, shape: shape))
  let diagonal = try S4DFilter.signature.size(
    ["H": model.size.H, "N": model.size.N, "L": model.size.L], options: ["discretization": "bilinear"])
  var inputs = model.inputs
  inputs["P"] = nil
  let expected = S4DFilter.reference(inputs.converted(to: Oracle.self), diagonal)
  for variant in ["blocked", "cauchy", "doubling"] {
    let found = try results(S4Filter.self, variant, model.inputs.converted(to: Float.self), model.size)
    #expect(error(found, expected) < 1e-6)
  }
  #expect(error(try results(S4Filter.self, "blocked", model.inputs, model.size), expected) < 1e-13)
}

/// Ten thousand steps give the convolution of their inputs with the filter, and what is left of the first state.
///
/// No step lengthens a state where the real part of A is not positive, so rounding, once a step, makes the last state wrong by at most that
/// many ulps of the longest, and outputs by the norm of C times as much.
private func stepsAreConvolution<T: VariantScalar>(_: T.Type, _ fixture: String, hasState: Bool) throws {
  let count = 10000
  let model = try Model(fixture: fixture, length: count)
  let (H, M) = (model.size.H, model.size.N / 2)
  var generator = SystemRandomNumberGenerator()
  let u = (0..<count).map { _ in (0..<H).map { _ in Double(Float.random(in: -1...1, using: &generator)) } }
  let initial: [Complex<Double>] = (0..<H * M).map { _ in
    guard hasState else { return .zero }
    return Complex(Double(Float.random(in: -1...1)), Double(Float.random(in: -1...1)))
  }

  // C Abar^l Abar x is the filter with Bbar = Abar x: with B = (1 + dt/2 𝔸) x / dt.
  let A = model.inputs.complex("A"), P = model.inputs.complex("P"), dt = model.inputs.real("dt")
  var B = Tensor<Complex<Double>>(repeating: 0, shape: [H, M])
  for h in 0..<H {
    for m in 0..<M { B[h, m] = initial[h * M + m] + (A[h, m] * initial[h * M + m]).multiplied(by: dt[h] / 2) }
    for r in 0..<model.size.R {
      let signal = 2 * (0..<M).map { (P[r, h, $0].conjugate * initial[h * M + $0]).real }.reduce(0, +)
      for m in 0..<M { B[h, m] -= P[r, h, m].multiplied(by: signal * dt[h] / 2) }
    }
    for m in 0..<M { B[h, m] = B[h, m].multiplied(by: 1 / dt[h]) }
  }
  var free = model.inputs
  free["B"] = .complex(B)
  let K = try results(S4Filter.self, "blocked", model.inputs, model.size).real("K")
  let tail = try results(S4Filter.self, "blocked", free, model.size).real("K")

  var inputs = model.inputs.converted(to: T.self)
  inputs["x"] = Operand.complex(Tensor(shape: [1, H, M], elements: initial)).converted(to: T.self)
  let normOfC = Model.norm(model.inputs["C"]!, heads: H)
  var longest = 0.0
  var y: [[Double]] = []
  for l in 0..<count {
    inputs["u"] = Operand<Double>.real(Tensor(shape: [1, H], elements: u[l])).converted(to: T.self)
    let outputs = try results(S4Step.self, "woodbury", inputs, model.step)
    inputs["x"] = outputs["x"]
    longest = max(longest, Model.norm(outputs["x"]!.converted(to: Double.self), heads: H))
    y.append(outputs.real("y").elements.map { Double($0) })
  }
  let bound = Double(count) * Double(T.ulpOfOne) * normOfC * longest
  for l in stride(from: 0, to: count, by: 101) {
    for h in 0..<H {
      var expected = tail[h, l]
      for j in 0...l { expected += K[h, l - j] * u[j][h] }
      #expect(abs(y[l][h] - expected) <= bound, "position \(l)")
    }
  }
}

@Test(arguments: ["H2-N12-R2-L61__legt", "H1-N32-R1-L17__legs"], [false, true])
func s4StepsAreConvolutionInFloat(fixture: String, hasState: Bool) throws {
  try stepsAreConvolution(Float.self, fixture, hasState: hasState)
}

@Test(arguments: ["H2-N12-R2-L61__legt", "H1-N32-R1-L17__legs"], [false, true])
func s4StepsAreConvolutionInDouble(fixture: String, hasState: Bool) throws {
  try stepsAreConvolution(Double.self, fixture, hasState: hasState)
}
