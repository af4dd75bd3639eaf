import Foundation
import Testing

/// Whatever was broken on purpose or found by a fuzzer is refused in one line each, and takes neither long nor much.
@Test func filesThatAFuzzerFoundAreRefused() throws {
  let folder = root + "/fixtures/reader"
  let names = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasPrefix("corrupt-") }
  #expect(names.count >= 6)
  let arguments = ["verify", "s4d.filter"] + names.flatMap { ["--cases", "\(folder)/\($0)"] }
  let outcome = try hippodrome(arguments)
  #expect(outcome.code == 2 && outcome.lines == names.count, "\(outcome.errors)")
  for name in names { #expect(outcome.errors.contains("\(folder)/\(name): ")) }
}
