import ArgumentParser
import Foundation
import KernelSpec
import Platform

/// Why the command ends early: an exit code, and a line for stderr unless everything has been said.
struct Failure: Error {
  let code: Int32
  let line: String?

  /// Misuse or bad input.
  static func misuse(_ line: String) -> Failure { Failure(code: 2, line: line) }
}

/// Writes one line to stderr.
func complain(_ line: String) {
  StandardStream.error.write("hippodrome: \(line)\n")
}

/// Prints a line at once: whoever reads a pipe should not wait for a buffer to fill.
func say(_ line: String) { StandardStream.output.write(line + "\n") }
