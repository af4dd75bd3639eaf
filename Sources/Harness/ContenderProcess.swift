import CPlatform
import Fixtures
import Foundation
import KernelSpec
import Messages
import Platform

/// A contender as the driver sees it: a child process that answers one JSON line with one JSON line.
public final class ContenderProcess {
  private let process: LineProcess
  private let timeout: Double
  private let memoryBytes: Int?
  private var clock = ClockCheck()

  /// Starts a command, with `environment` in addition to this process's.
  ///
  /// - Parameters:
  ///   - timeout: seconds that one answer may take.
  ///   - memoryBytes: what it may allocate at most; nil for no limit. Where the system cannot limit a child there is none.
  /// - Throws: `Misfit` where it cannot be started.
  public init(
    _ command: [String], environment: [String: String] = [:], timeout: Double = 120, memoryBytes: Int? = nil
  ) throws(Misfit) {
    process = try LineProcess(command, environment: environment)
    self.timeout = timeout
    if let memoryBytes, cplatform_limit_memory(process.processIdentifier, memoryBytes) == 0 {
      self.memoryBytes = memoryBytes
    } else {
      self.memoryBytes = nil
    }
  }

  /// Whether it was stopped, since it had not answered in time.
  public var isLate: Bool { process.isLate }

  /// Sends a request and waits for the answer.
  ///
  /// - Throws: `Misfit` where the child ends, is silent for too long, or answers an error.
  public func ask(_ request: ContenderRequest) throws(Misfit) -> ContenderReply {
    let line = String(decoding: try! JSONEncoder().encode(request), as: UTF8.self)
    let answer: String
    do {
      answer = try process.ask(line, timeout: timeout)
    } catch {
      guard let memoryBytes else { throw error }
      throw Misfit("\(error), under a limit of \(memoryBytes.formatted()) bytes of memory")
    }
    let reply: ContenderReply
    do { reply = try JSONDecoder().decode(ContenderReply.self, from: Data(answer.utf8)) } catch {
      let reason = explanation(of: error, in: Data(answer.utf8))
      throw Misfit("the contender answered '\(answer.prefix(80))', expected a JSON object: \(reason)")
    }
    if let error = reply.error { throw Misfit(error) }
    return reply
  }

  /// Has it perform calls, and notes how long that took by this process's clock too.
  ///
  /// - Throws: `Misfit` as `ask` does, and where it names no time.
  public func run(_ calls: Int) throws(Misfit) -> ContenderReply {
    var request = ContenderRequest()
    request.run = calls
    func waited() -> Double { RunQueue.secondsWaited() + RunQueue.secondsWaited(by: process.processIdentifier) }
    let waitedBefore = waited()
    let start = ContinuousClock.now
    let reply = try ask(request)
    let taken = start.duration(to: .now).seconds
    guard let seconds = reply.seconds, seconds >= 0, seconds.isFinite else {
      throw Misfit(
        "the contender answered \(reply.seconds.map { "\($0)" } ?? "no") seconds, expected a number from 0")
    }
    clock.add(calls: calls, stated: seconds, taken: taken, waited: waited() - waitedBefore)
    return reply
  }

  /// Holds the times of all runs of so many calls against this process's clock.
  ///
  /// - Throws: `Misfit` that names both times where they cannot be.
  public func demandPossibleTimes(calls: Int) throws(Misfit) {
    let complaint = try clock.complaint(calls: calls) { () throws(Misfit) in
      var request = ContenderRequest()
      request.resetPeak = true
      var least = Double.infinity
      for _ in 0..<5 {
        let start = ContinuousClock.now
        _ = try ask(request)
        least = min(least, start.duration(to: .now).seconds)
      }
      return least
    }
    if let complaint { throw Misfit(complaint) }
  }
}

/// Has a contender write its last results to a file, and reads it: nothing that another has written there before, and no FIFO, which
/// would be waited for for ever.
func written(
  to path: String, _ ask: (ContenderRequest) throws(Misfit) -> ContenderReply
) throws(Misfit) -> CaseFile {
  unlink(path)
  var request = ContenderRequest()
  request.write = path
  _ = try ask(request)
  guard isRegularFile(path) else { throw Misfit("wrote no file when asked to") }
  return try CaseFile(contentsOf: path)
}
