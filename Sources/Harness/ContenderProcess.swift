import Fixtures
import Foundation
import KernelSpec

/// A contender as the driver sees it: a child process that answers one JSON line with one JSON line.
public final class ContenderProcess {
  private let process: LineProcess

  /// Starts a command.
  ///
  /// - Throws: `Misfit` where it cannot be started.
  public init(_ command: [String]) throws(Misfit) { process = try LineProcess(command) }

  /// Sends a request and waits for the answer.
  ///
  /// - Throws: `Misfit` where the child ends, is silent for `timeout` seconds, or answers an error.
  public func ask(_ request: ContenderRequest, timeout: Double = 120) throws(Misfit) -> ContenderReply {
    let line = String(decoding: try! JSONEncoder().encode(request), as: UTF8.self)
    let answer = try process.ask(line, timeout: timeout)
    guard let reply = try? JSONDecoder().decode(ContenderReply.self, from: Data(answer.utf8)) else {
      throw Misfit("the contender answered '\(answer.prefix(80))', expected a JSON object")
    }
    if let error = reply.error { throw Misfit(error) }
    return reply
  }
}
