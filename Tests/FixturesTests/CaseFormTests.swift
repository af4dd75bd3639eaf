import Fixtures
import Foundation
import Testing

/// Where the samples are that `fixtures/reader/recipe.py` writes.
private let samples =
  URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path + "/fixtures/reader"

private let dt = [0.25, 0.5]
private let A = [-0.5, 1, -1, 2, -0.25, 0.5, -2, -1]

/// Forms that other programs write: attributes of fixed length and as arrays, other widths and byte orders, filters, layouts and links.
@Test func formsOfOtherProgramsAreRead() throws {
  let attributes = try CaseFile(contentsOf: samples + "/form-attributes.h5")
  #expect(attributes.kernel == "s4d.filter" && attributes.source == "écrit à la main" && attributes.notes == "")
  #expect(attributes.size.mapValues { "\($0)" } == ["L": "1"] && attributes.options.isEmpty)
  #expect(try CaseFile.kernel(of: samples + "/form-attributes.h5") == "s4d.filter")

  let types = try CaseFile(contentsOf: samples + "/form-types.h5")
  #expect(types.inputs["dt"]!.scalars == dt && types.inputs["A"]!.scalars == A)
  #expect(types.inputs["B"]!.scalars == [1, -2, 3, 4] && types.inputs["C"]!.scalars == [1, 2, 3, 0x1p53 - 1])
  #expect(types.inputs["A"]!.isComplex && types.single == ["inputs/A"])

  let layouts = try CaseFile(contentsOf: samples + "/form-layouts.h5")
  #expect(layouts.inputs["dt"]!.scalars == dt && layouts.inputs["A"]!.scalars == A)
  #expect(layouts.inputs["B"]!.scalars == [-0.5, -1, -0.25, -2] && layouts.inputs["C"]!.scalars == [1, 2, 0.5, -1])
}

/// What cannot be read is refused for the reason that is true.
@Test(arguments: [
  ("refused-lzf.h5", "inputs/dt: packed by lzf (filter 32000), which HDF5 "),
  (
    "refused-truth-values.h5",
    "inputs/dt: expected float64, float32 or a compound {r, i} of them, found a truth value"
  ),
  (
    "refused-names.h5",
    "inputs/A: expected float64, float32 or a compound {r, i} of them, found a compound {real, imag}"
  ),
  ("refused-rounded.h5", "inputs/dt: expected float64 or float32, found whole numbers from 2^53 on, which"),
  (
    "refused-half-results.h5",
    "outputs/K: expected float64, float32 or a compound {r, i} of them, found a float of 2 bytes"
  ),
  ("refused-schema.h5", "attribute schema: found a truth value, expected a number"),
  ("corrupt-linked-twice.h5", "inputs: a link to what is not in this file, expected a group"),
  ("corrupt-unwritten.h5", "inputs/dt: shape [134217728] has more elements than a file of 6144 bytes holds"),
])
func theReasonIsTheTrueOne(name: String, reason: String) throws {
  let error = #expect(throws: (any Error).self) { _ = try CaseFile(contentsOf: "\(samples)/\(name)") }
  #expect("\(try #require(error))".hasPrefix("\(samples)/\(name): \(reason)"), "\(error!)")
}

@Test func placesThatAreNoFilesAreNotOpened() throws {
  let folder = NSTemporaryDirectory() + "forms-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try FileManager.default.createSymbolicLink(
    atPath: folder + "/link.h5", withDestinationPath: samples + "/form-layouts.h5")
  #expect(try CaseFile(contentsOf: folder + "/link.h5").inputs["dt"]!.scalars == dt)
  try FileManager.default.createSymbolicLink(atPath: folder + "/lost.h5", withDestinationPath: "nowhere.h5")
  #expect(mkfifo(folder + "/fifo.h5", 0o600) == 0)
  try Data("version https://git-lfs.github.com/spec/v1\n".utf8).write(to: URL(filePath: folder + "/lfs.h5"))
  for (path, reason) in [
    (folder + "/lost.h5", "a symbolic link to nowhere.h5, where there is nothing"), (folder, "is a folder"),
    (folder + "/fifo.h5", "is a FIFO, expected an HDF5 file"), ("/dev/null", "is a device, expected an HDF5 file"),
    (folder + "/none.h5", "no such file"), (folder + "/fifo.h5/a.h5", "cannot be read: Not a directory"),
    (folder + "/lfs.h5", "not an HDF5 file: a pointer of Git LFS"),
  ] {
    let error = #expect(throws: (any Error).self) { _ = try CaseFile(contentsOf: path) }
    #expect("\(try #require(error))".hasPrefix("\(path): \(reason)"), "\(error!)")
  }
}
