/// The split of a series into two levels that explains most of it, and whether chance would explain as much.
///
/// What a value costs grows with its squared distance from the level and is bounded at `Scatter.bound` deviations of the noise: the biweight
/// loss. So outliers neither move a level nor look like one, and a second kind of runner costs nothing (`Scatter`).
///
/// The test is by permutation: were all values of one distribution, whatever it is, every order of them would be as likely as the one that
/// came, so that a split as good as this one has a probability that can be counted.
///
/// References: Fearnhead, Rigaill 2019, Changepoint detection in the presence of outliers, JASA 114:169–183, arXiv:1609.07363, for
/// the loss; James, Matteson 2014, ecp, J. Stat. Softw. 62(7), arXiv:1309.3295, for the test, as MongoDB and Hunter use it (Fleming et al. 2023,
/// arXiv:2301.03034); Besag, Clifford 1991, Sequential Monte Carlo p-values, Biometrika 78:301–304, for when to stop drawing.
struct LevelShift {
  /// The first value after the split; 0 where no split is better than none.
  let index: Int
  /// By how much two levels cost less than one, in `Costs.unit`ths of a square of the noise.
  let gain: Int32

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

  /// The best split of an order of the values with at least `length` of them on either side: `O(n²)`.
  init(_ costs: Costs, _ order: [Int], length: Int) {
    let count = costs.count
    var index = 0
    var gain: Int32 = 0
    withUnsafeTemporaryAllocation(of: Int32.self, capacity: 2 * count + 1) { memory in
      memory.initialize(repeating: 0)
      let sums = memory.baseAddress!, before = sums + count
      costs.rows.withUnsafeBufferPointer { rows in
        /// Adds a value's cost to each level's, and says what the best level then costs.
        func add(_ value: Int) -> Int32 {
          let row = rows.baseAddress! + value * count
          var least = Int32.max
          for level in 0..<count {
            let sum = sums[level] &+ row[level]
            sums[level] = sum
            least = min(least, sum)
          }
          return least
        }
        for place in 0..<count { before[place + 1] = add(order[place]) }
        memory[..<count].update(repeating: 0)
        for place in stride(from: count - 1, through: length, by: -1) {
          let saved = before[count] - before[place] - add(order[place])
          if count - place >= length, saved > gain { (index, gain) = (place, saved) }
        }
      }
    }
    (self.index, self.gain) = (index, gain)
  }

  /// The best split, if in at most a share `level` of drawn orders of the values some split gains as much. The draws start from a
  /// constant: the same values give the same answer.
  static func significant(_ values: [Double], _ scatter: Scatter, length: Int, level: Double) -> LevelShift? {
    let costs = Costs(values, scatter)
    var order = Array(values.indices)
    let shift = LevelShift(costs, order, length: length)
    guard shift.gain > 0 else { return nil }
    var generator = SplitMix64(state: 0)
    // The order that came is one of them, so that one other may be as good.
    let orders = Int(2 / level)
    var asGood = 1
    for _ in 1..<orders {
      order.shuffle(using: &generator)
      if LevelShift(costs, order, length: length).gain >= shift.gain { asGood += 1 }
      if asGood > 2 { return nil }
    }
    return shift
  }
}
