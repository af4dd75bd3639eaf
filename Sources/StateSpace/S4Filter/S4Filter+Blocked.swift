import KernelSpec
import Lanes
import Parallel

/// Positions in blocks of T: `K[jT + t] = (C Abar^(jT)) (Abar^t Bbar)` is a product of real matrices, (L/T × N)(N × T), for each head.
/// Columns are single steps; rows are products with `Abar^T`, which is a dense matrix: see `SystemPowers`. Both are computed in double
/// and rounded once.
///
/// Where single steps are cheaper than powers, since L is short or N large, the filter is one block, and read from its states as they
/// come.
///
/// A thread keeps the columns and the powers of one head, and 24 rows. Errors are those of T steps and of L/T products, each relative to
/// the state that it makes, and so fewer than the L of a recurrence.
final class S4BlockedFilter<T: SquareLane>: SendableMetatype {
  private let blocking: Blocking
  private let system: DiscreteSystem
  private let powers: SystemPowers
  private let panels: Int
  private let doubles: Workspace<Double>
  private let scalars: Workspace<T>

  private static var chunk: Int { 24 }

  static func blocking(_ size: Size) -> Blocking {
    Blocking(
      heads: size.H, modes: size.N / 2, length: size.L,
      block: S4Blocks.block(size, least: S4Blocks.least(T.self), .forward))
  }

  private static func counts(_ blocking: Blocking, ranks: Int) -> (doubles: Int, scalars: Int) {
    let length = 2 * DiscreteSystem.half(blocking.modes)
    if blocking.rows == 1 { return (length, 0) }
    let powers = SystemPowers(length: length, ranks: ranks, block: blocking.block, .forward)
    return (
      powers.doubles + powers.scratch + 2 * powers.matrices.stride,
      (blocking.block + Strip<T>.width) * length + chunk * length + Tile<T>.rows * Strip<T>.width
    )
  }

  static func bytes(_ size: Size) -> Int {
    let blocking = blocking(size)
    let (doubles, scalars) = counts(blocking, ranks: size.R)
    return DiscreteSystem.bytes(modes: blocking.modes, ranks: size.R) + doubles * MemoryLayout<Double>.stride
      + scalars * MemoryLayout<T>.stride
  }

  init(_ size: Size) {
    blocking = Self.blocking(size)
    system = DiscreteSystem(modes: blocking.modes, ranks: size.R, isExact: T.self == Double.self)
    powers = SystemPowers(length: system.length, ranks: size.R, block: blocking.block, .forward)
    panels = blocking.block / Strip<T>.width
    let (doubles, scalars) = Self.counts(blocking, ranks: size.R)
    self.doubles = Workspace(doubles)
    self.scalars = Workspace(scalars)
    // A tile may have more rows than there are.
    self.scalars.base.update(repeating: 0, count: scalars)
  }

  /// Writes `rows` of the filter of one head, `K` being its first element.
  func filter(_ operands: SystemPointers<T>, _ head: Int, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>) {
    let length = system.length
    let row = doubles.base
    let next = row + powers.matrices.stride
    let powers = next + self.powers.matrices.stride
    let right = scalars.base
    let columns = right + panels * Strip<T>.width * length
    let left = columns + Strip<T>.width * length
    let edge = left + Self.chunk * length

    system.load(operands, head, of: blocking.heads)
    system.input(row)
    if blocking.rows == 1 {
      for l in 0..<blocking.length {
        K[l] = T(system.dot(system.C, row))
        system.step(row, row)
      }
      return
    }
    for panel in 0..<panels {
      for t in 0..<Strip<T>.width {
        S4Blocks.round(row, columns + t * length, length)
        system.step(row, row)
      }
      S4Blocks.transpose(columns, length, right + panel * Strip<T>.width * length)
    }
    let whole = powers + self.powers.squarings * self.powers.matrices.square
    self.powers.compute(system, powers, powers + self.powers.doubles)

    row.update(from: system.C, count: length)
    var (current, other) = (row, next)
    for _ in 0..<rows.lowerBound {
      self.powers.matrices.multiplyRow(current, whole, other)
      swap(&current, &other)
    }
    var first = rows.lowerBound
    while first < rows.upperBound {
      let count = min(Self.chunk, rows.upperBound - first)
      for j in 0..<count {
        S4Blocks.round(current, left + j * length, length)
        if first + j + 1 < rows.upperBound {
          self.powers.matrices.multiplyRow(current, whole, other)
          swap(&current, &other)
        }
      }
      multiply(left, right, first..<first + count, K, edge)
      first += count
    }
  }

