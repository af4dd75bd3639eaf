import CSIMD
import Foundation
import Lanes
import Numerics
import Parallel

/// A way of going through a working set; the bytes that it is said to move are those that the program names.
public enum Traffic: String, Sendable, CaseIterable {
  /// Reads.
  case read
  /// Reads one half and writes the other.
  case copy
  /// Reads two thirds and writes a third, `a = b + s c`: the mixture that ports for loads and stores take best.
  case triad
  /// A copy whose stores go past the caches, which need not read what is overwritten: for memory.
  case stream

  /// Arrays that the working set is divided into.
  var arrays: Int {
    switch self {
    case .read: 1
    case .copy, .stream: 2
    case .triad: 3
    }
  }
}

extension Limit {
  /// Goes through a working set, of which every thread has its own part, and touched it first.
  ///
  /// Parts are made of pages as large as the system lends. A call makes as many passes as move some megabytes, so that starting
  /// the threads costs nothing beside them.
  ///
  /// - Parameter bytes: the whole working set; it is rounded down to whole vectors, at least four in each array.
  public static func bandwidth(_ traffic: Traffic, bytes: Int, threads: Int) -> Limit {
    let team = Team(threads: threads)
    let part = bytes / threads / traffic.arrays / MemoryLayout<Float>.stride
    let count = max(1, part / unit) * unit
    let moved = traffic.arrays * count * MemoryLayout<Float>.stride * threads
    let passes = max(1, (8 << 20) / moved)
    let parts = (0..<threads).map { _ in Workspace<Float>(traffic.arrays * count) }
    let sinks = (0..<threads).map { _ in Workspace<UInt32>(wordWidth) }
    team.run { thread in
      let part = parts[thread]
      askForLargePages(part)
      part.base.initialize(repeating: 1, count: part.count)
    }
    return Limit(amount: Double(moved * passes)) {
      team.run { thread in
        let a = parts[thread].base
        let b = a + count, c = a + (traffic.arrays - 1) * count
        for _ in 0..<passes {
          switch traffic {
          case .read: read(a, count, sinks[thread].base)
          case .copy: copy(b, to: a, count)
          case .triad: triad(b, c, to: a, count)
          case .stream: stream(b, to: a, count)
          }
        }
      }
    }
  }

  private static var width: Int { Float.width }

  /// Four vectors: what a loop does in one step.
  private static var unit: Int { 4 * width }

  /// Where pages of 4 KiB are the rule, looking them up and not the memory would be what is measured.
  private static func askForLargePages(_ part: Workspace<Float>) {
    #if os(Linux)
      let page = 2 << 20
      let start = (UInt(bitPattern: part.base) + UInt(page) - 1) / UInt(page) * UInt(page)
      let end = UInt(bitPattern: part.base + part.count) / UInt(page) * UInt(page)
      guard start < end else { return }
      // Advice: where it is not taken, pages stay small.
      _ = madvise(UnsafeMutableRawPointer(bitPattern: start), Int(end - start), MADV_HUGEPAGE)
    #endif
  }
}

// Each pass is a call that the compiler cannot see into: else it could tell that passes repeat one another.

#if ISA_V4
  private typealias Words = SIMD16<UInt32>
#else
  private typealias Words = SIMD8<UInt32>
#endif

private var wordWidth: Int { Words.scalarCount }

/// Bits are joined by or, which every port for vectors can do, so that nothing but loading takes time.
@inline(never)
private func read(_ a: UnsafePointer<Float>, _ count: Int, _ sink: UnsafeMutablePointer<UInt32>) {
  let bytes = UnsafeRawPointer(a)
  let stride = MemoryLayout<Words>.stride
  var (p, q, r, s) = (Words.zero, Words.zero, Words.zero, Words.zero)
  var offset = 0
  while offset < count * MemoryLayout<Float>.stride {
    p |= bytes.loadUnaligned(fromByteOffset: offset, as: Words.self)
    q |= bytes.loadUnaligned(fromByteOffset: offset + stride, as: Words.self)
    r |= bytes.loadUnaligned(fromByteOffset: offset + 2 * stride, as: Words.self)
    s |= bytes.loadUnaligned(fromByteOffset: offset + 3 * stride, as: Words.self)
    offset += 4 * stride
  }
  UnsafeMutableRawPointer(sink).storeBytes(of: (p | q) | (r | s), as: Words.self)
}

@inline(never)
private func copy(_ b: UnsafePointer<Float>, to a: UnsafeMutablePointer<Float>, _ count: Int) {
  let width = Float.width
  var i = 0
  while i < count {
    let p = Float.load(b + i), q = Float.load(b + i + width)
    let r = Float.load(b + i + 2 * width), s = Float.load(b + i + 3 * width)
    Float.store(p, a + i)
    Float.store(q, a + i + width)
    Float.store(r, a + i + 2 * width)
    Float.store(s, a + i + 3 * width)
    i += 4 * width
  }
}

@inline(never)
private func triad(
  _ b: UnsafePointer<Float>, _ c: UnsafePointer<Float>, to a: UnsafeMutablePointer<Float>, _ count: Int
) {
  let width = Float.width
  let half = Float.Lanes(repeating: 0.5)
  var i = 0
  while i < count {
    Float.store(Float.multiplyAdd(half, Float.load(b + i), Float.load(c + i)), a + i)
    let j = i + width
    Float.store(Float.multiplyAdd(half, Float.load(b + j), Float.load(c + j)), a + j)
    let k = j + width
    Float.store(Float.multiplyAdd(half, Float.load(b + k), Float.load(c + k)), a + k)
    let l = k + width
    Float.store(Float.multiplyAdd(half, Float.load(b + l), Float.load(c + l)), a + l)
    i += 4 * width
  }
}

@inline(never)
private func stream(_ b: UnsafePointer<Float>, to a: UnsafeMutablePointer<Float>, _ count: Int) {
  let width = Float.width
  var i = 0
  while i < count {
    let p = Float.load(b + i), q = Float.load(b + i + width)
    let r = Float.load(b + i + 2 * width), s = Float.load(b + i + 3 * width)
    #if ISA_V4
      csimd_stream_f32x16(a + i, p)
      csimd_stream_f32x16(a + i + width, q)
      csimd_stream_f32x16(a + i + 2 * width, r)
      csimd_stream_f32x16(a + i + 3 * width, s)
    #else
      csimd_stream_f32x8(a + i, p)
      csimd_stream_f32x8(a + i + width, q)
      csimd_stream_f32x8(a + i + 2 * width, r)
      csimd_stream_f32x8(a + i + 3 * width, s)
    #endif
    i += 4 * width
  }
  csimd_fence()
}
