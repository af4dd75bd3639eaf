import Fixtures
import Foundation
import KernelSpec
import Numerics
import Tensors

/// How long to measure.
public struct Effort: Sendable {
  /// The least duration of one sample; calls are repeated to fill it.
  public var sampleSeconds = 0.01
  /// How many samples are wanted of each contender.
  public var samples = 20
  /// A contender that has used this many seconds, and given three samples, rests.
  public var contenderSeconds = 0.6
  /// A reference that would take longer than this for one call is not timed.
  public var referenceSeconds = 5.0
  /// A contender that takes longer than this for one answer is stopped and fails.
  public var timeoutSeconds = 120.0
  /// What one contender may allocate, in bytes; nil for no limit.
  public var memoryBytes: Int?

  /// The default: about a second for each variant and size.
  public init() {}
}

/// What was measured of one contender at one size.
public struct RaceResult: Sendable {
  /// The variant's name, or `reference`.
  public let variant: String
  /// What of the kernel.
  public let pass: Pass
  /// In which precision.
  public let precision: Precision
  /// On how many threads.
  public let threads: Int
  /// Whether it was right, before and after it was timed.
  public var outcome: Outcome
  /// By what it was judged.
  public var means: String
  /// How wrong it was.
  public var findings: [Finding] = []
  /// Seconds per call, every sample.
  public var samples: [Double] = []
  /// How many calls one sample has.
  public var calls = 0
  /// Heap bytes that it keeps beyond the operands, and what it says it keeps.
  public var workspace, claimed: Int?
  /// The process's peak while it ran, and the bytes of its operands.
  public var peak, operands: Int?
  /// Multiply–add operations per second of the machine, on as many threads, measured between the samples.
  public var peakFlops: Double?
}

/// Measures the variants of a kernel at one size, interleaved sample by sample, each in a process of its own.
public struct Race<K: Kernel> {
  private let size: Size
  private let pass: Pass
  private let precision: Precision
  private let effort: Effort
  private let command: [String]

  /// A race; `command` starts a contender process.
  public init(_: K.Type, _ size: Size, _ pass: Pass, _ precision: Precision, effort: Effort, command: [String]) {
    (self.size, self.pass, self.precision) = (size, pass, precision)
    (self.effort, self.command) = (effort, command)
  }

  /// One process, and what is known of it so far.
  private final class Runner {
    let process: ContenderProcess
    var measurement: RaceResult
    var spent = 0.0
    var failed: Misfit?

    init(_ process: ContenderProcess, _ measurement: RaceResult) {
      self.process = process
      self.measurement = measurement
    }

    func run(_ calls: Int) throws(Misfit) -> ContenderReply {
      var request = ContenderRequest()
      request.run = calls
      let reply = try process.ask(request)
      spent += reply.seconds ?? 0
      return reply
    }
  }

  /// Runs the race and delivers a measurement for each variant, the reference among them.
  ///
  /// - Throws: `Misfit` where files cannot be written or processes not be started; what goes wrong in one contender is its own verdict.
  public func run(_ variants: [Variant], withReference: Bool, deliver: (RaceResult) throws -> Void) throws {
    let scratch = try ScratchFolder()
    let folder = scratch.path
    defer { withExtendedLifetime(scratch) {} }
    var generator = SeededGenerator("\(K.name) \(size)", seed: 0)
    let item = Case(
      name: size.description, size: size, inputs: K.signature.drawn(size, using: &generator),
      cotangents: pass == .gradient ? K.signature.drawnCotangents(size, using: &generator) : Operands())
    try item.file(kernel: K.name, signature: K.signature, source: "drawn").write(to: folder + "/case.h5")
    switch precision {
    case .float: try race(variants, withReference, TimedExpectation<K, Float>(K.self, pass, item), folder, deliver)
    case .double: try race(variants, withReference, TimedExpectation<K, Double>(K.self, pass, item), folder, deliver)
    }
  }

