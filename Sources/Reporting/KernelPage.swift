/// What one machine's records say about one kernel.
struct KernelPage {
  let kernel: String
  let summary: String?
  let showsPlots: Bool
  let verdicts: [VerdictRecord]
  let measurements: [MeasurementRecord]
  let sweep: Sweep
  let growthFits: [GrowthFit]
  let circumstances: String

  init(_ kernel: String, _ ledger: Ledger, summary: String?, showsPlots: Bool) {
    self.kernel = kernel
    self.summary = summary
    self.showsPlots = showsPlots
    verdicts = ledger.verdicts.map(\.line).filter { $0.kernel == kernel }
    measurements = ledger.measurements.map(\.line).filter { $0.kernel == kernel }
      .stablySorted { $0.isReference && !$1.isReference }
    sweep = Sweep(measurements)
    growthFits = GrowthFit.all(measurements)
    circumstances = ledger.circumstances(of: kernel)
  }

  var markdown: String {
    let title = "# \(kernel)\n" + (summary.map { "\n\($0)\n" } ?? "")
    let sections = [title, circumstances, variants, correctness, speed, growth]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The passes, forward first.
  var passes: [String] { sorted(verdicts.map(\.pass) + measurements.map(\.pass), first: "forward") }

  func sorted(_ names: [String], first: String) -> [String] {
    Set(names).sorted { ($0 == first ? "" : $0) < ($1 == first ? "" : $1) }
  }

  private var variants: String {
    let named = measurements.filter { !$0.isReference && !$0.idea.isEmpty }
    let ideas = named.distinct { [$0.variant, $0.idea] }
    guard !ideas.isEmpty else { return "" }
    return ideas.map { "- `\($0[0])`: \($0[1])\n" }.joined()
  }

  /// How many times faster it is than the reference at the same size, pass and precision.
  func speedUp(_ measurement: MeasurementRecord) -> Double? {
    let reference = measurements.first {
      $0.isReference && $0.size == measurement.size && $0.pass == measurement.pass
        && $0.precision == measurement.precision
    }
    guard let slow = reference?.median, let fast = measurement.median else { return nil }
    return slow / fast
  }

  static func threads(_ count: Int) -> String { count == 1 ? "1 thread" : "\(count) threads" }
}
