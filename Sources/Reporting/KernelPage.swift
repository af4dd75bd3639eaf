/// What one machine's records say about one kernel.
struct KernelPage {
  let kernel: String
  let summary: String?
  let showsPlots: Bool
  let verdicts: [VerdictRecord]
  let measurements: [MeasurementRecord]
  let sweep: Sweep
  let growthFits: [GrowthFit]
  let accuracies: [AccuracyRecord]
  let circumstances: String
  /// The limits that the newest run measured that timed this kernel and measured any.
  let limits: MachineLimits
  private let standings: [[String]: Standing]

  init(_ kernel: String, _ ledger: Ledger, summary: String?, showsPlots: Bool) {
    self.kernel = kernel
    self.summary = summary
    self.showsPlots = showsPlots
    verdicts = ledger.verdicts.map(\.line).filter { $0.kernel == kernel }
    measurements = ledger.measurements.map(\.line).filter { $0.kernel == kernel }
      .stablySorted { $0.isReference && !$1.isReference }
    sweep = Sweep(measurements)
    growthFits = GrowthFit.all(measurements)
    accuracies = ledger.accuracies.map(\.line).filter { $0.kernel == kernel }
    circumstances = ledger.circumstances(of: [kernel])
    let entries = ledger.measurements.filter { $0.line.kernel == kernel }
    limits = entries.map(\.run).compactMap(\.self).sorted().compactMap(ledger.limits(ofRun:)).last ?? MachineLimits()
    let known = entries.compactMap { entry in ledger.standing(of: entry).map { (entry.line.key, $0) } }
    standings = Dictionary(uniqueKeysWithValues: known)
  }

  var markdown: String {
    let title = "# \(kernel)\n" + (summary.map { "\n\($0)\n" } ?? "")
    let sections = [title, circumstances, variants, correctness, accuracy, speed, growth]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The passes, forward first.
  var passes: [String] { sorted(passesOfRecords, first: "forward") }

  private var passesOfRecords: [String] { verdicts.map(\.pass) + measurements.map(\.pass) + accuracies.map(\.pass) }

  func sorted(_ names: [String], first: String) -> [String] {
    Set(names).sorted { ($0 == first ? "" : $0) < ($1 == first ? "" : $1) }
  }

  private var variants: String {
    let named = measurements.filter { !$0.isReference && !$0.idea.isEmpty }
    let ideas = named.distinct { [$0.variant, $0.idea] }
    guard !ideas.isEmpty else { return "" }
    return ideas.map { "- `\($0[0])`: \($0[1])\n" }.joined()
  }

  /// How near to its limit it is; nil where it was not timed or no limit is known.
  func standing(_ measurement: MeasurementRecord) -> Standing? { standings[measurement.key] }

  /// What was faster than the machine can be.
  var broken: [MeasurementRecord] { measurements.filter { standing($0)?.isBroken == true } }

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
