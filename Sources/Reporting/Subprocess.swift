import Foundation

/// Runs a command to its end.
enum Subprocess {
  struct Result {
    let status: Int32
    let output: Data
    let errors: String
  }

  /// Looks the command up in the path; status 127 says that it is not there.
  static func run(_ command: [String], environment: [String: String] = [:]) throws -> Result {
    let process = Process()
    let output = Pipe(), errors = Pipe()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = command
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    let text = try errors.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return Result(status: process.terminationStatus, output: data, errors: String(decoding: text, as: UTF8.self))
  }
}
