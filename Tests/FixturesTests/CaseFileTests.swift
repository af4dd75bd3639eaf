import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors
import Testing

private let signature = Signature(
  extents: ["H", "N", "L"], derived: ["M": "N/2"],
  inputs: [.real("dt", "H"), .complex("A", "H", "M")], outputs: [.real("K", "H", "L")])

private func sample() -> CaseFile {
  var file = CaseFile(kernel: "test.filter", size: ["L": .number(3)], source: "a test")
  file.inputs["dt"] = .real(Tensor(shape: [2], elements: [0.1, 0.25]))
  file.inputs["A"] = .complex(Tensor(shape: [2, 1], elements: [Complex(-1, 2), Complex(-0.5, 1e-300)]))
  file.outputs["K"] = .real(Tensor(shape: [2, 3], elements: [1, 2, 3, 4, 5, 6]))
  file.notes = "six numbers"
  return file
}

/// A folder that goes away with the test.
private func inFolder(_ body: (String) throws -> Void) throws {
  let folder = NSTemporaryDirectory() + "fixtures-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "no error"
}

@Test func filesAreReadBackAsTheyWereWritten() throws {
  try inFolder { folder in
    try sample().write(to: folder + "/a.h5")
    let back = try CaseFile(contentsOf: folder + "/a.h5")
    #expect(back.kernel == "test.filter" && back.source == "a test" && back.notes == "six numbers")
    #expect(back.inputs["A"]!.shape == [2, 1] && back.inputs["A"]!.isComplex)
    #expect(back.inputs["A"]!.scalars == [-1, 2, -0.5, 1e-300])
    #expect(back.inputs.real("dt").elements == [0.1, 0.25])
    #expect(back.outputs.real("K").elements == [1, 2, 3, 4, 5, 6])
    #expect(back.cotangents.names.isEmpty && back.single.isEmpty && back.agreement == nil)
    let item = try Case(contentsOf: folder + "/a.h5", signature: signature)
    #expect(item.size.description == "H2-N2-L3" && item.name == "a.h5")
  }
}

/// Half precision is written as 16 bits where NumPy has such a type, and its numbers come back as they were.
@Test func narrowFilesHoldTheSameNumbers() throws {
  try inFolder { folder in
    let path = folder + "/a.h5"
    var file = sample()
    let numbers = [0x1p-24, -0x1.8p-15, 65504, 1 / 3.0]
    file.outputs = Operands(["K": .real(Tensor(shape: [4], elements: numbers))])
    file.inputs["A"] = .complex(Tensor(shape: [1], elements: [Complex(0.5, 0x1p-24)]))
    file.storage = .half
    try file.write(to: path)
    let back = try CaseFile(resultsOf: path, kernel: "test.filter", mayBeHalf: true)
    #expect(back.outputs["K"]!.scalars == [0x1p-24, -0x1.8p-15, 65504, 0x1.554p-2] && back.single.isEmpty)
    #expect(
      message { _ = try CaseFile(resultsOf: path, kernel: "test.filter") }
        == "outputs/K: expected float64, float32 or a compound {r, i} of them, found a float of 2 bytes")
    file.outputs = Operands()
    try file.write(to: path)
    #expect(try CaseFile(contentsOf: path).inputs["A"]!.scalars == [0.5, 0x1p-24])
    #expect(try CaseFile(contentsOf: path).single == ["inputs/A"])
    file.storage = .single
    try file.write(to: path)
    #expect(try CaseFile(contentsOf: path).single == ["inputs/A", "inputs/dt"])
    #expect(try CaseFile(contentsOf: path).inputs["dt"]!.scalars == [Double(Float(0.1)), 0.25])
  }
}

@Test func aFileThatCannotBeWrittenLeavesTheOldOneAlone() throws {
  try inFolder { folder in
    let path = folder + "/a.h5"
    try sample().write(to: path)
    let before = try Data(contentsOf: URL(fileURLWithPath: path))
    var bad = sample()
    bad.inputs["a/b/c"] = .real(Tensor(shape: [1], elements: [1]))
    #expect(message { try bad.write(to: path) }.hasSuffix("a/b/c: cannot be written"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == before)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["a.h5"])
    #expect(message { try sample().write(to: folder + "/none/a.h5") }.contains("no such folder"))
  }
}

@Test func filesThatAreNotCasesAreRefusedInOneLine() throws {
  try inFolder { folder in
    let path = folder + "/a.h5"
    #expect(message { _ = try CaseFile(contentsOf: path) } == "\(path): no such file")
    #expect(message { _ = try CaseFile(contentsOf: folder) } == "\(folder): is a folder, expected an HDF5 file")
    try Data("not HDF5".utf8).write(to: URL(fileURLWithPath: path))
    #expect(message { _ = try CaseFile(contentsOf: path) } == "\(path): not an HDF5 file")
    try sample().write(to: path)
    let whole = try Data(contentsOf: URL(fileURLWithPath: path))
    for length in stride(from: 1, to: whole.count, by: 97) {
      try whole.prefix(length).write(to: URL(fileURLWithPath: path))
      let line = message { _ = try CaseFile(contentsOf: path) }
      #expect(line.hasPrefix(path) && !line.contains("\n"), "cut to \(length) bytes: \(line)")
    }
  }
}

@Test func casesAreCheckedAgainstTheSignature() throws {
  func complaint(_ change: (inout CaseFile) -> Void) -> String {
    var file = sample()
    change(&file)
    return message { _ = try Case(file, path: "a.h5", signature: signature) }
  }
  #expect(complaint { _ in } == "no error")
  #expect(complaint { $0.inputs["A"] = nil } == "a.h5: inputs/A: missing, expected (H, M) ℂ")
  #expect(
    complaint { $0.outputs["K"] = .real(Tensor(repeating: 0, shape: [2, 4])) }
      == "a.h5: outputs/K: expected (2, 3) ℝ, found (2, 4) ℝ")
  #expect(
    complaint { $0.outputs["y"] = .real(Tensor(repeating: 0, shape: [2, 3])) }
      == "a.h5: outputs/y: unknown operand, expected K")
  #expect(
    complaint { $0.gradients["A"] = .real(Tensor(repeating: 0, shape: [2, 1])) }
      == "a.h5: gradients/A: expected (2, 1) ℂ, found (2, 1) ℝ")
  #expect(
    complaint { $0.inputs["dt"] = .real(Tensor(shape: [2], elements: [0.1, .nan])) }
      == "a.h5: inputs/dt: nan at element 1, expected finite values")
}
