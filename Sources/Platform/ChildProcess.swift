import CPlatform
import Foundation
import Synchronization

/// Why a process could not be started, in one line that names it.
public struct StartFailure: Error, CustomStringConvertible {
  /// The line.
  public let description: String
}

/// A process that this one has started, and whatever that has started: they are a group, and end together.
///
/// The group ends with `end()`; where this process ends first, by whatever signal, a guardian ends it.
public final class ChildProcess: Sendable {
  /// How a process ended.
  public enum Ending: Equatable, Sendable {
    /// By itself, with this code.
    case exit(Int32)
    /// By this signal.
    case signal(Int32)
  }

  /// Its number, which is also its group's.
  public let identifier: Int32
  private let result = Mutex<Ending?>(nil)

  /// Those that have not ended, by number.
  private static let running = Mutex<Set<Int32>>([])

  /// Starts a program, by its path.
  ///
  /// - Parameters:
  ///   - environment: what it has in addition to this process's.
  ///   - input, output, errors: what it finds as its standard streams; nil for the null device.
  public init(
    _ command: [String], environment: [String: String] = [:], input: Int32? = nil, output: Int32? = nil,
    errors: Int32? = nil
  ) throws(StartFailure) {
    // A child that has ended must be an error of one write to it, not a signal that ends this process.
    signal(SIGPIPE, SIG_IGN)
    // Whoever ignores this signal is not told how children ended.
    signal(SIGCHLD, SIG_DFL)
    let variables = ProcessInfo.processInfo.environment.merging(environment) { $1 }.map { "\($0)=\($1)" }
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    let guardian = Guardian.descriptor
    let (code, child) = Self.running.withLock { running -> (Int32, Int32) in
      // Checked under the lock by which all are ended: none slips through.
      guard !Interruption.isRequested else { return (EINTR, 0) }
      var child: Int32 = 0
      let code = Self.withArray(command) { arguments in
        Self.withArray(variables) { environment in
          cplatform_start(arguments, environment, input ?? null, output ?? null, errors ?? null, guardian, &child)
        }
      }
      if code == 0 { running.insert(child) }
      return (code, child)
    }
    guard code == 0 else {
      throw StartFailure(description: "\(command[0]): cannot be started: \(String(cString: strerror(code)))")
    }
    identifier = child
  }

  deinit { end() }

  /// How it ended; nil while it runs. What it started may still run.
  public var ending: Ending? { result.withLock { $0 ?? look() } }

  /// Waits until it has ended, at most so long; how it ended, nil where it has not.
  public func wait(seconds: Double) -> Ending? {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while true {
      if let ending { return ending }
      guard ContinuousClock.now < deadline else { return nil }
      usleep(300)
    }
  }

  /// Ends its group: the process where it still runs, and what it started. How the process ended.
  @discardableResult
  public func end() -> Ending {
    let isLast = Self.running.withLock { running in
      // Its number cannot be another's yet, since it has not been waited for.
      guard running.remove(identifier) != nil else { return false }
      kill(-identifier, SIGKILL)
      Guardian.forget(identifier)
      return true
    }
    guard isLast else { return ending ?? .signal(SIGKILL) }
    // One that waits for a device does not end at once.
    let ending = wait(seconds: 5) ?? .signal(SIGKILL)
    result.withLock { $0 = ending }
    waitpid(identifier, nil, WNOHANG)
    return ending
  }

  /// Looks how it ended, but leaves it to be waited for: until then its group's number is nobody else's.
  private func look() -> Ending? {
    var code: Int32 = 0, signal: Int32 = 0
    guard cplatform_look(identifier, &code, &signal) == 1 else { return nil }
    return signal == 0 ? .exit(code) : .signal(signal)
  }

  /// Ends all groups.
  static func endAll() {
    running.withLock { running in for child in running { kill(-child, SIGKILL) } }
  }

  fileprivate static func withArray<R>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> R
  ) -> R {
    let pointers = texts.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    return pointers.withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}

extension ChildProcess {
  /// Runs a program to its end, without input. What it leaves in the background is ended, whatever that still holds open.
  public static func run(
    _ command: [String], environment: [String: String] = [:]
  ) throws(StartFailure) -> (ending: Ending, output: Data, errors: Data) {
    let pipes = [Pipe(), Pipe()]
    let child = try ChildProcess(
      command, environment: environment, output: pipes[0].fileHandleForWriting.fileDescriptor,
      errors: pipes[1].fileHandleForWriting.fileDescriptor)
    for pipe in pipes { try? pipe.fileHandleForWriting.close() }
    var texts = [Data(), Data()]
    var polled = pipes.map { pollfd(fd: $0.fileHandleForReading.fileDescriptor, events: Int16(POLLIN), revents: 0) }
    while polled.contains(where: { $0.fd >= 0 }) {
      let hasEnded = child.ending != nil
      // Both at once, since either may be full while the other is waited for.
      guard poll(&polled, nfds_t(polled.count), hasEnded ? 0 : 20) > 0 else {
        if hasEnded { break }
        continue
      }
      for index in polled.indices where polled[index].fd >= 0 && polled[index].revents != 0 {
        let data = pipes[index].fileHandleForReading.availableData
        if data.isEmpty { polled[index].fd = -1 }
        texts[index] += data
      }
    }
    while child.ending == nil { usleep(300) }
    return (child.end(), texts[0], texts[1])
  }
}

/// A shell that ends the groups of this process's children where this process ends before them, be it killed.
///
/// It reads the groups from a pipe whose other end this process holds: the pipe ends with it. A signal for the death of the parent
/// (`PR_SET_PDEATHSIG`) would reach the child alone, not what the child started, and comes when the thread that started it ends.
private enum Guardian {
  private static let script = """
    trap '' HUP INT TERM
    while read -r sign group; do
      case $sign in
      +) groups="$groups $group" ;;
      -) kept=; for one in $groups; do [ "$one" = "$group" ] || kept="$kept $one"; done; groups=$kept ;;
      esac
    done
    for group in $groups; do kill -s KILL -- "-$group"; done 2> /dev/null
    """

  /// The end of the pipe that groups are written to, by the children themselves before they become what is run; -1 where there is none.
  static let descriptor: Int32 = {
    var ends: [Int32] = [-1, -1]
    guard cplatform_pipe(&ends) == 0 else { return -1 }
    defer { close(ends[0]) }
    let null = open("/dev/null", O_RDWR | O_CLOEXEC)
    defer { close(null) }
    var child: Int32 = 0
    let code = ChildProcess.withArray(["/bin/sh", "-c", script]) { arguments in
      ChildProcess.withArray(["PATH=/bin:/usr/bin"]) {
        cplatform_start(arguments, $0, ends[0], null, null, -1, &child)
      }
    }
    guard code == 0 else {
      close(ends[1])
      return -1
    }
    return ends[1]
  }()

  static func forget(_ group: Int32) {
    let line = Array("- \(group)\n".utf8)
    if descriptor >= 0 { _ = write(descriptor, line, line.count) }
  }
}
