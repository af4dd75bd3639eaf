import Fixtures
import Foundation
import Numerics
import Tensors
import Testing

/// The kernels in `examples`, as they are and with mistakes planted in copies of them.
///
/// `HIPPODROME_PYTHON` names the Python to take; else it is `python3` or, where that lacks h5py, the system's.
enum Python {
  static let path =
    ProcessInfo.processInfo.environment["HIPPODROME_PYTHON"]
    ?? ["python3", "/usr/bin/python3"].first { succeeds([$0, "-c", "import numpy, h5py"]) } ?? "python3"

  /// Whether modules can be imported.
  static func has(_ modules: String) -> Bool { succeeds([path, "-c", "import \(modules)"]) }

  static func succeeds(_ command: [String]) -> Bool {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.standardError = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    guard (try? process.run()) != nil else { return false }
    process.waitUntilExit()
    return process.terminationStatus == 0
  }
}

/// One line of an example replaced by a wrong one, a case that shows it, and what the report must say of where it is wrong.
struct Mistake: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let right: String
  let wrong: String
  let shownBy: String
  let place: String

  init(_ name: String, _ right: String, _ wrong: String, shownBy: String, at place: String) {
    (testDescription, self.right, self.wrong, self.shownBy) = (name, right, wrong, shownBy)
    self.place = place
  }

  /// A copy of the examples in a folder, with the mistake in one of them.
  func plant(in example: String, _ folder: String) throws {
    try FileManager.default.copyItem(atPath: root + "/examples", toPath: folder + "/examples")
    let path = "\(folder)/examples/\(example)"
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let place = try #require(text.range(of: right), "'\(right)' is not in \(example)")
    try text.replacingCharacters(in: place, with: wrong).write(toFile: path, atomically: true, encoding: .utf8)
  }
}

/// A mistake must fail, by its values rather than by its syntax, and the report must name the place.
private func expectFailure(_ outcome: Outcome, _ mistake: Mistake) {
  #expect(outcome.code == 1 && outcome.errors.isEmpty, "\(outcome.output) \(outcome.errors)")
  #expect(outcome.output.contains(/relative error|worst element|not a number/), "\(outcome.output)")
  #expect(outcome.output.contains(mistake.place), "\(outcome.output)")
}

@Suite(.enabled(if: Python.has("numpy, h5py"), "needs Python with NumPy and h5py"))
struct NumPyExample {
  static let kernel = "convolution.causal"
  static let script = "python/causal_convolution.py"

