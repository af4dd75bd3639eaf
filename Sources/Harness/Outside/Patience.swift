import Fixtures
import Foundation

/// Decides when a program from outside is not asked any more: one that hangs would hold the rest up for an hour, and one that cannot be
/// started, or whose module is missing, would say so hundreds of times.
struct Patience {
  /// After so many calls alike.
  private static let most = 3

  /// Why nothing more is asked; nil while it is.
  private(set) var reason: String?
  private var hasAnswered = false
  private var last = ""
  private var alike = 0
  private var timeouts = 0

  /// Takes note of an answer and, where it is known, of how the call ended.
  mutating func note(_ answer: OutsideAnswer, _ ending: CommandRun.Ending? = nil, timeout: Double) {
    timeouts = ending == .timeout ? timeouts + 1 : 0
    if timeouts == Self.most {
      reason = "not run, after \(timeouts) cases in a row without a result within \(timeout.formatted()) s"
    }
    guard case .fault(let fault, _) = answer else {
      hasAnswered = true
      return
    }
    guard !hasAnswered, ending != .timeout else { return }
    // By these the shell says that there is no such command, or none that can be run.
    if ending == .exit(126) || ending == .exit(127) {
      reason = "not run, since the command cannot be run: \(fault)"
    }
    alike = fault == last ? alike + 1 : 1
    last = fault
    if alike == Self.most { reason = "not run, after the first \(alike) calls all ended alike: \(fault)" }
  }
}
