import KernelSpec
import Lanes

/// Time against coefficient as a field of cells, each of which needs two neighbours: the same coefficient a step ago, and the sum of
/// what has come before it in its own step. Cells on a slant do not need each other: lane j of a block of steps is j coefficients behind
/// the first.
///
/// A is a triangle with diagonal `−d` and `−βₙ βₖ` below, and B is β: legs with `d = n+1`, lagt with 1/2 and `β = 1`. With `t = 1/h` and
/// `Sₙ = Σ_{k<n} βₖ cₖ` a cell is
///
///     cₙ = ((t − (1−α) d) c'ₙ + βₙ (f − (1−α) S'ₙ − α Sₙ)) / (t + α d)
///
/// where primes are a step ago. The gradient has the same form from the last coefficient down and from the last step back, with its
/// cotangent for an input and the complete sum for a result. Everything is computed in double, so that a long scan loses nothing in single
/// precision; divisions are done once for all cells of a slant.
struct Wave {
  /// Vectors side by side: one would wait for its own results.
  static var vectors: Int { 4 }
  /// Steps in a block.
  static var lanes: Int { vectors * Double.width }

  let N: Int
  private let alpha: Double
  /// 1/dt, and 0 where steps shrink as 1/(l+1).
  private let rate: Double
  private let memory: Workspace<Double>

  /// The slants of a block.
  var slants: Int { N + Self.lanes - 1 }

  // Vectors of numbers, one after another: β forwards and backwards with room at both ends, reciprocals, what the last lane of the block
  // before left, and the cells.
  private static func table(_ N: Int) -> Int { Double.padded(N + 3 * lanes) }
  static func count(_ N: Int) -> Int { 5 * table(N) + (N + lanes - 1) * lanes }

  init(_ size: Size) {
    N = size.N
    alpha = HippoProject.alpha(size)
    rate = size.number("dt").map { 1 / $0 } ?? 0
    memory = Workspace(Self.count(N))
    memory.base.update(repeating: 0, count: memory.count)
    for n in 0..<N {
      let beta = Measure(size) == .legs ? Measure.legs.input(n) : 1.0
      ascending[n] = beta
      descending[-n] = beta
    }
  }

  private var ascending: UnsafeMutablePointer<Double> { memory.base + Self.lanes }
  private var descending: UnsafeMutablePointer<Double> { memory.base + Self.table(N) + N + Self.lanes }
  private var reciprocals: UnsafeMutablePointer<Double> { memory.base + 2 * Self.table(N) }
  private var cells: UnsafeMutablePointer<Double> { memory.base + 3 * Self.table(N) }
  private var sums: UnsafeMutablePointer<Double> { memory.base + 4 * Self.table(N) }
  /// A row of lanes for each slant.
  private var field: UnsafeMutablePointer<Double> { memory.base + 5 * Self.table(N) }

  /// The coefficients of one row of f.
  @inline(__always) func project<T: SquareLane>(_ f: UnsafePointer<T>, _ c: UnsafeMutablePointer<T>, _ L: Int) {
    clear()
    for start in stride(from: 0, to: L, by: Self.lanes) {
      let count = min(Self.lanes, L - start)
      // t + α d and t − (1−α) d of lane j on slant w, where n = w − j.
      fillReciprocals { w, j in
        rate > 0 ? rate + alpha / 2 : Double(start + 1 + j) + alpha * Double(w - j + 1)
      }
      let first = rate > 0 ? rate - (1 - alpha) / 2 : Double(start + 1) - (1 - alpha)
      run(
        beta: descending, from: first, byLane: rate > 0 ? 0 : 2 - alpha, bySlant: rate > 0 ? 0 : alpha - 1,
        isBackward: false, input: { j in j < count ? Double(f[start + j]) : 0 }, total: { _, _ in })
      copy(c + start * N, count)
    }
  }

  /// The gradient of one row of f.
  @inline(__always) func differentiate<T: SquareLane>(
    _ g: UnsafePointer<T>, _ gradF: UnsafeMutablePointer<T>, _ L: Int
  ) {
    clear()
    for end in stride(from: L, to: 0, by: -Self.lanes) {
      let count = min(Self.lanes, end)
      gather(g + (end - count) * N, count)
      // Lane j is step end − j, counted from 1, and its coefficient on slant w is N − 1 − w + j.
      fillReciprocals { w, j in
        rate > 0 ? rate + alpha / 2 : Double(end - j) + alpha * Double(N - w + j)
      }
      let first = rate > 0 ? rate - (1 - alpha) / 2 : Double(end + 1) - (1 - alpha) * Double(N)
      run(
        beta: ascending + N - 1, from: first, byLane: rate > 0 ? 0 : alpha - 2, bySlant: rate > 0 ? 0 : 1 - alpha,
        isBackward: true, input: { _ in 0 },
        total: { j, sum in if j < count { gradF[end - 1 - j] = T(sum) } })
    }
  }

