/// Where and how a run's records were made: the first line of a file, and of every run appended to it.
public struct RunRecord: Codable, Sendable, Equatable {
  /// The machine.
  public var machine: Machine
  /// The compiler's version line.
  public var compiler: String
  /// The commit, with `-dirty` where the working tree differs from it.
  public var commit: String
  /// When the run began, ISO 8601 in UTC.
  public var date: String
  /// The command line.
  public var command: String
  /// Which sweep it is part of; nil for runs that measure no sweep.
  public var sweep: SweepRecord?

  /// What a run ran on.
  public struct Machine: Codable, Sendable, Equatable {
    /// A name fit for a folder, equal for equal machines.
    public var id: String
    /// The processor's name.
    public var cpu: String
    /// Logical cores in use.
    public var cores: Int
    /// Physical memory.
    public var memoryBytes: Int
    /// The operating system.
    public var os: String
    /// The instruction set that the kernels were compiled for.
    public var isa: String

    /// A machine; see the properties.
    public init(id: String, cpu: String, cores: Int, memoryBytes: Int, os: String, isa: String) {
      self.id = id
      self.cpu = cpu
      self.cores = cores
      self.memoryBytes = memoryBytes
      self.os = os
      self.isa = isa
    }
  }

  /// A run; see the properties.
  public init(
    machine: Machine, compiler: String, commit: String, date: String, command: String, sweep: SweepRecord? = nil
  ) {
    self.machine = machine
    self.compiler = compiler
    self.commit = commit
    self.date = date
    self.command = command
    self.sweep = sweep
  }
}

extension RunRecord {
  /// The machine of the last run, and a line for each run: where and how something was made, as Markdown.
  public static func circumstances(_ runs: [RunRecord]) -> String {
    guard let machine = runs.last?.machine else { return "Machine and run are not recorded.\n" }
    let cores = machine.cores == 1 ? "1 core" : "\(machine.cores) cores"
    let hardware = [machine.cpu, cores, Units.shortBytes(machine.memoryBytes), machine.isa, machine.os]
    let lines = runs.map { "- \($0.date): `\($0.command)`, commit \($0.commit), \($0.compiler)\n" }
    return hardware.joined(separator: ", ") + " (`\(machine.id)`).\n\n" + lines.joined()
  }
}
