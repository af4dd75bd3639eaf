import Catalog
import KernelSpec
import Testing

// A sequence that is decoded step by step, with its state carried along, is the convolution with the filter.

@Test func stepsOfADiagonalModelAreTheConvolutionInFloat() throws {
  #expect(try distance(Float.self) < 1e-5)
}

@Test func stepsOfADiagonalModelAreTheConvolutionInDouble() throws {
  #expect(try distance(Double.self) < 1e-13)
}

/// The relative distance of 10,000 single steps of `s4d.scan` from the input's convolution with the filter of `s4d.filter`.
private func distance<T: VariantScalar>(_: T.Type) throws -> Double {
  let (heads, modes, length) = (3, 4, 10_000)
  var state: UInt64 = 7
  let random: (Int) -> [T] = { count in
    (0..<count).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return T(Double(state >> 40) / 0x1p23 - 1)
    }
  }
  let dt: [T] = [0.002, 0.03, 0.5]
  let A = (0..<heads * modes).flatMap { [T(-0.5), T(3.25) * T($0 % modes)] }
  let parameters = [("dt", dt), ("A", A), ("B", random(A.count)), ("C", random(A.count))]
  let u = random(heads * length)

  let K = try Call<T>(
    "s4d.filter", "blocked", "H\(heads)-N\(2 * modes)-L\(length)", parameters, ["K": heads * length])
  let whole = try Call<T>(
    "convolution.causal", "fftw", "B1-H\(heads)-L\(length)-W\(length)", [("u", u), ("K", K.output("K"))],
    ["y": heads * length])

  let step = try Call<T>(
    "s4d.scan", "simd", "B1-H\(heads)-N\(2 * modes)-L1+x0",
    parameters + [("u", random(heads)), ("x0", [T](repeating: 0, count: A.count))], ["y": heads, "x": A.count])
  var (error, norm) = (0.0, 0.0)
  let expected = whole.output("y")
  for l in 0..<length {
    for head in 0..<heads { step.input("u")[head] = u[head * length + l] }
    step.call()
    step.input("x0").update(from: step.result("x"), count: A.count)
    for head in 0..<heads {
      let difference = Double(step.result("y")[head]) - Double(expected[head * length + l])
      error += difference * difference
      norm += Double(expected[head * length + l]) * Double(expected[head * length + l])
    }
  }
  return (error / norm).squareRoot()
}

/// A prepared variant with memory for its operands, called once.
private final class Call<T: VariantScalar> {
  private let run: Run<T>
  private let inputs, outputs: [(String, UnsafeMutableBufferPointer<T>)]

  init(
    _ kernel: String, _ name: String, _ size: String, _ inputs: [(String, [T])], _ outputs: [String: Int]
  ) throws {
    let kernel = try #require(catalog.first { $0.name == kernel })
    let variants = kernel.variants.filter { $0.pass == .forward && $0.name == name && $0.threads == 1 }
    let preparations = variants.compactMap { T.preparation(of: $0) }
    let prepare = try #require(preparations.first)
    run = try prepare(kernel.signature.size(size))
    self.inputs = inputs.map { name, values in
      let memory = Self.memory(values.count)
      _ = memory.initialize(from: values)
      return (name, memory)
    }
    self.outputs = outputs.map { name, count in
      let memory = Self.memory(count)
      memory.initialize(repeating: 0)
      return (name, memory)
    }
    call()
  }

  deinit { for (_, memory) in inputs + outputs { UnsafeMutableRawPointer(memory.baseAddress!).deallocate() } }

  private static func memory(_ count: Int) -> UnsafeMutableBufferPointer<T> {
    let raw = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<T>.stride, alignment: 64)
    return UnsafeMutableBufferPointer(start: raw.bindMemory(to: T.self, capacity: count), count: count)
  }

  func call() {
    run(
      Arguments(
        inputs: inputs.map { ($0, $1.baseAddress!) }, outputs: outputs.map { ($0, $1.baseAddress!) }))
  }

  func input(_ name: String) -> UnsafeMutablePointer<T> { inputs.first { $0.0 == name }!.1.baseAddress! }
  func result(_ name: String) -> UnsafeMutablePointer<T> { outputs.first { $0.0 == name }!.1.baseAddress! }
  func output(_ name: String) -> [T] { Array(outputs.first { $0.0 == name }!.1) }
}
