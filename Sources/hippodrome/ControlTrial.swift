import Fixtures
import Foundation
import Harness
import KernelSpec
import Platform
import Reporting

/// Judges right kernels that others wrote, `controls/<kernel>.py`, on fixtures and laws: what fails one is a false alarm.
struct ControlTrial {
  /// The folder that holds them.
  let folder: String
  /// On how many seeds laws are judged.
  let seeds: Int
  /// Is told what is going on.
  let show: (String) -> Void

  private let python: String

  /// The controls in a folder; nil where it was not named and is not there.
  ///
  /// `HIPPODROME_PYTHON` names the Python to take; else it is `python3` or, where that lacks h5py, the system's.
  ///
  /// - Throws: `Failure` where the folder was named and is not there, or no Python has what controls need.
  init?(folder given: String?, besideFixtures fixtures: String, seeds: Int, show: @escaping (String) -> Void) throws {
    let folder =
      given ?? ((fixtures as NSString).deletingLastPathComponent as NSString).appendingPathComponent("controls")
    guard FileManager.default.fileExists(atPath: folder) else {
      guard let given else { return nil }
      throw Failure.misuse("--controls: \(given): no such folder")
    }
    let named = ProcessInfo.processInfo.environment["HIPPODROME_PYTHON"].map { [$0] }
    let pythons = named ?? ["python3", "/usr/bin/python3"]
    let modules = "import numpy, h5py"
    let able = try pythons.first { python in
      let run = try CommandRun(Verdict.quoted(python), ["-c", modules], errors: "/dev/null", timeout: 60)
      return run.ending == .exit(0)
    }
    guard let able else {
      throw Failure.misuse(
        "\(pythons.joined(separator: ", ")) cannot '\(modules)', expected Python with NumPy and h5py for \(folder)")
    }
    python = able
    (self.folder, self.seeds, self.show) = (folder, seeds, show)
  }

  /// What came of a kernel's control in single and double precision; nil where it has none. A control of which nothing was judged fails.
  ///
  /// - Throws: `Misfit` where there is no place for files.
  func run<K: Kernel>(_: K.Type, on items: [Case]) throws -> MutationControl? {
    let script = "\(folder)/\(K.name).py"
    guard FileManager.default.fileExists(atPath: script) else { return nil }
    var control = MutationControl(kernel: K.name)
    var unjudged: [String: String] = [:]
    let program = try ContenderProgram(
      K.self, "\(Verdict.quoted(python)) \(Verdict.quoted(script))", name: script, arguments: [],
      precisions: [.float, .double], threads: 1, timeout: 120, probe: Probe.resultsProcess)
    let judge = OutsideVerification(K.self, program, Selection()) { verdict in
      switch verdict.outcome {
      case .pass:
        let largest = verdict.findings.map(\.share).max() ?? 0
        control.pass(verdict.precision, share: largest)
      case .fail(let reason):
        control.fail(verdict.precision, "\(verdict.pass.rawValue) \(verdict.check) \(verdict.caseName): \(reason)")
      case .refused(let reason), .mistrusted(let reason), .unjudged(let reason): unjudged[verdict.precision] = reason
      }
    }
    for (index, item) in items.enumerated() {
      show("\(K.name): control, fixture \(index + 1) of \(items.count)")
      try judge.check(item)
    }
    for seed in 0..<seeds {
      show("\(K.name): control, laws, seed \(seed + 1) of \(seeds)")
      try judge.checkLaws(seeds: seed..<seed + 1)
    }
    control.demandVerdicts(["float", "double"], unjudged: unjudged)
    return control
  }
}
