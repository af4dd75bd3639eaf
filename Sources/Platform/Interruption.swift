import CPlatform
import Foundation
import Synchronization

/// The end of the command by SIGINT or SIGTERM: what it has started ends with it, its scratch folders go, a line says how far it came,
/// and the exit code is 128 and the signal's number.
public enum Interruption {
  private struct State {
    var signal: Int32?
    var progress = ""
    var grace = 0.0
    var scratch: Set<String> = []
  }

  private static let state = Mutex(State())

  /// Whether the command is to end: what its processes give from now on says nothing of them.
  public static var isRequested: Bool { state.withLock { $0.signal != nil } }

  /// Says how far the command has come, for the line at its end.
  public static func note(_ progress: String) { state.withLock { $0.progress = progress } }

  /// Gives the command so many seconds to end by itself, for what it keeps until then.
  public static func allow(seconds: Double) { state.withLock { $0.grace = seconds } }

  /// Has a folder removed where the command is ended by a signal.
  public static func remove(_ folder: String) { state.withLock { _ = $0.scratch.insert(folder) } }

  /// Takes that back.
  public static func keep(_ folder: String) { state.withLock { _ = $0.scratch.remove(folder) } }

  /// Watches for the signals from now on. To be called before there are other threads, which must not be given them.
  public static func watch() {
    var signals = sigset_t()
    sigemptyset(&signals)
    // What the caller has made this process ignore stays ignored.
    for signal in [SIGINT, SIGTERM] where cplatform_is_ignored(signal) == 0 { sigaddset(&signals, signal) }
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    let watched = signals
    Thread.detachNewThread {
      let signal = next(watched)
      // Whoever asks twice does not want to wait.
      Thread.detachNewThread {
        _ = next(watched)
        end()
      }
      let grace = state.withLock { state in
        state.signal = signal
        return state.grace
      }
      if grace == 0 { end() }
      ChildProcess.endAll()
      Thread.sleep(forTimeInterval: grace)
      end()
    }
  }

  private static func next(_ signals: sigset_t) -> Int32 {
    var signals = signals
    var signal: Int32 = 0
    while sigwait(&signals, &signal) != 0 {}
    return signal
  }

  /// Ends the command.
  public static func end() -> Never {
    // From here on nothing is written any more, such as a verdict on a process that is ended now.
    WriteLock.seize()
    ChildProcess.endAll()
    let state = state.withLock(\.self)
    for folder in state.scratch { try? FileManager.default.removeItem(atPath: folder) }
    let progress = state.progress.isEmpty ? "" : ": \(state.progress)"
    _ = StandardStream.put(Data("hippodrome: interrupted\(progress)\n".utf8), to: STDERR_FILENO)
    _exit(128 + (state.signal ?? SIGINT))
  }
}
