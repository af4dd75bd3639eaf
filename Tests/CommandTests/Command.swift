import Foundation

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

/// Runs the command that was built with the tests, in the package's folder.
func hippodrome(_ arguments: [String]) throws -> Outcome {
  let process = Process()
  let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  process.executableURL = folder.appending(path: "hippodrome")
  process.arguments = arguments
  process.currentDirectoryURL = URL(filePath: root)
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
