import Foundation
import KernelSpec
import Platform

/// A child process that answers one line with one line.
public final class LineProcess {
  private let process: ChildProcess
  private let toChild = Pipe()
  private let fromChild = Pipe()
  private var unread = Data()
  private let killsBefore = MemoryKills.count
  /// Whether it was stopped, since it had not answered in time.
  public private(set) var isLate = false

  /// Starts a command, with `environment` in addition to this process's.
  ///
  /// - Throws: `Misfit` where it cannot be started.
  public init(_ command: [String], environment: [String: String] = [:]) throws(Misfit) {
    let (input, output) = (toChild.fileHandleForReading, fromChild.fileHandleForWriting)
    do throws(StartFailure) {
      process = try ChildProcess(
        command, environment: environment, input: input.fileDescriptor, output: output.fileDescriptor,
        errors: STDERR_FILENO)
    } catch {
      throw Misfit(error.description)
    }
    // The child's ends: held here, they would hide that it has closed them.
    try? input.close()
    try? output.close()
  }

  deinit { stop() }

  /// The child's number.
  public var processIdentifier: Int32 { process.identifier }

  /// Ends the child, and what it started.
  public func stop() { process.end() }

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
        isLate = true
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
    _ = process.wait(seconds: 1)
    switch process.end() {
    case .exit(let code): return "exit code \(code)"
    case .signal(let signal): return "signal \(signal)" + MemoryKills.hint(signal: signal, since: killsBefore)
    }
  }
}
