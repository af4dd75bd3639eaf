import ArgumentParser
import Harness
import KernelSpec

/// What is measured and for how long: flags of `bench`, some of which a file may give instead.
struct SweepOptions: ParsableArguments {
  @Option(
    help:
      "Sizes to measure instead of the kernel's sweep, or to vary along the axes; such as H16-N64-L4096; may be repeated."
  )
  var at: [String] = []

  @Option(
    help: """
      Vary an extent: L=256,1024 or N=16..256x2 (each twice the one before) or L=100..500+100, or extents together, \
      L,W=256..65536x4; several axes make their product around --at, by default the middle of the kernel's sweep.
      """)
  var axis: [String] = []

  @Option(help: "Read what to measure from this JSON file instead; see docs/sweeps.md.")
  var sweep: String?

  @Option(help: "How many samples are wanted of each variant (default: 15).")
  var samples: Int?

  @Option(help: "The least duration of a sample, in milliseconds (default: 10).")
  var sampleMilliseconds: Double?

  @Option(help: "Seconds after which a variant that has given three samples rests (default: 0.6).")
  var variantSeconds: Double?

  @Option(help: "Seconds after which a variant that has not answered is stopped and fails (default: 120).")
  var timeout: Double?

  @Option(
    help: "What a variant may allocate, such as 4GB: one that needs more is refused, or fails (default: no limit).")
  var memory: ByteCount?

  @Flag(help: "Leave the reference out.")
  var withoutReference = false

  /// The plan that the flags and the file make. Flags stand above the file.
  func plan(_ kernels: [String], _ choice: Choice, beside outsider: OutsideContender? = nil) throws -> SweepPlan {
    let file = try sweep.map { try SweepFile(contentsOf: $0) }
    guard file == nil || at.isEmpty && axis.isEmpty && kernels.isEmpty else {
      throw Failure.misuse("--sweep gives kernels and sizes, expected none beside it")
    }
    let entries: [SweepEntry]
    if let file {
      try choice.check(against: file.entries.map(\.kernel))
      try choice.checkSizes(file.entries.flatMap(\.sizes))
      entries = file.entries.map { $0.narrowed(by: choice.selection) }
    } else {
      let chosen = try hippodrome.kernels(named: kernels)
      try choice.check(against: chosen)
      let axes = try axis.map { try SweepAxis($0) }
      entries = try chosen.map { SweepEntry($0, try $0.sizes(at: at, along: axes), choice.selection) }
      try choice.checkSizes(entries.flatMap(\.sizes))
    }
    let withReference = !withoutReference && file?.reference != false
    let plan = SweepPlan(entries, withReference: withReference, beside: outsider, effort: try effort(file))
    guard !plan.groups.isEmpty else { throw choice.leavesNothing(to: "measure") }
    return plan
  }

  private func effort(_ file: SweepFile?) throws -> Effort {
    var effort = Effort()
    effort.samples = samples ?? file?.samples ?? 15
    effort.sampleSeconds = (sampleMilliseconds ?? file?.sampleMilliseconds ?? 10) / 1000
    effort.contenderSeconds = variantSeconds ?? file?.variantSeconds ?? 0.6
    effort.timeoutSeconds = timeout ?? file?.timeout ?? 120
    effort.memoryBytes = (memory ?? file?.memory)?.bytes
    for (name, value, range) in [
      ("samples", Double(effort.samples), 3...100_000),
      ("sample-milliseconds", effort.sampleSeconds * 1000, 1e-3...60_000),
      ("variant-seconds", effort.contenderSeconds, 1e-3...86_400), ("timeout", effort.timeoutSeconds, 1e-3...86_400),
    ] as [(String, Double, ClosedRange<Double>)] where !range.contains(value) {
      let found = value.formatted(), (least, most) = (range.lowerBound.formatted(), range.upperBound.formatted())
      throw Failure.misuse("\(name) is \(found), expected \(least) to \(most)")
    }
    return effort
  }
}
