import Foundation
import Harness
import Testing

/// Contenders that find plans by timing them share what they find.
@Test func plansAreKeptForOtherProcesses() throws {
  try inFolder { folder in
    func prepare() throws {
      let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hippodrome")
        .path
      let contender = try ContenderProcess([command, "contender"], environment: ["HIPPODROME_PLANS": folder])
      var request = ContenderRequest()
      request.prepare = root + "/fixtures/convolution.causal/B1-H1-L4096-W4096+D__decaying.h5"
      (request.variant, request.pass, request.precision, request.threads) = ("fftw", "forward", "double", 1)
      #expect(try contender.ask(request).ready == true)
    }
    try prepare()
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["fftw-measure"])
    let path = folder + "/fftw-measure"
    let (plans, written) = (try Data(contentsOf: URL(filePath: path)), try modified(path))
    #expect(!plans.isEmpty)
    try prepare()
    #expect(try Data(contentsOf: URL(filePath: path)) == plans)
    #expect(try modified(path) == written, "the second process found its plan made")
  }
}

private func modified(_ path: String) throws -> Date? {
  try FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
}
