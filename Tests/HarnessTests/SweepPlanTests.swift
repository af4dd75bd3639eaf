import Fixtures
import Foundation
import KernelSpec
import Testing

@testable import Harness

private func message(_ body: () throws -> Void) -> String {
  do { try body() } catch { return "\(error)" }
  return "no error"
}

@Test(arguments: [
  ("L=256,1024,4096", [256, 1024, 4096]), ("N=16..256x2", [16, 32, 64, 128, 256]), ("N=16..200x4", [16, 64]),
  ("L=1..10+3", [1, 4, 7, 10]), ("L=5..5x2", [5]), ("L=8,1..8x2", [8, 1, 2, 4]),
])
func axesAreRead(_ text: String, _ values: [Int]) throws {
  #expect(try SweepAxis(text).values == values)
}

@Test(arguments: [
  ("L", "expected NAME=VALUES"), ("L=", "found ''"), ("L=x", "found 'x'"), ("L=1,,2", "found ''"),
  ("L=-1", "found '-1'"),
  ("L=4..2x2", "found '4..2x2'"), ("L=1..4x1", "found '1..4x1'"), ("L=0..4x2", "found '0..4x2'"),
  ("L=1..4+0", "found '1..4+0'"), ("L=1..4", "found '1..4'"), ("=1", "expected names"), ("L,L=1", "each once"),
  ("L=1..999999+1", "1001 values"), ("L=12345678901234567890", "found '12345678901234567890'"),
])
func axesThatCannotBeReadSayWhy(_ text: String, _ why: String) {
  let found = message { _ = try SweepAxis(text) }
  #expect(found.contains(why), "\(found)")
}

@Test func axesMakeTheirProductAroundABase() throws {
  let base = try RunningMean.signature.size("B2-L9")
  let sizes = try RunningMean.sizes(around: [base], along: [SweepAxis("B=1,3"), SweepAxis("L=4,5")])
  #expect(sizes.map(\.description) == ["B1-L4", "B1-L5", "B3-L4", "B3-L5"])
  let together = try RunningMean.sizes(around: [base], along: [SweepAxis("B,L=2,4")])
  #expect(together.map(\.description) == ["B2-L2", "B4-L4"])
  #expect(message { _ = try RunningMean.sizes(around: [base], along: [SweepAxis("Q=1")]) }.contains("no extent 'Q'"))
  #expect(
    message { _ = try RunningMean.sizes(around: [base], along: [SweepAxis("L=1"), SweepAxis("B,L=2")]) }
      .contains("extent L is on two axes"))
  #expect(message { _ = try RunningMean.sizes(around: [base], along: [SweepAxis("L=0")]) }.contains("at least 1"))
}

private func plan(_ sizes: [String], _ effort: Effort = Effort(), withReference: Bool = true) throws -> SweepPlan {
  let sizes = try sizes.map { try RunningMean.signature.size($0) }
  return SweepPlan(
    [SweepEntry(RunningMean.self, sizes, Selection())], withReference: withReference, effort: effort)
}

@Test func whatTwoEntriesWantIsMeasuredOnce() throws {
  let twice = try plan(["B1-L4", "B1-L8", "B1-L4"])
  #expect(twice.groups.map(\.size.description) == ["B1-L4", "B1-L4", "B1-L8", "B1-L8"])
  #expect(twice.groups.flatMap { group in group.contenders.map { group.places[$0]! } } == Array(0..<twice.rows))
  let (same, other) = (try plan(["B1-L4", "B1-L8"]), try plan(["B1-L8", "B1-L4"]))
  #expect(same.id == twice.id && other.id != same.id && same.id.count == 16)
  var effort = Effort()
  effort.timeoutSeconds = 7
  #expect(try plan(["B1-L4", "B1-L8"], effort).id != same.id)
  #expect(try plan(["B1-L4", "B1-L8"], withReference: false).id != same.id)
}

/// A plan is known by its id for as long as records are kept: it may not change from process to process.
@Test func theIdOfAPlanDoesNotChange() throws {
  let (id, again) = (try plan(["B1-L4"]).id, try plan(["B1-L4"]).id)
  #expect(id == again)
}

