import Harness
import KernelSpec
import Reporting

/// The instructions of one call in two builds, row by row.
struct GateCounts {
  private var counts: [[String]: [Int]] = [:]
  /// Why a row has no counts, the first of each reason.
  private(set) var complaints: [String] = []

  /// None.
  init() {}

  /// Counts the rows in both builds.
  init(_ rows: [GateRow], by counters: [InstructionCounter], show: (String) -> Void) {
    var reasons: Set<String> = []
    for (index, row) in rows.enumerated() {
      show("counting instructions of \(index + 1) of \(rows.count): \(row.operands)")
      do throws(Misfit) {
        counts[row.identity] = try Self.count(row.kernel, row, by: counters)
      } catch  where reasons.insert(error.description).inserted {
        complaints.append("\(row.kernel.name) \(row.size) \(row.variant.label): not counted: \(error)")
      } catch {}
    }
  }

  /// How many rows were counted.
  var count: Int { counts.count }

  /// The instructions of the row in the older and the newer build; nil where they were not counted.
  subscript(identity: [String]) -> [Int]? { counts[identity] }

  /// Whether a call takes as many instructions in both builds: then a slowdown is unlikely, and other rows come first.
  func isSame(_ row: GateRow) -> Bool { self[row.identity].map { $0[0] == $0[1] } ?? false }

  private static func count<K: Kernel>(
    _: K.Type, _ row: GateRow, by counters: [InstructionCounter]
  ) throws(Misfit) -> [Int] {
    var counts: [Int] = []
    for counter in counters { counts.append(try counter.count(K.self, row.size, row.variant)) }
    return counts
  }
}
