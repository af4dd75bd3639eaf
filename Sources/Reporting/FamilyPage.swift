/// Kernels that are read together: a page of theirs gathers what the pages of each say in full.
public struct KernelFamily: Sendable {
  /// The page's file name without its extension, such as `state-space`.
  public let name: String
  /// The heading.
  public let title: String
  /// The kernels' names, in the page's order.
  public let kernels: [String]
  /// Images that belong to the page, by file name, with what they show.
  public let figures: [(file: String, caption: String)]

  /// A family; see the properties.
  public init(name: String, title: String, kernels: [String], figures: [(file: String, caption: String)] = []) {
    (self.name, self.title, self.kernels, self.figures) = (name, title, kernels, figures)
  }
}

/// What one machine's records say about a family of kernels, a line to each kernel and pass.
struct FamilyPage {
  let family: KernelFamily
  private let pages: [KernelPage]
  private let heats: [PeersHeat]
  private let circumstances: String
  private let showsPlots: Bool

  /// Nil where fewer than two of its kernels have records.
  init?(_ family: KernelFamily, _ pages: [KernelPage], _ ledger: Ledger, showsPlots: Bool) {
    self.family = family
    self.pages = family.kernels.compactMap { name in pages.first { $0.kernel == name } }
    guard self.pages.count > 1 else { return nil }
    heats = PeersHeat.sorted(ledger.races.map(\.line)).filter { family.kernels.contains($0.kernel) }
    circumstances = ledger.circumstances(of: family.kernels)
    self.showsPlots = showsPlots
  }

