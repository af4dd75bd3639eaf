import Harness
import KernelSpec

extension VerdictOutput {
  /// Says by what a program from outside was judged and what it refused; without any pass it is not right, whatever it refused.
  func concludeOutside(_ terms: Terms) throws {
    let passed = verdicts.filter { $0.outcome == .pass }
    for pass in Pass.allCases {
      let judged = verdicts.filter { $0.pass == pass && !$0.findings.isEmpty }
      let precisions = Set(judged.map(\.precision)).sorted()
      if !judged.isEmpty {
        note("\(pass.rawValue): judged by the bounds of \(precisions.joined(separator: " and "))")
      }
    }
    if let statement = terms.statement {
      let alone = verdicts.count(where: \.passesByTolerance)
      note(statement + (alone == 0 ? "" : ": \(alone) pass by that alone"))
    }
    var reasons: [(reason: String, count: Int)] = []
    for case .refused(let reason) in verdicts.map(\.outcome) {
      if let index = reasons.firstIndex(where: { $0.reason == reason }) {
        reasons[index].count += 1
      } else {
        reasons.append((reason, 1))
      }
    }
    for (reason, count) in reasons.prefix(5) { note("refused \(count) times: \(reason)") }
    if reasons.count > 5 { note("refused for \(reasons.count - 5) other reasons") }
    if passed.isEmpty, failed == 0 {
      throw Failure(code: 1, line: "nothing passed: a kernel is right only where it gives results")
    }
  }

  private func note(_ line: String) {
    if !json { say(line) }
  }
}
