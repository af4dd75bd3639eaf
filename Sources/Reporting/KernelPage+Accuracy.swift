import Foundation

extension KernelPage {
  /// How accurate contenders are as extents grow: a plot for each pass and a line for each contender and series.
  var accuracy: String {
    guard !accuracies.isEmpty else { return "" }
    var table = Table(
      .text("variant"), .text("pass"), .text("precision"), .number("threads"), .text("along"), .text("error grows"),
      .number("exponent [interval]"), .number("error at the end"), .number("× reference"), .number("digits lost"))
    for fit in accuracyFits { table.rows.append(row(fit)) }
    let images =
      showsPlots ? accuracyPlots.map { "![\(kernel), accuracy, \($0.pass!)](\($0.name))\n" } : []
    let explanation = """
      Errors of whole outputs in the L2 norm, relative to the oracle; of several outputs or gradients the worst; medians over draws of the \
      data. Exponents are fitted to the upper half of each axis; where their interval reaches into several classes of growth, all are named. \
      Digits lost are decimal digits beyond what rounding the exact result to the precision loses.

      """
    return (["## Accuracy\n"] + images + [explanation, table.compact(keeping: ["variant"])]).joined(separator: "\n")
  }

  private var accuracyFits: [AccuracyFit] { AccuracyFit.all(accuracies) }

  private func row(_ fit: AccuracyFit) -> [String] {
    let last = fit.records.last!
    return [
      last.variant == "reference" ? last.variant : "`\(last.variant)`", last.pass, last.precision, "\(last.threads)",
      fit.range, fit.growth ?? Units.none, fit.exponent ?? Units.none, Units.error(Statistics.median(last.errors)),
      fit.timesReference(in: accuracies).map(Units.factor) ?? Units.none,
      last.digitsLost.map(Units.exponent) ?? Units.none,
    ]
  }

  /// The curves of each pass: a column for each series, a row for each precision.
  var accuracyPlots: [Plot] {
    sorted(accuracies.map(\.pass), first: "forward").map { pass in
      let lines = accuracies.filter { $0.pass == pass }
      let variants = lines.distinct(\.variant).filter { $0 != "reference" }
      let contenders = lines.distinct { [$0.variant, "\($0.threads)"] }
      let curves = contenders.map { key in
        let name = key[1] == "1" ? key[0] : "\(key[0]), \(key[1]) threads"
        return PlotCurve(name, place: variants.firstIndex(of: key[0]), rank: key[1] == "1" ? 0 : 1, [])
      }
      let precisions = sorted(lines.map(\.precision), first: "float")
      let columns = lines.distinct(\.along).map { along in
        precisions.map { precision in
          let shown = lines.filter { $0.along == along && $0.precision == precision }
          return PlotPanel(accuracy: shown, contenders, "\(precision), along \(along.joined(separator: " with "))")
        }
      }
      let script = PlotScript(
        title: "\(kernel), accuracy, \(pass)", curves: curves, columns: columns,
        roofs: [PlotRoof("the exact result, rounded", dash: "(8,5)", width: 2)], joins: true)
      return Plot(name: "\(kernel)-accuracy-\(pass).svg", pass: pass, script: script.text)
    }
  }
}

extension AccuracyFit {
  /// `L 16–1M`, or `L, W 16–4k`.
  public var range: String {
    let along = records[0].along
    let ends = [records.first!, records.last!].map { PlotPanel.count(Double($0.extents[along[0]] ?? 0)) }
    return "\(along.joined(separator: ", ")) \(ends[0])–\(ends[1])"
  }

  /// The error at the end in units of the reference's there, in the same precision.
  public func timesReference(in all: [AccuracyRecord]) -> Double? {
    let last = records.last!
    let reference = all.first {
      $0.variant == "reference" && $0.kernel == last.kernel && $0.pass == last.pass && $0.precision == last.precision
        && $0.along == last.along && $0.size == last.size
    }
    guard last.variant != "reference", let reference, !reference.errors.isEmpty, !last.errors.isEmpty else {
      return nil
    }
    let error = Statistics.median(reference.errors)
    return error > 0 ? Statistics.median(last.errors) / error : nil
  }
}

extension PlotPanel {
  /// The errors of contenders over the first extent of a series, and what rounding alone loses.
  init(accuracy records: [AccuracyRecord], _ contenders: [[String]], _ title: String) {
    let extent = records[0].along[0]
    func curve(_ records: [AccuracyRecord], _ path: KeyPath<AccuracyRecord, [Double]>) -> [(x: Double, y: Double)] {
      records.compactMap { record -> (x: Double, y: Double)? in
        let values = record[keyPath: path]
        guard let length = record.extents[extent], !values.isEmpty else { return nil }
        let median = Statistics.median(values)
        return median > 0 && median.isFinite ? (Double(length), median) : nil
      }.sorted { $0.x < $1.x }
    }
    let points = contenders.map { key in
      curve(records.filter { [$0.variant, "\($0.threads)"] == key }, \.errors)
    }
    let rounding = curve(records.filter { $0.variant == "reference" }, \.best)
    let all = points.joined() + rounding
    let xRange = Self.padded(all.map(\.x).min() ?? 1, all.map(\.x).max() ?? 1, by: 0.05)
    let yRange = Self.padded(all.map(\.y).min() ?? 1, all.map(\.y).max() ?? 1, by: 0.08)
    self.init(
      title: title, xLabel: records[0].along.joined(separator: ", "), yLabel: "relative error", points: points,
      xRange: xRange, yRange: yRange,
      xTicks: Self.powersOfTwo(xRange, atMost: 7).map { Tick(label: Self.count($0), position: $0) },
      yTicks: Self.decades(yRange).map { Tick(label: Units.error($0), position: $0) })
    roofs = [rounding]
  }
}
