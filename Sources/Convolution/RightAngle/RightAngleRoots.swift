import Lanes
import Tensors

/// The constants of a right-angle transform of length `n = factor · inner`: see `RightAngleTransform`.
///
/// An angle is a fraction of a turn. They are computed in the widest precision, so that each is off by half an ulp at most.
final class RightAngleRoots<T: Lane>: Sendable {
  /// How many blocks the first pass makes: 4 … 7, fewer for the shortest lengths.
  let factor: Int
  /// The length of those blocks, a power of two.
  let inner: Int
  /// How many passes of two levels follow.
  let passes: Int
  /// Whether one level more is needed before blocks are vectors.
  let pairs: Bool
  private let table: Workspace<T>
  private let passOffsets: [Int]
  private let pairOffset: Int
  private let squareOffset: Int

  /// The constants for the least good length that is not below `least`.
  init(least: Int) {
    let (factor, inner) = Self.factors(least)
    self.factor = factor
    self.inner = inner
    let width = T.width
    let levels = (inner / width).trailingZeroBitCount
    passes = levels / 2
    pairs = levels % 2 == 1
    table = Workspace(Self.count(factor, inner))
    var writer = Writer(table.base)
    for k in 0..<factor {
      for j in 0..<factor { writer.root(Oracle(j) * Self.angle(k, factor)) }
    }
    var angles = (0..<factor).map { Self.angle($0, factor) }
    var passOffsets: [Int] = []
    for _ in 0..<passes {
      passOffsets.append(writer.count)
      for angle in angles {
        for multiple in [2, 1, 3] as [Oracle] { writer.root(multiple * angle / 4) }
      }
      angles = angles.flatMap(Self.quarters)
    }
    pairOffset = writer.count
    if pairs {
      for block in stride(from: 0, to: angles.count, by: 2) { writer.root(angles[block] / 2) }
      angles = angles.flatMap { [$0 / 2, $0 / 2 + 1 / 2] }
    }
    squareOffset = writer.count
    for square in stride(from: 0, to: angles.count, by: width) {
      Self.writeSquare(&writer, angles[square..<square + width].map { [$0] })
    }
    self.passOffsets = passOffsets
  }

  /// The angle of the k-th root of `t^factor = i`.
  private static func angle(_ k: Int, _ factor: Int) -> Oracle { (Oracle(k) + 1 / 4) / Oracle(factor) }

  /// The angles of the four blocks into which a block falls by two levels.
  private static func quarters(_ angle: Oracle) -> [Oracle] {
    [angle / 4, angle / 4 + 1 / 2, angle / 4 + 1 / 4, angle / 4 + 3 / 4]
  }

  /// The last levels, where lanes are blocks: `lanes` has the angles of each lane's blocks.
  private static func writeSquare(_ writer: inout Writer<T>, _ lanes: [[Oracle]]) {
    var lanes = lanes
    var length = T.width
    while length >= 4 {
      for block in lanes[0].indices {
        for multiple in [2, 1, 3] as [Oracle] { writer.roots(lanes.map { multiple * $0[block] / 4 }) }
      }
      lanes = lanes.map { $0.flatMap(quarters) }
      length /= 4
    }
    if length == 2 {
      for block in stride(from: 0, to: lanes[0].count, by: 2) { writer.roots(lanes.map { $0[block] / 2 }) }
    }
  }

  /// Appends roots of unity.
  private struct Writer<Element: Lane> {
    private let base: UnsafeMutablePointer<Element>
    private(set) var count = 0

    init(_ base: UnsafeMutablePointer<Element>) { self.base = base }

    mutating func root(_ angle: Oracle) {
      base[count] = Element(Oracle.cos(2 * .pi * angle))
      base[count + 1] = Element(Oracle.sin(2 * .pi * angle))
      count += 2
    }

    mutating func roots(_ angles: [Oracle]) {
      for (lane, angle) in angles.enumerated() {
        base[count + lane] = Element(Oracle.cos(2 * .pi * angle))
        base[count + Element.width + lane] = Element(Oracle.sin(2 * .pi * angle))
      }
      count += 2 * Element.width
    }
  }
}

extension RightAngleRoots {
  /// The length of the transform.
  var n: Int { factor * inner }

  /// The least length from `least` on that is 4, 5, 6 or 7 times a power of two, or less than that times the shortest one.
  static func factors(_ least: Int) -> (factor: Int, inner: Int) {
    var inner = T.width * T.width
    while 7 * inner < least { inner *= 2 }
    return (max((least + inner - 1) / inner, 1), inner)
  }

  /// How many scalars the constants of that length take.
  static func count(_ factor: Int, _ inner: Int) -> Int {
    let levels = (inner / T.width).trailingZeroBitCount
    var count = 2 * factor * factor
    var blocks = factor
    for _ in 0..<levels / 2 {
      count += 6 * blocks
      blocks *= 4
    }
    if levels % 2 == 1 {
      count += blocks
      blocks *= 2
    }
    return count + blocks / T.width * squareCount
  }

  /// How many scalars the constants of a square of `width` vectors take.
  static var squareCount: Int {
    var roots = 0
    var length = T.width
    while length >= 4 {
      roots += 3 * (T.width / length)
      length /= 4
    }
    if length == 2 { roots += T.width / 4 }
    return roots * 2 * T.width
  }

  /// `cos` and `sin` of j times the k-th angle of the first pass.
  @inline(__always) func first(_ k: Int, _ j: Int) -> UnsafePointer<T> {
    UnsafePointer(table.base) + 2 * (k * factor + j)
  }

  /// The three roots of a block in a pass.
  @inline(__always) func pass(_ pass: Int, _ block: Int) -> UnsafePointer<T> {
    UnsafePointer(table.base) + (passOffsets[pass] + 6 * block)
  }

  /// The root of a pair of blocks.
  @inline(__always) func pair(_ pair: Int) -> UnsafePointer<T> { UnsafePointer(table.base) + (pairOffset + 2 * pair) }

  /// The roots of a square.
  @inline(__always) func square(_ square: Int) -> UnsafePointer<T> {
    UnsafePointer(table.base) + (squareOffset + square * Self.squareCount)
  }
}
