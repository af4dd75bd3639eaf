import Catalog
import Foundation
import Testing

/// `bench` over axes and files of sweeps, with so little effort that only what is measured matters.
private let quick = [
  "--precision", "float", "--pass", "forward", "--threads", "1", "--samples", "3", "--sample-milliseconds", "0.1",
  "--variant-seconds", "0.01", "--without-reference", "--allow-debug-build", "--without-limits", "--json",
]

/// The sizes and variants that were measured, in order, with their verdict and reason.
private func measured(_ outcome: Outcome) throws -> [String] {
  let records = try #require(JSONSerialization.jsonObject(with: Data(outcome.output.utf8)) as? [[String: Any]])
  return records.filter { $0["kind"] as? String == "measurement" }.map {
    "\($0["size"]!) \($0["variant"]!) \($0["verdict"]!) \($0["reason"]!)".trimmingCharacters(in: .whitespaces)
  }
}

@Test func axesVaryTheirExtents() throws {
  try inFolder { folder in
    let outcome = try hippodrome(
      ["bench", "s4d.filter", "--variant", "powers", "--at", "H2-N4-L8", "--axis", "L=8..32x2", "--axis", "N=2,6"]
        + quick + ["--records", folder + "/r.jsonl"])
    #expect(outcome.code == 0, "\(outcome.errors)")
    let sizes = ["H2-N2-L8", "H2-N6-L8", "H2-N2-L16", "H2-N6-L16", "H2-N2-L32", "H2-N6-L32"]
    #expect(try measured(outcome) == sizes.map { "\($0) powers pass" })
  }
}

@Test func aFileSaysTheSameAsFlags() throws {
  try inFolder { folder in
    let file = folder + "/sweep.json"
    try Data(
      """
      {"schema": 1, "reference": false, "samples": 3, "sample-milliseconds": 0.1, "variant-seconds": 0.01, "timeout": 60,
       "memory": "1GB", "sweeps": [
        {"kernel": "s4d.filter", "at": "H2-N4-L8", "axes": {"N": "2..8x4", "L": [8, 16]},
         "variants": ["powers", "blocked"], "passes": "forward", "precisions": ["float"], "threads": 1},
        {"kernel": "convolution.causal", "at": ["B1-H1-L8-W8"], "axes": {"L,W": [8, 12]}, "variants": "direct-simd",
         "passes": "forward", "precisions": "float", "threads": [1]}]}
      """.utf8
    ).write(to: URL(filePath: file))
    let command = [
      "bench", "--sweep", file, "--allow-debug-build", "--without-limits", "--json", "--records", folder + "/r.jsonl",
    ]
    let outcome = try hippodrome(command)
    #expect(outcome.code == 0, "\(outcome.errors)")
    let filters = ["H2-N2-L8", "H2-N8-L8", "H2-N2-L16", "H2-N8-L16"].flatMap { ["\($0) powers", "\($0) blocked"] }
    let convolutions = ["B1-H1-L8-W8", "B1-H1-L12-W12"].map { "\($0) direct-simd" }
    #expect(try measured(outcome) == (filters + convolutions).map { "\($0) pass" })
    #expect(
      try measured(hippodrome(command + ["--variant", "powers"]))
        == filters.filter { $0.hasSuffix("s") }.map { "\($0) pass" })
  }
}

/// A row that is too slow or too large is a verdict of its own; the others are measured.
@Test func slowAndLargeRowsCostThemselves() throws {
  try inFolder { folder in
    let command = ["bench", "s4d.filter", "--variant", "powers", "--records", folder + "/r.jsonl"] + quick
    let huge = try hippodrome(command + ["--at", "H2-N4-L8", "--axis", "L=8,999999999", "--axis", "H=2,99"])
    let sizes = ["H2-N4-L8", "H99-N4-L8", "H2-N4-L999999999", "H99-N4-L999999999"]
    let found = try measured(huge)
    #expect(found.map { String($0.prefix { $0 != " " }) } == sizes)
    #expect(found[0] == "H2-N4-L8 powers pass")
    #expect(found[3].contains("powers refused needs about"), "\(found[3])")
    let limited = try measured(
      hippodrome(command + ["--at", "H2-N4-L8", "--at", "H64-N4-L65536", "--memory", "16MB"]))
    #expect(limited[0] == "H2-N4-L8 powers pass", "\(limited)")
    #expect(
      limited[1].contains("refused needs at least 0.0168 GB of memory, more than the limit of 0.0160 GB"),
      "\(limited)")
    let slow = try hippodrome(command + ["--at", "H2-N4-L8", "--timeout", "0.001"])
    #expect(slow.code == 1)
    #expect(try measured(slow) == ["H2-N4-L8 powers fail no answer within 0.001 s"])
  }
}

