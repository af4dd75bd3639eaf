import Fixtures
import Foundation
import KernelSpec
import Platform
import Testing

private let fixture = root + "/fixtures/s4d.filter/H4-N6-L31__mixed-dt.h5"
private let run = ["run", "s4d.filter"]

/// What a path is, not what it leads to: the bits of `st_mode`.
private func mode(_ path: String) -> mode_t {
  var status = stat()
  return lstat(path, &status) == 0 ? status.st_mode : 0
}

private func bytes(_ path: String) -> Data? { FileManager.default.contents(atPath: path) }

/// Runs the command with an output that must be refused, and says nothing on the standard output before that.
private func expectRefused(_ arguments: [String], _ reason: String) throws {
  let outcome = try hippodrome(arguments)
  #expect(outcome.code == 2 && outcome.lines == 1 && outcome.output.isEmpty, "\(arguments): \(outcome)")
  #expect(outcome.errors.contains(reason), "\(arguments): \(outcome.errors)")
}

@Test func anInputIsNotReplacedUnderWhateverName() throws {
  try inFolder { folder in
    let input = folder + "/x.h5"
    try FileManager.default.copyItem(atPath: fixture, toPath: input)
    try FileManager.default.linkItem(atPath: input, toPath: folder + "/hard.h5")
    try FileManager.default.createSymbolicLink(atPath: folder + "/soft.h5", withDestinationPath: "x.h5")
    for name in ["x.h5", "hard.h5", "soft.h5", "./x.h5"] {
      try expectRefused(run + [input, "\(folder)/\(name)"], "is the same file as the input \(input)")
      for flag in ["--junit", "--records"] {
        try expectRefused(
          ["verify", "s4d.filter", "--cases", input, flag, "\(folder)/\(name)"], "is the same file as the input")
      }
    }
    #expect(bytes(input) == bytes(fixture))
    let sweep = folder + "/sweep.json"
    try Data(#"{"schema": 1, "sweeps": [{"kernel": "s4d.filter", "at": ["H2-N4-L16"]}]}"#.utf8)
      .write(to: URL(filePath: sweep))
    try expectRefused(
      ["bench", "--allow-debug-build", "--sweep", sweep, "--records", sweep], "is the same file as the input")
  }
}

@Test func whatIsNoFileIsRefusedBeforeAnyWork() throws {
  try inFolder { folder in
    let python = "import socket, sys; socket.socket(socket.AF_UNIX).bind(sys.argv[1])"
    _ = try ChildProcess.run(["/usr/bin/python3", "-c", python, folder + "/socket"])
    let build = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent().path + "/hippodrome"
    let file = folder + "/file"
    try Data().write(to: URL(filePath: file))
    let places = [
      (folder, "is a folder, expected a file"), (folder + "/socket", "is a socket, expected a file"),
      (folder + "/none/x", "no such folder: \(folder)/none"), (file + "/x", "Not a directory"),
    ]
    for (place, reason) in places {
      try expectRefused(run + [fixture, place], reason)
      try expectRefused(["verify", "s4d.filter", "--junit", place], reason)
      try expectRefused(["gate", build, build, "s4d.filter", "--markdown", place], reason)
    }
    for (place, reason) in places where place != folder + "/none/x" {
      try expectRefused(["verify", "s4d.filter", "--records", place], reason)
      try expectRefused(["bench", "s4d.filter", "--allow-debug-build", "--records", place], reason)
      try expectRefused(["accuracy", "s4d.filter", "--records", place], reason)
    }
    for command in [
      ["mutants", "s4d.filter"], ["figure", "hippo-reconstruction"], ["report", root + "/reports/results"],
      ["history", root + "/reports/results"], ["calibrate", "s4d.filter", "--allow-debug-build"],
    ] {
      try expectRefused(command + ["--output", file], "file")
    }
    try expectRefused(["verify", "s4d.filter", "--plot", file], "file")
    try expectRefused(
      ["verify", "s4d.filter", "--junit", folder + "/x", "--records", folder + "/./x"], "is to be written twice")
    #expect(bytes(file) == Data())
  }
}

@Test func aLinkGoesOnPointingAndAFileKeepsItsPermissions() throws {
  try inFolder { folder in
    try FileManager.default.createDirectory(atPath: folder + "/far", withIntermediateDirectories: false)
    let target = folder + "/far/out.h5", link = folder + "/out.h5"
    try Data("old".utf8).write(to: URL(filePath: target))
    chmod(target, 0o640)
    try FileManager.default.createSymbolicLink(atPath: link, withDestinationPath: "far/out.h5")
    #expect(try hippodrome(run + [fixture, link]).code == 0)
    #expect(mode(link) & S_IFMT == S_IFLNK && mode(target) == S_IFREG | 0o640)
    #expect(try CaseFile(contentsOf: target).outputs.names == ["K"])
    // A link to nothing yet makes what it names.
    try FileManager.default.createSymbolicLink(atPath: folder + "/new.xml", withDestinationPath: "far/new.xml")
    let selection = ["verify", "s4d.filter", "--cases", fixture]
    #expect(try hippodrome(selection + ["--junit", folder + "/new.xml"]).code == 0)
    #expect(mode(folder + "/new.xml") & S_IFMT == S_IFLNK && mode(folder + "/far/new.xml") & S_IFMT == S_IFREG)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder + "/far").sorted() == ["new.xml", "out.h5"])
  }
}

/// Devices of the test's own: the system's would be lost where the command were wrong.
@Test(.enabled(if: getuid() == 0)) func devicesAreWrittenThrough() throws {
  try inFolder { folder in
    let null = folder + "/null", full = folder + "/full"
    guard mknod(null, S_IFCHR | 0o666, 1 << 8 | 3) == 0, mknod(full, S_IFCHR | 0o666, 1 << 8 | 7) == 0,
      open(null, O_WRONLY) >= 0
    else { return }
    let selection = ["verify", "s4d.filter", "--cases", fixture]
    for arguments in [run + [fixture, null], selection + ["--junit", null], selection + ["--records", null]] {
      #expect(try hippodrome(arguments).code == 0, "\(arguments)")
      #expect(mode(null) & S_IFMT == S_IFCHR)
    }
    // What was found is said all the same.
    for flag in ["--junit", "--records"] {
      let outcome = try hippodrome(selection + [flag, full])
      #expect(
        outcome.code == 2 && outcome.errors == "hippodrome: \(full): cannot be written: No space left on device\n")
      #expect(outcome.output.contains("0 fail"), "\(outcome.output)")
      #expect(mode(full) & S_IFMT == S_IFCHR)
    }
    let merged = try hippodrome(run + [fixture, full])
    #expect(merged.code == 2 && merged.errors == "hippodrome: \(full): cannot be written: No space left on device\n")
  }
}

@Test func aFIFOIsWrittenThroughToItsReader() throws {
  try inFolder { folder in
    let fifo = folder + "/fifo"
    #expect(mkfifo(fifo, 0o600) == 0)
    try expectRefused(run + [fixture, fifo], "is a FIFO that nobody reads")
    let line =
      "cat '\(fifo)' > '\(folder)/got.h5' & sleep 0.2; $H run s4d.filter '\(fixture)' '\(fifo)'; echo $?; wait"
    #expect(try shell(line).output == "0\n")
    #expect(try CaseFile(contentsOf: folder + "/got.h5").outputs.names == ["K"])
    #expect(mode(fifo) & S_IFMT == S_IFIFO)
    // A redirected stream has its place in a file, and goes on from there.
    let selection = "verify s4d.filter --cases '\(fixture)'"
    let text = try shell(
      "{ echo before; $H \(selection) --junit /dev/stdout; } > '\(folder)/all'; cat '\(folder)/all'"
    ).output
    #expect(text.hasPrefix("before\n") && text.contains("<testsuite") && text.contains("0 fail"), "\(text)")
  }
}
