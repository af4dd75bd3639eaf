extension KernelPage {
  /// Which variant is best at each size: the answer that most readers come for.
  var best: String {
    let timed = measurements.filter { $0.counts && !$0.isReference }
    guard !timed.isEmpty else { return againstPeers }
    var parts = ["## Which is best\n"]
    for pass in sorted(timed.map(\.pass), first: "forward") {
      for precision in sorted(timed.filter { $0.pass == pass }.map(\.precision), first: "float") {
        let lines = timed.filter { $0.pass == pass && $0.precision == precision }
        parts.append("### Best: \(pass), \(precision)\n")
        let crossovers = crossovers(lines)
        if !crossovers.isEmpty { parts.append(crossovers) }
        parts.append(winners(lines).compact(keeping: ["size", "fastest", "median [95 %]"]))
      }
    }
    return (parts + [againstPeers]).filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The fastest at each size, in the order of the sweep, with the next one.
  private func winners(_ lines: [MeasurementRecord]) -> Table {
    var table = Table(
      .text("size"), .number("threads"), .text("fastest"), .number("median [95 %]"), .number("of limit"),
      .number("× reference"), .text("next"), .number("next ÷ fastest [95 %]"), .text("run"))
    for threads in Set(lines.map(\.threads)).sorted() {
      for size in sweep.series.flatMap(\.sizes).distinct(\.self) {
        let ranked = ranked(lines, size, threads)
        guard let first = ranked.first else { continue }
        let next = ranked.dropFirst().first
        table.rows.append([
          size, "\(threads)", "`\(first.variant)`", Units.time(first.samples), standing(first)?.text ?? Units.none,
          speedUp(first).map(Units.factor) ?? Units.none, next.map { "`\($0.variant)`" } ?? Units.none,
          next.flatMap { PairedRatio($0.samples, to: first.samples)?.text } ?? Units.none, run(of: first),
        ])
      }
    }
    return table
  }

  /// What passed at a size, the fastest first.
  private func ranked(_ lines: [MeasurementRecord], _ size: String, _ threads: Int) -> [MeasurementRecord] {
    lines.filter { $0.size == size && $0.threads == threads }.stablySorted { $0.median! < $1.median! }
  }

  /// Where along each axis another variant becomes the fastest, such as `direct` up to L = 64, `fftw` from 256.
  private func crossovers(_ lines: [MeasurementRecord]) -> String {
    let sentences = Set(lines.map(\.threads)).sorted().flatMap { threads in
      sweep.axes.compactMap { axis -> String? in
        let extent = axis.extents[0]
        let winners = axis.sizes.compactMap { ranked(lines, $0, threads).first }
        guard winners.count > 1 else { return nil }
        var spans: [(variant: String, from: Int, to: Int)] = []
        for line in winners {
          let value = line.extents[extent] ?? 0
          if spans.last?.variant == line.variant {
            spans[spans.count - 1].to = value
          } else {
            spans.append((line.variant, value, value))
          }
        }
        let text = spans.map { "`\($0.variant)` " + ($0.from == $0.to ? "at \($0.from)" : "\($0.from) to \($0.to)") }
        let fixed = axis.extents.joined(separator: " with ")
        return "- \(Self.threads(threads)), along \(fixed): \(text.joined(separator: ", "))\n"
      }
    }
    return sentences.joined()
  }

  /// The fastest peer of each race beside the fastest variant in it.
  private var againstPeers: String {
    var table = Table(
      .text("size"), .text("pass"), .text("precision"), .number("threads"), .text("ours"), .number("median"),
      .text("best peer"), .number("its time ÷ ours [95 %]"), .text("run"))
    for heat in heats {
      let ratios = heat.peers.compactMap { peer in heat.ratio(peer).map { (peer, $0) } }
      guard let ours = heat.fastest, let best = ratios.min(by: { $0.1.median < $1.1.median }) else { continue }
      table.rows.append([
        heat.lines[0].size, heat.pass, heat.precision, "\(heat.threads)", "`\(ours.variant)`",
        Units.time(ours.median!), "`\(best.0.variant)`", best.1.text, ledger.run(ofRace: heat.lines[0].race),
      ])
    }
    guard !table.rows.isEmpty else { return "" }
    return """
      ### Best: against other libraries

      Races of their own, each in turns on the same operands: times here are not those of the tables above.

      \(table.compact(keeping: ["size", "ours", "best peer"]))
      """
  }
}
