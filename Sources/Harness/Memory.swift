import CPlatform
import Foundation

/// The memory of this process. Linux tells by /proc; elsewhere nothing is known and nothing is reported.
enum Memory {
  /// Bytes in use on the heap, nil where the C library does not tell.
  static var heap: Int? {
    let bytes = cplatform_heap_bytes()
    return bytes > 0 ? Int(bytes) : nil
  }

  /// Makes the peak start again from what is resident now; false where the system does not let it.
  static func resetPeak() -> Bool {
    guard let file = fopen("/proc/self/clear_refs", "w") else { return false }
    let isWritten = fputs("5", file) >= 0
    return fclose(file) == 0 && isWritten
  }

  /// The largest resident size since the last reset, in bytes.
  ///
  /// Read from this process's own status: `ru_maxrss` of a child inherits the peak of the parent that spawned it.
  static var peak: Int? {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return nil }
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }) else { return nil }
    return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) }.map { $0 * 1024 }
  }
}
