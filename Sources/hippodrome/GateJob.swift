import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting

/// What a gate compares: one variant at one size.
struct GateRow {
  let kernel: any Kernel.Type
  let size: Size
  let variant: Variant

  /// What tells it from others, as records have it.
  var identity: [String] {
    [
      kernel.name, variant.name, variant.pass.rawValue, variant.precision.rawValue, "\(variant.threads)",
      size.description,
    ]
  }

  /// Whether the variant takes the size in this build.
  var isTaken: Bool {
    do throws(Refusal) {
      switch variant.prepare {
      case .float(let prepare): _ = try prepare(size)
      case .double(let prepare): _ = try prepare(size)
      }
    } catch { return false }
    return true
  }

  /// The rows of a selection, those that share operands next to each other.
  static func all(
    _ kernels: [any Kernel.Type], _ selection: Selection, sizes: (any Kernel.Type) throws -> [Size]
  ) rethrows -> [GateRow] {
    var seen: Set<[String]> = []
    return try kernels.flatMap { kernel in
      try sizes(kernel).filter(selection.includes).flatMap { size in
        let variants = kernel.variants.filter(selection.includes)
        let groups = Pass.allCases.flatMap { pass in
          Precision.allCases.map { precision in variants.filter { $0.pass == pass && $0.precision == precision } }
        }
        return groups.joined().map { GateRow(kernel: kernel, size: size, variant: $0) }
      }
    }.filter { seen.insert($0.identity).inserted }
  }
}

/// Measures rows of two builds within a time budget: each row once, and again what became suspect.
final class GateJob {
  let base, head: [String]
  let rule: GateRule
  /// Seconds for one run, whatever the number of rows.
  let budget: Double
  private let show: (String) -> Void
  private var courses: [String: Course] = [:]

  /// The share of the budget that first measurements may use. The rest is for confirming; without suspects it is not used.
  private static let firstShare = 0.6

  /// How long processes are measured before fresh ones take their place, where time allows: starting them takes a tenth of a second.
  private static let generationSeconds = 0.6

  init(base: [String], head: [String], rule: GateRule, budget: Double, show: @escaping (String) -> Void) {
    (self.base, self.head, self.rule) = (base, head, rule)
    (self.budget, self.show) = (budget, show)
  }

  /// The duels of all rows. `extraWork` is the share of further work that head is made to do in each row, none where there is no
  /// such row; `seed` orders the samples.
  func run(_ rows: [GateRow], seed: UInt64 = 0, extraWork: [Double] = []) throws(Misfit) -> [DuelRecord] {
    func extra(_ index: Int) -> Double { extraWork.indices.contains(index) ? extraWork[index] : 0 }
    let begin = ContinuousClock.now
    func left(of share: Double) -> Double { share * budget - begin.duration(to: .now) / .seconds(1) }
    var duels: [DuelRecord] = []
    for (index, row) in rows.enumerated() {
      show("\(index + 1) of \(rows.count): \(row.kernel.name) \(row.size) \(row.variant.label)")
      // What the oracle takes is of the budget too.
      let course = left(of: 1) > 0 ? try course(row) : nil
      let seconds = left(of: Self.firstShare) / Double(rows.count - index)
      duels.append(duel(row, on: course, round: 0, seconds: seconds, left: left(of: 1), seed, extra(index)))
    }
    // The gravest first: where time is short, some rows are confirmed rather than none.
    let suspects = Gate(duels, rule: rule).suspects
    for (index, first) in suspects.enumerated() {
      let place = rows.firstIndex { $0.identity == first.row }!
      let row = rows[place]
      show("confirming \(index + 1) of \(suspects.count): \(row.kernel.name) \(row.size) \(row.variant.label)")
      let left = left(of: 1)
      guard left > 0 else { break }
      let seconds = max(left / Double(suspects.count - index), min(first.seconds, left))
      duels.append(
        duel(row, on: try course(row), round: 1, seconds: seconds, left: left, seed &+ 1 << 32, extra(place)))
    }
    return duels
  }

  /// Beyond the budget nothing is started any more: the row says that nothing was measured.
  private func duel(
    _ row: GateRow, on course: Course?, round: Int, seconds: Double, left: Double, _ seed: UInt64, _ extraWork: Double
  ) -> DuelRecord {
    var effort = Duel.Effort()
    effort.seconds = seconds
    // Short samples: a neighbour that comes and goes every 100 ms disturbs few blocks, not all.
    effort.sampleSeconds = 0.002
    let sets = Int(seconds / Self.generationSeconds)
    effort.generations = round > 0 ? max(rule.confirmations, min(40, sets)) : max(1, min(8, sets))
    effort.extraWork = extraWork
    // Who hangs costs its row what is left, not another minute.
    effort.timeout = min(max(left, 10), 60)
    var result = DuelResult()
    if let course, left > 0 {
      result = Duel(base: base, head: head).run(row.variant, on: course, effort, seed: seed)
    }
    return DuelRecord(result, row, round: round)
  }

  /// The operands of a row, evaluated once for all its variants.
  private func course(_ row: GateRow) throws(Misfit) -> Course {
    let key = "\(row.kernel.name) \(row.size) \(row.variant.pass) \(row.variant.precision)"
    if let course = courses[key] { return course }
    let course = try makeCourse(row.kernel, row)
    courses[key] = course
    return course
  }

  /// A fraction of a second for the oracle: a gate has to measure, correctness at length is `verify`'s.
  private func makeCourse<K: Kernel>(_ kernel: K.Type, _ row: GateRow) throws(Misfit) -> Course {
    try Course(kernel, row.size, row.variant.pass, row.variant.precision, patience: 0.5)
  }
}

extension DuelRecord {
  init(_ result: DuelResult, _ row: GateRow, round: Int) {
    self.init(
      kernel: row.kernel.name, variant: row.variant.name, pass: row.variant.pass.rawValue,
      precision: row.variant.precision.rawValue, threads: row.variant.threads, size: row.size.description,
      round: round, generations: result.generations, base: Side(result.base), head: Side(result.head),
      callsPerSample: max(result.calls, 1),
      extraWork: result.calls > 0 ? Double(result.extraCalls) / Double(result.calls) : 0,
      baseFailure: result.baseFailure, headFailure: result.headFailure, refusal: result.refusal,
      seconds: result.seconds, date: Environment.date())
  }
}

extension DuelRecord.Side {
  init(_ side: DuelResult.Side) {
    self.init(samples: side.samples, workspaceBytes: side.workspace, peakBytes: side.peak)
  }
}