  private func race<T>(
    _ variants: [Variant], _ withReference: Bool, _ expectation: TimedExpectation<K, T>, _ folder: String,
    _ deliver: (RaceResult) throws -> Void
  ) throws {
    var entries = variants.map { ($0.name, $0.threads) }
    if withReference { entries.insert(("reference", 1), at: 0) }
    var runners: [Runner] = []
    for (name, threads) in entries {
      let blank = RaceResult(
        variant: name, pass: pass, precision: precision, threads: threads, outcome: .pass, means: expectation.means)
      let runner = Runner(try contender(), blank)
      runners.append(runner)
      let seconds = K.referenceWork(size, pass).oracleSeconds / 4
      if name == "reference", seconds > effort.referenceSeconds {
        runner.measurement.outcome = .refused("a call would take about \(Int(seconds)) s")
        continue
      }
      attempt(runner) { () throws(Misfit) in
        try prepare(runner, folder)
        guard runner.measurement.outcome == .pass else { return }
        let reply = try check(runner, expectation, folder)
        if runner.measurement.outcome == .pass { try calibrate(runner, from: reply.seconds ?? 0) }
      }
    }
    let limits = try limitRunners(Set(entries.map(\.1)))
    interleave(runners.filter { $0.measurement.outcome == .pass } + limits.values)
    for runner in runners where runner.measurement.outcome == .pass {
      attempt(runner) { () throws(Misfit) in
        var request = ContenderRequest()
        request.resetPeak = true
        _ = try runner.process.ask(request)
        runner.measurement.peak = try check(runner, expectation, folder).peak
      }
    }
    for runner in runners {
      let limit = limits[runner.measurement.threads]!
      if let best = limit.measurement.samples.min(), let amount = limit.measurement.operands {
        runner.measurement.peakFlops = Double(amount) / best
      }
      try deliver(runner.measurement)
    }
  }

  private func contender() throws(Misfit) -> ContenderProcess {
    try ContenderProcess(command, timeout: effort.timeoutSeconds, memoryBytes: effort.memoryBytes)
  }

  /// What goes wrong in a contender is its verdict and ends its part in the race.
  private func attempt(_ runner: Runner, _ body: () throws(Misfit) -> Void) {
    do throws(Misfit) { try body() } catch { runner.measurement.outcome = .fail(error.description) }
  }

  private func prepare(_ runner: Runner, _ folder: String) throws(Misfit) {
    var request = ContenderRequest()
    request.prepare = folder + "/case.h5"
    request.variant = runner.measurement.variant
    (request.pass, request.precision) = (pass.rawValue, precision.rawValue)
    request.threads = runner.measurement.threads
    let reply = try runner.process.ask(request)
    if let reason = reply.refused { runner.measurement.outcome = .refused(reason) }
    (runner.measurement.workspace, runner.measurement.claimed) = (reply.workspace, reply.claimed)
    runner.measurement.operands = reply.operands
  }

  /// No clock without a pass: runs once, judges what was written.
  private func check<T>(
    _ runner: Runner, _ expectation: TimedExpectation<K, T>, _ folder: String
  ) throws(Misfit) -> ContenderReply {
    let reply = try runner.run(1)
    var request = ContenderRequest()
    request.write = folder + "/out.h5"
    _ = try runner.process.ask(request)
    let file = try CaseFile(contentsOf: folder + "/out.h5")
    let results = pass == .forward ? file.outputs : file.gradients
    (runner.measurement.outcome, runner.measurement.findings) = expectation.judge(results)
    return reply
  }

  /// How many calls fill a sample, given how long one took.
  private func calibrate(_ runner: Runner, from first: Double) throws(Misfit) {
    var calls = 1
    var seconds = first
    while seconds < effort.sampleSeconds, calls < 1 << 24 {
      calls = max(calls + 1, min(calls * 10, Int(Double(calls) * 1.2 * effort.sampleSeconds / max(seconds, 1e-9))))
      seconds = try runner.run(calls).seconds ?? 0
    }
    runner.measurement.calls = calls
    runner.spent = 0
  }

  private func limitRunners(_ threads: Set<Int>) throws(Misfit) -> [Int: Runner] {
    var limits: [Int: Runner] = [:]
    for count in threads {
      let blank = RaceResult(
        variant: "multiply-add", pass: pass, precision: precision, threads: count, outcome: .pass, means: "")
      let runner = Runner(try contender(), blank)
      attempt(runner) { () throws(Misfit) in
        var request = ContenderRequest()
        (request.limit, request.precision, request.threads) = ("multiply-add", precision.rawValue, count)
        runner.measurement.operands = Int(try runner.process.ask(request).amount ?? 0)
        try calibrate(runner, from: 0)
      }
      limits[count] = runner
    }
    return limits
  }

  /// Samples in rounds, each contender once a round, in an order drawn afresh.
  private func interleave(_ runners: [Runner]) {
    var generator = SeededGenerator("order \(K.name) \(size)", seed: 0)
    for _ in 0..<effort.samples {
      for runner in runners.shuffled(using: &generator) where runner.measurement.outcome == .pass {
        if runner.measurement.samples.count >= 3, runner.spent > effort.contenderSeconds { continue }
        attempt(runner) { () throws(Misfit) in
          let seconds = try runner.run(runner.measurement.calls).seconds ?? .nan
          runner.measurement.samples.append(seconds / Double(runner.measurement.calls))
        }
      }
    }
  }
}
