import CPlatform
import Numerics
import Tensors

/// Memory for one operand with guard elements on both sides, aligned to 64 bytes.
///
/// The guards hold a pattern that is NaN in every precision and that arithmetic does not produce: a write outside the operand
/// shows, and a read outside poisons the result. In a build with AddressSanitizer the guards may not be touched at all, so that a read
/// outside is reported also where its value is then dropped.
final class GuardedBuffer<T: Scalar> {
  let base: UnsafeMutablePointer<T>
  let count: Int
  private let memory: UnsafeMutableRawPointer
  private static var guardBytes: Int { 4096 }
  private static var pattern: UInt32 { 0x7FF7_A5A5 }

  /// A buffer of `count` scalars filled with NaN: what a variant leaves unwritten fails every comparison.
  init(count: Int) {
    let bytes = count * MemoryLayout<T>.stride
    let words = (Self.guardBytes * 2 + bytes + 3) / 4
    memory = .allocate(byteCount: words * 4, alignment: 64)
    memory.bindMemory(to: UInt32.self, capacity: words).initialize(repeating: Self.pattern, count: words)
    base = (memory + Self.guardBytes).bindMemory(to: T.self, capacity: count)
    base.initialize(repeating: .nan, count: count)
    self.count = count
    forbidGuards()
  }

  /// A buffer that holds `scalars`.
  convenience init(_ scalars: [T]) {
    self.init(count: scalars.count)
    scalars.withUnsafeBufferPointer { base.update(from: $0.baseAddress ?? UnsafePointer(base), count: scalars.count) }
  }

  deinit {
    allowAll()
    memory.deallocate()
  }

  private var bytes: Int { count * MemoryLayout<T>.stride }

  private func forbidGuards() {
    cplatform_forbid(memory, Self.guardBytes)
    cplatform_forbid(memory + Self.guardBytes + bytes, Self.guardBytes)
  }

  private func allowAll() { cplatform_allow(memory, 2 * Self.guardBytes + bytes) }

  /// The scalars held now.
  var scalars: [T] { Array(UnsafeBufferPointer(start: base, count: count)) }

  /// Whether both guards are untouched.
  var isIntact: Bool {
    allowAll()
    defer { forbidGuards() }
    let front = stride(from: 0, to: Self.guardBytes, by: 4)
    let back = stride(from: Self.guardBytes + (bytes + 3) / 4 * 4, to: Self.guardBytes * 2 + bytes - 3, by: 4)
    return front.allSatisfy { memory.load(fromByteOffset: $0, as: UInt32.self) == Self.pattern }
      && back.allSatisfy { memory.load(fromByteOffset: $0, as: UInt32.self) == Self.pattern }
  }

  /// Whether the scalars are, bit for bit, those of `other`.
  func holds(_ other: [T]) -> Bool {
    other.withUnsafeBytes { bytes in
      bytes.elementsEqual(UnsafeRawBufferPointer(start: base, count: self.bytes))
    }
  }
}
