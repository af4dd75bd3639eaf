import Foundation
import Testing

@testable import Reporting

@Suite struct AccuracyTests {
  /// Five draws of an error at each of nine lengths, scattered by a quarter.
  private func series(
    _ variant: String = "lanes", seed: UInt64 = 0, date: String = Samples.run.date, _ error: (Double) -> Double
  ) -> [AccuracyRecord] {
    var generator = SplitMix64(state: seed)
    return stride(from: 4, through: 20, by: 2).map { power in
      let errors = (0..<5).map { _ in
        error(exp2(Double(power))) * exp(Double.random(in: -0.25...0.25, using: &generator))
      }
      return AccuracyRecord(
        kernel: "toy.sum", variant: variant, pass: "forward", precision: "float", threads: 1, along: ["L"],
        size: "N2-L\(1 << power)", extents: ["N": 2, "L": 1 << power],
        operands: [.init(operand: "y", errors: errors, best: errors.map { _ in 2e-8 })], date: date)
    }
  }

  @Test func growthIsClassified() throws {
    for seed in 0..<50 as Range<UInt64> {
      #expect(AccuracyFit(series(seed: seed) { _ in 1e-7 }).growths == [.flat])
      #expect(AccuracyFit(series(seed: seed) { 1e-7 * $0.squareRoot() }).growths == [.root])
      #expect(AccuracyFit(series(seed: seed) { 1e-9 * $0 }).growths == [.linear])
      #expect(AccuracyFit(series(seed: seed) { 1e-12 * $0 * $0 }).growths == [.faster])
    }
    let fit = AccuracyFit(series { 1e-7 * $0.squareRoot() })
    #expect(fit.growth == "√L" && fit.range == "L 16–1M")
    let slope = try #require(fit.slope)
    #expect(slope.lower <= slope.exponent && slope.exponent <= slope.upper && abs(slope.exponent - 0.5) < 0.1)
  }

  /// Halfway between two classes draws decide, and as a rule both are named.
  @Test func whatCannotBeToldApartIsNotNamedAlone() {
    let growths = (0..<50 as Range<UInt64>).map { seed in
      AccuracyFit(series(seed: seed) { 1e-7 * pow($0, 0.25) }).growths
    }
    #expect(growths.allSatisfy { Set($0).isSubset(of: [.flat, .root]) })
    #expect(growths.count { $0 == [.flat, .root] } >= 15)
  }

  @Test func fewOrWrongSizesHaveNoFit() {
    let records = series { _ in 1e-7 }
    #expect(AccuracyFit(Array(records.prefix(2))).growth == nil)
    var exact = records
    for index in exact.indices { exact[index].operands[0].errors = [0] }
    #expect(AccuracyFit(exact).growth == nil)
    #expect(exact[0].digitsLost == nil)
  }

  @Test func theWorstOperandCounts() throws {
    var record = series { _ in 2e-6 }[0]
    record.operands.append(
      .init(operand: "x", errors: [2e-4, 2e-4, 2e-4, 2e-4, 2e-4], best: [1, 2, 3, 4, 5].map { 1e-9 * $0 }))
    #expect(record.errors == [2e-4, 2e-4, 2e-4, 2e-4, 2e-4])
    #expect(abs(try #require(record.digitsLost) - 4) < 1e-9)
  }

  @Test func aRecordComesBack() throws {
    var record = series { _ in 1e-7 }[0]
    record.operands[0].errors[0] = .infinity
    #expect(try Record(line: Record.accuracy(record).line) == .accuracy(record))
  }

  @Test func thePageShowsTheNewest() throws {
    let old = series(date: "2020-01-01T00:00:00Z") { _ in 1e-3 }
    let records = series("reference") { 1e-7 * $0.squareRoot() } + series { _ in 1e-7 }
    let lines = [.run(Samples.run)] + (records + old).map { Record.accuracy($0) }
    let report = Report(lines, showsPlots: true)
    let page = try #require(report.files()["toy.sum.md"])
    #expect(page.contains("## Accuracy"))
    #expect(page.contains("| reference | forward | float | 1 | L 16–1M | √L |"))
    #expect(page.contains("| `lanes` | forward | float | 1 | L 16–1M | flat |"))
    #expect(page.contains("![toy.sum, accuracy, forward](toy.sum-accuracy-forward.svg)"))
    let plot = try #require(report.plots()["toy.sum-accuracy-forward.svg"])
    #expect(plot.script.contains("linespoints") && plot.script.contains("the exact result, rounded"))
    if Gnuplot.isInstalled {
      #expect(String(decoding: try Gnuplot.svg(plot), as: UTF8.self).contains("prefers-color-scheme"))
    }
  }
}
