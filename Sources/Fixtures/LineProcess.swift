import Foundation
import KernelSpec

/// A child process that answers one line with one line.
public final class LineProcess {
  private let process = Process()
  private let toChild = Pipe()
  private let fromChild = Pipe()
  private var unread = Data()
  private let killsBefore = MemoryKills.count

  /// Starts a command, with `environment` in addition to this process's.
  ///
  /// - Throws: `Misfit` where it cannot be started.
  public init(_ command: [String], environment: [String: String] = [:]) throws(Misfit) {
    process.executableURL = URL(fileURLWithPath: command[0])
    process.arguments = Array(command.dropFirst())
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = toChild
    process.standardOutput = fromChild
    // A child that has ended must be an error of one question, not a signal that ends the caller.
    signal(SIGPIPE, SIG_IGN)
    do {
      try process.run()
    } catch {
      throw Misfit("\(command[0]): cannot be started: \(error.localizedDescription)")
    }
  }

  deinit { stop() }

  /// The child's number.
  public var processIdentifier: Int32 { process.processIdentifier }

  /// Ends the child, and what it started.
  public func stop() {
    guard process.isRunning else { return }
    process.endGroup()
  }

  /// Sends a line and waits for the answer. A child that fails once is stopped.
  ///
  /// - Throws: `Misfit` where the child ends or is silent for `timeout` seconds.
  public func ask(_ line: String, timeout: Double) throws(Misfit) -> String {
    do {
      try toChild.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    } catch {
      throw Misfit("the process ended: \(ending)")
    }
    let deadline = ContinuousClock.now + .seconds(timeout)
    let descriptor = fromChild.fileHandleForReading.fileDescriptor
    while true {
      if let end = unread.firstIndex(of: UInt8(ascii: "\n")) {
        let answer = String(decoding: unread[unread.startIndex..<end], as: UTF8.self)
        unread.removeSubrange(unread.startIndex...end)
        return answer
      }
      let left = ContinuousClock.now.duration(to: deadline)
      guard left > .zero else {
        stop()
        throw Misfit("no answer within \(timeout.formatted()) s")
      }
      var waiting = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      let milliseconds = min(left / .milliseconds(1), 60_000)
      guard poll(&waiting, 1, Int32(milliseconds) + 1) > 0, waiting.revents != 0 else { continue }
      let data = fromChild.fileHandleForReading.availableData
      guard !data.isEmpty else { throw Misfit("the process ended: \(ending)") }
      unread.append(data)
    }
  }

  /// How the child ended. One that closed its output but lives on is ended here.
  private var ending: String {
    let deadline = ContinuousClock.now + .seconds(1)
    while process.isRunning, ContinuousClock.now < deadline { usleep(1000) }
    stop()
    guard process.terminationReason == .uncaughtSignal else { return "exit code \(process.terminationStatus)" }
    let signal = process.terminationStatus
    return "signal \(signal)" + MemoryKills.hint(signal: signal, since: killsBefore)
  }
}
