import KernelSpec
import Lanes
import Parallel

/// The filters of all heads, by a team of workers.
struct FilterPass<Worker: FilterWorker> {
  private let blocking: Blocking
  private let team: Team
  private let workers: [Worker]

  init(_ size: Size, _ team: Team) {
    let blocking = Worker.blocking(size)
    self.blocking = blocking
    self.team = team
    workers = (0..<team.threads).map { _ in Worker(blocking) }
  }

  static func bytes(_ size: Size, threads: Int) -> Int { threads * Worker.bytes(Worker.blocking(size)) }

  /// Writes the filters to `K`, one head after another.
  @inline(__always) func run(_ rule: Worker.Rule, _ K: UnsafeMutablePointer<Worker.Rule.T>) {
    for worker in workers { worker.rule = rule }
    team.run { thread in
      let worker = workers[thread]
      blocking.forEachHead(blocking.share(thread, of: team.threads)) { head, rows in
        worker.filter(head, rows, K + head * blocking.length)
      }
    }
  }
}

/// The sums of all heads' sequences, by a team of workers.
struct SumPass<Worker: SumWorker> {
  private let blocking: Blocking
  private let team: Team
  private let workers: [Worker]
  private let totals: [HeadTotals<Worker.Rule>]
  private let sharedHeads: [(Int, Range<Int>)]

  init(_ size: Size, _ team: Team) {
    let blocking = Worker.blocking(size)
    self.blocking = blocking
    self.team = team
    workers = (0..<team.threads).map { _ in Worker(blocking) }
    totals = (0..<team.threads).map { _ in HeadTotals(blocking) }
    sharedHeads = blocking.sharedHeads(team.threads)
  }

  static func bytes(_ size: Size, threads: Int) -> Int {
    let blocking = Worker.blocking(size)
    return threads * (Worker.bytes(blocking) + HeadTotals<Worker.Rule>.bytes(blocking))
  }

  /// Writes the results that the rule makes of the sums of the sequences at `g`, one head after another.
  @inline(__always)
  func run(_ rule: Worker.Rule, _ g: UnsafePointer<Worker.Rule.T>) {
    for worker in workers { worker.rule = rule }
    team.run { thread in
      let worker = workers[thread]
      let own = totals[thread]
      let share = blocking.share(thread, of: team.threads)
      blocking.forEachHead(share) { head, rows in
        let (s0, s1) = own.sums(blocking.slot(head, share))
        worker.sum(head, rows, g + head * blocking.length, s0, s1)
        if rows.count == blocking.rows { own.finish(worker.rule, head, s0, s1) }
      }
    }
    for (head, owners) in sharedHeads {
      let first = totals[owners.lowerBound]
      let (s0, s1) = first.sums(blocking.slot(head, blocking.share(owners.lowerBound, of: team.threads)))
      for other in owners.dropFirst() {
        let more = totals[other].sums(blocking.slot(head, blocking.share(other, of: team.threads)))
        for group in 0..<first.groups {
          s0[group] = s0[group] + more.0[group]
          s1[group] = s1[group] + more.1[group]
        }
      }
      first.finish(rule, head, s0, s1)
    }
  }
}

/// The sums of the modes of two heads, and room for what becomes of them.
struct HeadTotals<Rule: SumRule> {
  private let modes: ModeLanes<Rule.T>
  private let memory: Workspace<ComplexLanes>

  private static var columns: Int { Rule.columns + Rule.scratchColumns + 4 }

  static func bytes(_ blocking: Blocking) -> Int {
    columns * ModeLanes<Rule.T>.groups(blocking.modes) * MemoryLayout<ComplexLanes>.stride
  }

  init(_ blocking: Blocking) {
    let groups = ModeLanes<Rule.T>.groups(blocking.modes)
    memory = Workspace(Self.columns * groups)
    modes = ModeLanes(modes: blocking.modes, columns: Rule.columns, memory: memory.base)
    memory.base.update(repeating: ComplexLanes(0), count: memory.count)
  }

  var groups: Int { modes.groups }

  @inline(__always)
  func sums(_ slot: Int) -> (s0: UnsafeMutablePointer<ComplexLanes>, s1: UnsafeMutablePointer<ComplexLanes>) {
    let s0 = memory.base + (Rule.columns + Rule.scratchColumns + 2 * slot) * groups
    return (s0, s0 + groups)
  }

  func finish(
    _ rule: Rule, _ head: Int, _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>
  ) {
    rule.load(head, modes)
    rule.finish(head, modes, s0, s1, memory.base + Rule.columns * groups)
  }
}
