import Foundation
import Testing

@testable import Harness

/// A build of a kernel, of a file that it calls, of the contender, and of a file that has nothing to do with them.
private struct SmallBuild {
  var kernel = "return scaled(x) + 1;"
  var table = "1, 2, 3"
  var scaled = "return 3 * x;"
  var other = "return x;"
  var order = ["Kernels", "Helpers", "Harness", "Other"]
  var libraries: [String] = []

  /// Compiles and links it in a folder, as SwiftPM does.
  func made(in folder: String) throws -> BuildCode {
    let sources = [
      "Kernels": """
      __attribute__((used, section(".swift_modhash"))) static const char note[] = "\(folder.hasSuffix("/old") ? 1 : 2)";
      int scaled(int x); static const int table[] = {\(table)}; static int inner(int x) { \(kernel) }
      int kernel(int x) __asm__("$s5Small6KernelO3runyS2iF");
      int kernel(int x) { return inner(x) + table[x & 1]; }
      """,
      "Helpers": "int scaled(int x) { \(scaled) }",
      "Harness": """
      int serve(void) __asm__("$s7Harness15ContenderServerC3runyyF"); int serve(void) { return 0; }
      int call(void) __asm__("$s7Harness9ExecutionC4callyyF"); int call(void) { return 1; }
      """,
      "Other": "int other(int x) { \(other) } int main(void) { return other(0); }",
    ]
    var objects: [String: String] = [:]
    for (name, source) in sources {
      let place = "\(folder)/\(name).build"
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try Data(source.utf8).write(to: URL(filePath: "\(place)/file.c"))
      objects[name] = "\(place)/file.c.o"
      try compile(["-g", "-O1", "-ffunction-sections", "-c", "\(place)/file.c", "-o", objects[name]!])
    }
    let product = "\(folder)/hippodrome.product"
    try FileManager.default.createDirectory(atPath: product, withIntermediateDirectories: true)
    let list = order.map { objects[$0]! + "\n" }.joined()
    try Data(list.utf8).write(to: URL(filePath: product + "/Objects.LinkFileList"))
    try compile(order.map { objects[$0]! } + libraries + ["-o", "\(folder)/hippodrome"])
    return BuildCode(executable: "\(folder)/hippodrome")
  }

  private func compile(_ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = ["clang"] + arguments
    try process.run()
    process.waitUntilExit()
    try #require(process.terminationStatus == 0, "clang \(arguments.joined(separator: " "))")
  }
}

private let kernel = "5Small6KernelO"

private func inFolder(_ body: (String) throws -> Void) throws {
  let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString).path
  try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(atPath: folder) }
  try body(folder)
}

/// Where a build lies, in which order it was linked and what its debugger is told is no difference; a file that the kernel does not link to
/// is none either.
@Test func theSameCodeElsewhereIsTheSame() throws {
  try inFolder { folder in
    let old = try SmallBuild().made(in: folder + "/old")
    #expect(old.obstacle == nil)
    var build = SmallBuild()
    build.order.reverse()
    build.other = "return x + 1;"
    let new = try build.made(in: folder + "/a/longer/path")
    #expect(
      old.reasonSame(as: new, mangled: kernel)
        == "the same code in both builds: 3 object files and the libraries that they link to")
    #expect(old.reasonSame(as: new, mangled: "5Small5OtherO") == nil)
  }
}

@Test func aChangedInstructionConstantDependencyOrLibraryIsADifference() throws {
  try inFolder { folder in
    let old = try SmallBuild().made(in: folder + "/old")
    let changes: [(inout SmallBuild) -> Void] = [
      { $0.kernel = "return scaled(x) + 2;" }, { $0.table = "1, 2, 4" }, { $0.scaled = "return 5 * x;" },
      { $0.kernel = "return scaled(x + 1);" }, { $0.libraries = ["-Wl,--no-as-needed", "-lm"] },
    ]
    for (index, change) in changes.enumerated() {
      var build = SmallBuild()
      change(&build)
      let new = try build.made(in: "\(folder)/\(index)")
      #expect(new.obstacle == nil)
      #expect(old.reasonSame(as: new, mangled: kernel) == nil, "change \(index)")
    }
  }
}

/// What is not known is not the same.
@Test func codeThatCannotBeComparedIsNotTheSame() throws {
  try inFolder { folder in
    let old = try SmallBuild().made(in: folder + "/old")
    var build = SmallBuild()
    build.other = "return x + 1;"
    _ = try build.made(in: folder + "/new")
    let new = folder + "/new/hippodrome"
    #expect(old.reasonSame(as: BuildCode(executable: new), mangled: kernel) != nil)
    let object = folder + "/new/Kernels.build/file.c.o"
    try FileManager.default.setAttributes([.modificationDate: Date.now + 60], ofItemAtPath: object)
    #expect(BuildCode(executable: new).obstacle?.contains("newer than the executable") == true)
    #expect(old.reasonSame(as: BuildCode(executable: new), mangled: kernel) == nil)
    try FileManager.default.removeItem(atPath: folder + "/new/hippodrome.product")
    #expect(BuildCode(executable: new).obstacle?.contains("no object files beside") == true)
    try Data("#!/bin/sh\n".utf8).write(to: URL(filePath: new))
    #expect(BuildCode(executable: new).obstacle?.contains("no ELF executable") == true)
    // Of one file nothing need be known.
    try FileManager.default.copyItem(atPath: folder + "/old/hippodrome", toPath: folder + "/copy")
    let copy = BuildCode(executable: folder + "/copy")
    #expect(copy.reasonSame(as: old, mangled: kernel) == "the executables are the same, byte for byte")
  }
}
