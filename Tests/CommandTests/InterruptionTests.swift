import Foundation
import Testing

/// The processes whose command line has this word.
private func processes(with word: String) -> [Int32] {
  let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
  return names.compactMap { Int32($0) }.filter { number in
    let line = FileManager.default.contents(atPath: "/proc/\(number)/cmdline") ?? Data()
    return line.split(separator: 0).contains { String(decoding: $0, as: UTF8.self) == word }
  }
}

private func waits(seconds: Double, until condition: () -> Bool) -> Bool {
  let deadline = ContinuousClock.now + .seconds(seconds)
  while ContinuousClock.now < deadline {
    if condition() { return true }
    usleep(10_000)
  }
  return condition()
}

/// A kernel that hangs in a process of its process's, told from others by how long it would sleep.
private func hanging() -> (command: String, word: String) {
  let word = "\(Int.random(in: 100_000...999_999)).\(Int.random(in: 100_000...999_999))"
  return ("sh -c \"sleep \(word) & wait\"", word)
}

@Suite(.enabled(if: FileManager.default.fileExists(atPath: "/proc/self/cmdline")))
struct InterruptionTests {
  @Test(arguments: ["--external", "--contender"], [SIGINT, SIGTERM, SIGKILL])
  func nothingOutlivesTheCommand(_ flag: String, _ signal: Int32) throws {
    try inFolder { folder in
      let (command, word) = hanging()
      let driver = Process()
      // A command in the background may have been made to ignore these signals.
      driver.executableURL = URL(filePath: "/usr/bin/env")
      driver.arguments =
        [
          "--default-signal=INT,TERM",
          URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/hippodrome",
        ]
        + ["verify", "s4d.filter", flag, command, "--junit", folder + "/v.xml", "--records", folder + "/r.jsonl"]
      driver.currentDirectoryURL = URL(filePath: root)
      driver.environment = ProcessInfo.processInfo.environment.merging(["TMPDIR": folder]) { $1 }
      let (output, errors) = (Pipe(), Pipe())
      (driver.standardInput, driver.standardOutput, driver.standardError) = (FileHandle.nullDevice, output, errors)
      try driver.run()
      #expect(waits(seconds: 30) { !processes(with: word).isEmpty })
      kill(driver.processIdentifier, signal)
      driver.waitUntilExit()
      #expect(waits(seconds: 5) { processes(with: word).isEmpty }, "\(processes(with: word))")
      for process in processes(with: word) { kill(process, SIGKILL) }
      guard signal != SIGKILL else { return }
      #expect(driver.terminationReason == .exit && driver.terminationStatus == 128 + signal)
      let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(
        said.hasPrefix("hippodrome: interrupted: 0 pass, 0 fail, 0 mistrusted, 0 refused so far, at s4d.filter"),
        "\(said)")
      let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
      #expect(text.hasSuffix("0 pass, 0 fail, 0 mistrusted, 0 refused\n"), "\(text)")
      // What was asked for is there and nothing else, but for what the compiler leaves that is asked its version.
      let left = try FileManager.default.contentsOfDirectory(atPath: folder).sorted()
      #expect(left.filter { !$0.hasPrefix("TemporaryDirectory.") } == ["r.jsonl", "v.xml"], "\(left)")
    }
  }

  /// Rows that were measured before stay; the one that was being measured is no failure.
  @Test func anInterruptedSweepKeepsItsRows() throws {
    try inFolder { folder in
      let (command, word) = hanging()
      let records = folder + "/r.jsonl"
      let sweep =
        "bench s4d.filter --at H2-N4-L16 --allow-debug-build --without-limits --samples 3 --variant-seconds 0.05"
      let line = """
        $H \(sweep) --records '\(records)' --threads 1 --variant powers > /dev/null || exit 9
        env --default-signal=INT $H \(sweep) --records '\(records)' --external '\(command)' --threads 1 > /dev/null & driver=$!
        until grep -qxz '[\(word.prefix(1))]\(word.dropFirst())' /proc/[0-9]*/cmdline 2> /dev/null; do sleep 0.05; done
        sleep 0.3; kill -INT $driver; wait $driver; echo $?
        """
      let outcome = try shell(line, ["TMPDIR": folder])
      #expect(outcome.output == "130\n" && outcome.lines == 1, "\(outcome)")
      #expect(outcome.errors.contains("interrupted: "), "\(outcome.errors)")
      #expect(waits(seconds: 5) { processes(with: word).isEmpty })
      let text = try String(contentsOfFile: records, encoding: .utf8)
      #expect(text.hasSuffix("\n") && !text.contains(#""verdict":"fail""#), "\(text)")
    }
  }

  @Test func whatAProgramLeavesInTheBackgroundEndsWithItsTurn() throws {
    let (_, word) = hanging()
    try inFolder { folder in
      try Data("$H run s4d.filter \"$1\" \"$2\"; sleep \(word) & exit 0\n".utf8)
        .write(to: URL(filePath: folder + "/kernel.sh"))
      let verify = "verify s4d.filter --case H2-N16-L61__equal-modes.h5 --timeout 60"
      let outcome = try shell("$H \(verify) --external 'sh \(folder)/kernel.sh'")
      #expect(outcome.code == 0 && outcome.output.contains("0 fail"), "\(outcome)")
      #expect(processes(with: word).isEmpty)
    }
  }
}
