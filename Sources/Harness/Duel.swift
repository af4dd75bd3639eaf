import Foundation
import KernelSpec

/// What was measured of one variant in two builds.
public struct DuelResult: Sendable {
  /// What one build gave, in two processes of it at a time.
  public struct Side: Sendable {
    /// Seconds per call of either process, a sample for each block.
    public var samples: [[Double]] = [[], []]
    /// Heap bytes that each process keeps beyond the operands.
    public var workspace: [Int] = []
    /// Each process's peak of resident memory while it ran, in bytes.
    public var peak: [Int] = []
  }

  /// The older build and the newer.
  public var base = Side(), head = Side()
  /// How many blocks each set of processes gave.
  public var generations: [Int] = []
  /// How many calls one sample has.
  public var calls = 0
  /// How many further calls each sample of the newer build was made to do, beyond those it is divided by.
  public var extraCalls = 0
  /// Why the older build, or the newer, could not be measured.
  public var baseFailure, headFailure: String?
  /// Why the variant does not take the size, in both builds.
  public var refusal: String?
  /// How long all of it took.
  public var seconds = 0.0

  /// Nothing measured yet.
  public init() {}
}

/// Measures one variant in two builds, in turns, with two processes of each.
///
/// A block is four samples in the order ABBA, the first of either build in a process of its own and the second in another: what drifts
/// at a steady rate cancels out of head against base; and base against base and head against head say, from the same samples, how much two
/// processes of one build differ by where their memory lies and by what else the machine does. A process may be off by 2 % for as long
/// as it lives, so that a long duel takes fresh ones now and then.
public struct Duel {
  /// How long and how finely to measure.
  public struct Effort: Sendable {
    /// Seconds for the whole, from the start of the processes.
    public var seconds = 8.0
    /// How many sets of processes share the time.
    public var generations = 1
    /// No more blocks than this.
    public var blocks = 1000
    /// As many blocks as each set of processes gives even where its share of the time is over, unless `limit` is.
    public var leastBlocks = 1
    /// Seconds beyond which no block is started but the first.
    public var limit = Double.infinity
    /// The least duration of a sample in seconds.
    public var sampleSeconds = 0.002
    /// The share of extra work that the newer build is made to do: 0.03 for a true slowdown of 3 %.
    public var extraWork = 0.0
    /// Seconds after which a silent process is given up.
    public var timeout = 60.0

    /// Eight seconds.
    public init() {}
  }

  private let base, head: [String]

  /// A duel of two commands that each serve the contender protocol.
  public init(base: [String], head: [String]) { (self.base, self.head) = (base, head) }

  /// Measures a variant, until the time is over or `isEnough` of what there is, which is asked every few blocks. What goes wrong in
  /// a process is in the result; blocks that were complete before are kept.
  public func run(
    _ variant: Variant, on course: Course, _ effort: Effort, seed: UInt64,
    isEnough: (DuelResult) -> Bool = { _ in false }
  ) -> DuelResult {
    let begin = ContinuousClock.now
    var result = DuelResult()
    var generator = SeededGenerator("duel \(course.kernel) \(course.size) \(variant.label)", seed: seed)
    for generation in 1...max(effort.generations, 1) {
      let end = effort.seconds * Double(generation) / Double(max(effort.generations, 1))
      guard let sides = start(variant, course, effort, isFirst: generation == 1, &result) else { break }
      let before = result.base.samples[0].count
      measure(sides, effort, until: end, since: begin, isEnough, &generator, &result)
      result.generations.append(result.base.samples[0].count - before)
      demandPossibleTimes(sides, &result)
      if generation == max(effort.generations, 1) { finish(sides, course, &result) }
      if result.baseFailure != nil || result.headFailure != nil { break }
    }
    result.seconds = begin.duration(to: .now).seconds
    return result
  }

  /// Two processes of each build.
  private typealias Sides = (base: [Contestant], head: [Contestant])

  /// Starts and prepares the processes; nil where one fails or the size is refused.
  private func start(
    _ variant: Variant, _ course: Course, _ effort: Effort, isFirst: Bool, _ result: inout DuelResult
  ) -> Sides? {
    var bases: [Contestant] = [], heads: [Contestant] = []
    // All at once: most of a start is the loading of the program, which cores share.
    let started = [base, head].map { command in
      Result { () throws(Misfit) in
        try (0..<2).map { _ throws(Misfit) in
          try ContenderProcess(command, environment: course.plans.environment, timeout: effort.timeout)
        }
      }
    }
    result.baseFailure = failure { () throws(Misfit) in
      for process in try started[0].get() {
        bases.append(try .prepared(process, of: base, variant, course, effort.timeout))
      }
      if isFirst { try demandRight(bases, course) }
    }
    result.headFailure = failure { () throws(Misfit) in
      for process in try started[1].get() {
        heads.append(try .prepared(process, of: head, variant, course, effort.timeout))
      }
      if isFirst { try demandRight(heads, course) }
    }
    guard result.baseFailure == nil, result.headFailure == nil else { return nil }
    switch (bases[0].refusal, heads[0].refusal) {
    case (let reason?, .some): result.refusal = reason
    case (let reason?, nil): result.baseFailure = "refused: \(reason)"
    case (nil, let reason?): result.headFailure = "refused: \(reason)"
    case (nil, nil):
      result.base.workspace += bases.compactMap(\.workspace)
      result.head.workspace += heads.compactMap(\.workspace)
      return (bases, heads)
    }
    return nil
  }

