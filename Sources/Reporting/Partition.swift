/// The partition of a series into constants that explains most of it, and whether chance would explain as much.
///
/// What a value costs grows with its squared distance from the level and is bounded at `Scatter.bound` deviations of the noise:
/// the biweight loss. So outliers neither move a level nor look like one, and a second kind of runner costs nothing
/// (`Scatter`). Each change costs `price`. The least sum is found exactly, by optimal partitioning: all changes are sought at
/// once, so that one that is taken back is no harder to find than one that stays.
///
/// The test is by permutation: were all values of one distribution, whatever it is, every order of them would be as likely as
/// the one that came, so that a partition as good as this one has a probability that can be counted.
///
/// References: Jackson et al. 2005, An algorithm for optimal partitioning of data on an interval, IEEE Signal Process. Lett.
/// 12:105–108, arXiv:math/0309285, for the search; Fearnhead, Rigaill 2019, Changepoint detection in the presence of outliers,
/// JASA 114:169–183, arXiv:1609.07363, for the loss; James, Matteson 2014, ecp, J. Stat. Softw. 62(7), arXiv:1309.3295, for the
/// test; Besag, Clifford 1991, Sequential Monte Carlo p-values, Biometrika 78:301–304, for when to stop drawing.
struct Partition {
  /// The first value of each part but the first.
  let changes: [Int]
  /// What it costs, with its changes, in `Costs.unit`ths of a square of the noise.
  let cost: Int32

  /// What a change costs, in squares of the noise.
  static let price = 12.0

  /// What each value costs at each level. Levels are sought among the values, as the least cost of a bounded loss has no formula.
  struct Costs {
    /// The values, which are the levels too.
    let count: Int
    /// A row of `count` costs for each value. They are whole, so that orders that are equally good have equal sums.
    fileprivate let rows: [Int32]

    /// What the square of the noise costs.
    static let unit = 1024.0

    init(_ values: [Double], _ scatter: Scatter) {
      count = values.count
      rows = values.flatMap { value in
        values.map { level in
          let distance = scatter.distance(value, from: level) / scatter.noise
          return Int32(Self.unit * min(distance * distance, Scatter.bound * Scatter.bound))
        }
      }
    }
  }

  /// The best partition of the values into parts of `length` of them at least: `O(n²)` for each change.
  init(_ costs: Costs, length: Int) {
    let least = Self.least(costs, Array(0..<costs.count), length: length)
    var changes: [Int] = []
    var end = costs.count
    while let start = Self.start(costs, end, least, length), start > 0 {
      changes.append(start)
      end = start
    }
    (self.changes, cost) = (changes.reversed(), least[costs.count])
  }

  /// What the first values of an order cost at best, each number of them, up to where all of them are sure to cost more than
  /// `limit`: `O(n²)`.
  private static func least(_ costs: Costs, _ order: [Int], length: Int, limit: Int32 = .max) -> [Int32] {
    let count = costs.count, price = Int32(Self.price * Costs.unit), never = Int32.max / 4
    var least = Array(repeating: never, count: count + 1)
    least[0] = -price
    // For each level: what the newest `length` values cost at it, and all so far if they do.
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 3 * count + 1) { memory in
      let recent = memory.baseAddress!, sums = recent + count, nothing = sums + count
      recent.initialize(repeating: 0, count: count)
      sums.initialize(repeating: never, count: count)
      nothing.initialize(repeating: 0, count: count)
      costs.rows.withUnsafeBufferPointer { rows in
        var dear = 0
        for end in 1..<(count + 1) {
          let new = rows.baseAddress! + order[end - 1] * count
          let old = end > length ? rows.baseAddress! + order[end - 1 - length] * count : UnsafePointer(nothing)
          let entry = end >= length ? least[end - length] &+ price : never
          var best = never
          for level in 0..<count {
            let newest = recent[level] &+ new[level] &- old[level]
            let sum = min(sums[level] &+ new[level], entry &+ newest)
            recent[level] = newest
            sums[level] = sum
            best = min(best, sum)
          }
          least[end] = best
          // A part that is shorter than `length` yet is not among the sums.
          dear = best > limit ? dear + 1 : 0
          if dear == length { break }
        }
      }
    }
    return least
  }

  /// Where the last part of the first `end` values starts.
  private static func start(_ costs: Costs, _ end: Int, _ least: [Int32], _ length: Int) -> Int? {
    let count = costs.count, price = Int32(Self.price * Costs.unit)
    var sums = Array(repeating: Int32(0), count: count)
    for start in stride(from: end - 1, through: 0, by: -1) {
      for level in 0..<count { sums[level] += costs.rows[start * count + level] }
      if end - start >= length, sums.min()! + price + least[start] == least[end] { return start }
    }
    return nil
  }

  /// Whether at most a share `level` of drawn orders of the values have a partition as good. The draws start from a constant:
  /// the same values give the same answer.
  func isSignificant(_ costs: Costs, length: Int, level: Double) -> Bool {
    var order = Array(0..<costs.count)
    var generator = SplitMix64(state: 0)
    // The order that came is one of them, so that one other may be as good.
    var asGood = 1
    for _ in 1..<Int(2 / level) {
      order.shuffle(using: &generator)
      if Self.least(costs, order, length: length, limit: cost)[costs.count] <= cost { asGood += 1 }
      if asGood > 2 { return false }
    }
    return true
  }
}
