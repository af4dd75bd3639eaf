import Fixtures
import Harness
import KernelSpec
import Tensors
import Testing

/// A kernel without variants is judged by what is stored, and by nothing else: a definition that differs from it in one element of one
/// output, or a file that does, must fail.
@Test(arguments: Stored.fixtures.filter { $0.kernel.variants.isEmpty })
func whatIsStoredDecidesOnDefinitions(stored: Stored) throws {
  try spoil(stored.kernel, stored.path)
}

private func spoil<K: Kernel>(_: K.Type, _ path: String) throws {
  let file = try CaseFile(contentsOf: path)
  for name in file.outputs.names {
    let output = file.outputs[name]!
    var scalars = output.scalars
    let place = scalars.indices.max { abs(scalars[$0]) < abs(scalars[$1]) }!
    scalars[place] += 1e-9 * (scalars[place] == 0 ? 1 : scalars[place])
    var wrong = file
    wrong.outputs[name] = Operand(shape: output.shape, isComplex: output.isComplex, scalars: scalars)
    #expect(try outcome(K.self, file, path) == "pass")
    #expect(try outcome(K.self, wrong, path) == "fail", "\(name), spoiled")
  }
}

private func outcome<K: Kernel>(_: K.Type, _ file: CaseFile, _ path: String) throws -> String? {
  var verdicts: [Verdict] = []
  Verification(K.self) { verdicts.append($0) }.check(try Case(file, path: path, signature: K.signature))
  return verdicts.first { $0.check == "fixture" }?.outcome.word
}
