import Foundation
import Platform

/// What a run of the command gave.
struct Outcome {
  let code: Int32
  let output: String
  let errors: String
  var lines: Int { errors.split(separator: "\n").count }
}

let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
  .deletingLastPathComponent().path

/// Runs the command that was built with the tests, in the package's folder.
func hippodrome(_ arguments: String...) throws -> Outcome { try hippodrome(arguments) }

/// The command that was built with the tests.
let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().appending(path: "hippodrome").path

/// Runs the command that was built with the tests, or another, by default in the package's folder.
func hippodrome(_ arguments: [String], in folder: String = root, command: String = command) throws -> Outcome {
  let process = Process()
  process.executableURL = URL(filePath: command)
  process.arguments = arguments
  process.currentDirectoryURL = URL(filePath: folder)
  let name = NSTemporaryDirectory() + "command-\(UUID().uuidString)"
  for suffix in [".out", ".err"] { try Data().write(to: URL(filePath: name + suffix)) }
  defer {
    try? FileManager.default.removeItem(atPath: name + ".out")
    try? FileManager.default.removeItem(atPath: name + ".err")
  }
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = FileHandle(forWritingAtPath: name + ".out")
  process.standardError = FileHandle(forWritingAtPath: name + ".err")
  try process.run()
  process.waitUntilExit()
  return Outcome(
    code: process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus,
    output: try String(contentsOfFile: name + ".out", encoding: .utf8),
    errors: try String(contentsOfFile: name + ".err", encoding: .utf8))
}

/// A folder that goes away with the test.
func inFolder(_ body: (String) throws -> Void) throws {
  let folder = NSTemporaryDirectory() + "command-\(UUID().uuidString)"
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

/// Runs a line of the shell in the package's folder, in which `$H` is the command.
func shell(_ line: String, _ environment: [String: String] = [:]) throws -> Outcome {
  let command = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/hippodrome"
  let result = try ChildProcess.run(
    ["/bin/sh", "-c", "cd '\(root)' && \(line)"], environment: environment.merging(["H": command]) { $1 })
  let code: Int32 =
    switch result.ending {
    case .exit(let code): code
    case .signal(let number): -number
    }
  return Outcome(
    code: code, output: String(decoding: result.output, as: UTF8.self),
    errors: String(decoding: result.errors, as: UTF8.self))
}
