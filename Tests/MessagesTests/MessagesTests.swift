import Foundation
import Testing

@testable import Messages

@Test(arguments: [
  ("s4d.filtr", "s4d.filter"), ("s4d.fitler", "s4d.filter"), ("S4D.Filter", "s4d.filter"), ("scan", "s4d.scan"),
  ("mamba", "mamba.scan"), ("zzz", nil), ("", nil), ("y", nil), ("hippo.project.legs", nil),
])
func theNearestNameIsSuggested(name: String, expected: String?) {
  #expect(suggestion(for: name, among: ["cauchy.sum", "s4d.filter", "s4d.scan", "mamba.scan"]) == expected)
}

@Test func distancesAreThoseOfTheDefinition() {
  for (a, b, distance) in [
    ("", "", 0), ("", "abc", 3), ("kitten", "sitting", 3), ("ab", "ba", 1), ("abcd", "acbd", 1),
  ] {
    #expect(editDistance(Array(a), Array(b)) == distance)
    #expect(editDistance(Array(b), Array(a)) == distance)
  }
}

@Test func anUnknownNameIsOneLine() {
  #expect(
    unknown("pass", "forwrd", expected: ["forward", "gradient"])
      == "unknown pass 'forwrd' (did you mean forward?), expected forward, gradient")
  #expect(
    unknown("pass", "both", expected: ["forward", "gradient"]) == "unknown pass 'both', expected forward, gradient")
}

@Test func systemErrorsAreTheSystemsWords() {
  func reason(_ body: () throws -> Void) -> String {
    do { try body() } catch { return explanation(of: error) }
    return "none"
  }
  let nowhere = URL(filePath: "/nonexistent/folder/file")
  #expect(reason { _ = try Data(contentsOf: nowhere) } == "No such file or directory")
  #expect(reason { try Data().write(to: nowhere) } == "No such file or directory")
  #expect(reason { try Data().write(to: nowhere, options: .atomic) } == "No such file or directory")
  #expect(reason { _ = try String(contentsOfFile: "/nonexistent", encoding: .utf8) } == "No such file or directory")
  #expect(reason { try Data().write(to: URL(filePath: "/proc/none")) } != "none")
  #expect(
    reason { try FileManager.default.createDirectory(atPath: "/dev/null/folder", withIntermediateDirectories: true) }
      == "Not a directory")
  #expect(reason { _ = try FileManager.default.contentsOfDirectory(atPath: "/dev/null") } == "Not a directory")
  let process = Process()
  process.executableURL = URL(filePath: "/nonexistent")
  #expect(reason { try process.run() } == "No such file or directory")
}

private struct Reply: Decodable {
  enum Word: String, Decodable { case yes, no }
  var seconds: Double?
  var count: Int?
  var words: [Word]?
  var name: String?
  var inner: [String: Inner]?
  struct Inner: Decodable { let value: Bool }
}

@Test(arguments: [
  (#"{"seconds": "fast"}"#, "wrong type at 'seconds', expected a number, found a text"),
  (#"{"count": [1]}"#, "wrong type at 'count', expected a whole number, found a list"),
  (#"{"words": {}}"#, "wrong type at 'words', expected a list, found an object"),
  (#"{"words": ["maybe"]}"#, "unknown value at 'words.0'"),
  (#"{"name": 3}"#, "wrong type at 'name', expected a text, found a number"),
  (#"{"inner": {"a": {}}}"#, "no 'inner.a.value'"),
  (#"{"inner": {"a": {"value": null}}}"#, "wrong type at 'inner.a.value', expected true or false, found null"),
  (#"{"count": 1.5}"#, "a number that is too large or not whole"),
  (#"{"count": true}"#, "wrong type at 'count', expected a whole number, found true or false"),
  ("[]", "wrong type, expected an object, found a list"), (#"{"#, "not JSON"), ("", "not JSON"),
])
func whatCannotBeDecodedIsAPlainLine(text: String, expected: String) throws {
  do {
    _ = try JSONDecoder().decode(Reply.self, from: Data(text.utf8))
    Issue.record("\(text) was read")
  } catch {
    #expect(explanation(of: error, in: Data(text.utf8)) == expected)
  }
}
