import ArgumentParser
import Catalog
import Fixtures
import Foundation
import Harness
import KernelSpec
import Limits

/// `hippodrome contender`
struct ContenderCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "contender",
    abstract: "Serves the suite's variants for measuring: reads JSON lines, answers JSON lines.",
    discussion: "The protocol is documented in docs/contenders.md. It ends when its input ends.")

  func run() throws {
    endWithParent()
    let server = ContenderServer(kernels: catalog) { name, precision, threads, bytes in
      let limit = try Limit(named: name, precision, threads, bytes)
      return (limit.amount, limit.run)
    }
    while let line = readLine() { say(server.respond(to: line)) }
  }
}

extension Limit {
  /// A limit as the protocol names it.
  init(named name: String, _ precision: Precision, _ threads: Int, _ bytes: Int?) throws(Misfit) {
    guard (1...1024).contains(threads) else { throw Misfit("threads is \(threads), expected 1 to 1024") }
    if let traffic = Traffic(rawValue: name) {
      let most = Int(ProcessInfo.processInfo.physicalMemory / 2)
      guard let bytes else { throw Misfit("limit '\(name)' needs bytes, the working set") }
      guard (1024...most).contains(bytes) else { throw Misfit("bytes is \(bytes), expected 1024 to \(most)") }
      self = .bandwidth(traffic, bytes: bytes, threads: threads)
      return
    }
    switch (name, precision) {
    case ("multiply-add", .float): self = .multiplyAdd(Float.self, threads: threads)
    case ("multiply-add", .double): self = .multiplyAdd(Double.self, threads: threads)
    case ("exp", .float): self = .exponential(Float.self, threads: threads)
    case ("exp", .double): self = .exponential(Double.self, threads: threads)
    default:
      let names = ["multiply-add", "exp"] + Traffic.allCases.map(\.rawValue)
      throw Misfit("unknown limit '\(name)', expected \(names.joined(separator: ", "))")
    }
  }
}
