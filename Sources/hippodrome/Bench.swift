import ArgumentParser
import Harness
import KernelSpec
import Reporting

/// `hippodrome bench`
struct Bench: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Measures variants, interleaved, each in a process of its own, and only if they are right.",
    discussion: """
      Every variant is checked before and after it is timed; a program from outside passes its kernel's fixtures before. The limits of the \
      machine are measured first. A variant that crashes, hangs or runs out of memory costs its own row. A sweep that was interrupted goes on with --resume; docs/sweeps.md says how, and how to split one. \
      Exit codes: 0 done, 1 a variant was wrong, failed, was faster than the machine can be, or its cost grows faster than claimed, 2 misuse.

      Examples:
        hippodrome bench s4d.filter --at H16-N64-L4096 --threads 1
        hippodrome bench --axis L=256..65536x4 mamba.scan
        hippodrome bench mamba.scan --at B1-D64-L256-N16-G1 --instructions
        hippodrome bench --sweep sweep.json --dry-run
      """)

  @Argument(help: "Kernels; all by default.", completion: .kernels)
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @OptionGroup(title: "Sweep") var options: SweepOptions

  @Option(help: "Race this command line, which speaks the contender protocol, beside the variants of the kernel.")
  var external: String?

  @Option(help: "What measurements call it (default: the command line).")
  var name: String?

  @Option(
    help: "The folder that holds a folder of fixtures for each kernel: --external must pass its kernel's to be timed."
  )
  var fixtures: String?

  @Option(
    help: "Measure this part of the sweep only, such as 2/4: parts cost about the same and are merged by `merge`.")
  var shard: Shard?

  @Option(
    help:
      "Append the measurements to this file of records; reports/results/<machine>/<date>-<commit>.jsonl by default.")
  var records: String?

  @Flag(help: "Leave out what --records already holds of the same sweep on this machine by this build.")
  var resume = false

  @Flag(help: "With --resume, measure again what failed.")
  var retryFailed = false

  @Flag(help: "Leave the limits of the machine out: rows are then not compared with them.")
  var withoutLimits = false

  @OptionGroup var counting: InstructionOptions

  @Flag(help: "Print what would be measured, and about how long it would take, and measure nothing.")
  var dryRun = false

  @Flag(help: "Print the measurements as JSON.")
  var json = false

  @Flag(help: ArgumentHelp("Measure with a debug build: for tests of this command.", visibility: .hidden))
  var allowDebugBuild = false

  func run() throws {
    if !allowDebugBuild, !dryRun { try refuseDebugBuild() }
    guard records != nil || !resume && !allowDebugBuild else {
      throw Failure.misuse("--resume goes on with a file of records, expected --records FILE too")
    }
    guard resume || !retryFailed else { throw Failure.misuse("--retry-failed is for --resume, which is missing") }
    let plan = try options.plan(kernels, choice, beside: try outsider())
    let groups = shard.map(plan.groups) ?? plan.groups
    let sweep = SweepRecord(id: plan.id, rows: plan.rows, shard: shard?.description, build: try buildFingerprint())
    let output = try MeasurementOutput(
      json: json, records: records, apartFrom: options.sweep.map { [$0] } ?? [], sweep: sweep)
    let examination = try plan.groups.first?.outsider.map { program in
      try OutsideExamination(
        program, plan.groups[0].kernel, fixtures: fixtures, timeout: plan.effort.timeoutSeconds,
        show: output.progress.show)
    }
    let counter = try counting.counters(of: [[executablePath(), "contender"]])?.first
    let done = resume ? try output.held(of: groups, retryFailed: retryFailed) : []
    let open = groups.compactMap { $0.without(done) }
    if dryRun { return show(open, plan.effort) }
    if !withoutLimits, !open.isEmpty { try output.measureLimits(for: open.flatMap(\.variants)) }
    for (index, group) in open.enumerated() {
      output.begin(group, "\(index + 1) of \(open.count)")
      var results = try race(group.kernel, group, plan.effort, examination)
      if let counter { count(&results, group, counter, show: output.progress.show) }
      try output.deliver(results, group)
    }
    try output.finish()
    // A part of a sweep may have no rows, but rows must not all be refused.
    if !groups.isEmpty, let reason = output.reasonForNothing {
      throw Failure.misuse("nothing was measured: \(reason)")
    }
    if output.failed > 0 { throw Failure(code: 1, line: nil) }
  }

  /// Counts the instructions of the suite's variants that passed on one thread.
  private func count(
    _ results: inout [RaceResult], _ group: SweepGroup, _ counter: InstructionCounter, show: (String) -> Void
  ) {
    func counted<K: Kernel>(_: K.Type, _ variant: Variant) throws(Misfit) -> Int {
      try counter.count(K.self, group.size, variant)
    }
    for index in results.indices where results[index].outcome == .pass && results[index].threads == 1 {
      guard let variant = group.variants.first(where: { $0.name == results[index].variant && $0.threads == 1 }) else {
        continue
      }
      show("counting instructions: \(group.kernel.name) \(group.size) \(variant.label)")
      do throws(Misfit) { results[index].instructions = try counted(group.kernel, variant) } catch {
        complain("\(group.kernel.name) \(group.size) \(variant.label): not counted: \(error)")
      }
    }
  }

  /// Prints the rows of groups, and how long they take.
  private func show(_ groups: [SweepGroup], _ effort: Effort) {
    for group in groups {
      let rows = group.contenders.joined(separator: ", ")
      say("\(group.kernel.name) \(group.size) \(group.pass.rawValue) \(group.precision.rawValue): \(rows)")
    }
    let rows = groups.reduce(0) { $0 + $1.contenders.count }
    let seconds = groups.reduce(0) { $0 + $1.cost(effort) }
    say("\(rows) rows in \(groups.count) groups: about \(Seconds(seconds).text), and the machine's limits before")
  }

  private func outsider() throws -> OutsideContender? {
    guard let external else {
      guard name == nil else { throw Failure.misuse("--name is for --external, which is missing") }
      return nil
    }
    let kernel = try OutsideOptions.kernel(kernels)
    return OutsideContender(name: try OutsideOptions.name(name, of: external, for: kernel), commandLine: external)
  }

  /// Measures a group, but for the rows that are known not to fit into memory or are of a program that fails its kernel's fixtures.
  private func race<K: Kernel>(
    _ kernel: K.Type, _ group: SweepGroup, _ effort: Effort, _ examination: OutsideExamination?
  ) throws -> [RaceResult] {
    let need = MemoryNeed(K.signature, group.size)
    var results: [RaceResult] = []
    func refuse(_ name: String, _ threads: Int, _ reason: String) {
      results.append(.refused(name, group.pass, group.precision, threads: threads, reason))
    }
    if let reason = need.refusal {
      if group.withReference { refuse("reference", 1, reason) }
      for variant in group.variants { refuse(variant.name, variant.threads, reason) }
      for threads in group.outsiderThreads { refuse(group.outsider!.name, threads, reason) }
      return results
    }
    var variants: [Variant] = []
    for variant in group.variants {
      let reason = effort.memoryBytes.flatMap { need.refusal(of: variant, group.size, limit: $0) }
      if let reason { refuse(variant.name, variant.threads, reason) } else { variants.append(variant) }
    }
    var others: [Entrant] = []
    for threads in group.outsiderThreads {
      if let objection = try examination?.objection(kernel, group.pass, group.precision, threads: threads) {
        results.append(objection)
      } else {
        others.append(group.outsider!.entrant(threads: threads, patience: effort.timeoutSeconds))
      }
    }
    guard group.withReference || !variants.isEmpty || !others.isEmpty else { return results }
    let race = Race(
      kernel, group.size, group.pass, group.precision, effort: effort, command: [executablePath(), "contender"])
    try race.run(variants, withReference: group.withReference, beside: others) { results.append($0) }
    return results
  }
}

extension Shard: ExpressibleByArgument {
  /// Reads `2/4`.
  public init?(argument: String) { self.init(argument) }
}
