import Foundation

/// The split of a series into two levels that explains most of it, and whether chance would explain as much.
///
/// What a value costs grows with its squared distance from the level and is bounded at `bound` deviations of the noise: the biweight
/// loss. So values of another kind, as of a slower runner, neither move a level nor look like one, however many there are.
///
/// The test is by permutation: were all values of one distribution, whatever it is, every order of them would be as likely as the one that
/// came, so that a split as good as this one has a probability that can be counted. It needs nothing to be known of the
/// noise, such as how many kinds of runners there are. Orders are drawn until it is clear that too many of them are as good.
///
/// References: Fearnhead, Rigaill 2019, Changepoint detection in the presence of outliers, JASA 114:169–183, arXiv:1609.07363, for
/// the loss; James, Matteson 2014, ecp, J. Stat. Softw. 62(7), arXiv:1309.3295, for the test, as MongoDB and Hunter use it (Fleming et al. 2023,
/// arXiv:2301.03034); Besag, Clifford 1991, Sequential Monte Carlo p-values, Biometrika 78:301–304, for when to stop drawing.
struct LevelShift {
  /// The first value after the split; 0 where no split is better than none.
  let index: Int
  /// By how much two levels cost less than one, in squares of the noise.
  let gain: Double

  /// From how many deviations of the noise on a value costs no more.
  static let bound = 3.0
  /// The least noise that is believed, as a share of the value: equal numbers, as of bytes, have none.
  static let leastNoise = 0.005

  /// The deviation of the noise, by the lower quartile of the differences of neighbours. Steps do not disturb it, nor does a second
  /// kind of runner as long as a quarter of neighbours are of one kind.
  static func noise(_ values: [Double]) -> Double {
    let differences = zip(values.dropFirst(), values).map { abs($0 - $1) }.sorted()
    guard !differences.isEmpty else { return leastNoise }
    // The lower quartile of |a − b| for normal a and b of deviation 1.
    return max(leastNoise, differences[(differences.count - 1) / 4] / 0.4506)
  }

  /// The best split with at least `length` values on either side.
  ///
  /// Levels are sought among the values, as the least cost of a bounded loss has no formula: `O(n²)`.
  init(_ values: [Double], noise: Double, length: Int) {
    let count = values.count
    let limit = Self.bound * Self.bound * noise * noise
    var index = 0
    var gain = 0.0
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * count + 1) { memory in
      memory.initialize(repeating: 0)
      let costs = UnsafeMutableBufferPointer(rebasing: memory[..<count])
      let before = UnsafeMutableBufferPointer(rebasing: memory[count...])
      values.withUnsafeBufferPointer { values in
        /// Adds a value's cost to each level's, and says what the best level then costs.
        func add(_ value: Double) -> Double {
          var least = Double.infinity
          for level in 0..<count {
            let distance = value - values[level]
            costs[level] += min(distance * distance, limit)
            least = min(least, costs[level])
          }
          return least
        }
        for place in 0..<count { before[place + 1] = add(values[place]) }
        costs.update(repeating: 0)
        for place in stride(from: count - 1, through: length, by: -1) {
          let saved = before[count] - before[place] - add(values[place])
          if count - place >= length, saved > gain { (index, gain) = (place, saved) }
        }
      }
    }
    self.index = index
    self.gain = gain / (noise * noise)
  }

  /// Whether, in fewer than a share `level` of all orders of the values, some split gains as much. The draws start from a constant: the same
  /// values give the same answer.
  static func isSignificant(_ shift: LevelShift, _ values: [Double], noise: Double, length: Int, level: Double)
    -> Bool
  {
    guard shift.gain > 0 else { return false }
    var generator = SplitMix64(state: 0)
    let orders = Int(10 / level)
    var shuffled = values
    // The order that came is one of them.
    var asGood = 1
    for _ in 1..<orders {
      shuffled.shuffle(using: &generator)
      if LevelShift(shuffled, noise: noise, length: length).gain >= shift.gain * (1 - 1e-9) { asGood += 1 }
      if Double(asGood) > level * Double(orders) { return false }
    }
    return true
  }
}
