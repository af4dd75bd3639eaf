import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors

/// Measures contenders for a kernel at one size, interleaved sample by sample, each in a process of its own.
public struct Race<K: Kernel> {
  private let size: Size
  private let pass: Pass
  private let precision: Precision
  private let effort: Effort
  private let command: [String]

  /// A race; `command` starts a contender process of the suite.
  public init(_: K.Type, _ size: Size, _ pass: Pass, _ precision: Precision, effort: Effort, command: [String]) {
    (self.size, self.pass, self.precision) = (size, pass, precision)
    (self.effort, self.command) = (effort, command)
  }

  /// Races the suite's variants, the reference if wanted, and others beside them, and delivers a measurement of each.
  ///
  /// - Throws: `Misfit` where files cannot be written; what goes wrong in one contender is its own verdict.
  public func run(
    _ variants: [Variant], withReference: Bool, beside others: [Entrant] = [], deliver: (RaceResult) throws -> Void
  ) throws {
    var entrants = variants.map { own($0.name, threads: $0.threads) } + others
    if withReference { entrants.insert(own("reference", threads: 1), at: 0) }
    try run(heats: [entrants]) { try deliver($1) }
  }

  private func own(_ name: String, threads: Int) -> Entrant {
    Entrant(name, .own, threads: threads, command: command, patience: effort.timeoutSeconds)
  }

  /// Races the entrants of each heat against one another, on the same operands in all heats, and delivers each heat's measurements, in
  /// the order of its entrants, with the heat's index.
  ///
  /// - Throws: `Misfit` where files cannot be written; what goes wrong in one contender is its own verdict.
  public func run(heats: [[Entrant]], deliver: (Int, RaceResult) throws -> Void) throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path
    defer { withExtendedLifetime(scratch) {} }
    let item = Case.drawn(K.self, size, pass)
    try item.file(kernel: K.name, signature: K.signature, source: "drawn").write(to: folder + "/case.h5")
    switch precision {
    case .float: try run(heats, TimedExpectation<K, Float>(K.self, pass, item), folder, deliver)
    case .double: try run(heats, TimedExpectation<K, Double>(K.self, pass, item), folder, deliver)
    }
  }

  private func run<T>(
    _ heats: [[Entrant]], _ expectation: TimedExpectation<K, T>, _ folder: String,
    _ deliver: (Int, RaceResult) throws -> Void
  ) throws {
    for (index, entrants) in heats.enumerated() {
      // Outside of `measured`, so that a heat's processes have ended when the next begins.
      let results = measured(entrants, expectation, folder)
      for result in results { try deliver(index, result) }
    }
  }

  /// One heat: everybody is prepared and checked, timed in turn, and checked again.
  private func measured<T>(
    _ entrants: [Entrant], _ expectation: TimedExpectation<K, T>, _ folder: String
  ) -> [RaceResult] {
    let runners = entrants.map { runner($0, means: expectation.means) }
    let judge: (CaseFile) throws(Misfit) -> (Outcome, [Finding]) = { file throws(Misfit) in
      try judged(file, expectation)
    }
    for runner in runners {
      if runner.entrant.kind == .own, runner.entrant.name == "reference" { restIfSlow(runner) }
      runner.attempt { () throws(Misfit) in try runner.prepare(folder + "/case.h5") }
      runner.attempt { () throws(Misfit) in
        let seconds = try runner.check(folder, judge)
        if runner.isRunning { try runner.calibrate(effort, from: seconds) }
      }
    }
    let limits = limitRunners(entrants)
    interleave(runners + limits.values)
    for runner in runners {
      runner.attempt { () throws(Misfit) in
        try runner.demandPossibleTimes()
        try runner.resetPeak()
        try runner.check(folder, judge)
      }
      let limit = limits[runner.entrant.threads]!.measurement
      if let best = limit.samples.min(), let amount = limit.operands {
        runner.measurement.peakFlops = Double(amount) / best
        runner.measurement.peakRates = limit.samples.map { Double(amount) / $0 }
      }
    }
    return runners.map(\.measurement)
  }

  private func runner(_ entrant: Entrant, means: String = "") -> RaceRunner {
    var blank = RaceResult(
      variant: entrant.name, pass: pass, precision: precision, threads: entrant.threads, outcome: .pass, means: means)
    if entrant.kind == .peer { blank.software = entrant.name }
    return RaceRunner(entrant, blank, memoryBytes: effort.memoryBytes)
  }

  private func restIfSlow(_ reference: RaceRunner) {
    let seconds = K.referenceWork(size, pass).oracleSeconds / 4
    if seconds > effort.referenceSeconds { reference.end(.refused("a call would take about \(Int(seconds)) s")) }
  }

  /// Judges what a contender wrote. A contender from outside may have written anything, so names and shapes come first.
  private func judged<T>(
    _ file: CaseFile, _ expectation: TimedExpectation<K, T>
  ) throws(Misfit) -> (Outcome, [Finding]) {
    try file.checkResults(of: pass, K.signature, size)
    return expectation.judge(file.results(of: pass))
  }

  /// The machine's multiply–add rate on each number of threads, a contender like any other.
  private func limitRunners(_ entrants: [Entrant]) -> [Int: RaceRunner] {
    var limits: [Int: RaceRunner] = [:]
    for threads in Set(entrants.map(\.threads)) {
      let own = entrants.first { $0.kind == .own && $0.threads == threads }
      let runner = runner(Entrant("multiply-add", .own, threads: threads, command: own?.command ?? command))
      runner.attempt { () throws(Misfit) in
        var request = ContenderRequest()
        (request.limit, request.precision, request.threads) = ("multiply-add", precision.rawValue, threads)
        runner.measurement.operands = Int(try runner.ask(request).amount ?? 0)
        try runner.calibrate(effort, from: 0)
      }
      limits[threads] = runner
    }
    return limits
  }

  /// Samples in rounds, each contender once a round, in an order drawn afresh. Who rests or fails does not come back, so that the
  /// i-th samples of all are of the i-th round.
  private func interleave(_ runners: [RaceRunner]) {
    var generator = SeededGenerator("order \(K.name) \(size)", seed: 0)
    for _ in 0..<effort.samples {
      for runner in runners.shuffled(using: &generator) where runner.isRunning {
        if runner.isSpent(effort) { continue }
        if effort.pauseSeconds > 0 { Thread.sleep(forTimeInterval: effort.pauseSeconds) }
        runner.attempt { () throws(Misfit) in try runner.sample() }
      }
    }
  }
}
