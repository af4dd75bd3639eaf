import Fixtures
import Foundation
import Tensors
import Testing

private let fixture = root + "/fixtures/s4d.filter/H4-N6-L31__mixed-dt.h5"

@Test func aFailureIsDiagnosedAndDrawn() throws {
  try inFolder { folder in
    var file = try CaseFile(contentsOf: fixture)
    let filter = file.outputs["K"]!
    let scalars = filter.scalars.enumerated().map { $0.offset % 31 < 16 ? $0.element : -$0.element }
    file.outputs["K"] = Operand(shape: filter.shape, isComplex: false, scalars: scalars)
    try file.write(to: folder + "/wrong.h5")
    let outcome = try hippodrome(
      "verify", "--cases", folder + "/wrong.h5", "--pass", "forward", "--plot", folder + "/plots", "--records",
      folder + "/v.jsonl")
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("\n    K[h="))
    #expect(outcome.output.contains("along l: right before l = 16, a power of two, wrong from there to the end"))
    #expect(outcome.output.contains("looks like: the sign is flipped (leaves less than 0.001 % of the error)"))
    let images = try FileManager.default.contentsOfDirectory(atPath: folder + "/plots")
    #expect(images == ["s4d.filter-wrong.h5-reference-forward-oracle-1.svg"])
    #expect(try String(contentsOfFile: folder + "/v.jsonl", encoding: .utf8).contains("\"diagnosis\":{"))
  }
}
