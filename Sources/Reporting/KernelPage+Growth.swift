extension KernelPage {
  /// How costs grow along the axes of the sweep against what variants claim, and the claims that do not hold.
  var growth: String {
    guard !growthFits.isEmpty else { return "" }
    var table = Table(
      .text("variant"), .text("pass"), .text("precision"), .number("threads"), .text("cost"), .text("along"),
      .text("claimed"), .number("exponent"), .number("claimed exponent"), .number("excess [interval]"),
      .text("verdict"))
    for fit in growthFits {
      let first = fit.measurements[0]
      table.rows.append([
        "`\(first.variant)`", first.pass, first.precision, "\(first.threads)", fit.quantity.rawValue, fit.range,
        "`\(fit.claim)`", Units.exponent(fit.exponent), Units.exponent(fit.claimedExponent), fit.excessWithInterval,
        fit.holds ? "holds" : "**fails**",
      ])
    }
    let failed = growthFits.filter { !$0.holds }.map(\.verdict).map { verdict in
      "`\(verdict.variant)` (\(verdict.pass), \(verdict.precision), \(Self.threads(verdict.threads))): "
        + "**\(verdict.check)** fails: \(verdict.reason)\n\n```sh\n\(verdict.replay)\n```\n"
    }
    let explanation = """
      Fitted to the upper half of each axis; intervals cover samples drawn anew and any one size left out. A claim fails where the whole interval of the excess lies above \
      \(Units.exponent(GrowthFit.slack)), which is left to caches and noise; growing slower than claimed is no fault.

      """
    return (["## Growth\n", explanation, table.compact(keeping: ["variant", "verdict"])] + failed).joined(
      separator: "\n")
  }
}

extension GrowthFit {
  /// `L 4k–64k`, or `L, W 4k–64k`.
  fileprivate var range: String {
    let ends = [measurements.first!, measurements.last!].map { PlotPanel.count(Double($0.extents[extents[0]]!)) }
    return "\(extents.joined(separator: ", ")) \(ends[0])–\(ends[1])"
  }
}
