import Harness
import Reporting

/// Draws the errors of every verdict that has a diagnosis, and says where.
func drawErrors(of verdicts: [Verdict], in folder: String, quietly: Bool) throws {
  var names: [String: Int] = [:]
  for verdict in verdicts {
    guard let diagnosis = verdict.diagnosis else { continue }
    let courses = diagnosis.faults.map { fault in
      ErrorPlot.Course(
        operand: verdict.pass == .forward ? fault.operand : "gradient of \(fault.operand)", axis: fault.profile.axis,
        positions: fault.profile.positions, errors: fault.profile.errors, bound: fault.profile.bound)
    }
    let parts = [
      verdict.kernel, verdict.caseName, verdict.variant, verdict.pass.rawValue, verdict.precision,
      "\(verdict.threads)",
    ]
    let stem = parts.joined(separator: "-").map { $0.isLetter || $0.isNumber || "-_.+".contains($0) ? $0 : "_" }
    names[String(stem), default: 0] += 1
    let count = names[String(stem)]!
    let name = String(stem) + (count == 1 ? "" : "-\(count)") + ".svg"
    let title = "\(verdict.kernel), \(verdict.variant), \(verdict.pass.rawValue), \(verdict.precision)"
    do {
      let image = try Gnuplot.svg(ErrorPlot(title: title, courses).plot(named: name))
      try writeReport(image, name, in: folder, quietly: quietly)
    } catch let failure as Gnuplot.Failure {
      throw Failure.misuse(failure.description)
    }
  }
}
