import KernelSpec
import Lanes
import Parallel

/// The polynomials at points in lanes, in double.
enum LegendreLanes {
  /// The point i of L, from −1 to 1.
  @inline(__always) static func point(_ i: Int, _ L: Int) -> Double {
    L == 1 ? -1 : Double(2 * i - (L - 1)) / Double(L - 1)
  }

  /// The points from `first` on; those beyond the last are the last.
  @inline(__always) static func points(_ first: Int, _ L: Int) -> DoubleLanes {
    var y = DoubleLanes(repeating: 0)
    for j in 0..<Double.width { y[j] = point(min(first + j, L - 1), L) }
    return y
  }

  /// `Pₙ₊₁ = y Pₙ + n/(n+1) (y Pₙ − Pₙ₋₁)`: where y is next to 1, what is rounded is multiplied by a difference that is next to 0.
  @inline(__always) static func advance(
    _ ratio: Double, _ y: DoubleLanes, _ before: inout DoubleLanes, _ value: inout DoubleLanes
  ) {
    let straight = y * value
    let next = Double.multiplyAdd(DoubleLanes(repeating: ratio), straight - before, straight)
    (before, value) = (value, next)
  }
}

/// Four vectors of points and four rows at a time, polynomials by their recurrence in registers. Keeps the coefficients times their
/// weights, O(B N).
final class RecurrenceReconstruction<T: SquareLane> {
  private static var points: Int { 4 * Double.width }
  private static var rows: Int { 4 }

  private let B, N, L: Int
  private let ratios, weights, coefficients: Workspace<Double>

  static func count(_ size: Size) -> Int { 2 * size.N + (size.B + rows) * size.N }

  init(_ size: Size) {
    (B, N, L) = (size.B, size.N, size.L)
    ratios = Workspace(N)
    weights = Workspace(N)
    coefficients = Workspace((B + Self.rows) * N)
    coefficients.base.update(repeating: 0, count: coefficients.count)
    for n in 0..<N {
      ratios.base[n] = Double(n) / Double(n + 1)
      weights.base[n] = Double(2 * n + 1).squareRoot()
    }
  }

  /// The points of one thread of some.
  func reconstruct(_ c: UnsafePointer<T>, _ f: UnsafeMutablePointer<T>, _ thread: Int, of threads: Int) {
    for b in 0..<B {
      for n in 0..<N { coefficients.base[b * N + n] = Double(c[b * N + n]) * weights.base[n] }
    }
    let blocks = (L + Self.points - 1) / Self.points
    for block in blocks * thread / threads..<blocks * (thread + 1) / threads {
      let first = block * Self.points
      for row in stride(from: 0, to: B, by: Self.rows) { points(f, first, row) }
    }
  }

  @inline(__always) private func points(_ f: UnsafeMutablePointer<T>, _ first: Int, _ row: Int) {
    let zero = DoubleLanes(repeating: 0), width = Double.width
    var y = InlineArray<4, DoubleLanes>(repeating: zero)
    for g in 0..<4 { y[g] = LegendreLanes.points(first + g * width, L) }
    var before = InlineArray<4, DoubleLanes>(repeating: zero)
    var value = InlineArray<4, DoubleLanes>(repeating: DoubleLanes(repeating: 1))
    var sums = InlineArray<16, DoubleLanes>(repeating: zero)
    let source = coefficients.base + row * N
    for n in 0..<N {
      for r in 0..<4 {
        let factor = DoubleLanes(repeating: source[r * N + n])
        for g in 0..<4 { sums[r * 4 + g] = Double.multiplyAdd(factor, value[g], sums[r * 4 + g]) }
      }
      let ratio = ratios.base[n]
      for g in 0..<4 { LegendreLanes.advance(ratio, y[g], &before[g], &value[g]) }
    }
    for r in 0..<min(4, B - row) {
      let target = f + (row + r) * L + first
      for g in 0..<4 {
        let open = L - first - g * width
        if open >= width {
          T.storeDoubles(sums[r * 4 + g], target + g * width)
        } else {
          for j in 0..<max(0, open) { target[g * width + j] = T(sums[r * 4 + g][j]) }
        }
      }
    }
  }
}

/// The basis at all points as a table, computed when the size is known, and a matrix product of the suite's own. Keeps the table, O(N L).
final class TableReconstruction<T: SquareLane> {
  private let B, N, L: Int
  private let table: Block<T>
  private let memory: Workspace<T>

