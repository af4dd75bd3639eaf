import KernelSpec
import Lanes
import Parallel

/// One row of f by chunks: the states before each chunk one after another, and then all steps of a group of chunks as matrix products.
final class ChunkProjector<T: SquareLane> {
  private typealias Matrices = ChunkMatrices<T>

  private let matrices: ChunkMatrices<T>
  private let N, inner: Int
  /// Rows `[s, f]` of a group of chunks, or sums of its cotangents; products; a state.
  private let rows, products: Workspace<T>

  private static func rowStride(_ N: Int) -> Int { T.padded(N + Matrices.steps) }

  /// The room for a group's rows: those of a gradient are cotangents, where the last chunk may be cut short.
  private static func counts(_ N: Int, gradient: Bool) -> (rows: Int, products: Int) {
    let stride = rowStride(N)
    return (
      gradient ? Matrices.steps * N + 2 * stride : (Matrices.group + 1) * stride,
      gradient ? (Matrices.group + 1) * stride : Matrices.group * T.padded(N)
    )
  }

  /// The bytes of one of these, and of the matrices that all share.
  static func bytes(_ N: Int, gradient: Bool) -> Int {
    let counts = counts(N, gradient: gradient)
    return (counts.rows + counts.products) * MemoryLayout<T>.stride
  }

  init(_ matrices: ChunkMatrices<T>, gradient: Bool) {
    self.matrices = matrices
    N = matrices.N
    inner = N + Matrices.steps
    let counts = Self.counts(N, gradient: gradient)
    rows = Workspace(counts.rows)
    products = Workspace(counts.products)
    rows.base.update(repeating: 0, count: rows.count)
    products.base.update(repeating: 0, count: products.count)
  }

  func project(_ f: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>, _ L: Int) {
    let steps = Matrices.steps
    let left = Block(rows.base, stride: Self.rowStride(N))
    let product = Block(products.base, stride: matrices.stride)
    left.row(0).update(repeating: 0, count: N)
    for start in stride(from: 0, to: L, by: Matrices.group * steps) {
      let chunks = min(Matrices.group, (L - start + steps - 1) / steps)
      for k in 0..<chunks {
        let row = left.row(k), first = start + k * steps
        let count = min(steps, L - first)
        (row + N).update(from: f + first, count: count)
        (row + N + count).update(repeating: 0, count: steps - count)
        // The row after the last one of a group is the next group's first.
        Product.multiply(left.from(k, 0), matrices.carry, product, rows: 1, inner: inner, columns: N)
        left.row(k + 1).update(from: product.base, count: N)
      }
      for j in 0..<min(steps, L - start) {
        let whole = (L - start - j + steps - 1) / steps
        let count = min(chunks, whole)
        Product.multiply(left, matrices.step(j), product, rows: count, inner: N + j + 1, columns: N)
        for k in 0..<count { (c + (start + k * steps + j) * N).update(from: product.row(k), count: N) }
      }
      left.row(0).update(from: left.row(chunks), count: N)
    }
  }

  func differentiate(_ g: UnsafePointer<T>, _ gradF: UnsafeMutablePointer<T>, _ L: Int) {
    let steps = Matrices.steps, width = steps * N
    let product = Block(products.base, stride: Self.rowStride(N))
    let carried = Block(rows.base + width, stride: Self.rowStride(N))
    carried.row(0).update(repeating: 0, count: N)
    func finish(_ k: Int, _ first: Int) {
      // What comes from later chunks, added to what the chunk's own cotangents give.
      Product.multiply(carried, matrices.later, product.from(k, 0), rows: 1, inner: N, columns: inner, .add)
      let row = product.row(k)
      (gradF + first).update(from: row + N, count: min(steps, L - first))
      carried.row(0).update(from: row, count: N)
    }
    let chunks = L / steps
    if L % steps > 0 {
      let count = L % steps * N
      rows.base.update(from: g + chunks * width, count: count)
      (rows.base + count).update(repeating: 0, count: width - count)
      Product.multiply(
        Block(rows.base, stride: width), matrices.seeds, product, rows: 1, inner: width, columns: inner)
      finish(0, chunks * steps)
    }
    for end in stride(from: chunks, to: 0, by: -Matrices.group) {
      let start = max(0, end - Matrices.group)
      let cotangents = Block(UnsafeMutablePointer(mutating: g + start * width), stride: width)
      Product.multiply(cotangents, matrices.seeds, product, rows: end - start, inner: width, columns: inner)
      for k in (start..<end).reversed() { finish(k - start, k * steps) }
    }
  }
}

extension HippoProject {
  /// Chunks of 32 steps, whose matrices are computed when the size is known: every measure but legs, whose steps all differ. Time is
  /// O(B L N²); threads share the matrices, O(N²).
  static var blocked: [Variant] {
    [1, 2].flatMap { threads in
      Pass.allCases.flatMap { pass in
        [
          Variant(
            pass, "blocked", threads: threads, idea: idea, workspace: { bytes(pass, $0, Float.self, threads) },
            claims: claims, prepare: .float { (size) throws(Refusal) in try chunked(pass, size, threads) }),
          Variant(
            pass, "blocked", threads: threads, idea: idea, workspace: { bytes(pass, $0, Double.self, threads) },
            claims: claims, prepare: .double { (size) throws(Refusal) in try chunked(pass, size, threads) }),
        ]
      }
    }
  }

  private static let idea = "chunks of 32 steps as products with powers of the matrix"
  private static let claims = Claims(time: "B L N^2", workspace: "N^2")

  private static func bytes<T: SquareLane>(_ pass: Pass, _ size: Size, _: T.Type, _ threads: Int) -> Int {
    let isGradient = pass == .gradient
    return ChunkMatrices<T>.count(size.N, gradient: isGradient) * MemoryLayout<T>.stride
      + threads * ChunkProjector<T>.bytes(size.N, gradient: isGradient)
  }

  private static func chunked<T: SquareLane>(_ pass: Pass, _ size: Size, _ threads: Int) throws(Refusal) -> Run<T> {
    guard Measure(size) != .legs else { throw Refusal("legs has another matrix at each step") }
    let team = Team(threads: threads)
    let matrices = ChunkMatrices<T>(size, gradient: pass == .gradient)
    let projectors = (0..<threads).map { _ in ChunkProjector(matrices, gradient: pass == .gradient) }
    let (B, L, N) = (size.B, size.L, size.N)
    @Sendable func share(_ thread: Int) -> Range<Int> { B * thread / threads..<B * (thread + 1) / threads }
    switch pass {
    case .forward:
      return { x in
        let f = x.input("f"), c = x.output("c")
        team.run { thread in
          for b in share(thread) { projectors[thread].project(f + b * L, c + b * L * N, L) }
        }
      }
    case .gradient:
      return { x in
        let g = x.cotangent("c"), gradF = x.gradient("f")
        team.run { thread in
          for b in share(thread) { projectors[thread].differentiate(g + b * L * N, gradF + b * L, L) }
        }
      }
    }
  }
}

extension HippoProject {
  public static let variants: [Variant] = triangular + blocked
}
