import Foundation
import Testing

private let fixture = root + "/fixtures/s4d.filter/H4-N6-L31__mixed-dt.h5"

/// Runs a line of the shell with `$D`, a small disk of its own, where there can be one, and `$S`, a folder elsewhere.
private func onSmallDisk(_ line: String, kilobytes: Int = 16) throws -> Outcome? {
  let mount = "mount -t tmpfs -o size=\(kilobytes)k none \"$D\""
  var outcome: Outcome?
  try inFolder { folder in
    let places = ["D": folder + "/disk", "S": folder]
    try FileManager.default.createDirectory(atPath: folder + "/disk", withIntermediateDirectories: false)
    // In a mount namespace, which goes away with the shell.
    guard try shell("unshare -m sh -c '\(mount)'", places).code == 0 else { return }
    outcome = try shell("unshare -m sh -c '\(mount) && { \(line); }'", places)
  }
  return outcome
}

private let reason = "No space left on device"

@Test func aFullDiskIsOneLineAndLeavesWhatWasThere() throws {
  let run = "$H run s4d.filter \(fixture) $D/out.h5"
  // The first fits; beside it there is no room for another.
  let line =
    "\(run); cp $D/out.h5 $S; head -c 15000 /dev/zero >> $D/fill; \(run); echo $?; cmp $D/out.h5 $S/out.h5; ls -A $D"
  guard let outcome = try onSmallDisk("{ \(line); } 2> $S/errors; grep -v head: $S/errors >&2") else { return }
  #expect(outcome.output == "2\nfill\nout.h5\n", "\(outcome)")
  #expect(outcome.lines == 1 && outcome.errors.contains("/out.h5: cannot be written: \(reason)"), "\(outcome.errors)")
}

@Test func recordsOnAFullDiskStayWhole() throws {
  let verify = "$H verify s4d.filter --cases \(fixture) --records $D/r.jsonl"
  let line =
    "head -c 12000 /dev/zero > $D/fill; \(verify) > $S/said; echo $?; tail -n 1 $S/said; wc -c < $D/r.jsonl; rm $D/fill; \(verify) > /dev/null; echo $?; head -n 1 $D/r.jsonl | cut -c 1-11"
  guard let outcome = try onSmallDisk(line) else { return }
  let lines = outcome.output.split(separator: "\n")
  #expect(lines.count == 5 && lines[0] == "2" && lines[1].contains(" pass, 0 fail") && lines[2] == "0", "\(outcome)")
  #expect(outcome.errors.contains("/r.jsonl: cannot be written: \(reason)"), "\(outcome.errors)")
}

@Test(arguments: [
  "verify s4d.filter --case H4-N6-L31__mixed-dt.h5 --external \"$H run s4d.filter\"",
  "bench s4d.filter --at H16-N64-L4096 --allow-debug-build --without-limits --records /dev/null",
  "gate $H $H s4d.filter --at H16-N64-L4096 --measure-same --budget 5s",
])
func noRoomForTemporaryFilesIsSaid(_ arguments: String) throws {
  guard let outcome = try onSmallDisk("head -c 12000 /dev/zero > $D/fill; TMPDIR=$D $H \(arguments)") else { return }
  #expect(outcome.code == 2 && outcome.lines == 1 && outcome.errors.contains(reason), "\(outcome)")
}

@Test func streamsThatCannotBeWrittenEndWithTwo() throws {
  let verify = "verify s4d.filter --cases \(fixture)"
  for (line, code, errors) in [
    ("$H list --names > /dev/full", 2, "hippodrome: standard output: cannot be written: \(reason)\n"),
    ("$H list --json > /dev/full", 2, "hippodrome: standard output: cannot be written: \(reason)\n"),
    ("$H --help > /dev/full", 2, "hippodrome: standard output: cannot be written: \(reason)\n"),
    ("$H \(verify) --json > /dev/full", 2, "hippodrome: standard output: cannot be written: \(reason)\n"),
    ("$H \(verify) >&-", 2, "hippodrome: standard output: cannot be written: Bad file descriptor\n"),
    ("$H \(verify) --variant none 2>&-", 2, ""), ("$H \(verify) --variant none 2> /dev/full", 2, ""),
    ("$H \(verify) > /dev/null 2>&-", 0, ""), ("$H \(verify) <&- > /dev/null", 0, ""),
    ("$H \(verify) <&- >&- 2>&-", 2, ""),
    // Whoever closed the pipe knows.
    ("{ $H list --json; echo $? >&2; } | true", 0, "2\n"),
  ] as [(String, Int32, String)] {
    let outcome = try shell(line)
    #expect(outcome.code == code && outcome.errors == errors, "\(line): \(outcome)")
  }
}

/// A file that is opened where the standard output is closed must not get what is printed.
@Test func aClosedStreamIsNotTakenForAFile() throws {
  try inFolder { folder in
    let outcome = try shell("$H verify s4d.filter --cases \(fixture) --records '\(folder)/r.jsonl' >&- 2>&-")
    #expect(outcome.code == 2)
    let lines = try String(contentsOfFile: folder + "/r.jsonl", encoding: .utf8).split(separator: "\n")
    #expect(lines.count > 1 && lines.allSatisfy { $0.hasPrefix("{") && $0.hasSuffix("}") })
  }
}

@Test func aVerdictThatFailedWeighsMoreThanAFullStream() throws {
  let verify = "$H verify s4d.filter --cases \(fixture) --external false"
  #expect(try shell("\(verify) > /dev/full").code == 1)
}
