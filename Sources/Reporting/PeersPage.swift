import Foundation

/// How the suite's fastest variants compare with the same kernels in other libraries.
struct PeersPage {
  private let circumstances: String
  private let software: [String]
  private let heats: [PeersHeat]
  /// The heats of each table.
  private let courses: [[PeersHeat]]

  /// The races that were asked for.
  private let asked: [AskedRace]
  private let ledger: Ledger

  init(_ ledger: Ledger, asked: [AskedRace] = []) {
    (self.ledger, self.asked) = (ledger, asked)
    let lines = ledger.races.map(\.line), heats = PeersHeat.sorted(ledger.races.map(\.line))
    self.heats = heats
    // A peer that never said what it is goes by its name, which the tables have.
    software = Set(lines.filter { $0.software != $0.variant }.compactMap(\.software)).sorted()
    courses = heats.distinct(\.course).stablySorted { $0[0] < $1[0] }.map { course in
      heats.filter { $0.course == course }
    }
    circumstances = ledger.circumstances(ofRuns: Set(ledger.races.compactMap(\.run)))
  }

  var markdown: String {
    let title = "# Against peers\n\n\(circumstances)\nPeers: \(software.joined(separator: ", ")).\n"
    let kernels = courses.map { $0[0].kernel }.distinct(\.self)
    return ([title, "[All kernels](README.md).\n", notRun, summary, Self.howToRead] + kernels.map(section)).filter {
      !$0.isEmpty
    }.joined(separator: "\n")
  }

  /// What was asked for and has no record.
  private var notRun: String {
    guard !asked.isEmpty else { return "" }
    let missing = asked.filter { race in !heats.contains(where: race.isRun) }
    guard !missing.isEmpty else { return "All \(asked.count) races that were asked for were run.\n" }
    var table = Table(.text("kernel"), .text("size"), .text("not run"))
    for key in missing.distinct({ [$0.kernel, $0.size] }) {
      let ways = missing.filter { [$0.kernel, $0.size] == key }.map {
        "\($0.pass) \($0.precision) \(KernelPage.threads($0.threads))"
      }
      table.rows.append(["`\(key[0])`", key[1], ways.joined(separator: ", ")])
    }
    return """
      ## Not run

      Of \(asked.count) races that were asked for, \(missing.count) have no record: nothing is said of these.

      \(table.compact(keeping: ["kernel", "size"]))
      """
  }

  // Summary

  private var summary: String {
    let peers = heats.flatMap { $0.peers.map(\.variant) }.distinct(\.self).sorted()
    let fixed: [Table.Column] = [
      .text("kernel"), .text("pass"), .text("precision"), .number("threads"), .number("sizes"),
      .number("fastest peer"), .number("least"), .number("most"),
    ]
    var table = Table(fixed + peers.map { .number($0) })
    for course in courses {
      let fastest = course.compactMap { heat in peers.compactMap { heat.ratio(named: $0) }.min() }
      let means = peers.map { peer in Self.geometricMean(course.compactMap { $0.ratio(named: peer) }) }
      let ratios = [Self.geometricMean(fastest), fastest.min(), fastest.max()] + means
      table.rows.append(
        ["`\(course[0].kernel)`", course[0].pass, course[0].precision, "\(course[0].threads)", "\(course.count)"]
          + ratios.map { $0.map(Units.factor) ?? Units.none })
    }
    return """
      ## Summary

      Time of each peer ÷ time of the suite's fastest variant, as geometric mean over sizes; of the peer that is fastest at each size
      also the least and the most.

      \(table.compact(keeping: ["kernel", "pass"]))
      """
  }

  /// nil of no numbers.
  static func geometricMean(_ values: [Double]) -> Double? {
    values.isEmpty ? nil : exp(values.map { log($0) }.reduce(0, +) / Double(values.count))
  }

  // Kernels

  private func section(_ kernel: String) -> String {
    let ofKernel = courses.filter { $0[0].kernel == kernel }
    let ideas = ofKernel.flatMap { $0.flatMap(\.peers) }.filter { !$0.idea.isEmpty }.distinct {
      [$0.variant, $0.idea]
    }
    var parts = ["## \(kernel)\n", ideas.map { "- `\($0[0])`: \($0[1])\n" }.joined()]
    for course in ofKernel {
      let heat = course[0]
      parts.append("### \(heat.pass), \(heat.precision), \(KernelPage.threads(heat.threads))\n")
      parts.append(
        table(course).compact(keeping: ["size", "contender", "median [95 %]", "verdict", "time ÷ ours [95 %]"]))
    }
    return parts.joined(separator: "\n")
  }

  private func table(_ course: [PeersHeat]) -> Table {
    var table = Table(
      .text("size"), .text("contender"), .number("median [95 %]"), .text("verdict"), .number("error ÷ bound"),
      .number("time ÷ ours [95 %]"), .number("peak memory"),
      .text("run"))
    for heat in course {
      let ours = heat.fastest.map { [$0] } ?? heat.own
      for line in ours + heat.peers {
        table.rows.append([
          line.size, line.software == nil ? "**`\(line.variant)`**" : "`\(line.variant)`",
          line.timeText ?? Units.none, verdict(line),
          line.worst.map { Units.ratio($0.worst) } ?? Units.none,
          line.software == nil ? Units.none : heat.ratio(line)?.text ?? Units.none,
          line.peakBytes.map(Units.bytes) ?? Units.none, ledger.run(ofRace: line.race),
        ])
      }
    }
    return table
  }

  /// The verdict; of what was timed although it failed without the reason, which the ratio tells.
  private func verdict(_ line: MeasurementRecord) -> String {
    if line.verdict == .pass || line.reason.isEmpty { return line.verdict.rawValue }
    if line.verdict == .fail, !line.samples.isEmpty, let worst = line.worst?.worst {
      return "fails the bound: \(Units.ratio(worst))×"
    }
    return "\(line.verdict): \(line.reason)"
  }

  private static let howToRead = """
    - Contenders of a table were timed in turn, one sample of each per round in an order drawn afresh, each in a process of its own, all
      held to as many cores as the table has threads, on the same operands. Compiling and the first calls are off the clock.
    - **Ours**, in bold, is the variant with the least median of those that pass at that size.
    - *time ÷ ours* is the median over rounds of the ratio of two times of one round, with its interval by the sign test; of fewer
      than six rounds it is their range, and their number is given.
    - *error ÷ bound* judges peers by the rule for the suite's own variants: at most four times the error of the plain reference in the
      same precision. A peer is timed where every operand's relative error is at most 1 %, so that one that **fails the bound**
      still has a time: it computes the same with fewer digits. Nothing else is timed unless it passes.

    """
}
