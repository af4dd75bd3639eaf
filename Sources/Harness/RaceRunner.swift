import Fixtures
import KernelSpec
import Platform

/// One process in a race, and what is known of it so far.
final class RaceRunner {
  let entrant: Entrant
  var measurement: RaceResult
  /// How many seconds its samples took, as it says and by the driver's clock, which goes on between calls.
  private var spent = 0.0, waited = 0.0
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

  /// Asks the process.
  func ask(_ request: ContenderRequest) throws(Misfit) -> ContenderReply { try running().ask(request) }

  /// The process, which is started by the first question.
  private func running() throws(Misfit) -> ContenderProcess {
    if let process { return process }
    let started = try ContenderProcess(
      entrant.command, environment: entrant.environment, timeout: entrant.patience, memoryBytes: memoryBytes)
    process = started
    return started
  }

  /// Makes it perform calls: for how many seconds it says that they took, and its peak of memory.
  private func run(_ calls: Int) throws(Misfit) -> (seconds: Double, peak: Int?) {
    let start = ContinuousClock.now
    let reply = try running().run(calls)
    spent += reply.seconds!
    waited += start.duration(to: .now).seconds
    return (reply.seconds!, reply.peak)
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
    return reply.seconds
  }

  /// Finds how many calls fill a sample, given how long one took.
  func calibrate(_ effort: Effort, from first: Double) throws(Misfit) {
    var calls = 1
    var seconds = first
    (spent, waited) = (0, 0)
    // A contender that understates its times is found by its samples, which need not be as long as it says.
    while seconds < effort.sampleSeconds, calls < 1 << 24, waited < 50 * effort.sampleSeconds {
      calls = max(calls + 1, min(calls * 10, Int(Double(calls) * 1.2 * effort.sampleSeconds / max(seconds, 1e-9))))
      seconds = try run(calls).seconds
    }
    measurement.calls = calls
    (spent, waited) = (0, 0)
  }

  /// Whether it has given three samples and used its seconds.
  func isSpent(_ effort: Effort) -> Bool {
    measurement.samples.count >= 3 && (spent > effort.contenderSeconds || waited > 4 * effort.contenderSeconds)
  }

  /// Takes one sample.
  func sample() throws(Misfit) {
    let seconds = try run(measurement.calls).seconds
    measurement.samples.append(seconds / Double(measurement.calls))
  }

  /// Refuses the samples where what it says of them cannot be.
  func demandPossibleTimes() throws(Misfit) {
    do {
      try running().demandPossibleTimes(calls: measurement.calls)
    } catch {
      measurement.samples = []
      throw error
    }
  }

  /// Makes the peak of memory start again.
  func resetPeak() throws(Misfit) {
    var request = ContenderRequest()
    request.resetPeak = true
    _ = try ask(request)
  }
}
