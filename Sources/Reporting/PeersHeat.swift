/// The contenders that were timed in turn at one size.
struct PeersHeat {
  let lines: [MeasurementRecord]

  /// The heats of races, in the order of their records.
  static func sorted(_ lines: [MeasurementRecord]) -> [PeersHeat] {
    lines.distinct(\.race).map { race in PeersHeat(lines: lines.filter { $0.race == race }) }
  }

  var kernel: String { lines[0].kernel }
  var pass: String { lines[0].pass }
  var precision: String { lines[0].precision }
  var threads: Int { lines[0].threads }

  /// What heats of one table have in common.
  var course: [String] { [kernel, pass, precision, "\(threads)"] }

  var own: [MeasurementRecord] { lines.filter { $0.software == nil } }
  var peers: [MeasurementRecord] { lines.filter { $0.software != nil } }

  /// The suite's fastest variant that passed.
  var fastest: MeasurementRecord? { own.filter(\.counts).min { $0.median! < $1.median! } }

  /// How many times as long a peer takes as that.
  func ratio(_ peer: MeasurementRecord) -> PairedRatio? {
    peer.median == nil ? nil : fastest.flatMap { PairedRatio(peer.samples, to: $0.samples) }
  }

  /// The median of that ratio for the peer of that name.
  func ratio(named name: String) -> Double? { peers.first { $0.variant == name }.flatMap(ratio)?.median }
}