@Test(arguments: [1, 2, 3, 7, 50])
func everyGroupIsInOneShard(_ count: Int) throws {
  let plan = try plan((1...20).map { "B\($0)-L\(1 << $0)" })
  let shards = try (1...count).map { plan.groups(of: try #require(Shard("\($0)/\(count)"))) }
  #expect(shards.flatMap { $0 }.map(\.size.description).sorted() == plan.groups.map(\.size.description).sorted())
  for shard in shards {
    let order = shard.map { group in plan.groups.firstIndex { $0.size == group.size }! }
    #expect(order == order.sorted())
  }
  if count <= 7 {
    let loads = shards.map { $0.map { $0.cost(plan.effort) }.reduce(0, +) }
    let largest = plan.groups.map { $0.cost(plan.effort) }.max()!
    #expect(loads.max()! - loads.min()! <= largest)
  }
}

@Test(arguments: ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/99999"])
func whatIsNoShardIsRefused(_ text: String) { #expect(Shard(text) == nil) }

@Test func doneRowsLeaveTheGroup() throws {
  let group = try #require(try plan(["B1-L4"]).groups.first)
  let places = group.contenders.map { group.places[$0]! }
  #expect(group.without([])?.contenders == group.contenders)
  let rest = try #require(group.without([places[0]]))
  #expect(!rest.withReference && rest.contenders == Array(group.contenders.dropFirst()))
  #expect(rest.places == group.places)
  #expect(group.without(Set(places)) == nil)
}

@Test func sizesThatDoNotFitAreKnownBefore() throws {
  let huge = try RunningMean.signature.size("B1000000-L100000000")
  let need = MemoryNeed(RunningMean.signature, huge)
  #expect(need.refusal?.contains("more than this machine's") == true)
  let small = try RunningMean.signature.size("B2-L9")
  #expect(MemoryNeed(RunningMean.signature, small).refusal == nil)
  #expect(MemoryNeed(RunningMean.signature, small).refusal(of: RunningMean.right, small, limit: 1 << 20) == nil)
  let reason = MemoryNeed(RunningMean.signature, huge).refusal(of: RunningMean.right, huge, limit: 4_000_000_000)
  #expect(reason?.contains("more than the limit of 4.00 GB") == true, "\(reason ?? "nothing")")
}

/// Folders whose owner is gone are removed by the next; those in use are left alone.
@Test func abandonedFoldersAreRemoved() throws {
  let parent = NSTemporaryDirectory() + "scratch-\(UUID().uuidString)"
  defer { try? FileManager.default.removeItem(atPath: parent) }
  let abandoned = "\(parent)/hippodrome-\(UUID().uuidString)", foreign = "\(parent)/hippodrome-notes"
  for path in [abandoned, foreign] {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    try Data("x".utf8).write(to: URL(filePath: path + "/case.h5"))
  }
  var used: ScratchFolder? = try ScratchFolder(in: parent)
  try Data("x".utf8).write(to: URL(filePath: used!.path + "/case.h5"))
  let other = try ScratchFolder(in: parent)
  let exists = { FileManager.default.fileExists(atPath: $0) }
  #expect(!exists(abandoned) && exists(foreign) && exists(used!.path + "/case.h5") && exists(other.path))
  let path = used!.path
  used = nil
  #expect(!exists(path))
}

/// Contenders that need more than they may have fail alone, and the reason names the limit.
@Test func aContenderIsHeldToItsMemory() throws {
  guard FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") else { return }
  let script = """
    import json, sys
    for line in sys.stdin:
        block = bytearray(json.loads(line)["run"] << 20)
        print(json.dumps({"seconds": 1}), flush=True)
    """
  let contender = try ContenderProcess(["/usr/bin/python3", "-c", script], timeout: 30, memoryBytes: 200 << 20)
  var request = ContenderRequest()
  request.run = 10
  #expect(try contender.ask(request).seconds == 1)
  request.run = 300
  let found = message { _ = try contender.ask(request) }
  #expect(found == "the process ended: exit code 1, under a limit of 209,715,200 bytes of memory")
}
