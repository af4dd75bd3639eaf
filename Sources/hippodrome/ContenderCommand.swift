import ArgumentParser
import Catalog
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
    let server = ContenderServer(kernels: catalog) { name, precision, threads in
      guard let limit = Limit(named: name, precision, threads) else { return nil }
      return (limit.amount, limit.run)
    }
    while let line = readLine() { say(server.respond(to: line)) }
  }
}

extension Limit {
  init?(named name: String, _ precision: Precision, _ threads: Int) {
    guard (1...1024).contains(threads) else { return nil }
    switch (name, precision) {
    case ("multiply-add", .float): self = .multiplyAdd(Float.self, threads: threads)
    case ("multiply-add", .double): self = .multiplyAdd(Double.self, threads: threads)
    case ("copy", _): self = .copy(threads: threads)
    default: return nil
    }
  }
}
