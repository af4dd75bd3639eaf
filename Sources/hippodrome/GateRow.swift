import Fixtures
import Foundation
import Harness
import KernelSpec
import Reporting
import Synchronization

/// What a gate compares: one variant at one size.
struct GateRow: Sendable {
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

  /// What rows with the same operands and results share.
  var operands: String { "\(kernel.name) \(size) \(variant.pass) \(variant.precision)" }

  /// About how long the oracle takes for all results.
  var oracleSeconds: Double { kernel.referenceWork(size, variant.pass).oracleSeconds }

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

extension Selection {
  /// What a gate looks at where nothing else is asked for: single precision, on one thread.
  var narrowed: Selection {
    var selection = self
    if precisions.isEmpty { selection.precisions = [.float] }
    if threads.isEmpty { selection.threads = [1] }
    return selection
  }
}

extension Kernel {
  /// The middle of the sweep by work: one size stands for all where no other is asked for.
  static var middle: Size {
    let byWork = sweep.sorted { work($0, .forward).flops < work($1, .forward).flops }
    return byWork[byWork.count / 2]
  }
}

/// The operands of rows, made and evaluated once for all variants that share them.
final class GateCourses {
  private var courses: [String: Result<Course, Misfit>] = [:]
  private let plans: Result<SharedPlans, Misfit> = Result { () throws(Misfit) in try SharedPlans() }

  func course(_ row: GateRow) throws(Misfit) -> Course {
    prepare([row], deadline: .now)
    return try courses[row.operands]!.get()
  }

  /// Makes the operands of rows on all cores, before anything is timed; beyond `deadline` those of the first row only.
  func prepare(_ rows: [GateRow], deadline: ContinuousClock.Instant) {
    var seen = Set(courses.keys)
    // The longest first: the last to end then ends soon after the others.
    let open = rows.filter { seen.insert($0.operands).inserted }.sorted { $0.oracleSeconds > $1.oracleSeconds }
    let plans = plans
    let made = Mutex<[String: Result<Course, Misfit>]>([:])
    DispatchQueue.concurrentPerform(iterations: open.count) { index in
      guard index == 0 || .now < deadline else { return }
      let row = open[index]
      let course = Result { () throws(Misfit) in try Self.makeCourse(row.kernel, row, plans.get()) }
      made.withLock { $0[row.operands] = course }
    }
    courses.merge(made.withLock(\.self)) { first, _ in first }
  }

  /// A fraction of a second for the oracle: a gate has to measure, correctness at length is `verify`'s.
  private static func makeCourse<K: Kernel>(
    _ kernel: K.Type, _ row: GateRow, _ plans: SharedPlans
  ) throws(Misfit) -> Course {
    try Course(kernel, row.size, row.variant.pass, row.variant.precision, patience: 0.2, plans: plans)
  }
}

/// Rows that the older build was looked at, briefly.
struct GateLook {
  /// The rows, and how each looked; nil where the older build lacks it, refuses it or fails.
  private(set) var rows: [(row: GateRow, reading: DuelReading?)] = []
  /// From this place on, rows are such as need not be measured where time is short.
  private var firstLast = Int.max

  /// Looks at rows. Of variants that share operands and threads only the fastest is kept, unless all are wanted; where the older build has none
  /// of them, the first is. Rows beyond `deadline` are not looked at and all kept.
  init(
    _ all: [GateRow], by command: [String], _ courses: GateCourses, fastest: Bool, deadline: ContinuousClock.Instant,
    show: (String) -> Void
  ) throws(Misfit) {
    courses.prepare(all, deadline: deadline)
    let probe = DuelProbe(command)
    var groups: [[GateRow]] = []
    for row in all {
      let place = groups.firstIndex { $0[0].operands == row.operands && $0[0].variant.threads == row.variant.threads }
      if let place { groups[place].append(row) } else { groups.append([row]) }
    }
    for (index, group) in groups.enumerated() {
      show("looking at \(index + 1) of \(groups.count): \(group[0].operands)")
      guard .now < deadline else {
        rows += (fastest ? Array(group.prefix(1)) : group).map { ($0, nil) }
        continue
      }
      let course = try courses.course(group[0])
      let looks = group.map { (row: $0, reading: probe.look(at: $0.variant, on: course)) }
      guard fastest else {
        rows += looks
        continue
      }
      func seconds(_ look: (row: GateRow, reading: DuelReading?)) -> Double { look.reading?.callSeconds ?? .infinity }
      rows.append(looks.min { seconds($0) < seconds($1) }!)
    }
  }
}

extension GateLook {
  /// Counts the instructions of rows that the older build takes and puts those last that have as many in both builds.
  mutating func counted(by counters: [InstructionCounter], show: (String) -> Void) -> GateCounts {
    let counts = GateCounts(rows.map(\.row), by: counters, show: show)
    let isLast = rows.map { counts.isSame($0.row) }
    rows = zip(rows, isLast).filter { !$1 }.map { $0.0 } + zip(rows, isLast).filter { $1 }.map { $0.0 }
    firstLast = isLast.count { !$0 }
    return counts
  }

  /// What measuring these rows will take and show.
  func forecast(_ rule: GateRule, budget: Double, spent: Double) -> GateForecast {
    GateForecast(
      rows.enumerated().map { place, look in
        // What could not be looked at may yet be measured: a tenth of a second to start is usual.
        GateForecast.Row(
          startSeconds: look.reading?.startSeconds ?? 0.1, callSeconds: look.reading?.callSeconds ?? 0,
          samples: look.reading?.samples ?? [], isLast: place >= firstLast)
      }, rule: rule, budget: budget, spent: spent, share: GateJob.firstShare, sampleSeconds: GateJob.sampleSeconds)
  }

  /// A line for each row, and what is to be expected.
  func plan(_ forecast: GateForecast) -> String {
    let chosen = Set(forecast.chosen)
    let lines = rows.indices.map { index in
      let row = rows[index].row
      let about =
        chosen.contains(index)
        ? String(format: "%.1f s", forecast.seconds(index))
          + (forecast.visible(index).map { String(format: ", will see %.1f %%", 100 * $0) } ?? "") : "left out"
      return "\(row.kernel.name)  \(row.size)  \(row.variant.label)  \(about)"
    }
    return lines.joined(separator: "\n") + "\n" + forecast.text
  }
}

extension GateVerdict {
  /// The verdict on a row that was not measured.
  init(_ row: GateRow, _ time: Time, _ reason: String) {
    self.init(
      kernel: row.kernel.name, variant: row.variant.name, pass: row.variant.pass.rawValue,
      precision: row.variant.precision.rawValue, threads: row.variant.threads, size: row.size.description,
      time: time, reason: reason, isOpen: time == .undecided)
  }
}
