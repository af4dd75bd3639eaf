import Foundation

/// How long threads have waited for a core.
public enum RunQueue {
  /// Seconds for which a process's first thread has been ready to run, but not running; for this thread where no process is named.
  ///
  /// 0 where the system does not tell (Linux does, in `schedstat`).
  public static func secondsWaited(by process: Int32? = nil) -> Double {
    let path = "/proc/\(process.map { "\($0)" } ?? "thread-self")/schedstat"
    // Nanoseconds run, nanoseconds waited, times run.
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return 0 }
    let fields = text.split { $0 == " " || $0 == "\n" }
    guard fields.count > 1, let nanoseconds = Double(fields[1]) else { return 0 }
    return nanoseconds / 1e9
  }
}
