import CFuzz
import Foundation
import Synchronization

/// What became of the inputs, printed when the fuzzer ends.
enum Tally {
  private struct Counts {
    var cases = 0
    var refused = 0
    var crashes: [Int32: Int] = [:]
    var peak = 0
    var isReported = false
  }

  private static let counts = Mutex(Counts())

  /// Counts one ending.
  static func count(_ ending: cfuzz_ending) {
    counts.withLock { counts in
      if !counts.isReported {
        counts.isReported = true
        atexit { Tally.report() }
      }
      if ending.signal != 0 {
        counts.crashes[ending.signal, default: 0] += 1
      } else if ending.code == 0 {
        counts.cases += 1
      } else {
        counts.refused += 1
      }
      counts.peak = max(counts.peak, ending.peak_bytes)
    }
  }

  /// This process's resident size, which a child inherits.
  static var ownBytes: Int {
    let fields = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ") ?? []
    return fields.count > 1 ? (Int(fields[1]) ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE))) : 0
  }

  private static func report() {
    counts.withLock { counts in
      let crashes = counts.crashes.sorted { $0.key < $1.key }.map { "\($0.value) by signal \($0.key)" }
      let line =
        "inputs: \(counts.cases) cases, \(counts.refused) refused, children ended: "
        + (crashes.isEmpty ? "none" : crashes.joined(separator: ", ")) + "; largest child \(counts.peak >> 20) MiB\n"
      FileHandle.standardError.write(Data(line.utf8))
    }
  }
}
