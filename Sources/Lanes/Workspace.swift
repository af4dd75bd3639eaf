/// Memory that a prepared variant keeps for its calls, aligned to 64 bytes and uninitialized.
public final class Workspace<T>: @unchecked Sendable {
  /// The memory.
  public let base: UnsafeMutablePointer<T>
  /// How many elements it holds.
  public let count: Int

  /// Room for `count` elements.
  public init(_ count: Int) {
    let bytes = max(count, 1) * MemoryLayout<T>.stride
    base = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64).bindMemory(to: T.self, capacity: count)
    self.count = count
  }

  deinit { UnsafeMutableRawPointer(base).deallocate() }
}
