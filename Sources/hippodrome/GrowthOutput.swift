import Reporting

/// Says which claims of how costs grow the measurements among these records contradict, and returns how many.
///
/// - Parameter quietly: whether the standard output belongs to something else, so that failures go to stderr.
func reportGrowth(_ records: [Record], quietly: Bool) -> Int {
  let verdicts = GrowthVerdicts.judge(records)
  let failed = verdicts.filter { $0.verdict == .fail }
  let print = quietly ? complain : say
  for verdict in failed {
    let contender = "\(verdict.kernel) \(verdict.variant) \(verdict.pass) \(verdict.precision) on \(verdict.threads)"
    print("FAIL \(contender): \(verdict.check): \(verdict.reason)\n  \(verdict.replay)")
  }
  if !quietly, !verdicts.isEmpty { say("growth: \(verdicts.count - failed.count) claims hold, \(failed.count) fail") }
  return failed.count
}
