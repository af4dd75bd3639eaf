import Foundation

/// Which cores a child process may use. Some libraries take as many threads as there are cores whatever they are told, so contenders
/// on equal terms are held to equally many cores.
public enum Affinity {
  /// The command, held to `count` cores; unchanged where this system cannot do that or has no more.
  ///
  /// The last cores are taken: interrupts as a rule go to the first.
  public static func pinned(_ command: [String], cores count: Int) -> [String] {
    let cores = Self.cores
    guard count < cores.count, FileManager.default.isExecutableFile(atPath: tool) else { return command }
    return [tool, "--cpu-list", cores.suffix(count).map(String.init).joined(separator: ",")] + command
  }

  /// The cores that this process may use, in ascending order; none where the system does not tell.
  static var cores: [Int] {
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8) else { return [] }
    guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("Cpus_allowed_list:") }) else {
      return []
    }
    return list(line.drop { $0 != ":" }.dropFirst())
  }

  /// The numbers in a list such as `0-2,5`.
  static func list(_ text: some StringProtocol) -> [Int] {
    text.split(separator: ",").flatMap { part -> [Int] in
      let ends = part.split(separator: "-").compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
      guard let first = ends.first, let last = ends.last, first <= last else { return [] }
      return Array(first...last)
    }
  }

  private static let tool = "/usr/bin/taskset"
}
