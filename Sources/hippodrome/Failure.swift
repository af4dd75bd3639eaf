import ArgumentParser
import Foundation
import KernelSpec

/// Why the command ends early: an exit code, and a line for stderr unless everything has been said.
struct Failure: Error {
  let code: Int32
  let line: String?

  /// Misuse or bad input.
  static func misuse(_ line: String) -> Failure { Failure(code: 2, line: line) }
}

/// Writes one line to stderr.
func complain(_ line: String) {
  FileHandle.standardError.write(Data("hippodrome: \(line)\n".utf8))
}