  private func measure(
    _ sides: Sides, _ effort: Effort, until end: Double, since begin: ContinuousClock.Instant,
    _ isEnough: (DuelResult) -> Bool, _ generator: inout SeededGenerator, _ result: inout DuelResult
  ) {
    if result.calls == 0 {
      let least = effort.extraWork > 0 ? Int((1 / effort.extraWork).rounded(.up)) : 1
      var calls = (base: least, head: least)
      result.baseFailure = failure { () throws(Misfit) in
        calls.base = try sides.base[0].calls(filling: effort.sampleSeconds, least)
      }
      result.headFailure = failure { () throws(Misfit) in
        calls.head = try sides.head[0].calls(filling: effort.sampleSeconds, least)
      }
      // As many as the slower of the two can do: else one block of a build that is a hundred times slower would take all the time.
      result.calls = min(calls.base, calls.head)
      if effort.extraWork > 0 {
        result.extraCalls = max(1, Int((effort.extraWork * Double(result.calls)).rounded()))
        result.calls = Int((Double(result.extraCalls) / effort.extraWork).rounded())
      }
    }
    var longest = 0.0
    var time = begin.duration(to: .now).seconds
    var own = 0
    while result.base.samples[0].count < effort.blocks,
      longest == 0 || time + longest < (own < effort.leastBlocks ? max(end, effort.limit) : end)
    {
      guard result.baseFailure == nil, result.headFailure == nil else { return }
      block(sides, &generator, &result)
      own += 1
      if own.isMultiple(of: 4), isEnough(result) { return }
      let now = begin.duration(to: .now).seconds
      longest = max(longest, now - time)
      time = now
    }
  }

  /// Four samples, the processes and the builds in a drawn order that reads the same backwards.
  private func block(_ sides: Sides, _ generator: inout SeededGenerator, _ result: inout DuelResult) {
    let first = Int.random(in: 0...1, using: &generator)
    let baseIsOutside = Bool.random(using: &generator)
    let calls = result.calls, headCalls = result.calls + result.extraCalls
    var base = [0.0, 0.0], head = [0.0, 0.0]
    for turn in 0..<4 {
      let process = turn < 2 ? first : 1 - first
      if (turn == 0 || turn == 3) == baseIsOutside {
        result.baseFailure = failure { () throws(Misfit) in base[process] = try sides.base[process].seconds(calls) }
      } else {
        result.headFailure = failure { () throws(Misfit) in head[process] = try sides.head[process].seconds(headCalls)
        }
      }
      if result.baseFailure != nil || result.headFailure != nil { return }
    }
    for process in 0..<2 {
      result.base.samples[process].append(base[process] / Double(calls))
      result.head.samples[process].append(head[process] / Double(calls))
    }
  }

  /// Holds what the processes say of their samples against the driver's clock.
  private func demandPossibleTimes(_ sides: Sides, _ result: inout DuelResult) {
    guard result.baseFailure == nil, result.headFailure == nil else { return }
    let (baseCalls, headCalls) = (result.calls, result.calls + result.extraCalls)
    result.baseFailure = failure { () throws(Misfit) in
      for base in sides.base { try base.demandPossibleTimes(baseCalls) }
    }
    result.headFailure = failure { () throws(Misfit) in
      for head in sides.head { try head.demandPossibleTimes(headCalls) }
    }
  }

  /// The peaks of memory, and whether the newer build is still right after all those calls.
  private func finish(_ sides: Sides, _ course: Course, _ result: inout DuelResult) {
    guard result.baseFailure == nil, result.headFailure == nil else { return }
    result.baseFailure = failure { () throws(Misfit) in
      for base in sides.base { result.base.peak += try base.peak() }
    }
    result.headFailure = failure { () throws(Misfit) in
      for head in sides.head {
        result.head.peak += try head.peak()
        try head.demandRight(on: course)
      }
    }
  }

  private func demandRight(_ contestants: [Contestant], _ course: Course) throws(Misfit) {
    for contestant in contestants where contestant.refusal == nil {
      _ = try contestant.seconds(1)
      try contestant.demandRight(on: course)
    }
  }

  private func failure(_ body: () throws(Misfit) -> Void) -> String? {
    do throws(Misfit) { try body() } catch { return error.description }
    return nil
  }
}