  @inline(__always)
  private func multiply(
    _ left: UnsafePointer<T>, _ right: UnsafePointer<T>, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>,
    _ edge: UnsafeMutablePointer<T>
  ) {
    let length = system.length
    for panel in 0..<panels {
      let strips = right + panel * length * Strip<T>.width
      for j in stride(from: 0, to: rows.count, by: Tile<T>.rows) {
        let at = (rows.lowerBound + j) * blocking.block + panel * Strip<T>.width
        let end = at + (Tile<T>.rows - 1) * blocking.block + Strip<T>.width
        let isInside = j + Tile<T>.rows <= rows.count && end <= blocking.length
        Tile<T>.multiply(
          left + j * length, stride: length, strips, inner: length, isInside ? K + at : edge,
          resultStride: isInside ? blocking.block : Strip<T>.width)
        if isInside { continue }
        for row in 0..<min(Tile<T>.rows, rows.count - j) {
          let first = at + row * blocking.block
          let count = min(Strip<T>.width, blocking.length - first)
          if count > 0 { (K + first).update(from: edge + row * Strip<T>.width, count: count) }
        }
      }
    }
  }
}

/// How the blocked variants cut a filter.
enum S4Blocks {
  /// The fewest positions of a block: whole strips, and so many that a power of the step costs no digits where modes are near zero. With
  /// blocks of 8 the gradient of P in double was off by 1.7 times its bound there.
  static func least<T: Lane>(_: T.Type) -> Int { max(Strip<T>.width, 32) }

  /// Positions in a block: a power of two from `least` on, of so few that steps one by one are cheap and so many that products with
  /// the dense matrix are few; or all, where that is cheaper. The constants are cycles of a machine with vectors of eight
  /// doubles; their ratios are what matters.
  static func block(_ size: Size, least: Int, _ pass: Pass) -> Int {
    let order = 2 * DiscreteSystem.half(size.N / 2)
    let n = Double(order)
    // A step back is six steps' work, a product's two products.
    let step = (pass == .forward ? 1 : 6) * (40 + n * Double(1 + size.R) / 8)
    let product = (pass == .forward ? 1 : 3) * (n * n / 16 + 20)
    // In floating point: the dense matrices of large models would cost more than an integer holds.
    func cost(_ block: Int) -> Double {
      let powers = SystemPowers(length: order, ranks: size.R, block: block, pass)
      let products = n * Double(powers.squarings) + Double(powers.first * size.R + size.L / block + 1)
      let firstSteps = pass == .forward ? Double(powers.first * (1 + size.R)) : n * Double(powers.first) / 2
      return (Double(block) + firstSteps) * step + products * product + Double(size.L) * n / 16
    }
    let block = (0..<5).map { least << $0 }.min { cost($0) < cost($1) }!
    return cost(block) < Double(size.L) * (step + 20) ? block : size.L
  }

  /// Rounds numbers once.
  @inline(__always)
  static func round<T: Lane>(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<T>, _ count: Int) {
    for i in stride(from: 0, to: count, by: Double.width) { T.storeDoubles(Double.load(x + i), y + i) }
  }

  /// Makes a strip of as many rows of `length` numbers as it is wide.
  @inline(__always)
  static func transpose<T: SquareLane>(_ rows: UnsafePointer<T>, _ length: Int, _ strip: UnsafeMutablePointer<T>) {
    for t in stride(from: 0, to: Strip<T>.width, by: T.width) {
      for k in stride(from: 0, to: length, by: T.width) {
        T.transpose(
          { T.load(rows + (t + $0) * length + k) }, { T.store($1, strip + (k + $0) * Strip<T>.width + t) })
      }
    }
  }
}

extension S4Filter {
  static func blocked<T: SquareLane>(_: T.Type, threads: Int) -> @Sendable (Size) -> Run<T> {
    { size in
      let blocking = S4BlockedFilter<T>.blocking(size)
      let team = Team(threads: threads)
      let workers = (0..<threads).map { _ in S4BlockedFilter<T>(size) }
      return { arguments in
        let operands = SystemPointers(arguments)
        let K = arguments.output("K")
        team.run { thread in
          let worker = workers[thread]
          blocking.forEachHead(blocking.share(thread, of: threads)) { head, rows in
            worker.filter(operands, head, rows, K + head * blocking.length)
          }
        }
      }
    }
  }
}
