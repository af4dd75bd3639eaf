import Lanes

/// Matrices and vectors in one piece of memory, zero where no head has written.
struct Shelf<T: Lane> {
  let n, stride: Int
  private let memory: Workspace<T>
  private let matrices: Int

  init(_ n: Int, matrices: Int, vectors: Int) {
    (self.n, self.matrices) = (n, matrices)
    stride = T.padded(n)
    memory = Workspace(Self.count(n, matrices: matrices, vectors: vectors))
    memory.base.update(repeating: 0, count: memory.count)
  }

  private static func count(_ n: Int, matrices: Int, vectors: Int) -> Int {
    (matrices * n + vectors) * T.padded(n)
  }

  static func bytes(_ n: Int, matrices: Int, vectors: Int) -> Int {
    count(n, matrices: matrices, vectors: vectors) * MemoryLayout<T>.stride
  }

  @inline(__always) func matrix(_ i: Int) -> Block<T> { Block(memory.base + i * n * stride, stride: stride) }

  @inline(__always) func vector(_ i: Int) -> UnsafeMutablePointer<T> {
    memory.base + (matrices * n + i) * stride
  }

  /// Writes the transpose of a matrix.
  @inline(__always) func transpose(_ source: Block<T>, _ target: Block<T>) where T: SquareLane {
    let whole = n / T.width * T.width
    for i in Swift.stride(from: 0, to: whole, by: T.width) {
      for j in Swift.stride(from: 0, to: whole, by: T.width) {
        T.transpose({ T.load(source.row(i + $0) + j) }, { T.store($1, target.row(j + $0) + i) })
      }
    }
    for i in 0..<n {
      for j in (i < whole ? whole : 0)..<n { target[j, i] = source[i, j] }
    }
  }
}
