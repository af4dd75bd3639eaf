/// Where the level of a series changes, by penalized least absolute deviations.
enum ChangePoints {
  /// The first indices of all segments but the first, of the segmentation with the least `Σ |value − median of its segment|` plus
  /// `penalty` for each change, no segment being shorter than `length`. Values are in units of their noise.
  ///
  /// Absolute deviations, as an outlier must not look like a level. The search is PELT: dynamic programming over the last change,
  /// without those starts that can be last no more. With a least length a start is dropped that much later: only from
  /// there on may what beats it be the last change itself. A start keeps its values sorted, so that the deviation from the median grows
  /// with each value in constant time: `O(n²)` comparisons at most, some milliseconds for hundreds of commits.
  ///
  /// References: Killick, Fearnhead, Eckley 2012 (PELT), JASA 107:1590–1598, arXiv:1101.1438; Jackson et al. 2005 (optimal partitioning);
  /// the cost is that of Friedrich, Kempe, Liebscher, Winkler 2008 (L1 Potts), which `asv` uses too.
  static func find(_ values: [Double], penalty: Double, length: Int) -> [Int] {
    precondition(length >= 1 && penalty >= 0)
    var least = [-penalty] + Array(repeating: Double.infinity, count: values.count)
    var last = Array(repeating: 0, count: values.count + 1)
    var starts: [Start] = []
    for (index, value) in values.enumerated() {
      let end = index + 1
      if least[index] < .infinity { starts.append(Start(index)) }
      for start in starts {
        start.add(value)
        let cost = least[start.index] + start.deviation + penalty
        if end - start.index >= length, cost < least[end] { (least[end], last[end]) = (cost, start.index) }
      }
      for start in starts where least[start.index] + start.deviation >= least[end] {
        start.expiry = min(start.expiry, end + length)
      }
      starts.removeAll { $0.expiry <= end + 1 }
    }
    guard least[values.count] < .infinity else { return [] }
    var changes: [Int] = []
    var end = values.count
    while end > 0 {
      end = last[end]
      if end > 0 { changes.insert(end, at: 0) }
    }
    return changes
  }

  /// A possible last change, and the values since.
  private final class Start {
    let index: Int
    /// The end of a series from which on it is not needed.
    var expiry = Int.max
    /// The sum of absolute deviations from the median.
    private(set) var deviation = 0.0
    private var sorted: [Double] = []

    init(_ index: Int) { self.index = index }

    func add(_ value: Double) {
      let count = sorted.count
      if count > 0 {
        // Every number between the middle two is a median. The sum grows by the distance of the value from them.
        let lower = sorted[(count - 1) / 2], upper = sorted[count / 2]
        deviation += max(0, lower - value, value - upper)
      }
      var low = 0, high = count
      while low < high {
        let middle = (low + high) / 2
        if sorted[middle] <= value { low = middle + 1 } else { high = middle }
      }
      sorted.insert(value, at: low)
    }
  }
}