  private func clear() {
    cells.update(repeating: 0, count: 2 * Self.table(N))
  }

  /// Whether a divisor is the same in all lanes of a slant, and whether it is the same on all slants.
  private var isLevel: Bool { rate == 0 && alpha == 1 }
  private var isSteady: Bool { rate > 0 || alpha == 0 }

  /// The reciprocals of a block. With α = 1/2 they depend on the slant and the lane together. Cells without a coefficient may have a
  /// divisor of 0; their values are 0.
  @inline(__always) private func fillReciprocals(_ divisor: (_ w: Int, _ j: Int) -> Double) {
    let count = isLevel ? slants : isSteady ? Self.lanes : slants + Self.lanes
    for i in 0..<count {
      let value = isLevel || !isSteady ? divisor(i, 0) : divisor(0, i)
      reciprocals[i] = value > 0 ? 1 / value : 0
    }
  }

  /// One block, slant by slant.
  @inline(__always) private func run(
    beta: UnsafeMutablePointer<Double>, from first: Double, byLane: Double, bySlant: Double, isBackward: Bool,
    input: (Int) -> Double, total: (Int, Double) -> Void
  ) {
    typealias Lanes = DoubleLanes
    let zero = Lanes(repeating: 0)
    var c = InlineArray<4, Lanes>(repeating: zero)
    var S = c, previous = c, f = c, weight = c
    for j in 0..<Self.lanes {
      f[j / Double.width][j % Double.width] = input(j)
      weight[j / Double.width][j % Double.width] = first + byLane * Double(j)
    }
    let late = Lanes(repeating: -alpha), early = Lanes(repeating: alpha - 1), slope = Lanes(repeating: bySlant)
    let isLevel = isLevel, advance = isSteady ? 0 : 1
    for w in 0..<slants {
      let boundary = Lanes(repeating: cells[w]), boundarySum = Lanes(repeating: sums[w])
      let row = field + w * Self.lanes, betas = beta - w
      let inverses = reciprocals + w * advance
      let level = Lanes(repeating: reciprocals[w])
      for g in (0..<Self.vectors).reversed() {
        let ago = c[g].movedUp(after: g == 0 ? boundary : c[g - 1])
        let agoSum = previous[g].movedUp(after: g == 0 ? boundarySum : previous[g - 1])
        let b = Double.load(betas + g * Double.width)
        let sum = S[g]
        let q = Double.multiplyAdd(late, sum, Double.multiplyAdd(early, agoSum, f[g]))
        var u = weight[g] * ago
        if isBackward { u = u + Double.load(row + g * Double.width) }
        let cell = Double.multiplyAdd(b, q, u) * (isLevel ? level : Double.load(inverses + g * Double.width))
        if !isBackward { Double.store(cell, row + g * Double.width) }
        weight[g] = weight[g] + slope
        c[g] = cell
        previous[g] = sum
        S[g] = Double.multiplyAdd(b, cell, sum)
      }
      if w >= Self.lanes - 1 {
        cells[w - Self.lanes + 1] = c[Self.vectors - 1][Double.width - 1]
        sums[w - Self.lanes + 1] = previous[Self.vectors - 1][Double.width - 1]
      }
    }
    for j in 0..<Self.lanes { total(j, S[j / Double.width][j % Double.width]) }
  }

  /// Writes the cells of `count` steps as rows of coefficients, in squares where a square fits.
  @inline(__always) private func copy<T: SquareLane>(_ c: UnsafeMutablePointer<T>, _ count: Int) {
    let width = Double.width
    for lane in stride(from: 0, to: count, by: width) {
      var w = lane + width - 1
      let head = w
      if lane + width <= count {
        while w + width <= N + lane {
          Double.transpose(
            { Double.load(field + (w + $0) * Self.lanes + lane) },
            { T.storeDoubles($1, c + (lane + $0) * N + w - lane - $0) })
          w += width
        }
      }
      for j in lane..<min(lane + width, count) {
        for n in 0..<min(N, head - j) { c[j * N + n] = T(field[(n + j) * Self.lanes + j]) }
        for n in min(N, w - j)..<N { c[j * N + n] = T(field[(n + j) * Self.lanes + j]) }
      }
    }
  }

  /// Reads the cotangents of `count` steps, the last of which is lane 0, into the cells' places; other lanes get zeros.
  @inline(__always) private func gather<T: SquareLane>(_ g: UnsafePointer<T>, _ count: Int) {
    for j in 0..<Self.lanes {
      for n in 0..<N {
        field[(N - 1 - n + j) * Self.lanes + j] = j < count ? Double(g[(count - 1 - j) * N + n]) : 0
      }
    }
  }
}