  var markdown: String {
    let figures = showsPlots ? family.figures.map { "![\($0.caption)](\($0.file))\n\n\($0.caption)\n" } : []
    let sections =
      ["# \(family.title)\n", circumstances, correctness, speed, againstPeers, accuracy] + figures
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  private func forEachPass(_ row: (KernelPage, String) -> [String]?) -> [[String]] {
    pages.flatMap { page in
      page.passes.compactMap { pass in row(page, pass).map { ["[\(page.kernel)](\(page.kernel).md)", pass] + $0 } }
    }
  }

  // Correctness

  private var correctness: String {
    let verdicts = pages.flatMap(\.verdicts)
    guard !verdicts.isEmpty else { return "" }
    var table = Table(
      .text("kernel"), .text("pass"), .number("fixtures"), .number("official outputs"), .number("laws"),
      .number("growth"), .number("refused"), .number("mistrusted"), .number("worst error ÷ bound"))
    table.rows = forEachPass { page, pass in
      let lines = page.verdicts.filter { $0.pass == pass }
      let growth = page.growthFits.map(\.verdict).filter { $0.pass == pass }
      // Official outputs have errors of their own, which their makers measured and the verdict allows for.
      let worst = lines.filter { $0.check == "case" && $0.origin != .golden }.compactMap { $0.worst?.worst }
      return [
        passed(lines.filter { $0.origin == .fixture }), passed(lines.filter { $0.origin == .golden }),
        passed(lines.filter { $0.origin == .law || $0.origin == .drawn }), passed(growth),
        "\(lines.count { $0.verdict == .refused })", "\(lines.count { $0.verdict == .mistrusted })",
        worst.isEmpty ? Units.none : Units.ratio(worst.worst),
      ]
    }
    let golden = verdicts.filter { $0.origin == .golden }
    let official = golden.isEmpty ? "" : "\n" + summary(ofOfficial: golden)
    let terms = verdicts.otherTerms
    return """
      ## Correctness

      Checks that passed, of those that were decided: the comparison of each variant, precision and number of threads with outputs (or gradients) \
      computed apart from the suite, with those of official implementations, with laws, and of costs with how they are said to grow.

      \(table.markdown)\(terms.isEmpty ? "" : "\n" + terms)\(official)
      """
  }

  /// How many of the cases pass, and how many say too little.
  private func summary(ofOfficial golden: [VerdictRecord]) -> String {
    let outcomes = golden.distinct { [$0.kernel, $0.case] }.map { key in
      Set(golden.filter { [$0.kernel, $0.case] == key }.map(\.verdict))
    }
    let kernels = golden.distinct(\.kernel).count
    let failed = outcomes.count { $0.contains(.fail) }
    let easy = outcomes.count { $0.contains(.mistrusted) && !$0.contains(.fail) }
    return "Of \(outcomes.count) cases that official implementations computed for \(kernels) of these kernels, "
      + "\(outcomes.count - failed - easy) pass in all variants that take them, \(failed) fail, and \(easy) are too easy to "
      + "judge by: wrong results would pass them too.\n"
  }

  private func passed(_ lines: [VerdictRecord]) -> String {
    let decided = lines.filter { $0.verdict != .refused && $0.verdict != .unjudged }
    guard !decided.isEmpty else { return Units.none }
    let count = decided.count { $0.verdict == .pass }
    return count == decided.count ? "\(count)" : "**\(count) of \(decided.count)**"
  }

  // Speed and memory

  private var speed: String {
    var table = Table(
      .text("kernel"), .text("pass"), .text("fastest at the largest size, 1 thread, float"), .number("median"),
      .number("of limit"), .number("× reference"), .number("workspace"), .number("peak memory"),
      .text("run"))
    table.rows = forEachPass { page, pass in
      let timed = page.measurements.filter {
        $0.pass == pass && $0.counts && $0.threads == 1 && $0.precision == "float" && !$0.isReference
      }
      guard let largest = timed.map(\.work.flops).max(),
        let best = timed.filter({ $0.work.flops == largest }).min(by: { $0.median! < $1.median! })
      else { return nil }
      return [
        "`\(best.variant)` at \(best.size)", Units.time(best.median!), page.standing(best)?.text ?? Units.none,
        page.speedUp(best).map(Units.factor) ?? Units.none, best.workspaceBytes.map(Units.bytes) ?? Units.none,
        best.peakBytes.map(Units.bytes) ?? Units.none, page.run(of: best),
      ]
    }
    return table.rows.isEmpty ? "" : "## Speed and memory\n\n" + table.compact(keeping: ["kernel", "pass"])
  }

  private var againstPeers: String {
    var table = Table(
      .text("kernel"), .text("pass"), .text("size"), .text("ours"), .number("median"), .text("fastest peer"),
      .number("its time ÷ ours [95 %]"), .text("run"))
    table.rows = pages.flatMap { page in
      heats.filter { $0.kernel == page.kernel && $0.threads == 1 && $0.precision == "float" }.map { heat in
        let ratios = heat.peers.compactMap { peer in heat.ratio(peer).map { (peer, $0) } }
        let best = ratios.min { $0.1.median < $1.1.median }
        return [
          "[\(heat.kernel)](\(heat.kernel).md)", heat.pass, heat.lines[0].size,
          heat.fastest.map { "`\($0.variant)`" } ?? Units.none,
          heat.fastest.map { Units.time($0.median!) } ?? Units.none, best.map { "`\($0.0.variant)`" } ?? Units.none,
          best?.1.text ?? Units.none, page.ledger.run(ofRace: heat.lines[0].race),
        ]
      }
    }
    guard !table.rows.isEmpty else { return "" }
    return """
      ## Against peers

      One thread, float, each race in turns on the same operands; all peers and threads are on [the page of peers](peers.md).

      \(table.compact(keeping: ["kernel", "pass"]))
      """
  }

  // Accuracy

  private var accuracy: String {
    var table = Table(
      .text("kernel"), .text("pass"), .text("variant, float"), .text("along"), .text("error grows"),
      .number("error at the end"), .number("× reference"), .number("digits lost"))
    table.rows = pages.flatMap { page in
      AccuracyFit.all(page.accuracies).filter { fit in
        let last = fit.records.last!
        return last.precision == "float" && last.threads == 1 && last.variant != "reference" && last.along[0] == "L"
      }.map { fit in
        let last = fit.records.last!
        return [
          "[\(page.kernel)](\(page.kernel).md)", last.pass, "`\(last.variant)`", fit.range, fit.growth ?? Units.none,
          Units.error(Statistics.median(last.errors)),
          fit.timesReference(in: page.accuracies).map(Units.factor) ?? Units.none,
          last.digitsLost.map(Units.exponent) ?? Units.none,
        ]
      }
    }
    return table.rows.isEmpty ? "" : "## How errors grow with L\n\n" + table.compact(keeping: ["kernel", "pass"])
  }
}
