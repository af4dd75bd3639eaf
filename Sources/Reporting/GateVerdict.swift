/// What a gate says of one row.
public struct GateVerdict: Codable, Sendable, Equatable {
  /// The kernel, variant, pass, precision, threads and size.
  public var kernel, variant, pass, precision: String
  public var threads: Int
  public var size: String
  /// Of time.
  public var time: Time
  /// Of workspace and peak memory.
  public var memory: Memory
  /// Head's time ÷ base's: the median over blocks.
  public var ratio: Double?
  /// The 95 % interval of the ratio by the sign test.
  public var lower, upper: Double?
  /// The relative slowdown that counts in this row.
  public var threshold: Double?
  /// The smallest relative slowdown that would nearly always have been suspected with as much noise.
  public var visible: Double?
  /// Bytes that a variant keeps beyond the operands, and the process's peak, in base and head.
  public var workspaceBytes, peakBytes: [Int]?
  /// The instructions of one call in base and head; nil where they were not counted.
  public var instructions: [Int]?
  /// Whether that grew by more than a gate was asked to fail at.
  public var takesMore: Bool?
  /// How many blocks were measured in all, and in how many sets of processes.
  public var blocks, rounds: Int
  /// Why, where the words alone do not say; else empty.
  public var reason: String
  /// Whether it could hide a slowdown that `GateRule.blindAbove` says must be seen: then the gate does not pass.
  public var isOpen = false

  /// Of time.
  public enum Time: String, Codable, Sendable, CaseIterable {
    /// Confirmed to be faster by more than the threshold.
    case faster = "FASTER"
    /// Within the threshold either way.
    case same = "SAME"
    /// Confirmed to be slower by more than the threshold.
    case slower = "SLOWER"
    /// The interval meets the threshold, a suspicion was not confirmed, or there is nothing to compare.
    case undecided = "UNDECIDED"
    /// The older build does not have it.
    case added = "ADDED"
    /// The newer build does not have it.
    case removed = "REMOVED"
    /// The newer build gives no right result where the older gives one.
    case broken = "BROKEN"
    /// Neither build takes the size: there is nothing to compare.
    case refused = "REFUSED"
  }

  /// Of memory.
  public enum Memory: String, Codable, Sendable, CaseIterable {
    /// Every set of processes held less, by more than the threshold.
    case leaner = "LEANER"
    /// Neither.
    case same = "SAME"
    /// Every set of processes held more, by more than the threshold.
    case hungrier = "HUNGRIER"
    /// One set of processes held more or less, and the budget was too short to confirm it.
    case undecided = "UNDECIDED"
  }

  /// Whether a gate lets it pass.
  public var passes: Bool { time != .slower && time != .broken && memory != .hungrier && takesMore != true }
}

extension GateVerdict {
  /// Adds the instructions of one call in base and head, and judges them where the rule says by what.
  public mutating func count(_ counts: [Int]?, _ rule: GateRule) {
    guard let counts, counts.count == 2 else { return }
    instructions = counts
    takesMore = rule.instructionThreshold.map { Double(counts[1]) > Double(counts[0]) * (1 + $0) }
  }

  /// The verdict on a row that was not measured.
  public init(
    kernel: String, variant: String, pass: String, precision: String, threads: Int, size: String, time: Time,
    reason: String, isOpen: Bool
  ) {
    self.init(
      kernel: kernel, variant: variant, pass: pass, precision: precision, threads: threads, size: size, time: time,
      memory: .same, blocks: 0, rounds: 0, reason: reason, isOpen: isOpen)
  }

  /// The verdict on a variant that the newer build does not have, whatever the size.
  public init(removed variant: String, of kernel: String, pass: String, precision: String, threads: Int) {
    self.init(
      kernel: kernel, variant: variant, pass: pass, precision: precision, threads: threads, size: "any size",
      time: .removed, reason: "the newer build does not have it", isOpen: false)
  }
}
