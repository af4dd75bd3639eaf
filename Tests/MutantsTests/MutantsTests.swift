import Catalog
import Fixtures
import Foundation
import KernelSpec
import Mutants
import Testing

/// One kernel of the catalog, as an argument of tests.
struct Subject: CustomTestStringConvertible, Sendable {
  let kernel: any Kernel.Type

  var testDescription: String { kernel.name }

  static let all = catalog.map { Subject(kernel: $0) }
}

@Test(arguments: Subject.all)
func everyKillableMutantDies(subject: Subject) throws {
  try judge(subject.kernel)
}

/// `hippodrome mutants --quick` judges on more drawn cases and looks for false alarms, which takes an optimized build.
private func judge<K: Kernel>(_: K.Type) throws {
  let trial = MutationTrial(K.self, fixtures: try fixtures(of: K.self), seeds: 8, comparesRules: false)
  trial.run(K.mutants) { result in
    #expect(!result.hasSurvived, "survived: \(result.name), \(result.pass)")
    #expect(result.equivalence == nil || !result.isFound, "found, though declared equivalent: \(result.name)")
  }
}

private func fixtures<K: Kernel>(of _: K.Type) throws -> [Case] {
  let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  let folder = root.appending(path: "fixtures/\(K.name)").path
  let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".h5") }.sorted()
  return try names.map { try Case(contentsOf: "\(folder)/\($0)", signature: K.signature) }
}

/// Bugs are put into variants, of which a kernel may have none.
@Test(arguments: Subject.all.filter { !$0.kernel.variants.isEmpty })
func everyPassHasThirtyMutantsWithNamesOfTheirOwn(subject: Subject) {
  let names = subject.kernel.mutants.map { "\($0.name), \($0.pass)" }
  #expect(names.count >= 30 * Set(subject.kernel.variants.map(\.pass)).count)
  #expect(Set(names).count == names.count)
}
