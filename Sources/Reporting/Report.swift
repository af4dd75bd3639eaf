/// Markdown pages and plots as a pure function of records: the same records give the same bytes.
///
/// There is a page for each kernel, one for each family of several, one of the races with peers if there were any, and an index, `README.md`.
/// Records of several machines give a folder for each machine, since times on two machines are not compared.
public struct Report: Sendable {
  let ledgers: [Ledger]
  let summaries: [String: String]
  let families: [KernelFamily]
  let showsPlots: Bool
  let asked: [AskedRace]

  /// A report of records in the order of their files.
  ///
  /// - Parameters:
  ///   - summaries: one line on each kernel, which records do not hold.
  ///   - families: kernels that get a page together where at least two of them have records.
  ///   - asked: the races with peers that were asked for, to name those that were not run.
  ///   - showsPlots: whether pages show the images of `plots()`, which somebody must then render.
  public init(
    _ records: [Record], summaries: [String: String] = [:], families: [KernelFamily] = [], asked: [AskedRace] = [],
    showsPlots: Bool = false
  ) {
    ledgers = Ledger.sorted(records).filter { !$0.kernels.isEmpty || !$0.races.isEmpty }
    self.summaries = summaries
    self.families = families
    self.asked = asked
    self.showsPlots = showsPlots
  }

  /// The text of every page, by file name.
  public func files() -> [String: String] {
    var files: [String: String] = [:]
    for ledger in ledgers {
      let pages = ledger.kernels.map { KernelPage($0, ledger, summary: summaries[$0], showsPlots: showsPlots) }
      for page in pages { files[folder(ledger) + page.kernel + ".md"] = page.markdown }
      let together = families.compactMap { FamilyPage($0, pages, ledger, showsPlots: showsPlots) }
      for page in together { files[folder(ledger) + page.family.name + ".md"] = page.markdown }
      files[folder(ledger) + "README.md"] = index(pages, together, ledger)
      if !ledger.verdicts.isEmpty { files[folder(ledger) + "support.md"] = SupportPage(ledger).markdown }
      if !ledger.races.isEmpty { files[folder(ledger) + "peers.md"] = PeersPage(ledger, asked: asked).markdown }
    }
    if ledgers.count != 1 {
      let links = ledgers.map { "- [\($0.machine)](\($0.machine)/README.md)\n" }
      files["README.md"] = "# Results\n\n" + (links.isEmpty ? "No records.\n" : links.joined())
    }
    return files
  }

  /// The plots that pages show, by file name: one for each kernel and pass that was measured along an axis.
  public func plots() -> [String: Plot] {
    var plots: [String: Plot] = [:]
    for ledger in ledgers {
      for kernel in ledger.kernels {
        let page = KernelPage(kernel, ledger, summary: nil, showsPlots: true)
        for plot in page.plots + page.accuracyPlots {
          plots[folder(ledger) + plot.name] = plot
        }
      }
    }
    return plots
  }

  private func folder(_ ledger: Ledger) -> String { ledgers.count == 1 ? "" : ledger.machine + "/" }

  private func index(_ pages: [KernelPage], _ together: [FamilyPage], _ ledger: Ledger) -> String {
    var table = Table(
      .text("kernel"), .text("pass"), .number("passed"), .number("failed"), .number("refused"), .number("mistrusted"),
      .text("fastest at the largest size"), .number("median"), .number("of limit"), .number("× reference, mid-sweep"),
      .text("best peer ÷ ours, largest race"), .text("run"))
    for page in pages {
      for pass in page.passes { table.rows.append(page.indexRow(pass)) }
    }
    let families = together.map { "[\($0.family.title)](\($0.family.name).md): these kernels at a glance.\n" }
      .joined()
    let peers = ledger.races.isEmpty ? "" : "[Against peers](peers.md): the same kernels in other libraries.\n"
    let support =
      ledger.verdicts.isEmpty ? "" : "[Support](support.md): which variant was seen right in which precision.\n"
    let sections = [
      "# Results\n", ledger.circumstances(of: nil), "## Which is best at the largest size\n", Self.pointer,
      table.markdown,
      broken(pages), families, support, peers,
      limits(ledger), Self.howToRead,
    ]
    return sections.filter { !$0.isEmpty }.joined(separator: "\n")
  }

