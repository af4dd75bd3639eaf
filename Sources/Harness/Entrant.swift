import KernelSpec

/// One who takes part in a race: a command that speaks the contender protocol, and what is asked of it.
public struct Entrant: Sendable {
  /// Whose code it is.
  public enum Kind: Sendable {
    /// A variant of the suite, or `reference`: no clock without a pass.
    case own
    /// Code from outside. It is timed where its results make sense even if they are over the bound: see
    /// `RaceResult.isSane`. How fast others are at their own accuracy is worth knowing, so long as the verdict stands beside it.
    case peer
  }

  /// What the contender is asked to prepare, and what records call it.
  public let name: String
  /// Whose code it is.
  public let kind: Kind
  /// On how many threads.
  public let threads: Int
  /// The command that starts it.
  public let command: [String]
  /// What its environment has beyond the driver's.
  public let environment: [String: String]
  /// How many seconds it may take for an answer, compiling included.
  public let patience: Double

  /// An entrant; see the properties.
  public init(
    _ name: String, _ kind: Kind, threads: Int, command: [String], environment: [String: String] = [:],
    patience: Double = 120
  ) {
    (self.name, self.kind, self.threads) = (name, kind, threads)
    (self.command, self.environment, self.patience) = (command, environment, patience)
  }

  /// The command by which the shell runs a command line.
  public static func shell(_ command: String) -> [String] { ["/bin/sh", "-c", command] }
}
