import Foundation
import Harness
import Testing

/// A small sweep that is killed again and again, as a machine may do it: nothing is lost, nothing is done twice.
@Suite(.serialized) struct SurvivalTests {
  static let folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
  let scratch = NSTemporaryDirectory() + "survival-\(UUID().uuidString)"

  /// A sweep of 12 groups of 3 rows, a few seconds long.
  static let sweep = [
    "bench", "s4d.filter", "--at", "H2-N4-L16", "--axis", "L=16..64x2", "--axis", "N=4..32x2", "--precision", "float",
    "--pass", "forward", "--threads", "1", "--samples", "3", "--sample-milliseconds", "5", "--variant-seconds",
    "0.05",
    "--allow-debug-build", "--without-limits",
  ]
  static let rows = 36

  func start(_ arguments: [String]) throws -> Process {
    let process = Process()
    process.executableURL = Self.folder.appending(path: "hippodrome")
    process.arguments = arguments
    try FileManager.default.createDirectory(atPath: scratch, withIntermediateDirectories: true)
    process.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": scratch]) { $1 }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    return process
  }

  func run(_ arguments: [String]) throws -> Int32 {
    let process = try start(arguments)
    process.waitUntilExit()
    return process.terminationStatus
  }

  /// The measurements of a file; all lines but a torn last one must be JSON.
  func measurements(_ path: String) throws -> [[String: Any]] {
    let text = try String(contentsOfFile: path, encoding: .utf8)
    let lines = text.split(separator: "\n")
    var records: [[String: Any]] = []
    for (index, line) in lines.enumerated() {
      let record = try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
      if record == nil { #expect(index == lines.count - 1 && !text.hasSuffix("\n"), "\(path):\(index + 1)") }
      if let record, record["kind"] as? String == "measurement" { records.append(record) }
    }
    return records
  }

  /// The processes that this one started.
  func children(of parent: Int32) -> [Int32] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    return names.compactMap { Int32($0) }.filter { child in
      let status = (try? String(contentsOfFile: "/proc/\(child)/stat", encoding: .utf8)) ?? ""
      return status.split(separator: ")").last?.split(separator: " ").dropFirst().first == "\(parent)"
    }
  }

