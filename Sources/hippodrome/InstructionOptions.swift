import ArgumentParser
import Harness
import KernelSpec

/// Whether instructions are counted, beside time.
struct InstructionOptions: ParsableArguments {
  @Flag(
    help: """
      Count the instructions of one call of each variant on one thread too, by valgrind's callgrind: they are the same whatever else the \
      machine does.
      """)
  var instructions = false

  @Option(
    parsing: .upToNextOption,
    help: """
      Count in these builds instead, of the same code: callgrind knows no AVX-512. HIPPODROME_MARCH=baseline swift build makes one.
      """)
  var portable: [String] = []

  /// A counter for each build, in place of which a portable one of the same code may be named; nil where instructions are not counted.
  func counters(of builds: [[String]]) throws -> [InstructionCounter]? {
    guard instructions else {
      guard portable.isEmpty else {
        throw Failure.misuse("--portable is for --instructions, which is missing")
      }
      return nil
    }
    guard portable.isEmpty || portable.count == builds.count else {
      throw Failure.misuse("--portable names \(portable.count) builds, expected \(builds.count)")
    }
    let commands = portable.isEmpty ? builds : try portable.map { try Build($0).command }
    do { return try commands.map { command in try InstructionCounter(command) } } catch let misfit as Misfit {
      throw Failure.misuse("--instructions: \(misfit)")
    }
  }
}
