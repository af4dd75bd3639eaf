import Foundation
import Testing

@testable import Reporting

@Suite struct DiagnosisRecordTests {
  @Test func errorsAreDrawnAgainstPositions() throws {
    let course = ErrorPlot.Course(
      operand: "y", axis: "l", positions: Array(0..<100),
      errors: (0..<100).map { $0 < 64 ? 0 : $0 == 80 ? .infinity : 1e-3 },
      bound: 1e-6)
    let plot = ErrorPlot(title: "a test", [course]).plot(named: "y.svg")
    #expect(plot.script.contains("unset logscale x; set logscale y"))
    #expect(plot.script.contains("at the upper edge: 1 position"))
    #expect(plot.script.contains("'64' 64.0"))
    if Gnuplot.isInstalled { #expect(!(try Gnuplot.svg(plot)).isEmpty) }
  }

  @Test func aDiagnosisIsKeptAndShown() throws {
    var verdict = Samples.verdict
    verdict.verdict = .fail
    verdict.diagnosis = DiagnosisRecord(
      lines: ["y[l=3] is 1, expected 2: 5 times its bound", "wrong: 1 of 8 scalars"],
      faults: [
        .init(
          operand: "y", place: [.init(axis: "L", index: 3)], found: .nan, expected: 2, ratio: 5, wrong: 1, count: 8,
          patterns: ["only l = 3"], causes: [.init(description: "zeros", residual: 0)])
      ], right: ["x"])
    let line = String(decoding: try Record.verdict(verdict).line, as: UTF8.self)
    #expect(line.contains(#""diagnosis":{"faults":[{"causes":[{"description":"zeros","residual":0}]"#))
    guard case .verdict(let read) = try Record(line: Data(line.utf8)) else { throw CancellationError() }
    #expect(read.diagnosis?.faults[0].place == verdict.diagnosis?.faults[0].place)
    let page = try #require(Report([.run(Samples.run), .verdict(verdict)]).files()["toy.sum.md"])
    #expect(page.contains("```\ny[l=3] is 1, expected 2: 5 times its bound\nwrong: 1 of 8 scalars\n```\n\n```sh"))
  }
}
