import Foundation
import Testing

@Test func listCheckNamesEveryGap() throws {
  try inFolder { folder in
    let records = folder + "/v.jsonl"
    let verified = try hippodrome(
      "verify", "s4d.filter", "--size", "L1", "--seeds", "1", "--pass", "forward", "--records", records)
    #expect(verified.code == 0, "\(verified.errors)")
    #expect(verified.output.contains("time: s4d.filter "))
    let outcome = try hippodrome("list", "s4d.filter", "--check", "--records", records)
    #expect(outcome.code == 1)
    #expect(outcome.output.contains("s4d.filter: no fixture has gradients"))
    #expect(outcome.output.contains("s4d.filter: blocked, gradient, float, 2 threads: ran on no fixture"))
    #expect(!outcome.output.contains("forward, float, 1 thread: ran on no fixture"))
    let misuse = try hippodrome("list", "--records", records)
    #expect(misuse.code == 2 && misuse.lines == 1)
  }
}
