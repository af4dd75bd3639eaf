/// The support matrix: what of each variant was seen right, by pass, precision and number of threads.
struct SupportPage {
  private let verdicts: [VerdictRecord]
  private let circumstances: String

  init(_ ledger: Ledger) {
    verdicts = ledger.verdicts.map(\.line)
    circumstances = ledger.circumstances(of: nil)
  }

  var markdown: String {
    let kernels = verdicts.map(\.kernel).distinct { $0 }
    return (["# Support\n", circumstances, Self.howToRead] + kernels.map(section)).joined(separator: "\n")
  }

  private func section(_ kernel: String) -> String {
    let all = verdicts.filter { $0.kernel == kernel }
    let tried = all.filter { $0.variant != "reference" }
    let ways = tried.distinct(Way.init).sorted()
    let columns: [Table.Column] = ways.map { .text("\($0.precision), \($0.threads)") }
    var table = Table([.text("variant"), .text("pass")] + columns)
    for row in tried.distinct({ [$0.variant, $0.pass] }) {
      let lines = tried.filter { [$0.variant, $0.pass] == row }
      let cells = ways.map { way in cell(lines.filter { Way($0) == way }) }
      table.rows.append(["`\(row[0])`", row[1]] + cells)
    }
    let terms = tried.otherTerms
    return "## \(kernel)\n\n\(table.markdown)" + (terms.isEmpty ? "" : "\n\(terms)") + refusals(tried)
  }

  /// A column: in which precision, on how many threads.
  private struct Way: Hashable, Comparable {
    let precision: String
    let threads: Int

    init(_ line: VerdictRecord) { (precision, threads) = (line.precision, line.threads) }

    static func < (a: Way, b: Way) -> Bool { a.rank < b.rank }

    private var rank: (String, Int) { (precision == "float" ? "" : precision, threads) }
  }

  /// Such as `25 + 15`, with whatever else there was.
  private func cell(_ lines: [VerdictRecord]) -> String {
    guard !lines.isEmpty else { return Units.none }
    let passed = lines.filter { $0.verdict == .pass }
    let cases = passed.count { $0.check == "case" }
    let others = [Outcome.fail, .mistrusted, .refused, .unjudged].compactMap { outcome -> String? in
      let count = lines.count { $0.verdict == outcome }
      return count == 0
        ? nil : [.fail, .mistrusted].contains(outcome) ? "**\(count) \(outcome)**" : "\(count) \(outcome.word)"
    }
    return (["\(cases) + \(passed.count - cases)"] + others).joined(separator: ", ")
  }

  private func refusals(_ lines: [VerdictRecord]) -> String {
    let kinds = lines.filter { $0.verdict == .refused }.distinct { [$0.variant, $0.reason] }
    guard !kinds.isEmpty else { return "" }
    return "\nRefused:\n\n" + kinds.map { "- `\($0[0])`: \($0[1])\n" }.joined()
  }

  private static let howToRead = """
    By precision and number of threads: how many cases a variant passed, and how many laws on drawn operands. What a dash stands for the
    variant does not claim, or was not asked for.

    """
}
