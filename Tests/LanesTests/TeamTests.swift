import Foundation
import Parallel
import Synchronization
import Testing

@Suite struct TeamTests {
  @Test(arguments: [1, 2, 3, 4]) func everyIndexRunsOnce(threads: Int) {
    let team = Team(threads: threads)
    let calls = Counters(threads)
    team.run { index in calls.increment(index) }
    #expect(calls.values == Array(repeating: 1, count: threads))
  }

  @Test func isReusedTenThousandTimes() {
    let team = Team(threads: 2)
    let calls = Counters(2)
    for _ in 0..<10_000 { team.run { index in calls.increment(index) } }
    #expect(calls.values == [10_000, 10_000])
  }

  @Test(arguments: [2, 3]) func barrierSeparatesPhases(threads: Int) {
    let team = Team(threads: threads)
    let arrivals = Atomic<Int>(0), early = Atomic<Int>(0)
    let phases = 1000
    team.run { _ in
      for phase in 1...phases {
        arrivals.add(1, ordering: .sequentiallyConsistent)
        team.barrier()
        let seen = arrivals.load(ordering: .sequentiallyConsistent)
        if seen < phase * threads { early.add(1, ordering: .sequentiallyConsistent) }
        team.barrier()
      }
    }
    #expect(early.load(ordering: .sequentiallyConsistent) == 0)
    #expect(arrivals.load(ordering: .sequentiallyConsistent) == phases * threads)
  }

  @Test func writesOfOneThreadAreSeenByTheOthersAfterABarrier() {
    let team = Team(threads: 2)
    let values = UnsafeMutablePointer<Int>.allocate(capacity: 2)
    defer { values.deallocate() }
    nonisolated(unsafe) let shared = values
    let wrong = Atomic<Int>(0)
    for round in 0..<1000 {
      team.run { index in
        shared[index] = round * 2 + index
        team.barrier()
        if shared[1 - index] != round * 2 + 1 - index { wrong.add(1, ordering: .relaxed) }
      }
    }
    #expect(wrong.load(ordering: .relaxed) == 0)
  }

  @Test func wakesAfterSleeping() {
    let team = Team(threads: 2)
    let calls = Counters(2)
    for _ in 0..<20 {
      Thread.sleep(forTimeInterval: 0.005)
      team.run { index in calls.increment(index) }
    }
    #expect(calls.values == [20, 20])
  }

  @Test func resultsAreVisibleWhenRunReturns() {
    let team = Team(threads: 2)
    let sums = UnsafeMutablePointer<Int>.allocate(capacity: 2)
    defer { sums.deallocate() }
    nonisolated(unsafe) let shared = sums
    for round in 0..<1000 {
      team.run { index in shared[index] = round + index }
      #expect(sums[0] == round && sums[1] == round + 1)
    }
  }
}

/// A counter per thread, to be read when none runs.
private final class Counters: @unchecked Sendable {
  private(set) var values: [Int]
  private let lock = NSLock()

  init(_ count: Int) { values = Array(repeating: 0, count: count) }

  func increment(_ index: Int) { lock.withLock { values[index] += 1 } }
}
