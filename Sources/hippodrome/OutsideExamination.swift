import Fixtures
import Harness
import KernelSpec

/// The fixtures that a program from outside must pass before it is timed: operands drawn for measuring are of one kind only.
final class OutsideExamination {
  /// What it is examined in: it may be right in one of them and wrong in another.
  private struct Role: Hashable {
    let pass: Pass
    let precision: Precision
    let threads: Int
  }

  private let program: OutsideContender
  private let paths: [String]
  private let timeout: Double
  private let show: (String) -> Void
  private var outcomes: [Role: Harness.Outcome] = [:]

  /// The examination of a program by the fixtures of its kernel; `show` is told what is going on.
  ///
  /// - Throws: `Failure` where there are no fixtures.
  init(
    _ program: OutsideContender, _ kernel: any Kernel.Type, fixtures: String?, timeout: Double,
    show: @escaping (String) -> Void
  ) throws {
    (self.program, self.timeout, self.show) = (program, timeout, show)
    paths = try CaseFinder(cases: [], fixtures: fixtures).paths(for: [kernel]).paths[kernel.name] ?? []
  }

  /// Why it is not timed on so many threads, nil where it passes.
  func objection<K: Kernel>(_: K.Type, _ pass: Pass, _ precision: Precision, threads: Int) throws -> RaceResult? {
    let role = Role(pass: pass, precision: precision, threads: threads)
    let outcome = try outcomes[role] ?? examined(K.self, role)
    outcomes[role] = outcome
    guard outcome != .pass else { return nil }
    var result = RaceResult.refused(program.name, pass, precision, threads: threads, outcome.reason)
    (result.outcome, result.software) = (outcome, program.name)
    return result
  }

  /// Judges case by case, as `verify --contender` does, up to the first that fails.
  private func examined<K: Kernel>(_: K.Type, _ role: Role) throws -> Harness.Outcome {
    var verdicts: [Verdict] = []
    var selection = Selection()
    selection.passes = [role.pass]
    do {
      let contender = try ContenderProgram(
        K.self, program.commandLine, name: program.name, arguments: [],
        precisions: [OutsidePrecision(role.precision)],
        threads: role.threads, timeout: timeout, probe: Probe.resultsProcess)
      let judge = OutsideVerification(K.self, contender, selection) { verdicts.append($0) }
      for (index, path) in paths.enumerated() {
        show(
          "\(program.name): fixture \(index + 1) of \(paths.count), \(role.pass.rawValue) \(role.precision.rawValue)")
        try judge.check(Case(contentsOf: path, signature: K.signature))
        for verdict in verdicts {
          if case .fail(let reason) = verdict.outcome {
            return .fail("not timed, for it fails the fixture \(verdict.caseName): \(reason)")
          }
        }
      }
    } catch {
      throw Failure.misuse(error.description)
    }
    if verdicts.contains(where: { $0.outcome == .pass }) { return .pass }
    let reason = verdicts.compactMap { if case .refused(let reason) = $0.outcome { reason } else { nil } }.first
    return .refused("not timed, for it passes none of \(paths.count) fixtures" + (reason.map { ": \($0)" } ?? ""))
  }
}
