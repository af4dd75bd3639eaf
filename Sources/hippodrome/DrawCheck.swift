import Foundation
import Harness
import KernelSpec
import Synchronization

/// Whether operands drawn for measuring leave every part of every result visible, at all sizes that are measured.
struct DrawCheck {
  /// One pass of a kernel at one size.
  private struct Place: Sendable {
    let kernel: any Kernel.Type
    let size: Size
    let pass: Pass
  }

  /// A line for each operand of which a tenth may be left out.
  let complaints: [String]
  /// What was looked at and what was not.
  let summary: [String]

  /// Seconds that the oracle may take for one place; the check itself is quicker.
  private static let most = 3.0

  /// Looks at the sizes of the kernels' sweeps and at those that peers are raced at.
  init(_ kernels: [any Kernel.Type], peers path: String = "peers/peers.json") throws {
    let places = try Self.places(kernels, peers: path)
    let found = Mutex<[Int: [String]?]>([:])
    DispatchQueue.concurrentPerform(iterations: places.count) { index in
      let lines = Self.complaints(places[index].kernel, places[index])
      found.withLock { $0[index] = .some(lines) }
    }
    let lines = places.indices.map { index in found.withLock { $0[index]! } }
    complaints = lines.compactMap(\.self).joined().map(\.self)
    let skipped = zip(places, lines).filter { $0.1 == nil }.map {
      "\($0.0.kernel.name) \($0.0.size) \($0.0.pass.rawValue)"
    }
    summary =
      ["\(places.count - skipped.count) timed sizes and passes: whether a tenth may be left out"]
      + (skipped.isEmpty ? [] : ["not looked at, for they take too long: \(skipped.joined(separator: ", "))"])
  }

  private static func places(_ kernels: [any Kernel.Type], peers path: String) throws -> [Place] {
    let races = FileManager.default.fileExists(atPath: path) ? try PeersFile(contentsOf: path).races : []
    return try kernels.flatMap { kernel in
      let raced = try races.filter { $0.kernel == kernel.name }.flatMap { try sizesNamed($0.sizes, of: kernel) }
      return (kernel.sweep + raced).uniqued().flatMap { size in
        Pass.allCases.filter { pass in kernel.variants.contains { $0.pass == pass } }.map {
          Place(kernel: kernel, size: size, pass: $0)
        }
      }
    }
  }

  /// Nil where looking takes too long.
  private static func complaints<K: Kernel>(_: K.Type, _ place: Place) -> [String]? {
    let lint = TimedLint(K.self, place.size, place.pass)
    return lint.seconds > most ? nil : lint.complaints()
  }
}