  /// The verdict on measurements that no machine could have given.
  private func broken(_ pages: [KernelPage]) -> String {
    let lines = pages.flatMap { page in
      page.broken.map { line in
        let contender = "`\(line.variant)`, \(line.pass), \(line.precision), \(KernelPage.threads(line.threads))"
        return "- [\(page.kernel)](\(page.kernel).md) \(contender), \(line.size): \(page.standing(line)!.text)\n"
      }
    }
    guard !lines.isEmpty else { return "" }
    let count = lines.count == 1 ? "1 measurement is" : "\(lines.count) measurements are"
    return "**\(count) broken**: faster than operands can be moved.\n\n" + lines.joined()
  }

  private func limits(_ ledger: Ledger) -> String {
    guard let (run, limits) = ledger.newestLimits else { return "" }
    return "## Limits of the machine\n\nMeasured by the run of \(run.date); the best of all samples.\n\n"
      + limits.table.markdown
  }

  private static let pointer =
    "The winner at every size, and where it changes, is at the top of each kernel's page.\n"

  private static let howToRead = """
    ## How to read this

    - A variant **passes** where its error stays within the bound: four times the error of the plain reference
      in the same precision, both against the widest precision at hand; over the whole operand, in its worst row
      and in its worst element. *error ÷ bound* is the worst of the three. **Refused**: the variant does not
      take that size, and says why. **Mistrusted**: the reference itself keeps too few digits to judge by.
    - Times are **medians** of samples taken in turn with all other contenders. In brackets is the 95 %
      **interval** of the median by the sign test, which assumes nothing of how times are distributed; of fewer
      than six samples it is their range, and their number is given. Only what passed is timed.
    - *GFLOP/s* counts nominal work, the same for all variants of a kernel. *Of limit* is the least time that the
      machine needs for it, as a share of the median, and what binds: nominal operations at the multiply–add rate
      (*compute*) or at the rate of the suite's exponential (*exp*), or moving the operands at the bandwidth of a
      level of memory, each measured in the same run. More than 105 % of a bandwidth is a **broken** measurement. A
      variant with fewer operations than nominal can exceed the rates of operations: that is *beyond nominal*.
    - **Numbers that are compared come from one run**, which the column *run* names by its date. A kernel's rows in one pass,
      precision and number of threads come from the newest of the runs with the most of them; *× reference* is against the reference
      of the same run; races with peers are runs of their own, so their times differ from those of tables of variants.
    - A column that says the same in every row is left out of its table and said above it.
    - A variant **claims how its costs grow** with the extents. The kernel's page fits exponents to what was measured; a
      claim that does not hold is a check that failed.
    - *Accuracy* is the error relative to the widest precision at hand, as extents grow. **Digits lost** are decimal digits beyond
      what rounding the exact result to the precision loses, which no algorithm can avoid.
    - *Workspace* is memory held beyond the operands, as measured and as the variant claims; *peak memory* is
      the resident peak of the whole process.

    """
}

extension Ledger {
  /// The machine and the runs that made some kernels' records, or all records.
  func circumstances(of kernels: [String]?) -> String {
    func isMeant(_ kernel: String) -> Bool { kernels?.contains(kernel) ?? true }
    let used = Set(
      verdicts.filter { isMeant($0.line.kernel) }.compactMap(\.run)
        + measurements.filter { isMeant($0.line.kernel) }.compactMap(\.run)
        + accuracies.filter { isMeant($0.line.kernel) }.compactMap(\.run)
        + races.filter { kernels != nil && isMeant($0.line.kernel) }.compactMap(\.run))
    return circumstances(ofRuns: used)
  }

  /// The machine and some of the runs, by index.
  func circumstances(ofRuns used: Set<Int>) -> String {
    RunRecord.circumstances(runs.indices.filter(used.contains).map { runs[$0] })
  }
}
