import Lanes

/// How the positions of all heads are cut into rows and shared out to threads.
struct Blocking {
  let heads, modes, length: Int
  /// Positions in a row, rows of a head.
  let block, rows: Int

  init(heads: Int, modes: Int, length: Int, block: Int) {
    (self.heads, self.modes, self.length) = (heads, modes, length)
    self.block = block
    rows = (length + block - 1) / block
  }

  /// About √L, where a table of the powers in a row and one of the powers between rows cost as much and sums are most accurate.
  static func balanced(_ length: Int) -> Int {
    [(64, 8), (256, 16), (1024, 32), (8192, 64)].first { length <= $0.0 }?.1 ?? 128
  }

  /// The rows, numbered through all heads, of one thread.
  func share(_ thread: Int, of threads: Int) -> Range<Int> {
    let total = heads * rows
    return total * thread / threads..<total * (thread + 1) / threads
  }

  /// Calls `body` with each head and its rows in `share`.
  @inline(__always) func forEachHead(_ share: Range<Int>, _ body: (Int, Range<Int>) -> Void) {
    var row = share.lowerBound
    while row < share.upperBound {
      let head = row / rows
      let end = min(share.upperBound, (head + 1) * rows)
      body(head, row - head * rows..<end - head * rows)
      row = end
    }
  }

  /// The positions in `rows`.
  func positions(_ rows: Range<Int>) -> Range<Int> {
    rows.lowerBound * block..<min(rows.upperBound * block, length)
  }

  /// Where a thread keeps the sums of a head: those of its first and those of its last one may have to wait for others.
  @inline(__always) func slot(_ head: Int, _ share: Range<Int>) -> Int { head == share.lowerBound / rows ? 0 : 1 }

  /// The heads whose rows several threads have, with these threads.
  func sharedHeads(_ threads: Int) -> [(Int, Range<Int>)] {
    var shared: [(Int, Range<Int>)] = []
    for thread in 1..<max(threads, 1) {
      let start = share(thread, of: threads).lowerBound
      if start % rows == 0 || start >= heads * rows { continue }
      if let last = shared.last, last.0 == start / rows {
        shared[shared.count - 1].1 = last.1.lowerBound..<thread + 1
      } else {
        shared.append((start / rows, thread - 1..<thread + 1))
      }
    }
    return shared
  }
}

extension Blocking {
  /// Copies the positions of `count` rows from row `first` on; zero past the end.
  @inline(__always)
  func gatherPlain<T: Lane, U: Lane>(
    _ g: UnsafePointer<T>, _ first: Int, _ count: Int, _ plain: UnsafeMutablePointer<U>
  ) {
    let start = first * block
    let whole = count * block
    let present = min(whole, length - start)
    for t in 0..<present { plain[t] = U(g[start + t]) }
    (plain + present).update(repeating: 0, count: whole - present)
  }

  /// Copies the positions of `count` rows from row `first` on, as `hₗ = (l+1) gₗ₊₁`; zero past the end.
  @inline(__always)
  func gatherWeighted<T: Lane, U: Lane>(
    _ g: UnsafePointer<T>, _ first: Int, _ count: Int, _ weighted: UnsafeMutablePointer<U>
  ) {
    let start = first * block
    let whole = count * block
    let following = min(whole, length - start - 1)
    // In double lanes: converting integers one by one costs more than the rest.
    var positions = DoubleLanes(repeating: 0)
    for lane in 0..<Double.width { positions[lane] = Double(start + 1 + lane) }
    var t = 0
    while t + Double.width <= following {
      U.storeDoubles(T.loadDoubles(g + start + t + 1) * positions, weighted + t)
      positions += Double(Double.width)
      t += Double.width
    }
    while t < following {
      weighted[t] = U(Double(start + t + 1) * Double(g[start + t + 1]))
      t += 1
    }
    (weighted + following).update(repeating: 0, count: whole - following)
  }
}