  @Test func passes() throws {
    let outcome = try hippodrome(
      "verify", Self.kernel, "--contender", "\(Python.path) examples/\(Self.script)", "--seeds", "1")
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.output) \(outcome.errors)")
    #expect(outcome.output.contains("gradient: judged by the bounds of double and float"))
  }

  @Test(arguments: ["", " --precision float"])
  func passesAsACommand(options: String) throws {
    let outcome = try hippodrome(
      "verify", Self.kernel, "--external", "\(Python.path) examples/\(Self.script)\(options)",
      "--case", "B2-H1-L4097-W5.h5", "--case", "B2-H3-L1-W5+D.h5")
    #expect(outcome.code == 0 && outcome.output.contains("4 pass"), "\(outcome.output) \(outcome.errors)")
    #expect(outcome.output.contains("bounds of \(options.isEmpty ? "double" : "float")"))
  }

  @Test(arguments: [
    Mistake(
      "circular wrap", "length = 2 * u.shape[-1]", "length = u.shape[-1]", shownBy: "B2-H3-L31-W31.h5",
      at: "a circular convolution of length 31 wraps around"),
    Mistake(
      "skip without D", #"y += inputs["D"][:, None] * u"#, "y += u", shownBy: "B2-H3-L33-W7+D.h5",
      at: "y[b=0, h=0, l=11] is"),
    Mistake(
      "late by one", #"return {"y": y}"#, #"return {"y": np.roll(y, 1, -1)}"#, shownBy: "B2-H2-L61-W1.h5",
      at: "one position too late"),
    Mistake(
      "gradient of one batch", "shares.sum(axis=0)", "shares[0]", shownBy: "B2-H4-L37-W9__impulse.h5",
      at: "the share of b = 0 alone"),
    Mistake(
      "conjugate missing", "spectrum * transform(u, length).conj()", "spectrum * transform(u, length)",
      shownBy: "B2-H5-L127-W127+D.h5", at: "right: u, D"),
  ])
  func failsWith(mistake: Mistake) throws {
    try inFolder { folder in
      try mistake.plant(in: Self.script, folder)
      expectFailure(
        try hippodrome(
          "verify", Self.kernel, "--external", "\(Python.path) '\(folder)/examples/\(Self.script)'",
          "--case", mistake.shownBy), mistake)
    }
  }

  /// Libraries promote: what is written has the precision that was asked for all the same.
  @Test(arguments: [
    ("float", "float32 complex64 float32"), ("double", "float64 complex128 float64"),
    ("half", "float16 complex64 float16"), ("bfloat16", "float32 complex64 float32"),
  ])
  func writesThePrecisionThatWasAskedFor(precision: String, kinds: String) throws {
    try inFolder { folder in
      let script = folder + "/promoting.py"
      try """
      import sys
      sys.path.insert(0, "\(root)/examples/python")
      import numpy as np
      import hippodrome_contender as hippodrome
      def convolution(inputs, size, options):
          return {"y": np.longdouble(1) * inputs["u"], "z": 1j * np.float64(2) * inputs["u"], "n": np.arange(3)}
      hippodrome.serve(convolution)
      """.write(toFile: script, atomically: true, encoding: .utf8)
      let (input, output) = (root + "/fixtures/\(Self.kernel)/B2-H3-L33-W7+D.h5", folder + "/out.h5")
      #expect(Python.succeeds([Python.path, script, "--precision", precision, input, output]))
      let check = """
        import h5py
        f = h5py.File("\(output)")["outputs"]
        assert f"{f['y'].dtype} {f['z'].dtype} {f['n'].dtype}" == "\(kinds)"
        """
      #expect(Python.succeeds([Python.path, "-c", check]))
    }
  }

  /// Operands that 32 bits do not hold are rounded before a program that gives 32 bits gets them: else it would be judged on others.
  @Test func passesInFloatOnOperandsOfDouble() throws {
    try inFolder { folder in
      var file = try CaseFile(contentsOf: root + "/fixtures/\(Self.kernel)/B2-H3-L33-W7+D.h5")
      for name in file.inputs.names {
        let operand = file.inputs[name]!
        file.inputs[name] = Operand(
          shape: operand.shape, isComplex: false, scalars: operand.scalars.map { $0 * 1.1 })
      }
      (file.outputs, file.gradients) = (Operands(), Operands())
      try file.write(to: folder + "/inexact.h5")
      let outcome = try hippodrome(
        "verify", Self.kernel, "--external", "\(Python.path) examples/\(Self.script) --precision float",
        "--cases", folder)
      #expect(outcome.code == 0 && outcome.output.contains("2 pass"), "\(outcome.output) \(outcome.errors)")
    }
  }

  @Test func isTimedBesideTheVariants() throws {
    try inFolder { folder in
      let outcome = try hippodrome(
        "bench", Self.kernel, "--at", "B1-H2-L64-W64", "--variant", "fftw", "--precision", "float", "--threads", "1",
        "--external", "\(Python.path) examples/\(Self.script)", "--name", "numpy", "--samples", "3",
        "--sample-milliseconds", "1", "--variant-seconds", "0.01", "--without-limits", "--allow-debug-build",
        "--records", folder + "/r.jsonl")
      #expect(outcome.code == 0, "\(outcome.output) \(outcome.errors)")
      for pass in ["forward", "gradient"] {
        for name in ["reference", "fftw", "numpy"] {
          #expect(outcome.output.contains("B1-H2-L64-W64 \(name) \(pass) float on 1, "), "\(outcome.output)")
        }
      }
    }
  }
}

/// What is right at the size that is timed, and wrong elsewhere.
@Suite(.enabled(if: Python.has("numpy, h5py"), "needs Python with NumPy and h5py"))
struct HollowContender {
  @Test func isNotTimed() throws {
    try inFolder { folder in
      let mistake = Mistake(
        "no skip", #"y += inputs["D"][:, None] * u"#, "y += 0",
        shownBy: "B2-H3-L33-W7+D.h5", at: "")
      try mistake.plant(in: NumPyExample.script, folder)
      let outcome = try hippodrome(
        "bench", NumPyExample.kernel, "--at", "B1-H2-L64-W64", "--variant", "fftw", "--precision", "float",
        "--threads",
        "1", "--external", "\(Python.path) '\(folder)/examples/\(NumPyExample.script)'", "--name", "numpy",
        "--samples",
        "3", "--sample-milliseconds", "1", "--variant-seconds", "0.01", "--without-limits", "--allow-debug-build",
        "--records", folder + "/r.jsonl")
      let rows = outcome.output.split(separator: "\n").filter { $0.contains("L64-W64 numpy ") }
      #expect(outcome.code == 1 && rows.count == 2, "\(outcome.output) \(outcome.errors)")
      #expect(
        rows.first?.contains("numpy forward float on 1, fail: not timed, for it fails the fixture ") == true,
        "\(outcome.output)")
      // The gradient is right, and is timed.
      #expect(rows.last?.contains("GFLOP/s") == true && rows.last?.contains("fail") == false, "\(outcome.output)")
    }
  }
}

