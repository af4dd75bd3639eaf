import Foundation
import Testing

/// A kernel in NumPy that computes convolution.causal in 32 bits, and what it does to the results after that.
private func verify(
  _ change: String = "y", _ options: String..., cases: [String] = ["B2-H2-L61-W1.h5"], precision: String = ""
)
  throws -> Outcome
{
  var outcome: Outcome?
  try inFolder { folder in
    let script = folder + "/kernel.py"
    try """
    import sys
    sys.path.insert(0, "\(root)/examples/python")
    import numpy as np
    import hippodrome_contender as hippodrome
    def convolution(inputs, size, options):
        u, K = inputs["u"], inputs["K"]
        assert u.dtype == (np.float64 if \(precision.isEmpty ? "True" : "False") else np.float32)
        y = inputs["D"][:, None] * u if "D" in inputs else np.zeros_like(u)
        for j in range(min(u.shape[-1], K.shape[-1])):
            y[..., j:] += K[:, j, None] * u[..., : u.shape[-1] - j]
        return {"y": \(change)}
    hippodrome.serve(convolution)
    """.write(toFile: script, atomically: true, encoding: .utf8)
    let stated = precision.isEmpty ? "" : " --precision \(precision)"
    outcome = try hippodrome(
      ["verify", "convolution.causal", "--external", "\(Python.path) '\(script)'\(stated)", "--name", "outsider"]
        + cases.flatMap { ["--case", $0] } + (precision.isEmpty ? [] : ["--precision", precision]) + options)
  }
  return outcome!
}

@Suite(.enabled(if: Python.has("numpy, h5py"), "needs Python with NumPy and h5py"))
struct OutsideTermsTests {
  @Test(arguments: ["half", "bfloat16"])
  func resultsOf16BitsAreJudgedByTheirBounds(precision: String) throws {
    let cases = ["B2-H2-L61-W1.h5", "B2-H3-L33-W7+D.h5", "B2-H3-L31-W31.h5"]
    let right = try verify(cases: cases, precision: precision)
    #expect(right.code == 0 && right.output.contains("3 pass, 0 fail"), "\(right.output) \(right.errors)")
    #expect(right.output.contains("forward: judged by the bounds of \(precision)"))
    // The bound is twelve ulps of all results and three times as many of one: a few more are too many.
    let ulp = precision == "half" ? "2.0**-10" : "2.0**-7"
    for mistake in [
      "y * (1 + 20 * \(ulp))", "y + (np.arange(y.size).reshape(y.shape) == 37) * 40 * \(ulp) * abs(y).max()",
    ] {
      let wrong = try verify(mistake, precision: precision)
      #expect(wrong.code == 1 && wrong.output.contains("1 fail"), "\(wrong.output) \(wrong.errors)")
      #expect(wrong.output.contains("times its bound"), "\(wrong.output)")
      #expect(
        wrong.output.contains("--precision \(precision)"), "the line below a failure repeats it: \(wrong.output)")
    }
  }

  /// Files have the numbers of the precision: as 16 bits in half, in 32 bits in bfloat16, which HDF5 and NumPy lack.
  @Test(arguments: [("half", "float16"), ("bfloat16", "float32")])
  func filesHoldThePrecision(precision: String, type: String) throws {
    try inFolder { folder in
      let script = folder + "/look.py"
      try """
      import sys, h5py, numpy as np
      with h5py.File(sys.argv[1]) as file, h5py.File(sys.argv[2], "w") as out:
          u, K = (file["inputs/" + name][()] for name in ("u", "K"))
          assert file["inputs/u"].dtype == np.\(type), file["inputs/u"].dtype
          bits = u.astype(np.float32).view(np.uint32)
          assert not (bits & (0x1FFF if "\(precision)" == "half" else 0xFFFF)).any()
          y = u.astype(np.float64) * K.astype(np.float64)[:, 0, None]
          # As a kernel may that computes in 32 bits and does not round.
          out["outputs/y"] = y.astype(np.\(precision == "half" ? "float16" : "float64"))
      """.write(toFile: script, atomically: true, encoding: .utf8)
      let command = ["verify", "convolution.causal", "--external", "\(Python.path) '\(script)'"]
      let some = ["--case", "B2-H2-L61-W1.h5", "--pass", "forward"]
      let outcome = try hippodrome(command + some + ["--precision", precision])
      #expect(outcome.code == 0 && outcome.output.contains("1 pass"), "\(outcome.output) \(outcome.errors)")
    }
  }

  @Test func results16BitsWideAreNotTakenUnasked() throws {
    let outcome = try verify("np.float16(y)", cases: ["B2-H2-L61-W1.h5"])
    // The helper writes what it was asked for: the narrow numbers are told by their errors.
    #expect(outcome.code == 1 && outcome.output.contains("rounded to half precision, 11 bits"), "\(outcome.output)")
  }

  @Test func whatHalfDoesNotHoldIsNotJudged() throws {
    let huge = "B2-H1-L1000-W100+D__huge.h5"
    let some = try verify(cases: ["B2-H2-L61-W1.h5", huge], precision: "half")
    #expect(
      some.code == 0 && some.output.contains("1 pass, 0 fail, 0 mistrusted, 0 refused, 1 not judged"),
      "\(some.output)")
    #expect(some.output.contains("not judged: u has 8.59e35, but half ends at 6.55e4"), "\(some.output)")
    let none = try verify(cases: [huge], precision: "half")
    #expect(none.code == 2 && none.lines == 1, "\(none.errors)")
    #expect(none.errors.contains("nothing was judged in half: \(huge): u has 8.59e35"), "\(none.errors)")
  }

  @Test func aToleranceIsSaidWhereverAVerdictIs() throws {
    try inFolder { folder in
      let twice = "y * (1 + 24 * 2.0**-10)"
      let plain = try verify(twice, precision: "half")
      #expect(
        plain.code == 1 && plain.output.contains("furthest beyond its bound: outsider forward half, "),
        "\(plain.output)")
      #expect(!plain.output.contains("judged at"))
      let files = ["--records", folder + "/v.jsonl", "--junit", folder + "/v.xml"]
      let lenient = try verify(twice, "--tolerance", "4", files[0], files[1], files[2], files[3], precision: "half")
      #expect(lenient.code == 0 && lenient.output.contains("1 pass"), "\(lenient.output) \(lenient.errors)")
      for text in [
        "; judged at 4 times the bound", "passes by its tolerance alone: outsider forward half on 1: y ",
        "\njudged at 4 times the bound: 1 pass by that alone\n", "--tolerance 4",
      ] {
        #expect(lenient.output.contains(text), "\(lenient.output)")
      }
      let record = try String(contentsOfFile: folder + "/v.jsonl", encoding: .utf8)
      #expect(record.contains(#""tolerance":4"#) && record.contains(#""precision":"half""#), "\(record)")
      let junit = try String(contentsOfFile: folder + "/v.xml", encoding: .utf8)
      #expect(junit.contains("judged at 4 times the bound, passes by that alone"), "\(junit)")
      #expect(try verify(twice, "--tolerance", "4", "--json", precision: "half").output.contains(#""tolerance":4"#))
      let report = try hippodrome("report", folder + "/v.jsonl", "--output", folder + "/pages")
      #expect(report.code == 0, "\(report.errors)")
      let pages = try FileManager.default.subpathsOfDirectory(atPath: folder + "/pages").filter {
        $0.hasSuffix(".md")
      }
      let texts = try pages.map { try String(contentsOfFile: folder + "/pages/" + $0, encoding: .utf8) }
      #expect(texts.contains { $0.contains("1 check judged at 4 times the bound; 1 of them pass by that alone") })
      // Five times the bound is too much for four.
      let five = try verify("y * (1 + 60 * 2.0**-10)", "--tolerance", "4", precision: "half")
      #expect(five.code == 1 && five.output.contains(", 4 times the bound; worst at"), "\(five.output)")
    }
  }

  /// Sums of threads and atomic additions come in any order.
  @Test func aKernelThatIsNotDeterministicMayRepeatWithinTheBound() throws {
    let restless = "y * (1 + 2.0**-51 * np.random.default_rng().integers(-2, 2, y.shape))"
    let plain = try verify(restless)
    #expect(
      plain.code == 1 && plain.output.contains("y: a second call on the same operands gave other bits"),
      "\(plain.output)")
    let asked = try verify(restless, "--repeat-within-bound")
    #expect(
      asked.code == 0 && asked.output.contains("; repeated calls may differ within the bound"), "\(asked.output)")
    #expect(asked.output.contains("--repeat-within-bound"), "\(asked.output)")
    // Each run has a folder of its own: the second is wrong.
    let wrong = try verify("y * (1 + 0.01 * ('/2/' in sys.argv[-1]))", "--repeat-within-bound")
    #expect(wrong.code == 1 && wrong.output.contains("in a second call on the same operands: y: "), "\(wrong.output)")
  }
}

