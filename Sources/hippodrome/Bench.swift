import ArgumentParser
import Catalog
import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting

/// `hippodrome bench`
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures variants, interleaved, each in a process of its own, and only if they are right.",
    discussion: """
      Every variant is checked before and after it is timed. The limits of the machine are measured first. Exit codes: 0 done, 1 a variant \
      was wrong, faster than the machine can be, or its cost grows faster than claimed, 2 misuse.
      """)

  @Argument(help: "Kernels; all by default.")
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @Option(help: "Sizes to measure instead of the kernel's sweep, such as H16-N64-L4096; may be repeated.")
  var at: [String] = []

  @Option(
    help:
      "Append the measurements to this file of records; reports/results/<machine>/<date>-<commit>.jsonl by default.")
  var records: String?

  @Option(help: "How many samples are wanted of each variant.")
  var samples = 15

  @Option(help: "The least duration of a sample, in milliseconds.")
  var sampleMilliseconds = 10.0

  @Option(help: "Seconds after which a variant that has given three samples rests.")
  var variantSeconds = 0.6

  @Flag(help: "Leave the reference out.")
  var withoutReference = false

  @Flag(help: "Print the measurements as JSON.")
  var json = false

  func run() throws {
    try refuseDebugBuild()
    let chosen = try hippodrome.kernels(named: kernels)
    try choice.check(against: chosen)
    guard samples >= 3 else { throw Failure.misuse("--samples is \(samples), expected at least 3") }
    guard sampleMilliseconds > 0, sampleMilliseconds <= 60_000, variantSeconds > 0 else {
      throw Failure.misuse("--sample-milliseconds and --variant-seconds must be positive, the former at most 60000")
    }
    let selection = choice.selection
    var effort = Effort()
    (effort.samples, effort.sampleSeconds, effort.contenderSeconds) = (
      samples, sampleMilliseconds / 1000, variantSeconds
    )

    var groups: [(kernel: any Kernel.Type, size: Size, pass: Pass, precision: Precision, variants: [Variant])] = []
    for kernel in chosen {
      for size in try sizes(kernel) where selection.includes(size) {
        for pass in Pass.allCases {
          for precision in Precision.allCases {
            let variants = kernel.variants.filter {
              $0.pass == pass && $0.precision == precision && selection.includes($0)
            }
            if !variants.isEmpty { groups.append((kernel, size, pass, precision, variants)) }
          }
        }
      }
    }
    guard !groups.isEmpty else { throw Failure.misuse("the selection leaves nothing to measure") }
    let output = try MeasurementOutput(json: json, records: records, total: groups.count)
    try output.measureLimits(for: groups.flatMap(\.variants))
    for group in groups {
      output.begin(group.kernel.name, group.size, group.pass, group.precision)
      try race(group.kernel, group.size, group.pass, group.precision, group.variants, effort, output)
    }
    try output.finish()
    if output.failed > 0 { throw Failure(code: 1, line: nil) }
  }

  private func sizes(_ kernel: any Kernel.Type) throws -> [Size] {
    if at.isEmpty { return kernel.sweep }
    do {
      return try at.map { text in
        let size = try kernel.signature.size(text)
        try Case.checkMemory(kernel.signature, size)
        return size
      }
    } catch let misfit as Misfit {
      throw Failure.misuse("\(kernel.name): \(misfit)")
    }
  }

  private func race<K: Kernel>(
    _ kernel: K.Type, _ size: Size, _ pass: Pass, _ precision: Precision, _ variants: [Variant], _ effort: Effort,
    _ output: MeasurementOutput
  ) throws {
    let race = Race(kernel, size, pass, precision, effort: effort, command: [executablePath(), "contender"])
    try race.run(variants, withReference: !withoutReference) { try output.deliver($0, kernel, size) }
  }
}
