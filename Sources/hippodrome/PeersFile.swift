import Foundation
import Harness
import KernelSpec
import Messages

/// Who the peers are and what they are raced at: `peers/peers.json`, documented in `docs/peers.md`.
struct PeersFile: Decodable {
  /// A command that serves some peers.
  struct Program: Decodable {
    /// The command; a path with a slash is relative to the current folder.
    let command: [String]
    /// The names by which it is asked for them.
    let peers: [String]
    /// What its environment has beyond the driver's; `{threads}` stands for the number of threads.
    let environment: [String: String]?
  }

  /// What a kernel is raced at.
  struct Course: Decodable {
    let kernel: String
    let sizes: [String]
    let precisions: [Precision]
    let peers: [String]
  }

  let programs: [Program]
  let threads: [Int]
  let races: [Course]

  /// Reads the file.
  ///
  /// - Throws: `Failure` that names the file and what is wrong in it.
  init(contentsOf path: String) throws {
    let data: Data
    do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
      throw Failure.misuse("\(path): \(explanation(of: error)), expected the description of the peers, see --file")
    }
    do { self = try JSONDecoder().decode(PeersFile.self, from: data) } catch {
      throw Failure.misuse("\(path): \(explanation(of: error, in: data))")
    }
    let known = programs.flatMap(\.peers)
    for course in races {
      for name in course.peers where !known.contains(name) {
        throw Failure.misuse("\(path): no program has the peer '\(name)', expected \(known.joined(separator: ", "))")
      }
    }
    if let program = programs.first(where: { $0.command.isEmpty }) {
      throw Failure.misuse("\(path): the command of \(program.peers.joined(separator: ", ")) is empty")
    }
    if let count = threads.first(where: { $0 < 1 }) {
      throw Failure.misuse("\(path): threads is \(count), expected at least 1")
    }
  }

  /// The peer of that name on some threads.
  func entrant(_ name: String, threads: Int, patience: Double) -> Entrant {
    let program = programs.first { $0.peers.contains(name) }!
    let environment = (program.environment ?? [:]).mapValues { $0.replacing("{threads}", with: "\(threads)") }
    return Entrant(
      name, .peer, threads: threads, command: Affinity.pinned(Self.found(program.command), cores: threads),
      environment: environment, patience: patience)
  }

  /// A command without a slash is looked up by `env`, since processes are started by path.
  private static func found(_ command: [String]) -> [String] {
    command[0].contains("/") ? command : ["/usr/bin/env"] + command
  }
}
