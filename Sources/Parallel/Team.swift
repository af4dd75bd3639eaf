import CSIMD
import Foundation
import Synchronization

/// A fixed number of threads that start a common task within a fraction of a microsecond.
///
/// The others spin for a while after each task, since the next one usually follows at once, and then sleep, so an idle team costs
/// nothing. Dispatch and task groups take 40 µs for the same region, which is longer than many kernels.
public final class Team: Sendable {
  /// How many threads take part, the caller included.
  public let threads: Int
  private let shared: Shared

  /// A team of `threads`, the caller being the first.
  public init(threads: Int) {
    self.threads = threads
    let shared = Shared(threads)
    self.shared = shared
    for index in 1..<max(threads, 1) {
      Thread.detachNewThread { shared.serve(index) }
    }
  }

  deinit { shared.start(nil) }

  /// Calls `body(0)` here and `body(1)` … `body(threads - 1)` on the other threads; returns when all have returned.
  public func run(_ body: (Int) -> Void) {
    guard threads > 1 else { return body(0) }
    withoutActuallyEscaping(body) { escapable in
      shared.start(unsafeBitCast(escapable, to: (@Sendable (Int) -> Void).self))
      escapable(0)
      shared.finish()
    }
  }

  /// Within `run`: waits until every thread of the team has come here.
  public func barrier() {
    guard threads > 1 else { return }
    shared.barrier()
  }
}

private final class Shared: @unchecked Sendable {
  private let threads: Int
  private let generation = Atomic<Int>(0)
  private let pending = Atomic<Int>(0)
  private let sleepers = Atomic<Int>(0)
  private let arrived = Atomic<Int>(0)
  private let phase = Atomic<Int>(0)
  private let wake = NSCondition()
  // Written before `generation` is raised and read after: ordered by it.
  private var task: (@Sendable (Int) -> Void)?

  /// About 50 µs: longer than the gap between calls of a measured kernel, shorter than a scheduler's slice.
  private static let patience = 2000

  init(_ threads: Int) { self.threads = threads }

  func start(_ task: (@Sendable (Int) -> Void)?) {
    self.task = task
    pending.store(threads - 1, ordering: .relaxed)
    generation.add(1, ordering: .sequentiallyConsistent)
    if sleepers.load(ordering: .sequentiallyConsistent) > 0 {
      wake.lock()
      wake.broadcast()
      wake.unlock()
    }
  }

  func finish() {
    Self.wait { pending.load(ordering: .acquiring) == 0 }
    task = nil
  }

  func serve(_ index: Int) {
    var seen = 0
    while true {
      var spins = 0
      while generation.load(ordering: .acquiring) == seen {
        spins += 1
        if spins < Self.patience { csimd_pause() } else { sleep(until: seen) }
      }
      seen += 1
      guard perform(index) else { return }
      pending.subtract(1, ordering: .releasing)
    }
  }

  /// A call of its own, so that no reference to the task outlives it: the caller of `run` may take the task apart as soon as
  /// nothing is pending.
  @inline(never)
  private func perform(_ index: Int) -> Bool {
    guard let task else { return false }
    task(index)
    return true
  }

  private func sleep(until seen: Int) {
    wake.lock()
    sleepers.add(1, ordering: .sequentiallyConsistent)
    while generation.load(ordering: .sequentiallyConsistent) == seen { wake.wait() }
    sleepers.subtract(1, ordering: .sequentiallyConsistent)
    wake.unlock()
  }

  func barrier() {
    let current = phase.load(ordering: .acquiring)
    if arrived.add(1, ordering: .acquiringAndReleasing).newValue == threads {
      arrived.store(0, ordering: .relaxed)
      phase.add(1, ordering: .releasing)
    } else {
      Self.wait { phase.load(ordering: .acquiring) != current }
    }
  }

  /// Spins, and yields the core now and then in case the thread waited for shares it.
  private static func wait(_ done: () -> Bool) {
    var spins = 0
    while !done() {
      spins += 1
      if spins % patience == 0 { sched_yield() } else { csimd_pause() }
    }
  }
}