  @Test(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/stat")))
  func aSweepSurvivesBeingKilledAtRandomMoments() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let seed = UInt64(ProcessInfo.processInfo.environment["SURVIVAL_SEED"] ?? "") ?? UInt64.random(in: 0..<10_000)
    let wanted = Int(ProcessInfo.processInfo.environment["SURVIVAL_KILLS"] ?? "") ?? 20
    print("killed at moments drawn from SURVIVAL_SEED=\(seed)")
    var generator = SeededGenerator(seed: seed)
    var kills = 0, sweeps = 0, held: [Int] = []
    repeat {
      sweeps += 1
      let path = "\(scratch)/\(sweeps).jsonl"
      let arguments = Self.sweep + ["--records", path, "--resume"]
      while kills < wanted {
        let driver = try start(arguments)
        usleep(UInt32.random(in: 0..<1_500_000, using: &generator))
        var victims = children(of: driver.processIdentifier)
        if kills % 2 == 1, let contender = victims.randomElement(using: &generator) {
          kill(contender, SIGKILL)
          usleep(UInt32.random(in: 0..<300_000, using: &generator))
          victims += children(of: driver.processIdentifier)
        }
        guard driver.isRunning else { break }
        kill(driver.processIdentifier, SIGKILL)
        driver.waitUntilExit()
        kills += 1
        held.append(FileManager.default.fileExists(atPath: path) ? try measurements(path).count : 0)
        try expectGone(victims)
      }
      let code = try run(arguments)
      let found = try measurements(path)
      #expect(found.compactMap { $0["row"] as? Int }.sorted() == Array(0..<Self.rows), "seed \(seed)")
      let failed = found.filter { $0["verdict"] as? String != "pass" }
      #expect(
        failed.allSatisfy { $0["reason"] as? String == "the process ended: signal 9" }, "\(failed), seed \(seed)")
      #expect(code == (failed.isEmpty ? 0 : 1))
      #expect(try run(arguments) == code)
      #expect(try measurements(path).count == Self.rows)
      if !failed.isEmpty {
        #expect(try run(arguments + ["--retry-failed"]) == 0)
        #expect(try measurements(path).count == Self.rows + failed.count)
        #expect(try run(["merge", path, "--output", path + ".merged"]) == 0)
        #expect(try measurements(path + ".merged").count == Self.rows)
      }
    } while kills < wanted
    print("drivers killed with \(held) of \(Self.rows) rows held, in \(sweeps) sweeps")
    let left = try FileManager.default.contentsOfDirectory(atPath: scratch).filter { $0.hasPrefix("hippodrome-") }
    #expect(left.isEmpty, "\(left)")
  }

  /// Contenders end soon after their driver, whatever they are doing.
  func expectGone(_ processes: [Int32]) throws {
    let deadline = ContinuousClock.now + .seconds(5)
    for process in processes {
      while isRunning(process), ContinuousClock.now < deadline { usleep(10_000) }
      #expect(!isRunning(process), "process \(process) outlived its driver")
    }
  }

  /// Whether there is such a process that has not ended: one that has, but that nobody waits for, counts as gone.
  private func isRunning(_ process: Int32) -> Bool {
    let status = (try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8)) ?? ""
    let state = status.split(separator: ")").last?.split(separator: " ").first
    return state != nil && state != "Z"
  }

  @Test func aContenderInALongCallEndsWithItsDriver() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    // The shell is the driver; it is gone while the contender computes for minutes.
    let shell = Process()
    shell.executableURL = URL(filePath: "/bin/sh")
    let command = Self.folder.appending(path: "hippodrome").path
    let requests = #"printf '{"limit":"multiply-add"}\n{"run":100000000}\n'; sleep 600"#
    shell.arguments = ["-c", "{ \(requests); } | '\(command)' contender > /dev/null & echo $! ; wait"]
    let output = Pipe()
    shell.standardOutput = output
    shell.standardInput = FileHandle.nullDevice
    try shell.run()
    let text = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    let contender = try #require(Int32(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    usleep(300_000)
    #expect(isRunning(contender))
    // As a driver that is killed: its end of the pipe closes, and the contender has no parent.
    for process in children(of: shell.processIdentifier) where process != contender { kill(process, SIGKILL) }
    kill(shell.processIdentifier, SIGKILL)
    try expectGone([contender])
    kill(contender, SIGKILL)
  }

  /// Parts of a sweep have the rows of the whole, and merge to its file.
  @Test func partsOfASweepMergeToTheWhole() throws {
    defer { try? FileManager.default.removeItem(atPath: scratch) }
    let whole = "\(scratch)/whole.jsonl", merged = "\(scratch)/merged.jsonl"
    let sweep = Self.sweep + ["--size", "N4"]
    #expect(try run(sweep + ["--records", whole]) == 0)
    let parts = (1...3).map { "\(scratch)/part-\($0).jsonl" }
    for (index, part) in parts.enumerated() {
      #expect(try run(sweep + ["--records", part, "--shard", "\(index + 1)/3"]) == 0)
      #expect(try !measurements(part).isEmpty)
    }
    #expect(try run(["merge"] + parts.reversed() + ["--output", merged]) == 0)
    func names(_ path: String) throws -> [String] {
      try measurements(path).map { line in
        ["row", "kernel", "variant", "pass", "precision", "threads", "size"].map { "\(line[$0]!)" }
          .joined(separator: " ")
      }
    }
    let (one, several) = (try names(whole), try names(merged))
    #expect(one == several && one.count == 9)
    #expect(try run(["merge"] + parts.dropLast() + ["--output", merged]) == 1)
    #expect(try run(["merge", whole, parts[0], "--output", merged]) == 2)
  }
}
