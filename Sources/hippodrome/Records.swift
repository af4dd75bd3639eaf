import Foundation
import Harness
import KernelSpec
import Lanes
import Reporting

// What the harness found, as records.

extension VerdictRecord {
  init(_ verdict: Verdict) {
    let origin: Origin =
      switch verdict.origin {
      case .file(_, let isGolden): isGolden ? .golden : .fixture
      case .law: .law
      }
    self.init(
      kernel: verdict.kernel, case: verdict.caseName, origin: origin,
      check: ["values", "fixture"].contains(verdict.check) ? "case" : verdict.check, variant: verdict.variant,
      pass: verdict.pass.rawValue, precision: verdict.precision, threads: verdict.threads,
      verdict: Reporting.Outcome(verdict.outcome), reason: verdict.outcome.reason,
      errors: verdict.findings.map { OperandError($0) },
      replay: verdict.outcome == .pass ? "" : "hippodrome \(verdict.replay)", seconds: verdict.seconds.rounded(to: 3),
      diagnosis: verdict.diagnosis.map { DiagnosisRecord($0) },
      standardError: verdict.errors.isEmpty ? nil : verdict.errors,
      tolerance: verdict.terms.tolerance > 1 ? verdict.terms.tolerance : nil,
      repeatsWithinBound: verdict.terms.repeatsWithinBound ? true : nil)
  }
}

extension DiagnosisRecord {
  init(_ diagnosis: Diagnosis) {
    let faults = diagnosis.faults.map { fault in
      Fault(
        operand: fault.operand, place: fault.worst.steps.map { .init(axis: $0.axis, index: $0.index) },
        found: fault.worst.found, expected: fault.worst.expected, ratio: fault.ratio, wrong: fault.wrong,
        count: fault.count, patterns: fault.patterns,
        causes: fault.causes.map { .init(description: $0.description, residual: $0.residual) })
    }
    self.init(lines: diagnosis.lines, faults: faults, right: diagnosis.right)
  }
}

extension Reporting.Outcome {
  init(_ outcome: Harness.Outcome) {
    self =
      switch outcome {
      case .pass: .pass
      case .fail: .fail
      case .refused: .refused
      case .mistrusted: .mistrusted
      case .unjudged: .unjudged
      }
  }
}

extension OperandError {
  init(_ finding: Finding) {
    func norm(_ path: KeyPath<Harness.Deviation, Double>) -> Reporting.Deviation {
      Reporting.Deviation(
        error: finding.error[keyPath: path].rounded(to: 4), bound: finding.bound[keyPath: path].rounded(to: 4))
    }
    self.init(operand: finding.operand, global: norm(\.global), row: norm(\.row), element: norm(\.element))
  }
}

extension Double {
  /// The number to so many significant digits: records are kept by the ten thousand, and nobody reads more.
  fileprivate func rounded(to digits: Int) -> Double {
    isFinite ? Double(String(format: "%.*g", digits, self))! : self
  }
}

extension MeasurementRecord {
  init(_ measurement: RaceResult, kernel: any Kernel.Type, size: Size, date: String, race: String? = nil) {
    let work = kernel.work(size, measurement.pass)
    let variant = kernel.variants.first { $0.name == measurement.variant && $0.pass == measurement.pass }
    self.init(
      kernel: kernel.name, variant: measurement.variant,
      idea: measurement.idea ?? variant?.idea ?? (measurement.software == nil ? "the definition" : ""),
      pass: measurement.pass.rawValue, precision: measurement.precision.rawValue, threads: measurement.threads,
      size: size.description,
      extents: Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) }),
      verdict: Reporting.Outcome(measurement.outcome), reason: measurement.outcome.reason,
      verified: measurement.means,
      worst: ErrorRatios(worstOf: measurement.findings.map { OperandError($0).ratios }), samples: measurement.samples,
      callsPerSample: max(measurement.calls, 1), workspaceBytes: measurement.workspace,
      workspaceClaimed: measurement.claimed, peakBytes: measurement.peak, instructions: measurement.instructions,
      operandBytes: measurement.operands ?? 0,
      work: Cost(flops: work.flops, transcendentals: work.transcendentals, scalars: work.scalars),
      peakFlops: measurement.peakFlops,
      usualFlops: measurement.peakRates.isEmpty ? nil : Statistics.median(measurement.peakRates),
      claims: variant.flatMap { Claims($0.claims, at: size) }, date: date, race: race,
      software: measurement.software)
  }
}

extension MeasurementRecord.Claims {
  /// A variant's claims at a size; nil where it makes none.
  init?(_ claims: KernelSpec.Claims, at size: Size) {
    func claim(_ growth: Growth?) -> MeasurementRecord.Claim? {
      growth.map { MeasurementRecord.Claim(growth: $0.description, value: $0.value(at: size)) }
    }
    guard claims.time != nil || claims.workspace != nil else { return nil }
    self.init(time: claim(claims.time), workspace: claim(claims.workspace))
  }
}

extension RunRecord {
  /// The circumstances of this process.
  static func current() -> RunRecord { Environment.run(isa: isa) }

  /// The instruction set that the kernels were compiled for.
  static var isa: String { instructionSet }

  /// Where records go when nothing is said: a file for each machine, day and commit.
  var defaultPath: String { "\(defaultFolder)/\(date.prefix(10))-\(commit).jsonl" }

  /// The folder of all results of machines like this one.
  var defaultFolder: String { "\(Self.resultsFolder)/\(machine.id)" }

  /// The folder of all results.
  static let resultsFolder = "reports/results"
}
