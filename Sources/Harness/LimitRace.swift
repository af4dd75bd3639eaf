import KernelSpec

/// A limit of the machine, as the contender protocol names it.
public struct LimitTrial: Sendable {
  /// The name in the protocol.
  public let name: String
  /// In which precision; nil where that makes no difference.
  public let precision: Precision?
  /// On how many threads.
  public let threads: Int
  /// The working set of a bandwidth.
  public let bytes: Int?

  /// A limit; see the properties.
  public init(_ name: String, precision: Precision? = nil, threads: Int, bytes: Int? = nil) {
    (self.name, self.precision, self.threads, self.bytes) = (name, precision, threads, bytes)
  }
}

/// What was measured of one limit.
public struct LimitResult: Sendable {
  /// Operations or bytes of one call.
  public var amount = 0.0
  /// Seconds per call, every sample.
  public var samples: [Double] = []
}

/// Measures limits in one contender process, in several rounds over all of them.
///
/// A working set is made anew in each round, for which pages it gets is a part of chance too; and only one is there at a time.
/// Samples are short: of a maximum the best one counts, and a neighbour seldom leaves all cores alone for long.
public struct LimitRace {
  private let command: [String]
  private let rounds: Int
  private let samplesPerRound = 5
  private let sampleSeconds = 0.002
  private let mostSeconds = 8.0

  /// A race of some 25 ms for each limit and round; `command` starts a contender process. Once eight seconds
  /// have passed, as they do on a machine that is busy, no round begins after the third.
  public init(command: [String], rounds: Int = 7) { (self.command, self.rounds) = (command, rounds) }

  /// The results, in the order of the trials; `progress` is told the number of each round before it begins.
  ///
  /// - Throws: `Misfit` where the process cannot be started or does not serve a limit.
  public func run(_ trials: [LimitTrial], progress: (Int) -> Void = { _ in }) throws(Misfit) -> [LimitResult] {
    let process = try ContenderProcess(command)
    var results = trials.map { _ in LimitResult() }
    var generator = SeededGenerator("order of limits", seed: 0)
    let start = ContinuousClock.now
    for round in 0..<rounds {
      if round >= 3, (ContinuousClock.now - start).seconds > mostSeconds { break }
      progress(round)
      for index in trials.indices.shuffled(using: &generator) {
        let trial = trials[index]
        var request = ContenderRequest()
        (request.limit, request.bytes, request.threads) = (trial.name, trial.bytes, trial.threads)
        request.precision = trial.precision?.rawValue
        results[index].amount = try process.ask(request).amount ?? .nan
        results[index].samples += try samples(process)
      }
    }
    return results
  }

  /// Seconds per call of what is prepared, of samples that have as many calls as fill one.
  private func samples(_ process: ContenderProcess) throws(Misfit) -> [Double] {
    var calls = 1
    var seconds = try run(calls, process)
    while seconds < sampleSeconds, calls < 1 << 24 {
      let wanted = Int(1.2 * Double(calls) * sampleSeconds / max(seconds, 1e-9))
      calls = max(calls + 1, min(10 * calls, wanted))
      seconds = try run(calls, process)
    }
    var samples = [seconds / Double(calls)]
    while samples.count < samplesPerRound { samples.append(try run(calls, process) / Double(calls)) }
    return samples
  }

  private func run(_ calls: Int, _ process: ContenderProcess) throws(Misfit) -> Double {
    var request = ContenderRequest()
    request.run = calls
    guard let seconds = try process.ask(request).seconds, seconds >= 0 else {
      throw Misfit("the contender answered no seconds to a run")
    }
    return seconds
  }
}
