import Fixtures
import Foundation
import KernelSpec
import Platform

/// Counts the instructions of one call of a variant by valgrind's tool callgrind, which simulates a processor: the same number whatever
/// else the machine does.
///
/// Callgrind knows no AVX-512: a build that has such instructions is not counted. Plans of FFTW are estimated, since those that are found by
/// timing differ from run to run.
public final class InstructionCounter {
  private let command: [String]
  private let timeout: Double
  private let scratch: ScratchFolder
  private var process: ContenderProcess?

  /// A counter of the build behind a command that serves the contender protocol; an answer may take `timeout` seconds.
  ///
  /// - Throws: `Misfit` where valgrind is not installed, or where the executable cannot be copied.
  public init(_ command: [String], timeout: Double = 600) throws(Misfit) {
    guard let valgrind = Self.tool("valgrind") else {
      throw Misfit("found no valgrind in PATH, expected it to be installed: its tool callgrind counts instructions")
    }
    scratch = try ScratchFolder()
    self.timeout = timeout
    let options = [
      "--tool=callgrind", "--log-file=\(scratch.path)/log", "--callgrind-out-file=\(Self.parts(scratch))",
      "--collect-atstart=no", "--toggle-collect=\(Self.calling)", "--dump-after=\(Self.calling)",
    ]
    self.command = [valgrind] + options + [try Self.stripped(command[0], scratch)] + command.dropFirst()
  }

  /// Whether valgrind is installed.
  public static var isAvailable: Bool { tool("valgrind") != nil }

  /// The instructions of one call of a variant on one thread, on the operands that are drawn for measuring.
  ///
  /// - Throws: `Misfit` where the build lacks the variant, refuses the size or fails, or where no two calls in a row are alike.
  public func count<K: Kernel>(_: K.Type, _ size: Size, _ variant: Variant) throws(Misfit) -> Int {
    guard variant.threads == 1 else {
      throw Misfit(
        "found \(variant.threads) threads, expected one: threads that wait for one another count differently each time"
      )
    }
    let path = scratch.path + "/case.h5"
    let item = Case.drawn(K.self, size, variant.pass)
    try item.file(kernel: K.name, signature: K.signature, source: "drawn").write(to: path)
    do throws(Misfit) { return try count(variant, caseAt: path) } catch {
      // Whoever has failed may have ended.
      process = nil
      throw error.description.hasSuffix("signal 4")
        ? Misfit("\(error); callgrind knows no AVX-512, expected a build with HIPPODROME_MARCH=baseline") : error
    }
  }

  private func count(_ variant: Variant, caseAt path: String) throws(Misfit) -> Int {
    if process == nil { process = try started() }
    _ = takeParts()
    let contestant = try Contestant(process!, variant, caseAt: path)
    if let refusal = contestant.refusal { throw Misfit("refused: \(refusal)") }
    return try settled(contestant)
  }

  /// The count that two calls in a row agree on: the first one may make what later ones find.
  private func settled(_ contestant: Contestant) throws(Misfit) -> Int {
    var counts = takeParts()
    for _ in 0..<3 {
      _ = try contestant.seconds(1)
      counts += takeParts()
      guard let last = counts.last, last > 0 else {
        throw Misfit("callgrind saw no call, expected a build that calls variants by \(Self.calling)")
      }
      if counts.count >= 2, counts[counts.count - 2] == last { return last }
    }
    throw Misfit("found \(counts.map(String.init).joined(separator: ", ")) instructions, expected two calls alike")
  }

  private func started() throws(Misfit) -> ContenderProcess {
    // What hash tables do must not depend on a drawn seed.
    let environment = ["HIPPODROME_PLANS": "estimate", "SWIFT_DETERMINISTIC_HASHING": "1"]
    return try ContenderProcess(command, environment: environment, timeout: timeout)
  }

  /// The function that calls a variant, and nothing else.
  private static let calling = "cplatform_repeat"

  private static func parts(_ scratch: ScratchFolder) -> String { scratch.path + "/part" }

  /// The totals that callgrind has written after each call since they were last taken, in order.
  private func takeParts() -> [Int] {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: scratch.path)) ?? []
    let parts = names.compactMap { name in name.hasPrefix("part.") ? Int(name.dropFirst(5)) : nil }.sorted()
    return parts.compactMap { part in
      let path = "\(Self.parts(scratch)).\(part)"
      defer { unlink(path) }
      let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
      let line = text.split(separator: "\n").last { $0.hasPrefix("totals: ") }
      return line.flatMap { Int($0.dropFirst("totals: ".count)) }
    }
  }

  /// A copy of an executable without debug information, of which valgrind 3.19 cannot read Swift's; itself where nothing can strip it.
  private static func stripped(_ executable: String, _ scratch: ScratchFolder) throws(Misfit) -> String {
    guard let strip = tool("strip") ?? tool("llvm-strip") else { return executable }
    let copy = scratch.path + "/hippodrome"
    let result: (ending: ChildProcess.Ending, output: Data, errors: Data)
    do throws(StartFailure) { result = try ChildProcess.run([strip, "-g", "-o", copy, executable]) } catch {
      throw Misfit(error.description)
    }
    guard result.ending == .exit(0) else {
      let reason = String(decoding: result.errors, as: UTF8.self).split(separator: "\n").first ?? "it failed"
      throw Misfit("\(strip) \(executable): \(reason)")
    }
    return copy
  }

  private static func tool(_ name: String) -> String? {
    let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    return folders.map { "\($0)/\(name)" }.first { FileManager.default.isExecutableFile(atPath: $0) }
  }
}
