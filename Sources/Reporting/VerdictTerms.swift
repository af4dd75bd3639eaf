// What the author of a kernel from outside asked for in place of the suite's own rule, on pages.

extension [VerdictRecord] {
  /// A line of a list for each contender and what was asked for: how many checks were judged so, and how many pass by that alone.
  /// Empty where all were judged by the rule.
  var otherTerms: String {
    let others = filter { $0.terms != nil }
    return others.distinct { $0.contender + [$0.terms!] }.map { key in
      let alike = others.filter { $0.contender + [$0.terms!] == key }
      let first = alike[0]
      let count = alike.count == 1 ? "1 check" : "\(alike.count) checks"
      let byThatAlone = alike.count(where: \.passesByTolerance)
      return
        "- `\(first.variant)` (\(first.pass), \(first.precision), \(KernelPage.threads(first.threads))): \(count) \(first.terms!)"
        + (byThatAlone == 0 ? "" : "; \(byThatAlone) of them pass by that alone") + "\n"
    }.joined()
  }
}
