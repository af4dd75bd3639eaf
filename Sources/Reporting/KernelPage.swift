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
  /// The races of the kernel with peers.
  let heats: [PeersHeat]
  /// The whole machine's records.
  let ledger: Ledger
  /// The limits that the newest run measured that timed this kernel and measured any.
  let limits: MachineLimits
  private let entries: [[String]: Ledger.Entry<MeasurementRecord>]
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
    heats = PeersHeat.sorted(ledger.races.map(\.line).filter { $0.kernel == kernel })
    self.ledger = ledger
    let entries = ledger.measurements.filter { $0.line.kernel == kernel }
    limits = entries.map(\.run).compactMap(\.self).sorted().compactMap(ledger.limits(ofRun:)).last ?? MachineLimits()
    let known = entries.compactMap { entry in ledger.standing(of: entry).map { (entry.line.key, $0) } }
    standings = Dictionary(uniqueKeysWithValues: known)
    self.entries = Dictionary(uniqueKeysWithValues: entries.map { ($0.line.key, $0) })
  }

  var markdown: String {
    let title = "# \(kernel)\n" + (summary.map { "\n\($0)\n" } ?? "")
    let sections = [title, links, best, circumstances, variants, correctness, accuracy, speed, growth]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private var links: String {
    let peers = heats.isEmpty ? "" : ", [races with other libraries](peers.md#\(kernel.replacing(".", with: "")))"
    return "[All kernels](README.md)\(peers).\n"
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

  /// How many times faster it is than the reference at the same size, pass and precision, in the same run.
  func speedUp(_ measurement: MeasurementRecord) -> Double? {
    let reference = entries[measurement.key].flatMap { ledger.reference(of: $0) }
    guard let slow = reference?.median, let fast = measurement.median else { return nil }
    return slow / fast
  }

  /// The date of the run that a measurement is of, by which pages name runs.
  func run(of measurement: MeasurementRecord) -> String {
    entries[measurement.key]?.run.map { ledger.runs[$0].date } ?? Units.none
  }

  static func threads(_ count: Int) -> String { count == 1 ? "1 thread" : "\(count) threads" }
}