@Test(arguments: [
  (
    ["verify", "s4d.filter", "--tolerance", "4"],
    "--tolerance and --repeat-within-bound are for --external or --contender"
  ),
  (["verify", "s4d.filter", "--repeat-within-bound"], "are for --external or --contender, which are missing"),
  (["verify", "s4d.filter", "--precision", "half"], "--precision half is for --external or --contender"),
  (["bench", "s4d.filter", "--precision", "half"], "Please provide one of 'float' and 'double'"),
  (
    ["verify", "s4d.filter", "--external", "true", "--tolerance", "0.5"],
    "--tolerance is 0.5, expected a finite number of 1 or more"
  ),
  (
    ["verify", "s4d.filter", "--external", "true", "--tolerance", "inf"], "--tolerance is ∞, expected a finite number"
  ),
  (
    ["verify", "s4d.filter", "--external", "true", "--tolerance", "nan"],
    "--tolerance is NaN, expected a finite number"
  ),
  (
    ["verify", "s4d.filter", "--external", "true", "--tolerance", "much"],
    "'--tolerance <tolerance>': expected a finite number of 1 or more"
  ),
  (
    ["verify", "s4d.filter", "--external", "true", "--precision", "fp8"],
    "Please provide one of 'float', 'double', 'half' or 'bfloat16'"
  ),
])
func whatIsForKernelsFromOutsideIsRefusedElsewhere(arguments: [String], line: String) throws {
  let outcome = try hippodrome(arguments)
  #expect(outcome.code == 2 && outcome.lines == 1 && outcome.errors.contains(line), "\(outcome.errors)")
}
