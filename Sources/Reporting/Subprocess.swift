import Foundation
import Platform

/// Runs a command to its end.
enum Subprocess {
  struct Result {
    let status: Int32
    let output: Data
    let errors: String
  }

  /// Looks the command up in the path; status 127 says that it is not there.
  static func run(_ command: [String], environment: [String: String] = [:]) throws -> Result {
    let (ending, output, errors) = try ChildProcess.run(["/usr/bin/env"] + command, environment: environment)
    let status: Int32 =
      switch ending {
      case .exit(let code): code
      case .signal(let number): 128 + number
      }
    return Result(status: status, output: output, errors: String(decoding: errors, as: UTF8.self))
  }
}