@Test func whatIsWrongWithASweepIsSaidInOneLine() throws {
  try inFolder { folder in
    let base = ["bench", "--allow-debug-build", "--without-limits", "--records", folder + "/r.jsonl"]
    for (arguments, text) in [
      (["s4d.filter", "--axis", "L"], "axis 'L': expected NAME=VALUES"),
      (["s4d.filter", "--axis", "Q=1"], "s4d.filter: no extent 'Q', expected H, N, L"),
      (["s4d.filter", "--at", "H1-N3-L1"], "extent N is 3, expected a multiple of 2"),
      (["s4d.filter", "--axis", "N=3"], "extent N is 3, expected a multiple of 2"),
      (["--shard", "3/2"], "3/2"), (["--memory", "4XB"], "4XB"),
      (["--timeout", "0"], "timeout is 0, expected 0.001 to 86,400"),
      (["--samples", "2"], "samples is 2, expected 3 to"), (["--retry-failed"], "--retry-failed is for --resume"),
      (["--sweep", "/nonexistent.json"], "/nonexistent.json: cannot be read"),
      (["s4d.filter", "--sweep", "/nonexistent.json"], "/nonexistent.json: cannot be read"),
    ] {
      let outcome = try hippodrome(base + arguments)
      #expect(outcome.code == 2 && outcome.lines == 1, "\(arguments): \(outcome.code) \(outcome.errors)")
      #expect(outcome.errors.contains(text), "\(arguments): \(outcome.errors)")
    }
    let file = folder + "/sweep.json"
    let entry = #""kernel": "s4d.filter""#
    for (json, text) in [
      ("", "\(file): not JSON"), ("[]", "\(file): found a list of 0, expected an object"),
      ("{}", "schema is missing, expected 1"), (#"{"schema": 2}"#, "schema is 2, expected 1"),
      (#"{"schema": 1}"#, "sweeps is missing, expected a list of objects"),
      (#"{"schema": 1, "sweeps": []}"#, "expected at least one"),
      (#"{"schema": 1, "sweeps": [7]}"#, "sweeps[0]: found 7, expected an object"),
      (#"{"schema": 1, "sweeps": [{}]}"#, "sweeps[0]: kernel is missing"),
      (#"{"schema": 1, "sweeps": [{"kernel": "s5"}]}"#, "kernel is \"s5\", expected \(catalog[0].name)"),
      (
        #"{"schema": 1, "sweep": [{\#(entry)}]}"#,
        "unknown key \"sweep\" (did you mean sweeps?), expected schema, sweeps"
      ),
      (#"{"schema": 1, "sweeps": [{\#(entry), "ats": "H1"}]}"#, "sweeps[0]: unknown key \"ats\""),
      (#"{"schema": 1, "sweeps": [{\#(entry), "at": 7}]}"#, "at is 7, expected a list of texts"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "at": "Q7"}]}"#, "'Q7' is neither an extent"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "axes": {"L": "x"}}]}"#, "found 'x'"),
      (
        #"{"schema": 1, "sweeps": [{\#(entry), "axes": {"L": [1.5]}}]}"#, "L is a list of 1, expected a list of whole"
      ),
      (#"{"schema": 1, "sweeps": [{\#(entry), "axes": {"Q": 1}}]}"#, "no extent 'Q'"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "axes": 1}]}"#, "axes: found 1, expected an object"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "variants": "fast"}]}"#, "unknown variant 'fast' of s4d.filter"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "passes": "back"}]}"#, "passes is \"back\", expected any of forward"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "threads": "1"}]}"#, "threads is \"1\", expected a list of whole"),
      (#"{"schema": 1, "sweeps": [{\#(entry), "threads": 77}]}"#, "leaves nothing to measure"),
      (#"{"schema": 1, "sweeps": [{\#(entry)}], "memory": 7}"#, "memory is 7, expected a text"),
      (#"{"schema": 1, "sweeps": [{\#(entry)}], "memory": "7 apples"}"#, "expected a number of bytes"),
      (#"{"schema": 1, "sweeps": [{\#(entry)}], "samples": 3.5}"#, "samples is 3.5, expected a whole number"),
      (#"{"schema": 1, "sweeps": [{\#(entry)}], "reference": "no"}"#, "reference is \"no\", expected true or false"),
    ] {
      try Data(json.utf8).write(to: URL(filePath: file))
      let outcome = try hippodrome(base + ["--sweep", file])
      #expect(outcome.code == 2 && outcome.lines == 1, "\(json): \(outcome.code) \(outcome.errors)")
      #expect(outcome.errors.contains(file) || text.hasPrefix("leaves"), "\(json): \(outcome.errors)")
      #expect(outcome.errors.contains(text), "\(json): \(outcome.errors)")
    }
    try Data(#"{"schema": 1, "sweeps": [{\#(entry)}]}"#.utf8).write(to: URL(filePath: file))
    let both = try hippodrome(base + ["s4d.filter", "--sweep", file])
    #expect(both.code == 2 && both.errors.contains("--sweep gives kernels and sizes, expected none beside it"))
    let lone = try hippodrome(["bench", "--allow-debug-build", "--without-limits", "--resume"])
    #expect(lone.code == 2 && lone.errors.contains("expected --records FILE too"), "\(lone.errors)")
    #expect(!FileManager.default.fileExists(atPath: folder + "/r.jsonl"))
  }
}
