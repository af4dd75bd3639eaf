import Foundation

/// Held by whoever writes: the end of the command by a signal waits for a line to be whole, and lets no other begin.
enum WriteLock {
  private static let lock = NSLock()

  static func hold<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
    lock.lock()
    defer { lock.unlock() }
    return try body()
  }

  /// Waits until nobody writes, and keeps others from it for ever. After a second it gives up: a reader that hangs must not hold up the end.
  static func seize() { _ = lock.lock(before: Date(timeIntervalSinceNow: 1)) }
}
