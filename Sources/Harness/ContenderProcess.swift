import Foundation
import KernelSpec

/// A contender as the driver sees it: a child process that answers one JSON line with one JSON line.
public final class ContenderProcess {
  private let process = Process()
  private let toChild = Pipe()
  private let fromChild = Pipe()
  private var unread = Data()

  /// Starts a command.
  ///
  /// - Throws: `Misfit` where it cannot be started.
  public init(_ command: [String]) throws(Misfit) {
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.standardInput = toChild
    process.standardOutput = fromChild
    // A child that has ended must be an error of one request, not a signal that ends the driver.
    signal(SIGPIPE, SIG_IGN)
    do {
      try process.run()
    } catch {
      throw Misfit("\(command[0]): cannot be started: \(error.localizedDescription)")
    }
  }

  deinit { stop() }

  /// Ends the child: at once where it does not end by itself when its input closes.
  public func stop() {
    guard process.isRunning else { return }
    try? toChild.fileHandleForWriting.close()
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
  }

  /// Sends a request and waits for the answer.
  ///
  /// - Throws: `Misfit` where the child ends, is silent for `timeout` seconds, or answers an error.
  public func ask(_ request: ContenderRequest, timeout: Double = 120) throws(Misfit) -> ContenderReply {
    let line: String
    do {
      let data = try JSONEncoder().encode(request) + Data("\n".utf8)
      try toChild.fileHandleForWriting.write(contentsOf: data)
      line = try readLine(timeout: timeout)
    } catch let misfit as Misfit {
      stop()
      throw misfit
    } catch {
      stop()
      throw Misfit("the contender ended: \(ending)")
    }
    guard let reply = try? JSONDecoder().decode(ContenderReply.self, from: Data(line.utf8)) else {
      throw Misfit("the contender answered '\(line.prefix(80))', expected a JSON object")
    }
    if let error = reply.error { throw Misfit(error) }
    return reply
  }

  private func readLine(timeout: Double) throws -> String {
    let deadline = ContinuousClock.now + .seconds(timeout)
    let descriptor = fromChild.fileHandleForReading.fileDescriptor
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let line = String(decoding: unread[unread.startIndex..<end], as: UTF8.self)
        unread.removeSubrange(unread.startIndex...end)
        return line
      }
      let left = ContinuousClock.now.duration(to: deadline).seconds
      guard left > 0 else { throw Misfit("no answer within \(Int(timeout)) s") }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&waiting, 1, Int32(min(left, 60) * 1000) + 1) >= 0 || errno == EINTR else { continue }
      guard waiting.revents != 0 else { continue }
      let data = fromChild.fileHandleForReading.availableData
      guard !data.isEmpty else { throw Misfit("the contender ended: \(ending)") }
      unread.append(data)
    }
  }

  private var ending: String {
    process.waitUntilExit()
    return process.terminationReason == .uncaughtSignal
      ? "signal \(process.terminationStatus)" : "exit code \(process.terminationStatus)"
  }
}
