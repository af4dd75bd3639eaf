import Fixtures
import Foundation
import KernelSpec
import Messages
import Numerics
import Tensors

/// One request to a contender: a JSON object on a line of its standard input. Exactly one action is set.
public struct ContenderRequest: Codable, Sendable {
  /// Action: loads the operands of this case file and prepares the variant.
  public var prepare: String?
  /// Action: prepares a limit of the machine instead of a kernel.
  public var limit: String?
  /// Action: performs this many calls.
  public var run: Int?
  /// Action: makes the peak of memory start again; later runs answer it.
  public var resetPeak: Bool?
  /// Action: writes the results of the last call to this file and forgets them.
  public var write: String?
  /// What to prepare.
  public var variant, pass, precision: String?
  /// On how many threads.
  public var threads: Int?
  /// The working set of a limit that is a bandwidth.
  public var bytes: Int?

  enum CodingKeys: String, CodingKey {
    case prepare, limit, run, write, variant, pass, precision, threads, bytes
    case resetPeak = "reset-peak"
  }

  /// A request without action.
  public init() {}
}

/// The answer to one request: a JSON object on a line of its standard output.
public struct ContenderReply: Codable, Sendable {
  /// Prepared.
  public var ready: Bool?
  /// The variant does not take the size; why.
  public var refused: String?
  /// The request could not be served; why.
  public var error: String?
  /// How long the calls took.
  public var seconds: Double?
  /// The process's largest resident size since the last reset, in bytes.
  public var peak: Int?
  /// Bytes that preparing and the first call left on the heap beyond the operands.
  public var workspace: Int?
  /// Bytes that the variant says it keeps.
  public var claimed: Int?
  /// Bytes of operands and results.
  public var operands: Int?
  /// Operations or bytes of one call of a limit.
  public var amount: Double?
  /// The file that was written.
  public var written: String?
  /// What computes it and in which version, where that is not the suite: `JAX 0.10.2`.
  public var version: String?
  /// The idea of what was prepared, in a line.
  public var idea: String?

  /// An empty answer.
  public init() {}
}

/// Serves the contender protocol for the suite's own variants: what `hippodrome contender` does.
public final class ContenderServer {
  /// A limit of the machine, by name, precision, threads and working set: the amount of one call, and the call. It throws a
  /// `Misfit` where there is none.
  public typealias LimitProvider = (String, Precision, Int, Int?) throws -> (amount: Double, run: () -> Void)

  private let kernels: [any Kernel.Type]
  private let limits: LimitProvider
  private var prepared: Prepared?
  private var peakWanted = false

  /// A server of these kernels and limits.
  public init(kernels: [any Kernel.Type], limits: @escaping LimitProvider) {
    self.kernels = kernels
    self.limits = limits
  }

  /// Something prepared.
  private struct Prepared {
    let call: (Int) -> Void
    let write: (String) throws -> Void
  }

