import Catalog
import Foundation
import Testing

/// The right kernels in `controls`, which were written from the definitions alone: a failure of one is a fault of the judge, or theirs.
@Suite(.enabled(if: Python.has("numpy, h5py"), "needs Python with NumPy and h5py"))
struct ControlTests {
  @Test(arguments: catalog.map { $0.name })
  func passes(kernel: String) throws {
    let script = "controls/\(kernel).py"
    try #require(FileManager.default.fileExists(atPath: "\(root)/\(script)"), "\(kernel) has no control: \(script)")
    // Laws take most of the time, so they are judged in one precision.
    let selections = [
      ["--precision", "double", "--seeds", "1"],
      ["--precision", "float", "--cases", "fixtures/\(kernel)"],
    ]
    for selection in selections {
      let outcome = try hippodrome(["verify", kernel, "--contender", "\(Python.path) \(script)"] + selection)
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.output) \(outcome.errors)")
    }
  }
}
