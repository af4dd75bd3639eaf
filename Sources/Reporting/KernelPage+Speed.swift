extension KernelPage {
  /// The plots and a table for each pass, precision and axis.
  var speed: String {
    guard !measurements.isEmpty else { return "" }
    var parts = ["## Speed and memory\n"]
    if showsPlots { parts += plots.filter { $0.pass == nil }.map { "![\(kernel), roofline](\($0.name))\n" } }
    for pass in passes {
      if showsPlots { parts += plots.filter { $0.pass == pass }.map { "![\(kernel), \(pass)](\($0.name))\n" } }
      let ofPass = measurements.filter { $0.pass == pass }
      for precision in sorted(ofPass.map(\.precision), first: "float") {
        let lines = ofPass.filter { $0.precision == precision }
        for series in sweep.series {
          let measured = series.sizes.flatMap { size in lines.filter { $0.size == size } }
          if measured.isEmpty { continue }
          parts.append("### \(pass), \(precision), \(series.title)\n")
          parts.append(table(measured).compact(keeping: ["size", "variant", "median [95 %]"]))
          parts += indirect(measured)
        }
      }
    }
    return parts.joined(separator: "\n")
  }

  private func table(_ measured: [MeasurementRecord]) -> Table {
    var table = Table(
      .text("size"), .text("variant"), .number("threads"), .number("median [95 %]"), .number("GFLOP/s"),
      .number("of limit"), .number("× reference"), .number("error ÷ bound"), .number("workspace"), .number("claimed"),
      .number("peak memory"), .number("instructions"), .text("run"))
    for line in measured {
      let factor = line.isReference || !line.counts ? nil : speedUp(line)
      table.rows.append([
        line.size, line.isReference ? line.variant : "`\(line.variant)`", "\(line.threads)", time(line),
        line.rate.map(Units.gigaflops) ?? Units.none, standing(line)?.text ?? Units.none,
        factor.map(Units.factor) ?? Units.none, error(line), bytes(line.workspaceBytes),
        bytes(line.workspaceClaimed), bytes(line.peakBytes),
        line.instructions.map(Units.count) ?? Units.none, run(of: line),
      ])
    }
    return table
  }

  private func time(_ line: MeasurementRecord) -> String {
    if let time = line.timeText { return time }
    return line.verdict == .pass ? "not timed" : line.outcome
  }

  /// The ratio, and the verdict where it is not a pass and the time's column does not say so.
  private func error(_ line: MeasurementRecord) -> String {
    let ratio = line.worst.map { Units.ratio($0.worst) } ?? Units.none
    return line.verdict == .pass || line.samples.isEmpty ? ratio : "\(ratio) (\(line.outcome))"
  }

  private func bytes(_ count: Int?) -> String { count.map(Units.bytes) ?? Units.none }

  /// Which sizes were checked otherwise than against the whole of the oracle's result.
  private func indirect(_ measured: [MeasurementRecord]) -> [String] {
    let checked = measured.filter { $0.worst != nil && !$0.verified.isEmpty && $0.verified != "oracle" }
    return checked.distinct(\.verified).sorted().map { means in
      let sizes = checked.filter { $0.verified == means }.distinct(\.size)
      return "Checked against the \(means): \(sizes.joined(separator: ", ")).\n"
    }
  }
}

extension MeasurementRecord {
  /// The verdict with its reason.
  fileprivate var outcome: String { reason.isEmpty ? verdict.rawValue : "\(verdict): \(reason)" }
}
