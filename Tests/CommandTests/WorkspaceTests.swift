import Catalog
import Fixtures
import Foundation
import Harness
import KernelSpec
import Numerics
import Tensors
import Testing

/// What variants keep beyond their operands, measured in contenders at the longest size of each sweep, is what they say.
@Test(.serialized, arguments: catalog.map { $0.name })
func everyVariantKeepsTheWorkspaceThatItStates(kernel name: String) throws {
  let kernel = try #require(catalog.first { $0.name == name })
  let longest = try #require(
    kernel.sweep.max { kernel.work($0, .forward).scalars < kernel.work($1, .forward).scalars })
  let path = NSTemporaryDirectory() + "workspace-\(UUID().uuidString).h5"
  defer { try? FileManager.default.removeItem(atPath: path) }
  var generator = SeededGenerator(seed: 0)
  try Case(
    name: "drawn", size: longest, inputs: kernel.signature.drawn(longest, using: &generator),
    cotangents: kernel.signature.drawnCotangents(longest, using: &generator)
  ).file(kernel: name, signature: kernel.signature, source: "drawn").write(to: path)

  let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hippodrome").path
  for variant in kernel.variants {
    var request = ContenderRequest()
    (request.prepare, request.variant, request.pass) = (path, variant.name, variant.pass.rawValue)
    (request.precision, request.threads) = (variant.precision.rawValue, variant.threads)
    let reply = try ContenderProcess([command, "contender"]).ask(request)
    if reply.refused != nil { continue }
    let claimed = try #require(reply.claimed)
    guard let measured = reply.workspace else { continue }
    // Within an eighth: FFTW keeps tables whose size depends on the plan that it finds to be fastest, seen 6 to 10 % off what its variants
    // state. The others are within 64 KB.
    #expect(
      abs(measured - claimed) <= max(claimed / 8, 65536),
      "\(variant.label) at \(longest): \(measured) bytes measured, \(claimed) stated")
  }
}
