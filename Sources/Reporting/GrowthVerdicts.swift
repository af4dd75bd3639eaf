extension GrowthFit {
  /// The fits of all contenders that claim something, along all axes of their kernels' sweeps, in the order of records.
  static func all(_ measurements: [MeasurementRecord]) -> [GrowthFit] {
    measurements.distinct(\.kernel).flatMap { kernel in
      let lines = measurements.filter { $0.kernel == kernel }
      return fits(lines.filter { $0.claims != nil }, Sweep(lines))
    }
  }

  private static func fits(_ lines: [MeasurementRecord], _ sweep: Sweep) -> [GrowthFit] {
    lines.distinct(\.contender).flatMap { contender in
      let own = lines.filter { $0.contender == contender }
      return sweep.axes.flatMap { axis in
        [Quantity.time, .workspace].compactMap { quantity in
          GrowthFit(quantity, along: axis.extents, own.filter { axis.sizes.contains($0.size) })
        }
      }
    }
  }

  /// What is claimed, in a few words: `time grows as B H L log L along L`.
  var check: String { "\(quantity.rawValue) grows as \(claim) along \(extents.joined(separator: " with "))" }

  /// The claim as a check of its own.
  var verdict: VerdictRecord {
    let last = measurements.last!
    let sizes = measurements.map(\.size)
    let flags = ["--variant \(last.variant)", "--pass \(last.pass)", "--precision \(last.precision)"]
    let places = sizes.map { "--at \($0)" }
    let command = ["hippodrome bench", last.kernel] + flags + ["--threads \(last.threads)"] + places
    return VerdictRecord(
      kernel: last.kernel, case: "\(sizes[0])…\(last.size)", origin: .drawn, check: check, variant: last.variant,
      pass: last.pass, precision: last.precision, threads: last.threads, verdict: holds ? .pass : .fail,
      reason: holds ? "" : reason, replay: command.joined(separator: " "),
      seconds: measurements.flatMap { line in line.samples.map { $0 * Double(line.callsPerSample) } }.reduce(0, +))
  }

  private var reason: String {
    let extent = extents[0]
    let range = "\(extent) = \(measurements[0].extents[extent]!) to \(measurements.last!.extents[extent]!)"
    return "over \(range) the exponent is \(Units.exponent(exponent)), expected at most"
      + " \(Units.exponent(claimedExponent)) + \(Units.exponent(Self.slack)): "
      + "exceeds what is claimed by \(excessWithInterval)"
  }

  /// `0.93 [0.91, 0.96]`
  var excessWithInterval: String {
    "\(Units.exponent(excess)) [\(Units.exponent(lower)), \(Units.exponent(upper))]"
  }
}

/// Claims of how costs grow, judged by measurements.
public enum GrowthVerdicts {
  /// A verdict for each claim and axis that the measurements among the records can judge: of those that were made more than once the
  /// newest counts, and machines are judged apart.
  public static func judge(_ records: [Record]) -> [VerdictRecord] {
    Ledger.sorted(records).flatMap { GrowthFit.all($0.measurements.map(\.line)).map(\.verdict) }
  }
}
