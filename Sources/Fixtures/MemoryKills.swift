import Foundation

/// Processes that the system's kernel killed because memory ran out, on the whole machine and since it started.
enum MemoryKills {
  /// Their number; nil where the system does not tell (Linux tells in /proc/vmstat).
  static var count: Int? {
    guard let text = try? String(contentsOfFile: "/proc/vmstat", encoding: .utf8) else { return nil }
    let line = text.split(separator: "\n").first { $0.hasPrefix("oom_kill ") }
    return line.flatMap { Int($0.dropFirst("oom_kill ".count)) }
  }

  /// What the count, compared with an earlier one, says of a process that ended by a signal; empty where that is nothing.
  static func hint(signal: Int32, since before: Int?) -> String {
    guard signal == SIGKILL, let before, let count, count > before else { return "" }
    // The count is the machine's: it does not tell whom the kernel killed.
    return ", probably since memory ran out: the kernel killed for that meanwhile"
  }
}
