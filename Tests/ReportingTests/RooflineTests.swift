import Testing

@testable import Reporting

@Suite struct RooflineTests {
  /// The points and roofs of the variant of `Samples.pair`, where exponentials are many at the least size.
  private func panel(_ lines: [MeasurementRecord]) -> PlotPanel {
    let curves = [PlotCurve("lanes", place: 0, lines.filter { $0.variant == "lanes" })]
    return PlotPanel(
      roofline: MachineLimits(Samples.machine), curves, roofs: ["multiply–add", "exp", "L1", "memory"],
      pass: "forward",
      precision: "float", threads: 1)
  }

  private var lines: [MeasurementRecord] {
    var lines = Samples.pair
    for i in lines.indices where lines[i].size == "N2-L8" {
      lines[i].work.transcendentals = lines[i].work.flops / 5
    }
    return lines
  }

  @Test func pointsAreRatesOverIntensities() {
    let points = panel(lines).points[0]
    // 200 FLOP for each of L positions, over 4 bytes for each of 2 L + 2 numbers.
    let intensities = [8.0, 16, 32].map { (L: Double) -> Double in 200 * L / (8 * L + 8) }
    #expect(points.map(\.x) == intensities)
    #expect(points.map { ($0.y / 1e9).rounded() } == [16, 32, 64])
  }

  @Test func roofsMeetAtTheRidges() {
    let panel = panel(lines)
    func rounded(_ roof: Int) -> [[Double]] {
      panel.roofs[roof].map { [($0.x * 1000).rounded() / 1000, ($0.y / 1e6).rounded() / 1000] }
    }
    // Multiply–adds from the first ridge on, exponentials at 5 FLOP for each, levels up to their ridges at 2 and 10.
    #expect(rounded(0)[0] == [2, 100])
    #expect(rounded(0)[1][1] == 100)
    #expect(rounded(1).map { $0[1] } == [5, 5])
    #expect(rounded(2)[1] == [2, 100])
    #expect(rounded(3)[1] == [10, 100])
    #expect(panel.roofs.joined().allSatisfy { panel.xRange.contains($0.x) && panel.yRange.contains($0.y) })
    #expect(panel.points.joined().allSatisfy { panel.xRange.contains($0.x) && panel.yRange.contains($0.y) })
    #expect(panel.caption == "L1 50.0, memory 10.0 GB/s")
    #expect(panel.title == "forward, 1 thread, multiply–add 100 GFLOP/s")
  }

  @Test func thePlotHasTheRoofsThatBind() throws {
    let text = try #require(script(lines))
    for name in ["reference", "lanes", "multiply–add", "exp", "L1", "memory"] {
      #expect(text.contains("set label '\(name)' at "))
    }
    #expect(text.contains("with points") && !text.contains("linespoints"))
    // Without exponentials there is no roof of theirs.
    #expect(script(Samples.pair)?.contains("'exp'") == false)
  }

  private func script(_ lines: [MeasurementRecord]) -> String? {
    Report(Samples.records(lines, Samples.machine)).plots()["toy.sum-roofline.svg"]?.script
  }

  @Test func withoutLimitsThereIsNone() {
    let report = Report(Samples.records(Samples.pair), showsPlots: true)
    #expect(report.plots().keys.sorted() == ["toy.sum-forward.svg"])
    #expect(report.files()["toy.sum.md"]?.contains("roofline") == false)
  }

  @Test func thePageShowsIt() {
    let page = Report(Samples.records(lines, Samples.machine), showsPlots: true).files()["toy.sum.md"]
    #expect(page?.contains("![toy.sum, roofline](toy.sum-roofline.svg)") == true)
  }
}
