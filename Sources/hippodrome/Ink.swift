import Foundation

/// Colour on a terminal that has it: never in files and pipes, and not where it is unwanted (`NO_COLOR`).
struct Ink {
  private let isUsed: Bool

  /// For what is written to this descriptor.
  init(_ descriptor: Int32) { isUsed = Self.isTerminal(descriptor) && (Self.environment("NO_COLOR") ?? "").isEmpty }

  /// Whether it is a terminal that understands more than text.
  static func isTerminal(_ descriptor: Int32) -> Bool {
    isatty(descriptor) == 1 && ![nil, "", "dumb"].contains(environment("TERM"))
  }

  private static func environment(_ name: String) -> String? { ProcessInfo.processInfo.environment[name] }

  func bad(_ text: String) -> String { painted(text, 31) }
  func doubtful(_ text: String) -> String { painted(text, 33) }
  func good(_ text: String) -> String { painted(text, 32) }
  func strong(_ text: String) -> String { painted(text, 1) }

  private func painted(_ text: String, _ code: Int) -> String { isUsed ? "\u{1B}[\(code)m\(text)\u{1B}[0m" : text }
}
