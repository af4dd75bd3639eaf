import Foundation
import Testing

@testable import hippodrome

/// What the file says, or the line that says what is wrong with it.
private func line(_ text: String) -> String {
  let path = NSTemporaryDirectory() + "peers-\(UUID().uuidString).json"
  defer { try? FileManager.default.removeItem(atPath: path) }
  do {
    try Data(text.utf8).write(to: URL(filePath: path))
    _ = try PeersFile(contentsOf: path)
  } catch let failure as Failure {
    return (failure.line ?? "").replacing(path, with: "FILE")
  } catch { return "\(error)" }
  return "right"
}

@Test func theDescriptionOfThePeersReads() throws {
  let peers = try PeersFile(contentsOf: root + "/peers/peers.json")
  #expect(!peers.races.isEmpty)
  for course in peers.races {
    let kernel = try kernel(named: course.kernel)
    for size in course.sizes { #expect(try kernel.signature.size(size).description == size) }
    for name in course.peers {
      let entrant = peers.entrant(name, threads: 2, patience: 1)
      #expect(entrant.name == name && entrant.environment["OMP_NUM_THREADS"] == "2")
      #expect(entrant.command.last == "peers/contender.py")
    }
  }
}

@Test func aBadDescriptionIsExplained() throws {
  let program = #"{"command": ["peer"], "peers": ["toy"]}"#
  for (text, expected) in [
    ("[", "FILE: not JSON"),
    ("{}", "FILE: no 'programs'"),
    (#"{"programs": 3}"#, "FILE: wrong type at 'programs', expected a list, found a number"),
    (#"{"programs": [{"command": []}]}"#, "FILE: no 'programs.0.peers'"),
    (
      #"{"programs": [{"command": [], "peers": ["toy"]}], "threads": [1], "races": []}"#,
      "FILE: the command of toy is empty"
    ),
    (#"{"programs": [\#(program)], "threads": [0], "races": []}"#, "FILE: threads is 0, expected at least 1"),
    (
      #"{"programs": [\#(program)], "threads": [1], "races": [{"kernel": "k", "sizes": [], "precisions": ["half"], "peers": []}]}"#,
      "FILE: unknown value at 'races.0.precisions.0'"
    ),
    (
      #"{"programs": [\#(program)], "threads": [1], "races": [{"kernel": "k", "sizes": [], "precisions": [], "peers": ["who"]}]}"#,
      "FILE: no program has the peer 'who', expected toy"
    ),
    (#"{"programs": [\#(program)], "threads": [1], "races": []}"#, "right"),
  ] {
    #expect(line(text) == expected, "\(text)")
  }
  #expect(throws: Failure.self) { _ = try PeersFile(contentsOf: "/nonexistent") }
}
