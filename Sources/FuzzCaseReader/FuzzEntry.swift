import CFuzz
import Fixtures
import Foundation
import KernelSpec
import Tensors

/// What libFuzzer calls with each input, two ways by the environment variable `FUZZ_ENTRY`:
///
/// - `file`: the input is the file. It is first read in a child, as the command does, since the HDF5 library crashes on corrupt files;
///   what the child could read is read here.
/// - `contents`: the input is the recipe of a sound HDF5 file with anything in it, which is read here at once.
///
/// Whatever ends this process is a finding, and so is a child that ends in a trap of Swift's or takes more memory than it may.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
  let input = UnsafeBufferPointer(start: start, count: count)
  switch Entry.chosen {
  case .file: readFile(input)
  case .contents: readContents(input)
  }
  return 0
}

private enum Entry: String {
  case file, contents

  static let chosen: Entry = {
    let name = ProcessInfo.processInfo.environment["FUZZ_ENTRY"] ?? "contents"
    guard let entry = Entry(rawValue: name) else { fatalError("FUZZ_ENTRY is '\(name)', expected file or contents") }
    return entry
  }()
}

/// Where the case file of an input is put: memory, where the system has a file system in it.
private let path: String = {
  let folder = FileManager.default.fileExists(atPath: "/dev/shm") ? "/dev/shm" : NSTemporaryDirectory()
  return "\(folder)/fuzz-\(ProcessInfo.processInfo.processIdentifier).h5"
}()

/// So much more than this process a child may hold; inputs have 16 KiB at most.
private let allowance = 192 << 20

private func readFile(_ input: UnsafeBufferPointer<UInt8>) {
  guard FileManager.default.createFile(atPath: path, contents: Data(input)) else {
    fatalError("\(path): cannot be made")
  }
  let ending = cfuzz_in_child({ _ in CaseProbe.answer(path) == "ok" ? 0 : 1 }, nil, 2)
  Tally.count(ending)
  guard ![SIGILL, SIGTRAP].contains(ending.signal) else { fatalError("the reader trapped") }
  guard ending.peak_bytes < Tally.ownBytes + allowance else {
    fatalError("the reader took \(ending.peak_bytes) bytes")
  }
  if ending.signal == 0, ending.code == 0 { _ = read(path) }
}

private func readContents(_ input: UnsafeBufferPointer<UInt8>) {
  ContentsRecipe(input).write(to: path)
  let isCase = read(path)
  Tally.count(cfuzz_ending(code: isCase ? 0 : 1, signal: 0, peak_bytes: 0))
}

/// Reads the file and fits it to signatures; whether it fits any. A complaint must be one line.
private func read(_ path: String) -> Bool {
  var fits = false
  for signature in Signature.fuzzed {
    do {
      _ = try Case(contentsOf: path, signature: signature)
      fits = true
    } catch {
      guard !error.description.contains(where: \.isNewline) else { fatalError("a complaint of several lines") }
    }
  }
  return fits
}

extension Signature {
  /// Signatures with everything that signatures can have.
  fileprivate static let fuzzed = [
    Signature(
      extents: ["H", "N", "L"], derived: ["M": "N/2"],
      inputs: [.real("dt", "H"), .complex("A", "H", "M"), .complex("B", "H", "M", optional: true)],
      outputs: [.real("K", "H", "L")], options: [.choice("mode", "zoh", "bilinear")]),
    Signature(
      extents: ["B", "D", "W", "G"], derived: ["V": "W-1"],
      inputs: [.real("u", "B", "D", "W"), .real("x0", "B", "G", "V", optional: true)],
      outputs: [.real("y", "B", "D", "W"), .real("x", "B", "G", "V")],
      options: [
        .flag("softplus"), .integer("order", 0...8, drawn: [1]), .number("dt", 0...1, default: 0.5, drawn: [1]),
      ],
      divides: [(divisor: "G", extent: "D")]),
  ]
}
