import Fixtures
import Foundation
import Testing

private let samples = root + "/fixtures/reader"
private let fixture = root + "/fixtures/s4d.filter/H2-N16-L61__equal-modes.h5"

/// A name is one file's, whatever letters it has: the answers about others must not be taken for its own.
@Test func namesMayHaveAnyLetters() throws {
  try inFolder { folder in
    let names = ["-dash.h5", "a b .h5", "co:lon.h5", "new\nline.h5", "per%41cent.h5", "tab\t.h5", "ü.h5", "z.hdf5"]
    for name in names { try FileManager.default.copyItem(atPath: fixture, toPath: "\(folder)/\(name)") }
    try FileManager.default.createDirectory(atPath: folder + "/elsewhere", withIntermediateDirectories: true)
    try FileManager.default.createSymbolicLink(atPath: folder + "/elsewhere/link.h5", withDestinationPath: fixture)
    try FileManager.default.createSymbolicLink(atPath: folder + "/elsewhere/round", withDestinationPath: folder)
    try Data("no case".utf8).write(to: URL(filePath: folder + "/new\n.h5"))
    let started = ContinuousClock.now
    #expect(mkfifo(folder + "/fifo.h5", 0o600) == 0)
    let outcome = try hippodrome(
      "verify", "--cases", folder, "--pass", "forward", "--precision", "double", "--threads", "1", "--expect",
      "\(2 * (names.count + 1))")
    #expect(outcome.code == 2 && outcome.lines == 2, "\(outcome.errors)")
    #expect(outcome.errors.contains("\(folder)/fifo.h5: is a FIFO, expected an HDF5 file"), "\(outcome.errors)")
    #expect(outcome.errors.contains("\(folder)/new .h5: not an HDF5 file"), "\(outcome.errors)")
    #expect(started.duration(to: .now) < .seconds(50))
    for name in names + ["link.h5"] { #expect(outcome.output.contains("\(name)  "), "\(name): \(outcome.output)") }
    let out = folder + "/out\n.h5"
    #expect(try hippodrome("run", "s4d.filter", folder + "/new\nline.h5", out).code == 0)
    #expect(try CaseFile(contentsOf: out).outputs.names == ["K"])
  }
}

/// A name that is no text is said to be that, not passed over.
@Test func namesThatAreNoTextAreRefused() throws {
  try inFolder { folder in
    let copy = Process()
    copy.executableURL = URL(filePath: "/bin/sh")
    copy.arguments = [
      "-c",
      #"""
      name=$(printf 'caf\351.h5')
      cp "$1" "$2/sound.h5" && cp "$1" "$2/$name"
      "$3" verify --cases "$2" --variant powers --pass forward >"$2/out.txt" 2>"$2/err.txt"; echo $? >>"$2/err.txt"
      "$3" verify --cases "$2/$name" >>"$2/out.txt" 2>>"$2/err.txt"; echo $? >>"$2/err.txt"
      """#, "sh", fixture, folder, command,
    ]
    try copy.run()
    copy.waitUntilExit()
    let lines = try String(contentsOfFile: folder + "/err.txt", encoding: .utf8).split(separator: "\n").map(
      String.init)
    #expect(
      lines == [
        "hippodrome: \(folder)/caf\\xE9.h5: a name that is not UTF-8, expected one that is: rename the file", "2",
        "hippodrome: argument 3, \(folder)/caf\\xE9.h5, is not UTF-8, expected a text: rename or link the file", "2",
      ])
    #expect(try String(contentsOfFile: folder + "/out.txt", encoding: .utf8).contains("sound.h5"))
  }
}

/// Outside the repository the fixtures are those of the checkout that the command was built in.
@Test func fixturesAreFoundFromAnywhere() throws {
  let arguments = ["verify", "s4d.filter", "--case", "H2-N16-L61__equal-modes.h5", "--variant", "powers"]
  try inFolder { folder in
    let outcome = try hippodrome(arguments, in: folder)
    #expect(outcome.code == 0 && outcome.output.contains("\(root)/fixtures/s4d.filter/H2-N16-L61__equal-modes.h5"))
    let missing = try hippodrome(arguments + ["--fixtures", "nowhere"], in: folder)
    #expect(missing.code == 2 && missing.lines == 1 && missing.errors.contains("nowhere/s4d.filter: no such file"))
    // A copy of the command elsewhere has no checkout above it.
    let copy = folder + "/hippodrome"
    try FileManager.default.copyItem(atPath: command, toPath: copy)
    let alone = try hippodrome(arguments, in: folder, command: copy)
    #expect(
      alone.code == 2 && alone.lines == 1 && alone.errors.contains("expected --fixtures FOLDER"), "\(alone.errors)")
    #expect(try hippodrome(arguments + ["--fixtures", root + "/fixtures"], in: folder, command: copy).code == 0)
  }
}

@Test func errorsOfTheSystemAreItsOwnWords() throws {
  try inFolder { folder in
    try Data(#"{"schema": 1, "kind": "measurement", "kernel": 3}"#.utf8 + [10]).write(
      to: URL(filePath: folder + "/r.jsonl"))
    try FileManager.default.createDirectory(atPath: folder + "/folder.json", withIntermediateDirectories: true)
    for (arguments, text) in [
      (["peers", "--file", "/nonexistent.json", "--dry-run"], "/nonexistent.json: No such file or directory"),
      (["peers", "--file", folder + "/folder.json", "--dry-run"], "folder.json: Is a directory"),
      (["bench", "--sweep", "/nonexistent.json", "--dry-run"], "cannot be read: No such file or directory"),
      (["report", folder + "/r.jsonl"], "r.jsonl:1: wrong type at 'kernel', expected a text, found a number"),
    ] {
      let outcome = try hippodrome(arguments)
      #expect(outcome.errors.contains(text) && !outcome.errors.contains("Cocoa"), "\(arguments): \(outcome.errors)")
    }
  }
}
