/// A program from outside that speaks the contender protocol, to be measured beside the suite's variants.
public struct OutsideContender: Sendable {
  /// What records call it.
  public let name: String
  /// What the shell starts it by.
  public let commandLine: String

  /// A program; see the properties.
  public init(name: String, commandLine: String) {
    (self.name, self.commandLine) = (name, commandLine)
  }

  /// The program on some threads: held to as many cores, since some libraries take every core that they see, and told the number in
  /// the way that most understand.
  public func entrant(threads: Int, patience: Double) -> Entrant {
    Entrant(
      name, .peer, threads: threads, command: Affinity.pinned(Entrant.shell(commandLine), cores: threads),
      environment: ["OMP_NUM_THREADS": "\(threads)"], patience: patience)
  }
}