@Suite(.enabled(if: Python.succeeds(["cc", "--version"]), "needs a C compiler"))
struct CExample {
  static let kernel = "mamba.scan"

  private func made(in folder: String) throws -> String {
    try #require(Python.succeeds(["make", "-C", folder + "/examples/c"]))
    return "'\(folder)/examples/c/selective_scan'"
  }

  @Test func passes() throws {
    try inFolder { folder in
      try FileManager.default.copyItem(atPath: root + "/examples", toPath: folder + "/examples")
      let outcome = try hippodrome(
        "verify", Self.kernel, "--external", try made(in: folder), "--seeds", "1")
      #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.output) \(outcome.errors)")
    }
  }

  @Test(arguments: [
    Mistake(
      "state lost at a chunk", "double sum = 0;",
      "double sum = 0; if (l % 64 == 0 && l) memset(state, 0, sizeof(double) * states);",
      shownBy: "B2-D5-L65-N16-G1+x0.h5", at: "nothing before l = 64 has an effect after it"),
    Mistake("first batch only", "b < batches", "b < 1", shownBy: "B2-D3-L13-N2-G1+D__growing.h5", at: "only b = 1"),
    Mistake(
      "bias after softplus", "step = softplus(step);", "step = softplus(delta[row * length + l]) + bias[d];",
      shownBy: "B1-D33-L13-N5-G3-softplus+bias.h5", at: "y[b=0, d=12, l=11] is"),
    Mistake(
      "wrong groups", "d / (channels / groups)", "d % groups", shownBy: "B2-D4-L61-N2-G2-softplus.h5",
      at: "d belongs to group d mod G"),
    Mistake(
      "state in 32 bits", "state[n] = decay * state[n] +", "state[n] = (float)decay * state[n] +",
      shownBy: "B2-D3-L97-N2-G1+x0__slow-decay.h5", at: "about 23.5 bits are right"),
  ])
  func failsWith(mistake: Mistake) throws {
    try inFolder { folder in
      try mistake.plant(in: "c/selective_scan.c", folder)
      expectFailure(
        try hippodrome("verify", Self.kernel, "--external", try made(in: folder), "--case", mistake.shownBy), mistake)
    }
  }
}

@Suite(.enabled(if: Python.has("torch, h5py"), "needs Python with PyTorch and h5py"))
struct PyTorchExample {
  static let kernel = "mamba.scan"
  static let script = "pytorch/selective_scan.py"

  @Test func passes() throws {
    let outcome = try hippodrome(
      "verify", Self.kernel, "--contender", "\(Python.path) examples/\(Self.script)", "--seeds", "1")
    #expect(outcome.code == 0 && outcome.errors.isEmpty, "\(outcome.output) \(outcome.errors)")
  }

  @Test(arguments: [
    Mistake(
      "bias subtracted", "delta + bias[:, None]", "delta - bias[:, None]",
      shownBy: "B1-D33-L13-N5-G3-softplus+bias.h5", at: "y[b=0, d=12, l=7] is"),
    Mistake(
      "softplus cut off", "torch.logaddexp(delta, torch.zeros_like(delta))", "F.softplus(delta)",
      shownBy: "B1-D4-L31-N2-G4-softplus+bias__tails.h5", at: "only d = 0"),
    Mistake(
      "expm1's own derivative", "1 + 2 * torch.expm1(dtA).detach() + (exponential - exponential.detach())",
      "1 + 2 * torch.expm1(dtA)", shownBy: "B1-D3-L31-N16-G1-signed+x0__alternating.h5", at: "all d but 0"),
    Mistake(
      "wrong groups", "value.repeat_interleave(channels // groups, dim=1)",
      "value.repeat(1, channels // groups, 1, 1)", shownBy: "B2-D4-L61-N2-G2-softplus.h5",
      at: "d belongs to group d mod G"),
    Mistake(
      "gradient of x0 missing", "else x0", "else x0.detach()", shownBy: "B2-D5-L65-N16-G1+x0.h5",
      at: "right: u, delta, A, B, C"),
  ])
  func failsWith(mistake: Mistake) throws {
    try inFolder { folder in
      try mistake.plant(in: Self.script, folder)
      expectFailure(
        try hippodrome(
          "verify", Self.kernel, "--contender", "\(Python.path) '\(folder)/examples/\(Self.script)'",
          "--precision", "double", "--case", mistake.shownBy), mistake)
    }
  }
}
