/// A race that the description of the peers asks for, which need not have been run.
public struct AskedRace: Sendable, Equatable {
  /// The kernel, the size's text, the pass and the precision.
  public let kernel, size, pass, precision: String
  /// How many threads.
  public let threads: Int

  /// A race; see the properties.
  public init(kernel: String, size: String, pass: String, precision: String, threads: Int) {
    (self.kernel, self.size, self.pass, self.precision, self.threads) = (kernel, size, pass, precision, threads)
  }

  /// Whether a heat is of this race.
  func isRun(_ heat: PeersHeat) -> Bool {
    heat.course == [kernel, pass, precision, "\(threads)"] && heat.lines[0].size == size
  }
}