  private static func stride(_ size: Size) -> Int { T.padded(size.L) }
  static func count(_ size: Size) -> Int { size.N * stride(size) + size.B * T.width }

  init(_ size: Size) {
    (B, N, L) = (size.B, size.N, size.L)
    memory = Workspace(Self.count(size))
    memory.base.update(repeating: 0, count: memory.count)
    table = Block(memory.base, stride: Self.stride(size))
    for first in Swift.stride(from: 0, to: L, by: Double.width) {
      let y = LegendreLanes.points(first, L)
      var before = DoubleLanes(repeating: 0), value = DoubleLanes(repeating: 1)
      for n in 0..<N {
        T.storeDoubles(value * DoubleLanes(repeating: Double(2 * n + 1).squareRoot()), table.row(n) + first)
        LegendreLanes.advance(Double(n) / Double(n + 1), y, &before, &value)
      }
    }
  }

  /// Points that a thread takes at a time: as many as leave the table's part in the second cache.
  private var part: Int { max(8 * T.width, (1 << 16) / N / (8 * T.width) * 8 * T.width) }

  /// The points of one thread of some.
  func reconstruct(_ c: UnsafePointer<T>, _ f: UnsafeMutablePointer<T>, _ thread: Int, of threads: Int) {
    let left = Block(UnsafeMutablePointer(mutating: c), stride: N)
    let whole = L / T.width
    let vectors = whole * thread / threads..<whole * (thread + 1) / threads
    for first in Swift.stride(from: vectors.lowerBound * T.width, to: vectors.upperBound * T.width, by: part) {
      let columns = min(part, vectors.upperBound * T.width - first)
      Product.multiply(
        left, table.from(0, first), Block(f + first, stride: L), rows: B, inner: N, columns: columns)
    }
    guard thread == threads - 1, whole * T.width < L else { return }
    let rest = Block(memory.base + N * table.stride, stride: T.width)
    Product.multiply(left, table.from(0, whole * T.width), rest, rows: B, inner: N, columns: T.width)
    for b in 0..<B {
      (f + b * L + whole * T.width).update(from: rest.row(b), count: L - whole * T.width)
    }
  }
}

extension HippoReconstruct {
  public static let variants: [Variant] = [1, 2].flatMap { threads in
    [
      Variant(
        .forward, "recurrence", threads: threads, idea: polynomials, workspace: bytesOfRows(threads), claims: light,
        prepare: .float { (size) in recurrence(size, threads) }),
      Variant(
        .forward, "recurrence", threads: threads, idea: polynomials, workspace: bytesOfRows(threads), claims: light,
        prepare: .double { (size) in recurrence(size, threads) }),
      Variant(
        .forward, "blas", threads: threads, idea: product,
        workspace: { TableReconstruction<Float>.count($0) * MemoryLayout<Float>.stride }, claims: heavy,
        prepare: .float { (size) in table(size, threads) }),
      Variant(
        .forward, "blas", threads: threads, idea: product,
        workspace: { TableReconstruction<Double>.count($0) * MemoryLayout<Double>.stride }, claims: heavy,
        prepare: .double { (size) in table(size, threads) }),
    ]
  }

  private static let polynomials = "polynomials by their recurrence in registers, in double"
  private static let product = "the basis as a table, and a matrix product of the suite's own"
  private static let light = Claims(time: "B N L", workspace: "B N")
  private static let heavy = Claims(time: "B N L", workspace: "N L + 16 B")

  private static func bytesOfRows(_ threads: Int) -> @Sendable (Size) -> Int {
    { threads * RecurrenceReconstruction<Float>.count($0) * MemoryLayout<Double>.stride }
  }

  private static func recurrence<T: SquareLane>(_ size: Size, _ threads: Int) -> Run<T> {
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in RecurrenceReconstruction<T>(size) }
    return { x in
      let c = x.input("c"), f = x.output("f")
      team.run { thread in workers[thread].reconstruct(c, f, thread, of: threads) }
    }
  }

  private static func table<T: SquareLane>(_ size: Size, _ threads: Int) -> Run<T> {
    let team = Team(threads: threads)
    let worker = TableReconstruction<T>(size)
    return { x in
      let c = x.input("c"), f = x.output("f")
      team.run { thread in worker.reconstruct(c, f, thread, of: threads) }
    }
  }
}