  /// Answers one line with one line.
  public func respond(to line: String) -> String {
    var reply = ContenderReply()
    do {
      reply = try serve(JSONDecoder().decode(ContenderRequest.self, from: Data(line.utf8)))
    } catch let refusal as Refusal {
      reply.refused = refusal.description
    } catch let misfit as Misfit {
      reply.error = misfit.description
    } catch {
      reply.error = "not a request: \(line.prefix(80)): \(explanation(of: error, in: Data(line.utf8)))"
    }
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try! encoder.encode(reply), as: UTF8.self)
  }

  private func serve(_ request: ContenderRequest) throws -> ContenderReply {
    var reply = ContenderReply()
    if let path = request.prepare {
      let name = try CaseFile.kernel(of: path)
      guard let kernel = kernels.first(where: { $0.name == name }) else {
        throw Misfit(unknown("kernel", name, expected: kernels.map { $0.name }))
      }
      reply = try prepare(kernel, path, request)
    } else if let limit = request.limit {
      guard let precision = Precision(rawValue: request.precision ?? "float") else {
        throw Misfit("precision is '\(request.precision ?? "")', expected float or double")
      }
      // What was prepared before is released first: two working sets may not fit.
      prepared = nil
      let found = try limits(limit, precision, request.threads ?? 1, request.bytes)
      prepared = Prepared(
        call: { for _ in 0..<$0 { found.run() } }, write: { _ in throw Misfit("a limit has no results") })
      reply.ready = true
      reply.amount = found.amount
    } else if request.resetPeak == true {
      peakWanted = Memory.resetPeak()
      reply.ready = true
    } else if let calls = request.run {
      guard calls >= 1 else { throw Misfit("run is \(calls), expected at least 1") }
      let current = try current()
      // Off the clock: threads wake up, and caches recover from whoever ran before.
      if calls >= 4 { current.call(calls / 4) }
      let clock = ContinuousClock()
      reply.seconds = clock.measure { current.call(calls) }.seconds
      if peakWanted { reply.peak = Memory.peak }
    } else if let path = request.write {
      try current().write(path)
      reply.written = path
    } else {
      throw Misfit("no action, expected prepare, limit, run, reset-peak or write")
    }
    return reply
  }

  private func current() throws -> Prepared {
    guard let prepared else { throw Misfit("nothing is prepared") }
    return prepared
  }

  private func prepare<K: Kernel>(_ kernel: K.Type, _ path: String, _ request: ContenderRequest) throws
    -> ContenderReply
  {
    let item = try Case(contentsOf: path, signature: K.signature)
    guard let pass = Pass(rawValue: request.pass ?? "forward"), K.passes.contains(pass) else {
      throw Misfit("\(K.name) has no pass '\(request.pass ?? "")'")
    }
    switch Precision(rawValue: request.precision ?? "float") {
    case .float: return try prepare(kernel, item, pass, request, Float.self)
    case .double: return try prepare(kernel, item, pass, request, Double.self)
    case nil: throw Misfit("unknown precision '\(request.precision!)', expected float or double")
    }
  }

  private func prepare<K: Kernel, T: VariantScalar>(
    _: K.Type, _ item: Case, _ pass: Pass, _ request: ContenderRequest, _: T.Type
  ) throws -> ContenderReply {
    let inputs = item.inputs.converted(to: T.self)
    let cotangents = filled(item.cotangents.converted(to: T.self), K.signature, item.size)
    let given = K.signature.given(item.size)
    func file(_ results: Operands<T>) -> CaseFile {
      var file = CaseFile(kernel: K.name, size: given.size, options: given.options, source: "hippodrome contender")
      if pass == .forward { file.outputs = results.converted() } else { file.gradients = results.converted() }
      return file
    }
    var reply = ContenderReply()
    reply.ready = true
    reply.operands = MemoryLayout<T>.stride * Int(K.work(item.size, pass).scalars)

    let name = request.variant ?? "reference"
    if name == "reference" {
      var results: Operands<T>?
      prepared = Prepared(
        call: { for _ in 0..<$0 { results = K.evaluate(pass, inputs, cotangents, item.size) } },
        write: { path in
          guard let last = results else { throw Misfit("nothing has been run since the last write") }
          try file(last).write(to: path)
          results = nil
        })
      return reply
    }
    let threads = request.threads ?? 1
    guard
      let variant = K.variants.first(where: {
        $0.name == name && $0.pass == pass && $0.threads == threads && T.preparation(of: $0) != nil
      })
    else {
      throw Misfit(
        "\(K.name) has no variant \(name) \(pass.rawValue) \(request.precision ?? "float") on \(threads) threads")
    }

    let before = Memory.heap
    let run = try T.preparation(of: variant)!(item.size)
    let planned = Memory.heap
    let execution = Execution(run, pass, K.signature, item.size, inputs: inputs, cotangents: cotangents)
    let ready = Memory.heap
    execution.call()
    if let before, let planned, let ready, let after = Memory.heap {
      reply.workspace = planned - before + after - ready
    }
    reply.claimed = variant.workspace(item.size)
    execution.forget()
    prepared = Prepared(
      call: { execution.call($0) },
      write: { path in
        if let fault = execution.fault { throw Misfit("\(name) \(fault)") }
        try file(execution.written).write(to: path)
        execution.forget()
      })
    return reply
  }
}
