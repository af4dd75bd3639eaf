import Foundation
import Harness
import Testing

/// What contenders say of their memory, against a limit of the machine whose arrays are known: `copy`, which reads and writes
/// `amount` bytes a call.
@Suite(.serialized) struct PeakTests {
  /// The peak of a contender after a reset and one call, and the bytes of its call.
  private func peak(of limit: String) throws -> (peak: Int, amount: Int) {
    let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hippodrome")
      .path
    let contender = try ContenderProcess([command, "contender"])
    var request = ContenderRequest()
    (request.limit, request.precision, request.threads) = (limit, "float", 1)
    request.bytes = limit == "copy" ? 1 << 27 : nil
    let amount = try #require(try contender.ask(request).amount)
    request = ContenderRequest()
    request.resetPeak = true
    _ = try contender.ask(request)
    request = ContenderRequest()
    request.run = 1
    return (try #require(try contender.ask(request).peak), Int(amount))
  }

  private func expectRight() throws {
    let (copy, none) = (try peak(of: "copy"), try peak(of: "multiply-add"))
    let error = copy.peak - none.peak - copy.amount
    #expect(abs(error) <= 1 << 20, "\(error) bytes off, of \(copy.amount)")
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/clear_refs")))
  func thePeakOfAKnownAllocationIsRightToAMegabyte() throws {
    try expectRight()
    // A child must not be charged with what its driver holds.
    let count = 1 << 30
    let held = UnsafeMutableRawPointer.allocate(byteCount: count, alignment: 4096)
    defer { held.deallocate() }
    memset(held, 1, count)
    try expectRight()
    #expect(held.load(fromByteOffset: count - 1, as: UInt8.self) == 1)
  }
}
