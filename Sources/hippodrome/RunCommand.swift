import ArgumentParser
import Fixtures
import Foundation
import Harness
import KernelSpec
import Platform

/// `hippodrome run`
struct RunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run", abstract: "Runs a kernel on anyone's data.",
    discussion: """
      Extents come from the operands' shapes; the file's size attribute gives those that no shape gives. Exit codes: 0 done, 2 bad input, \
      3 refused by the variant.

      Examples:
        hippodrome run s4d.filter input.h5 output.h5
        hippodrome run s4d.filter --variant blocked --threads 2 --gradient input.h5 output.h5
      """)

  @Argument(help: "The kernel.", completion: .kernels)
  var kernel: String

  @Argument(help: "A case file with inputs, and cotangents for --gradient.", completion: .cases)
  var input: String

  @Argument(help: "The case file to write outputs, and gradients, to.", completion: .cases)
  var output: String

  @Option(help: "A variant; the reference by default.", completion: .variants)
  var variant = "reference"

  @Option(help: "float, double, or oracle: the widest precision, of the reference only.")
  var precision: ComputingPrecision = .double

  @Option(help: "How many threads the variant uses.")
  var threads = 1

  @Flag(help: "Write gradients as well as outputs.")
  var gradient = false

  func run() throws {
    let kernel = try hippodrome.kernel(named: kernel)
    guard threads >= 1 else { throw Failure.misuse("--threads is \(threads), expected at least 1") }
    let file = OutputFile(output, apartFrom: [input])
    try file.check()
    do {
      if let complaint = try Probe.childProcess.complaints([input])[input] { throw Misfit(complaint) }
      let passes: [Pass] = gradient ? [.forward, .gradient] : [.forward]
      let request = RunRequest(variant: variant, precision: precision, threads: threads, passes: passes)
      try request.run(kernel, from: input).write(to: file)
    } catch let misfit as Misfit {
      throw Failure.misuse(misfit.description)
    } catch let refusal as Refusal {
      StandardStream.error.write("refused: \(refusal)\n")
      throw Failure(code: 3, line: nil)
    }
  }
}

extension ComputingPrecision: ExpressibleByArgument {}
