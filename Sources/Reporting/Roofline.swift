import Foundation

/// A limit that panels draw as a line.
struct PlotRoof {
  let label: String
  /// gnuplot's words for the line.
  let line: String

  init(_ label: String, colour: PlotColour = .roof, dash: String, width: Double = 1.2) {
    self.label = label
    line = "lc rgb '\(colour.light)' lw \(width) dt \(dash)"
  }
}

extension KernelPage {
  /// What each variant reaches at each size of nominal work for a byte, and what the machine lets it reach: a column for each of at
  /// most two numbers of threads, a row for each pass; in float where there is float.
  var roofline: Plot? {
    let timed = measurements.filter(\.counts)
    guard let precision = sorted(timed.map(\.precision), first: "float").first else { return nil }
    let shown = timed.filter { $0.precision == precision && $0.operandBytes > 0 && $0.work.flops > 0 }
    let threads = Set(shown.map(\.threads)).intersection(limits.threads).sorted()
    let columns = Set([threads.first, threads.last].compactMap(\.self)).sorted().filter { count in
      limits.rate("multiply-add", precision: precision, threads: count) != nil
        && !limits.levels(threads: count).isEmpty
    }
    guard !columns.isEmpty else { return nil }
    let rows = passes.filter { pass in shown.contains { $0.pass == pass } }
    let variants = shown.distinct(\.variant).filter { $0 != "reference" }
    let curves = shown.distinct(\.variant).map { name in
      PlotCurve(name, place: variants.firstIndex(of: name), shown.filter { $0.variant == name })
    }
    let levels = columns.flatMap { limits.levels(threads: $0).map(\.name) }.distinct(\.self)
    let names = ["multiply–add", "exp"] + levels
    let panels = columns.map { count in
      rows.map { pass in
        PlotPanel(roofline: limits, curves, roofs: names, pass: pass, precision: precision, threads: count)
      }
    }
    let used = names.indices.filter { index in panels.joined().contains { !$0.roofs[index].isEmpty } }
    let script = PlotScript(
      title: "\(kernel), roofline, \(precision)", curves: curves,
      columns: panels.map { $0.map { $0.keeping(roofs: used) } }, roofs: used.map { Self.roof(names[$0], $0) })
    return Plot(name: "\(kernel)-roofline.svg", pass: nil, script: script.text)
  }

  private static func roof(_ name: String, _ index: Int) -> PlotRoof {
    let dashes = ["solid", "(12,3,2,3)", "solid", "(12,4)", "(6,4)", "(2,4)"]
    return PlotRoof(name, dash: dashes[index % dashes.count], width: index == 0 ? 2 : 1.2)
  }
}

extension PlotPanel {
  /// Rates over intensities. A level's roof rises to that of multiply–adds and ends there.
  init(
    roofline limits: MachineLimits, _ curves: [PlotCurve], roofs names: [String], pass: String, precision: String,
    threads: Int
  ) {
    let chosen = curves.map { curve in
      curve.measurements.filter { $0.pass == pass && $0.threads == threads && $0.precision == precision }
    }
    let points = chosen.map { lines in
      lines.compactMap { line in line.rate.map { (x: line.work.flops / Double(line.operandBytes), y: $0) } }
    }
    let levels = limits.levels(threads: threads)
    let peak = limits.rate("multiply-add", precision: precision, threads: threads)!
    let exponential = limits.rate("exp", precision: precision, threads: threads)

    // Room for the ridges on both sides, whatever intensities there are.
    let ridges = levels.map { peak / $0.rate }
    let intensities = points.joined().map(\.x)
    let xs = intensities + ridges.map { $0 / 4 } + ridges.map { $0 * 4 }
    let xRange = Self.padded(xs.min()!, xs.max()!, by: 0.04)
    let ys = points.joined().map(\.y) + [peak] + levels.map { $0.rate * xRange.lowerBound }
    let yRange = Self.padded(ys.min()!, ys.max()!, by: 0.06)

    // Exponentials bound the rate where there are many for each operation: drawn where they bound it least.
    let ratios = chosen.joined().filter { $0.work.transcendentals > 0 }.map {
      $0.work.flops / $0.work.transcendentals
    }
    let exponentialRoof = exponential.flatMap { rate in ratios.max().map { $0 * rate } }
    let roofs = names.map { name -> [(x: Double, y: Double)] in
      switch name {
      case "multiply–add":
        return [(ridges.min()!, peak), (xRange.upperBound, peak)]
      case "exp":
        guard let exponentialRoof, exponentialRoof < peak else { return [] }
        let start = max(xRange.lowerBound, exponentialRoof / levels[0].rate)
        return [(start, exponentialRoof), (xRange.upperBound, exponentialRoof)]
      default:
        guard let level = levels.first(where: { $0.name == name }) else { return [] }
        return [(xRange.lowerBound, level.rate * xRange.lowerBound), (peak / level.rate, peak)]
      }
    }
    let bandwidths = levels.map { "\($0.name) \(Units.significant($0.rate / 1e9))" }.joined(separator: ", ")
    self.init(
      title: "\(pass), \(KernelPage.threads(threads)), multiply–add \(Units.rate(peak, "FLOP/s"))",
      xLabel: "nominal FLOP for each byte of operands", yLabel: "GFLOP/s", points: points, xRange: xRange,
      yRange: yRange, xTicks: Self.decades(xRange).map { Tick(label: Units.plain($0), position: $0) },
      yTicks: Self.decades(yRange).map { Tick(label: Units.plain($0 / 1e9), position: $0) }, roofs: roofs,
      caption: "\(bandwidths) GB/s")
  }

  /// The panel with these of its roofs only.
  func keeping(roofs indices: [Int]) -> PlotPanel {
    var panel = self
    panel.roofs = indices.map { roofs[$0] }
    return panel
  }
}
