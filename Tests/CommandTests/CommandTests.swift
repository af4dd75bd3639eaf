import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors
import Testing

private let fixture = root + "/fixtures/s4d.filter/H4-N6-L31__mixed-dt.h5"

@Test func listPrintsJSON() throws {
  let outcome = try hippodrome("list", "--json")
  #expect(outcome.code == 0)
  let list = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
  let filter = try #require(list.first { $0["kernel"] as? String == "s4d.filter" })
  #expect(Set((filter["inputs"] as? [String: Any] ?? [:]).keys) == ["dt", "A", "B", "C"])
  #expect((filter["options"] as? [String: Any])?["discretization"] != nil)
  let variants = try #require(filter["variants"] as? [[String: Any]])
  #expect(!variants.isEmpty && variants.allSatisfy { $0["pass"] is String && $0["threads"] is Int })
}

@Test func verifyPassesFixturesAndWritesReports() throws {
  try inFolder { folder in
    let outcome = try hippodrome(
      "verify", "s4d.filter", "--size", "H2-N16", "--junit", folder + "/v.xml", "--records", folder + "/v.jsonl")
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    #expect(outcome.output.contains("H2-N16-L61__equal-modes.h5"))
    #expect(try String(contentsOfFile: folder + "/v.xml", encoding: .utf8).contains("<testsuite"))
    #expect(try String(contentsOfFile: folder + "/v.jsonl", encoding: .utf8).contains("\"kind\":\"verdict\""))
  }
}

@Test func verifyPrintsJSON() throws {
  let outcome = try hippodrome("verify", "s4d.filter", "--case", "H2-N16-L61__equal-modes.h5", "--json")
  #expect(outcome.code == 0)
  #expect(try JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) is [[String: Any]])
}

@Test func aWrongFixtureFailsWithExitCodeOneAndAReplay() throws {
  try inFolder { folder in
    var file = try CaseFile(contentsOf: fixture)
    file.outputs["K"] = .real(Tensor(repeating: 0, shape: file.outputs["K"]!.shape))
    try file.write(to: folder + "/wrong.h5")
    let outcome = try hippodrome("verify", "--cases", folder)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("outputs/K of the case differs from the reference"))
    #expect(outcome.output.contains("hippodrome verify s4d.filter --cases \(folder)/wrong.h5"))
  }
}

@Test func runComputesWhatTheFixtureSays() throws {
  try inFolder { folder in
    let outcome = try hippodrome(
      "run", "s4d.filter", "--precision", "oracle", "--gradient", fixture, folder + "/out.h5")
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.errors)")
    let (wanted, found) = (try CaseFile(contentsOf: fixture), try CaseFile(contentsOf: folder + "/out.h5"))
    for (a, b) in [(wanted.outputs["K"]!, found.outputs["K"]!), (wanted.gradients["A"]!, found.gradients["A"]!)] {
      #expect(a.shape == b.shape)
      for (x, y) in zip(a.scalars, b.scalars) { #expect(abs(x - y) <= 1e-15 * max(abs(x), 1e-290)) }
    }
    #expect(found.gradients.names == ["A", "B", "C", "dt"])
  }
}

@Test func misuseEndsWithExitCodeTwoAndOneLine() throws {
  let wrong: [([String], String)] = [
    (["verify", "s5.filter"], "unknown kernel 's5.filter'"),
    (["verify", "--variant", "fastest"], "unknown variant 'fastest'"),
    (["verify", "--case", "none.h5"], "nothing was judged of the case 'none.h5'"),
    (["verify", "--cases", "/nonexistent"], "/nonexistent: no such file or folder"),
    (["run", "s4d.filter", "/nonexistent.h5", "/tmp/out.h5"], "/nonexistent.h5: no such file"),
    (["run", "mamba.scan", fixture, "/tmp/out.h5"], "attribute kernel: expected mamba.scan, found s4d.filter"),
    (["run", "s4d.filter", "--variant", "fast", fixture, "/tmp/out.h5"], "unknown variant 'fast' of s4d.filter"),
    (["run", "s4d.filter", "--precision", "half", fixture, "/tmp/out.h5"], "half"),
    (["run", "s4d.filter", fixture, "/nonexistent/out.h5"], "/nonexistent/out.h5: no such folder"),
    (["report", "/nonexistent"], "/nonexistent"),
    (["frobnicate"], "frobnicate"),
  ]
  for (arguments, text) in wrong {
    let outcome = try hippodrome(arguments)
    #expect(outcome.code == 2, "\(arguments): \(outcome.code)")
    #expect(outcome.lines == 1 && outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
  }
}

/// Flipped bytes anywhere in a file: the HDF5 library crashes on some, the command on none.
@Test func corruptFilesGetOneLineEachAndExitCodeTwo() throws {
  try inFolder { folder in
    let whole = try Data(contentsOf: URL(filePath: fixture))
    // Byte 336 is one that crashes HDF5 1.10.8.
    for index in [8, 336] + stride(from: 0, to: whole.count, by: 211) {
      var changed = whole
      changed[index] ^= 0x10
      try changed.write(to: URL(filePath: "\(folder)/flipped-\(index).h5"))
    }
    for length in [0, 1, 100, whole.count / 2, whole.count - 1] {
      try whole.prefix(length).write(to: URL(filePath: "\(folder)/cut-\(length).h5"))
    }
    let outcome = try hippodrome("verify", "s4d.filter", "--cases", folder)
    #expect(outcome.code == 2)
    for line in outcome.errors.split(separator: "\n") { #expect(line.hasPrefix("hippodrome: \(folder)/"), "\(line)") }
    for length in [0, 1, 100, whole.count / 2, whole.count - 1] {
      #expect(outcome.errors.contains("cut-\(length).h5: "))
      let run = try hippodrome("run", "s4d.filter", "\(folder)/cut-\(length).h5", "\(folder)/out.h5")
      #expect(run.code == 2 && run.lines == 1)
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/out.h5"))
    }
  }
}
