import Foundation

/// When a gate says that something got slower or hungrier.
public struct GateRule: Codable, Sendable, Hashable {
  /// The least relative slowdown that matters. What two processes of the same build differ by in the same job raises it.
  public var threshold = 0.01
  /// The least relative growth of workspace or peak memory that matters.
  public var memoryThreshold = 0.05
  /// How probable one false alarm or more may be in a whole gate, if blocks are independent: slowdowns and speed-ups together.
  public var falseAlarms = 0.05
  /// Where two processes of one build differ by more than this, nothing is called the same.
  public var coarsest = 0.1
  /// The relative slowdown that every row must have been able to show before a gate passes.
  public var blindAbove = 0.1
  /// In how many fresh sets of processes a suspicion is measured again, at least.
  public var confirmations = 12
  /// The least relative growth of a call's instructions that matters; nil where none does.
  public var instructionThreshold: Double?

  /// 1 % of time, 5 % of memory, 5 % of gates, noise up to 10 %, twelve sets of processes.
  public init() {}

  private enum CodingKeys: String, CodingKey {
    case threshold, memoryThreshold, falseAlarms, coarsest, blindAbove, confirmations, instructionThreshold
  }

  /// Rules of records from before a gate had to see anything let all pass that was not seen.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    threshold = try container.decode(Double.self, forKey: .threshold)
    memoryThreshold = try container.decode(Double.self, forKey: .memoryThreshold)
    falseAlarms = try container.decode(Double.self, forKey: .falseAlarms)
    coarsest = try container.decode(Double.self, forKey: .coarsest)
    blindAbove = try container.decodeIfPresent(Double.self, forKey: .blindAbove) ?? .infinity
    confirmations = try container.decode(Int.self, forKey: .confirmations)
    instructionThreshold = try container.decodeIfPresent(Double.self, forKey: .instructionThreshold)
  }

  /// The probability for slowdowns alone, and for speed-ups alone.
  var alpha: Double { falseAlarms / 2 }

  /// The probability at which a confirmation counts, over sets of processes.
  static let confirmationLevel = 0.05

  /// In how many fresh sets of processes a suspicion is measured again, at most.
  static let mostConfirmations = 40

  /// How many sets of processes a row that looks different gets before it counts as settled.
  static let mostSets = 8

  /// A row has been screened once it would show this share of the slowdown that must be seen: rows stop when they look best, and some
  /// look better than they are.
  static let screeningShare = 0.7

  /// Growth of workspace below this many bytes does not matter.
  static let workspaceGrain = 16_384

  /// Growth of the peak below this many bytes does not matter: two processes of one build differ by a few hundred KB.
  static let peakGrain = 1 << 20

  /// How many blocks there must be before a sign test can fall among `rows`.
  public func leastBlocks(rows: Int) -> Int {
    var blocks = 1
    var probability = 0.5
    while probability > alpha / Double(max(rows, 1)) {
      blocks += 1
      probability /= 2
    }
    return blocks
  }

  /// Whether a row among so many has been measured closely enough to see what must be seen.
  public func sees(_ duel: DuelRecord, among rows: Int) -> Bool {
    guard let visible = GateDuel(duel, self).visible(among: rows, self) else { return false }
    return visible <= log1p(Self.screeningShare * blindAbove)
  }
}
