import ArgumentParser
import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting

/// `hippodrome accuracy`
struct AccuracyCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "accuracy", abstract: "Measures how errors grow with the extents, against the oracle.",
    discussion: """
      From a small size one extent after the other grows, by default those that the kernel's sweep varies, until the next size would take \
      longer than is left of the budget, which all series share evenly. docs/accuracy.md says how to read the figures. Exit codes: 0 done, \
      2 misuse.

      Examples:
        hippodrome accuracy s4d.filter --budget 60s
        hippodrome accuracy mamba.scan --axis L=16..65536x4 --precision float
      """)

  @Argument(help: "Kernels; all by default.", completion: .kernels)
  var kernels: [String] = []

  @OptionGroup var choice: Choice

  @Option(help: "The size to grow from; by default a small one.")
  var at: String?

  @Option(
    help: "Grow these extents instead, such as L=16..65536x4, or L,W=16..4096x2 for two together; may be repeated.")
  var axis: [String] = []

  @Option(help: "How long all may take, about.")
  var budget = Seconds(120)

  @Option(help: "How many draws of the data are wanted at each size, where they are cheap.")
  var draws = 5

  @Option(help: "Keep the records in this file; reports/results/<machine>/<date>-<commit>.jsonl by default.")
  var records: String?

  @Flag(help: "Print the records as JSON.")
  var json = false

  func run() throws {
    guard (1...1000).contains(draws) else { throw Failure.misuse("--draws is \(draws), expected 1 to 1000") }
    let chosen = try hippodrome.kernels(named: kernels)
    try choice.check(against: chosen)
    let axes = try axis.map { try SweepAxis($0) }
    let all = try chosen.flatMap { try series($0, axes) }
    guard !all.isEmpty else { throw choice.leavesNothing(to: "measure") }
    let output = try AccuracyOutput(json: json, records: records)
    var left = budget.value
    for (index, series) in all.enumerated() {
      let clock = ContinuousClock.now
      try measure(series, within: left / Double(all.count - index), output)
      left -= clock.duration(to: .now) / .seconds(1)
    }
    try output.finish()
    guard output.hasMeasured else {
      throw Failure.misuse(
        "no size was measured within --budget \(budget.defaultValueDescription), expected a longer one or smaller sizes"
      )
    }
  }

  /// One pass of a kernel at sizes that grow along one axis.
  private struct Series {
    let kernel: any Kernel.Type
    let pass: Pass
    let extents: [String]
    let sizes: [Size]
    let variants: [Variant]
  }

  private func series(_ kernel: any Kernel.Type, _ axes: [SweepAxis]) throws -> [Series] {
    let base = try at.map { try kernel.signature.size($0) } ?? kernel.accuracyBase
    return try (axes.isEmpty ? kernel.accuracyAxes : axes).flatMap { axis in
      let grown = try kernel.sizes(around: [base], along: [axis]).filter(choice.selection.includes)
      let sizes = grown.sorted { $0[axis.extents[0]] < $1[axis.extents[0]] }
      for size in sizes { try Case.checkMemory(kernel.signature, size) }
      return Pass.allCases.compactMap { pass -> Series? in
        let variants = variants(of: kernel, pass)
        guard !variants.isEmpty, !sizes.isEmpty else { return nil }
        return Series(kernel: kernel, pass: pass, extents: axis.extents, sizes: sizes, variants: variants)
      }
    }
  }

  /// The chosen variants; on their least number of threads where no number was asked for, since others round alike.
  private func variants(of kernel: any Kernel.Type, _ pass: Pass) -> [Variant] {
    let chosen = kernel.variants.filter { $0.pass == pass && choice.selection.includes($0) }
    guard choice.threads.isEmpty else { return chosen }
    return chosen.filter { variant in
      !chosen.contains {
        $0.name == variant.name && $0.precision == variant.precision && $0.threads < variant.threads
      }
    }
  }

  private func measure(_ series: Series, within seconds: Double, _ output: AccuracyOutput) throws {
    try measure(series.kernel, series, within: seconds, output)
    output.endSeries()
  }

  private func measure<K: Kernel>(
    _: K.Type, _ series: Series, within seconds: Double, _ output: AccuracyOutput
  ) throws {
    let start = ContinuousClock.now
    var spent: Double { start.duration(to: .now) / .seconds(1) }
    // By how much a draw takes longer than was thought, as the size before showed.
    var delay = 1.0
    for size in series.sizes {
      let expected = delay * K.accuracySeconds(size, series.pass)
      guard spent + expected <= seconds else {
        return output.note("\(size): not measured, a draw would take about \(Int(expected.rounded(.up))) s")
      }
      output.show("\(K.name) \(size) \(series.pass.rawValue)")
      var trial = AccuracyTrial(K.self, size, series.pass, series.variants)
      let before = spent
      for draw in 0..<draws {
        let busy = processorSeconds
        trial.run(draw: draw)
        // What takes shorter says more of the start than of the size.
        let needed = processorSeconds - busy
        if needed >= 0.05 { delay = needed / K.accuracySeconds(size, series.pass) }
        // A size takes its share only, so that something is left for the longest.
        let each = (spent - before) / Double(draw + 1)
        if spent - before + each > seconds / Double(2 * series.sizes.count) { break }
      }
      try output.deliver(trial.results, K.self, size, series.pass, along: series.extents)
    }
  }

  /// The processor's time that this process has used: unlike the clock's, it is not longer where others keep the machine busy.
  private var processorSeconds: Double { Double(clock()) / Double(CLOCKS_PER_SEC) }
}
