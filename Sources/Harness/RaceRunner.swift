import Fixtures
import KernelSpec
import Platform

/// One process in a race, and what is known of it so far.
final class RaceRunner {
  let entrant: Entrant
  var measurement: RaceResult
  /// How many seconds its samples took.
  private(set) var spent = 0.0
  /// Whether it may be timed, now and later.
  var isRunning = true
  private let memoryBytes: Int?
  private var process: ContenderProcess?

  init(_ entrant: Entrant, _ measurement: RaceResult, memoryBytes: Int?) {
    (self.entrant, self.measurement, self.memoryBytes) = (entrant, measurement, memoryBytes)
  }

  /// Does something with it. What goes wrong is its verdict and ends its part in the race.
  func attempt(_ body: () throws(Misfit) -> Void) {
    guard isRunning else { return }
    do throws(Misfit) { try body() } catch { end(.fail(error.description)) }
  }

  /// Ends its part in the race. A peer's samples count only if it made sense before and after them.
  func end(_ outcome: Outcome) {
    measurement.outcome = outcome
    if entrant.kind == .peer { measurement.samples = [] }
    isRunning = false
    process = nil
  }

  /// Asks the process, which is started by the first question.
  func ask(_ request: ContenderRequest) throws(Misfit) -> ContenderReply {
    let running: ContenderProcess
    if let process {
      running = process
    } else {
      running = try ContenderProcess(
        entrant.command, environment: entrant.environment, timeout: entrant.patience, memoryBytes: memoryBytes)
      process = running
    }
    return try running.ask(request)
  }

  /// Makes it perform calls.
  func run(_ calls: Int) throws(Misfit) -> ContenderReply {
    var request = ContenderRequest()
    request.run = calls
    let reply = try ask(request)
    spent += reply.seconds ?? 0
    return reply
  }

  /// Asks it to load the case.
  func prepare(_ path: String) throws(Misfit) {
    var request = ContenderRequest()
    (request.prepare, request.variant, request.threads) = (path, entrant.name, entrant.threads)
    (request.pass, request.precision) = (measurement.pass.rawValue, measurement.precision.rawValue)
    let reply = try ask(request)
    (measurement.workspace, measurement.claimed) = (reply.workspace, reply.claimed)
    (measurement.operands, measurement.idea) = (reply.operands, reply.idea)
    if entrant.kind == .peer { measurement.software = reply.version ?? measurement.software }
    if let reason = reply.refused { end(.refused(reason)) }
  }

  /// Runs once and has the results judged, without which nobody is timed; the duration of the call.
  @discardableResult
  func check(_ folder: String, _ judge: (CaseFile) throws(Misfit) -> (Outcome, [Finding])) throws(Misfit) -> Double {
    let reply = try run(1)
    (measurement.outcome, measurement.findings) = try judge(written(to: folder + "/out.h5", ask))
    measurement.peak = reply.peak
    let isTimed = measurement.outcome == .pass || entrant.kind == .peer && measurement.isSane
    if !isTimed { end(measurement.outcome) }
    return reply.seconds ?? 0
  }

  /// Finds how many calls fill a sample, given how long one took.
  func calibrate(_ effort: Effort, from first: Double) throws(Misfit) {
    var calls = 1
    var seconds = first
    while seconds < effort.sampleSeconds, calls < 1 << 24 {
      calls = max(calls + 1, min(calls * 10, Int(Double(calls) * 1.2 * effort.sampleSeconds / max(seconds, 1e-9))))
      seconds = try run(calls).seconds ?? 0
    }
    measurement.calls = calls
    spent = 0
  }

  /// Takes one sample.
  func sample() throws(Misfit) {
    let seconds = try run(measurement.calls).seconds ?? .nan
    measurement.samples.append(seconds / Double(measurement.calls))
  }

  /// Makes the peak of memory start again.
  func resetPeak() throws(Misfit) {
    var request = ContenderRequest()
    request.resetPeak = true
    _ = try ask(request)
  }
}
