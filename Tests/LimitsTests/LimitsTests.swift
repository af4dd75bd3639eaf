import Foundation
import Testing

@testable import Limits

@Suite struct LimitsTests {
  private let levels = [
    CacheLevel(name: "L1", bytes: 32 << 10, sharing: 1), CacheLevel(name: "L2", bytes: 1 << 20, sharing: 2),
    CacheLevel(name: "L3", bytes: 32 << 20, sharing: 8),
  ]

  @Test func levelsAreReadFromTheSystemsDescription() throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "caches-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    let entries = [
      ("index3", "3", "Unified", "32M", "0-3,8-11"), ("index0", "1", "Data", "32K", "0"),
      ("index1", "1", "Instruction", "32K", "0"), ("index2", "2", "Unified", "1024K", "0,8"),
    ]
    for (name, level, type, size, sharing) in entries {
      let entry = folder.appending(path: name)
      try FileManager.default.createDirectory(at: entry, withIntermediateDirectories: true)
      for (file, text) in [("level", level), ("type", type), ("size", size), ("shared_cpu_list", sharing)] {
        try Data((text + "\n").utf8).write(to: entry.appending(path: file))
      }
    }
    #expect(CacheLevel.described(in: folder.path) == levels)
    #expect(CacheLevel.described(in: folder.path + "/none").isEmpty)
  }

  @Test func sizesAndListsAreRead() {
    #expect(["32K", "8M", "1G", "512", "", "K"].map(CacheLevel.size) == [32768, 8 << 20, 1 << 30, 512, nil, nil])
    #expect(["0", "0-3", "0-1,4-5,9", ""].map(CacheLevel.count) == [1, 4, 5, 0])
  }

  @Test func capacityIsTheMostAndTheWorkingSetSurelyFits() {
    #expect(levels.map { $0.capacity(threads: 1, cores: 16) } == [32 << 10, 1 << 20, 32 << 20])
    #expect(levels.map { $0.capacity(threads: 4, cores: 16) } == [128 << 10, 4 << 20, 64 << 20])
    #expect(levels.map { $0.capacity(threads: 2, cores: 2) } == [64 << 10, 1 << 20, 32 << 20])
    #expect(levels.map { $0.workingSet(threads: 2) } == [48 << 10, 512 << 10, 16 << 20])
    #expect(CacheLevel.beyond(levels, threads: 1, cores: 8, memory: 16 << 30) == 128 << 20)
    #expect(CacheLevel.beyond([], threads: 1, cores: 8, memory: 16 << 30) == 64 << 20)
    #expect(CacheLevel.beyond(levels, threads: 1, cores: 8, memory: 512 << 20) == 64 << 20)
  }

  @Test(arguments: Traffic.allCases, [1, 2])
  func aCallSaysHowManyBytesItMoves(traffic: Traffic, threads: Int) {
    let limit = Limit.bandwidth(traffic, bytes: 24 << 10, threads: threads)
    // Whole passes of the working set, less what does not fill four vectors in each array.
    let set = 24.0 * 1024, most = 8.0 * 1024 * 1024
    let passes = (limit.amount / set).rounded(.up)
    #expect(limit.amount > 0.98 * passes * set)
    #expect(limit.amount > 0.95 * most && limit.amount < 1.01 * most)
    limit.run()
  }

  @Test func oddSetsAreRoundedToWholeVectors() {
    for bytes in [1, 1000, 4097] { Limit.bandwidth(.triad, bytes: bytes, threads: 2).run() }
  }

  @Test func arithmeticCountsWhatItDoes() {
    let one = Limit.exponential(Float.self, threads: 1), two = Limit.exponential(Float.self, threads: 2)
    #expect(two.amount == 2 * one.amount)
    #expect(one.amount == 2 * Limit.exponential(Double.self, threads: 1).amount)
    one.run()
    two.run()
    let float = Limit.multiplyAdd(Float.self, threads: 1)
    #expect(float.amount == 2 * Limit.multiplyAdd(Double.self, threads: 1).amount)
    float.run()
  }
}
