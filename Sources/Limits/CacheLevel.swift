import Foundation

/// A level of the cache, as the system describes it.
public struct CacheLevel: Sendable, Equatable {
  /// `L1`, `L2` …
  public let name: String
  /// How much one cache of the level holds.
  public let bytes: Int
  /// How many logical cores share one.
  public let sharing: Int

  /// A level; see the properties.
  public init(name: String, bytes: Int, sharing: Int) {
    (self.name, self.bytes, self.sharing) = (name, bytes, sharing)
  }

  /// The most that caches of this level hold for so many threads, wherever they run.
  public func capacity(threads: Int, cores: Int) -> Int { bytes * min(threads, max(1, cores / sharing)) }

  /// A working set for so many threads that is surely within the level: half of it, since other lines live there too; of the
  /// first level three quarters, for lack of room to warm up in.
  public func workingSet(threads: Int) -> Int {
    let caches = (threads + sharing - 1) / sharing
    return (name == "L1" ? bytes / 4 * 3 : bytes / 2) * caches
  }

  /// The levels for data, nearest first. Empty where the system does not tell: nothing is assumed of an unknown machine.
  public static func detected(in folder: String = "/sys/devices/system/cpu/cpu0/cache") -> [CacheLevel] {
    let described = described(in: folder)
    return described.isEmpty ? configured() : described
  }

  /// Where neither caches hold it: four times the last level, at least 64 MiB, at most an eighth of physical memory.
  public static func beyond(_ levels: [CacheLevel], threads: Int, cores: Int, memory: Int) -> Int {
    let last = levels.last?.capacity(threads: threads, cores: cores) ?? 0
    return min(max(4 * last, 64 << 20), memory / 8)
  }

  /// From Linux's description of the first core.
  static func described(in folder: String) -> [CacheLevel] {
    let entries = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter {
      $0.hasPrefix("index")
    }
    let levels = entries.compactMap { entry -> CacheLevel? in
      func text(_ name: String) -> String {
        let contents = try? String(contentsOfFile: "\(folder)/\(entry)/\(name)", encoding: .utf8)
        return (contents ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
      }
      guard text("type") != "Instruction", let level = Int(text("level")), let bytes = size(text("size")) else {
        return nil
      }
      return CacheLevel(name: "L\(level)", bytes: bytes, sharing: max(1, count(text("shared_cpu_list"))))
    }
    return levels.sorted { $0.name < $1.name }
  }

  /// From the C library, which asks the processor. It does not tell who shares: the third level is taken to be everyone's.
  private static func configured() -> [CacheLevel] {
    #if os(Linux)
      let sizes = [_SC_LEVEL1_DCACHE_SIZE, _SC_LEVEL2_CACHE_SIZE, _SC_LEVEL3_CACHE_SIZE].map { sysconf(Int32($0)) }
      let cores = ProcessInfo.processInfo.activeProcessorCount
      return zip(1..., sizes).filter { $0.1 > 0 }.map { level, bytes in
        CacheLevel(name: "L\(level)", bytes: bytes, sharing: level == 3 ? cores : 1)
      }
    #else
      return []
    #endif
  }

  /// `32K`, `8M`.
  static func size(_ text: String) -> Int? {
    let units = ["K": 1 << 10, "M": 1 << 20, "G": 1 << 30]
    guard let last = text.last, let unit = units[String(last)] else { return Int(text) }
    return Int(text.dropLast()).map { $0 * unit }
  }

  /// How many numbers a list such as `0-3,8` has.
  static func count(_ list: String) -> Int {
    list.split(separator: ",").map { range in
      let ends = range.split(separator: "-").compactMap { Int($0) }
      return ends.count == 2 ? max(0, ends[1] - ends[0] + 1) : ends.count
    }.reduce(0, +)
  }
}
