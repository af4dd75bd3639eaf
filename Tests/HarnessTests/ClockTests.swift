import Foundation
import KernelSpec
import Platform
import Testing

@testable import Harness

/// What a check says of runs of ten calls, `stated` and `taken` in milliseconds; the way there and back takes `way`.
private func complaint(_ runs: [(stated: Double, taken: Double)], way: Double = 0.1) -> String? {
  var check = ClockCheck()
  for run in runs { check.add(calls: 10, stated: run.stated / 1000, taken: run.taken / 1000) }
  return check.complaint(calls: 10) { way / 1000 }
}

@Test func timesWithCallsOffTheClockArePossible() {
  #expect(complaint([(10, 10.1), (10, 12.6), (11, 13.9)]) == nil)
  // As much again as calls off the clock, for caches and threads that were cold.
  #expect(complaint([(10, 14.9), (10, 14.9), (10, 14.9)]) == nil)
}

@Test(arguments: [(0.5, 10.0), (5, 10.2), (6.4, 10.2), (0, 0.1), (1e303, 10), (20, 10)])
func impossibleTimesAreNamedBesideTheDriversOwn(stated: Double, taken: Double) throws {
  let text = try #require(complaint(Array(repeating: (stated, taken), count: 3)))
  #expect(text.contains("10 calls took \(short(stated / 1000)) s"), "\(text)")
  #expect(text.contains("it was \(short(taken / 1000)) s"), "\(text)")
}

/// What else the machine does comes between request and answer, but not in every run as long as the calls themselves.
@Test func aPauseOfTheMachineIsNoLie() {
  #expect(complaint([(10, 250), (10, 90), (10, 12.6), (10, 400)]) == nil)
  #expect(complaint([(10, 250), (10, 250)]) == nil)
  #expect(complaint([(10, 250), (10, 250), (10, 250)]) != nil)
}

/// Where every run had to wait for a core, that explains what is left over; where one had not, it does not.
@Test func waitingForACoreIsNoLie() {
  func complaint(_ runs: [(taken: Double, waited: Double)]) -> String? {
    var check = ClockCheck()
    for run in runs { check.add(calls: 10, stated: 0.01, taken: run.taken / 1000, waited: run.waited / 1000) }
    return check.complaint(calls: 10) { 0.0001 }
  }
  #expect(complaint([(30, 18), (42, 31), (25, 12)]) == nil)
  #expect(complaint([(30, 18), (42, 31), (25, 0.5)]) != nil)
  #expect(complaint([(30, 1), (42, 31), (25, 12)]) != nil)
  #expect(complaint([(30, 0), (42, 0), (25, 0)]) != nil)
}

/// A process that shares the cores with twice as many waits about half of the time.
@Test func waitingForACoreIsSeen() throws {
  guard FileManager.default.fileExists(atPath: "/proc/thread-self/schedstat") else { return }
  let rivals = try (0..<2 * ProcessInfo.processInfo.activeProcessorCount).map { _ in
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", "while :; do :; done"]
    try process.run()
    return process
  }
  // They inherit a mask of blocked signals.
  defer { for rival in rivals { kill(rival.processIdentifier, SIGKILL) } }
  let before = RunQueue.secondsWaited(by: rivals[0].processIdentifier)
  Thread.sleep(forTimeInterval: 1)
  #expect(RunQueue.secondsWaited(by: rivals[0].processIdentifier) - before > 0.1)
}

/// Calls cannot take longer than from request to answer, however often they are said to.
@Test func oneTimeThatIsTooLongIsEnough() {
  #expect(complaint([(10, 12), (10, 12), (20, 12), (10, 12)]) != nil)
}

@Test func aSlowWayIsTakenOffButNotAnyWay() {
  #expect(complaint(Array(repeating: (2, 6), count: 3), way: 3.5) == nil)
  #expect(complaint(Array(repeating: (2, 60), count: 3), way: 59) != nil)
}

@Test func otherNumbersOfCallsDoNotCount() {
  var check = ClockCheck()
  for _ in 0..<5 { check.add(calls: 1, stated: 0.001, taken: 0.1) }
  for _ in 0..<3 { check.add(calls: 100, stated: 0.1, taken: 0.12) }
  #expect(check.complaint(calls: 100) { 0 } == nil)
  #expect(check.complaint(calls: 1) { 0 } != nil)
}
