import Foundation
import Harness
import Testing

private let row = [
  "convolution.causal", "--at", "B1-H1-L64-W64", "--variant", "direct-simd", "--pass", "forward", "--precision",
  "float", "--threads", "1",
]

@Test(.enabled(if: InstructionCounter.isAvailable))
func theSameBuildTakesAsManyInstructions() throws {
  try inFolder { folder in
    let json = folder + "/gate.json"
    let outcome = try hippodrome(
      ["gate", executable, executable] + row
        + ["--measure-same", "--instructions", "--instruction-threshold", "0%", "--json", json])
    #expect(outcome.output.contains("The instructions of 1 of 1 rows were counted"), "\(outcome.errors)")
    let object = try #require(
      JSONSerialization.jsonObject(with: Data(contentsOf: URL(filePath: json))) as? [String: Any])
    let verdicts = try #require(object["verdicts"] as? [[String: Any]])
    let counts = try #require(verdicts.first?["instructions"] as? [Int])
    #expect(counts.count == 2 && counts[0] == counts[1] && counts[0] > 1000, "\(counts)")
    #expect(verdicts.first?["takesMore"] as? Bool == false)
  }
}

@Test(.enabled(if: InstructionCounter.isAvailable))
func aSweepCountsInstructions() throws {
  try inFolder { folder in
    let records = folder + "/records.jsonl"
    let outcome = try hippodrome(
      ["bench"] + row
        + [
          "--instructions", "--samples", "3", "--sample-milliseconds", "5", "--allow-debug-build", "--without-limits",
          "--records", records,
        ])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let lines = try String(contentsOfFile: records, encoding: .utf8).split(separator: "\n")
    let counts = try lines.compactMap { line in
      try (JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])?["instructions"] as? Int
    }
    // The reference has none: it is no variant.
    #expect(counts.count == 1 && counts[0] > 1000, "\(counts)")
  }
}

@Test(arguments: [
  (["--instruction-threshold", "2%"], "--instruction-threshold is for --instructions, which is missing"),
  (["--portable", "x", "y"], "--portable is for --instructions, which is missing"),
])
func whatIsForInstructionsNeedsThem(options: [String], line: String) throws {
  let outcome = try hippodrome(["gate", executable, executable] + row + options)
  #expect(outcome.code == 2)
  #expect(outcome.errors.contains(line), "\(outcome.errors)")
}
