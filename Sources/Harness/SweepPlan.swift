import KernelSpec

/// Sizes of a kernel that a sweep wants measured, and which variants at them.
public struct SweepEntry: Sendable {
  /// The kernel.
  public let kernel: any Kernel.Type
  /// The sizes.
  public let sizes: [Size]
  private var selections: [Selection]

  /// An entry of the variants and sizes that the selection includes.
  public init(_ kernel: any Kernel.Type, _ sizes: [Size], _ selection: Selection) {
    (self.kernel, self.sizes, selections) = (kernel, sizes, [selection])
  }

  /// The part of it that another selection includes too.
  public func narrowed(by selection: Selection) -> SweepEntry {
    var entry = self
    entry.selections.append(selection)
    return entry
  }

  func includes(_ size: Size) -> Bool { selections.allSatisfy { $0.includes(size) } }

  func includes(_ variant: Variant) -> Bool { selections.allSatisfy { $0.includes(variant) } }
}

/// Rows that are raced together: the reference and the variants of one pass of a kernel at one size in one precision.
public struct SweepGroup: Sendable {
  /// The kernel.
  public let kernel: any Kernel.Type
  /// Where it is measured.
  public let size: Size
  /// What of the kernel.
  public let pass: Pass
  /// In which precision.
  public let precision: Precision
  /// The variants, in the kernel's order.
  public fileprivate(set) var variants: [Variant]
  /// Whether the reference is raced too.
  public fileprivate(set) var withReference: Bool
  /// A program from outside that is raced beside them, and on how many threads: on as many as they.
  public fileprivate(set) var outsider: OutsideContender?
  public fileprivate(set) var outsiderThreads: [Int] = []
  /// The rows' places in the sweep by contender, the reference's under `reference` on one thread.
  public fileprivate(set) var places: [String: Int] = [:]

  /// What tells its contenders apart: name and threads.
  public static func contender(_ name: String, _ threads: Int) -> String { "\(name) \(threads)" }

  /// Its contenders, the reference first and a program from outside last.
  public var contenders: [String] {
    (withReference ? [Self.contender("reference", 1)] : []) + variants.map { Self.contender($0.name, $0.threads) }
      + outsiderThreads.map { Self.contender(outsider!.name, $0) }
  }

  /// The group without rows that need no race; nil where none is left.
  public func without(_ done: Set<Int>) -> SweepGroup? {
    var rest = self
    func isOpen(_ contender: String) -> Bool { !done.contains(places[contender]!) }
    rest.withReference = withReference && isOpen(Self.contender("reference", 1))
    rest.variants = variants.filter { isOpen(Self.contender($0.name, $0.threads)) }
    rest.outsiderThreads = outsiderThreads.filter { isOpen(Self.contender(outsider!.name, $0)) }
    return rest.contenders.isEmpty ? nil : rest
  }

  /// About how many seconds it takes: what each contender may use, and one call by the oracle.
  public func cost(_ effort: Effort) -> Double {
    Double(contenders.count) * (effort.contenderSeconds + 4 * effort.sampleSeconds)
      + min(kernel.referenceWork(size, pass).oracleSeconds, 10)
  }

  fileprivate var key: String { "\(kernel.name) \(size) \(pass.rawValue) \(precision.rawValue)" }
}

/// What a sweep measures: a list of rows, each kernel × variant × pass × precision × threads × size once, in groups that are raced
/// together. It depends on what was asked for alone, so that every shard and every resumption sees the same.
public struct SweepPlan: Sendable {
  /// The groups, in the order in which one run measures them.
  public let groups: [SweepGroup]
  /// How many rows they have.
  public let rows: Int
  /// How long to measure.
  public let effort: Effort

  /// The plan of these entries. What several want is measured once. A program from outside takes part in every group.
  public init(_ entries: [SweepEntry], withReference: Bool, beside outsider: OutsideContender? = nil, effort: Effort)
  {
    var groups: [SweepGroup] = []
    var known: [String: Int] = [:]
    for entry in entries {
      for size in entry.sizes where entry.includes(size) {
        for pass in Pass.allCases {
          for precision in Precision.allCases {
            let variants = entry.kernel.variants.filter {
              $0.pass == pass && $0.precision == precision && entry.includes($0)
            }
            guard !variants.isEmpty else { continue }
            let group = SweepGroup(
              kernel: entry.kernel, size: size, pass: pass, precision: precision, variants: variants,
              withReference: withReference)
            if let place = known[group.key] {
              let wanted = Set(groups[place].variants.map(\.label) + variants.map(\.label))
              groups[place].variants = entry.kernel.variants.filter { wanted.contains($0.label) }
            } else {
              known[group.key] = groups.count
              groups.append(group)
            }
          }
        }
      }
    }
    var rows = 0
    for index in groups.indices {
      if outsider != nil {
        groups[index].outsider = outsider
        groups[index].outsiderThreads = Set(groups[index].variants.map(\.threads)).sorted()
      }
      for contender in groups[index].contenders {
        groups[index].places[contender] = rows
        rows += 1
      }
    }
    (self.groups, self.rows, self.effort) = (groups, rows, effort)
  }

  /// Equal for equal plans, on every machine: 16 hexadecimal digits from the rows and everything that the effort says.
  public var id: String {
    var lines = groups.map { "\($0.key): \($0.contenders.joined(separator: ", "))" } + ["\(effort)"]
    if let outsider = groups.first?.outsider { lines.append(outsider.commandLine) }
    var generator = SeededGenerator(lines.joined(separator: "\n"), seed: 0)
    let digits = String(generator.next(), radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The groups of one of several shards: the costliest first, each to the shard that has least so far. Every group is in exactly
  /// one shard, and in the plan's order there.
  public func groups(of shard: Shard) -> [SweepGroup] {
    let costs = groups.map { $0.cost(effort) }
    var loads = [Double](repeating: 0, count: shard.count)
    var mine: [Int] = []
    for index in groups.indices.sorted(by: { (costs[$1], $0) < (costs[$0], $1) }) {
      let least = loads.indices.min { (loads[$0], $0) < (loads[$1], $1) }!
      loads[least] += costs[index]
      if least == shard.index - 1 { mine.append(index) }
    }
    return mine.sorted().map { groups[$0] }
  }
}

/// One of several parts of a sweep, written `2/4`.
public struct Shard: Hashable, Sendable, CustomStringConvertible {
  /// Which, from 1.
  public let index: Int
  /// Of how many.
  public let count: Int

  /// Reads `INDEX/COUNT`; nil where it is not that, or not 1 ≤ index ≤ count ≤ 10,000.
  public init?(_ text: String) {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 2, let index = parts[0], let count = parts[1], 1 <= index, index <= count, count <= 10_000
    else { return nil }
    (self.index, self.count) = (index, count)
  }

  /// As it is written.
  public var description: String { "\(index)/\(count)" }
}
