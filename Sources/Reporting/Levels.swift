/// A series as constants between changes, and what speaks for each change.
struct Levels {
  /// The level of each segment.
  let means: [Double]
  /// Each change against drift.
  let jumps: [Jump]

  init(_ values: [Double], _ changes: [Int], _ scatter: Scatter) {
    let bounds = [0] + changes + [values.count]
    let means = zip(bounds, bounds.dropFirst()).map { $0 < $1 ? scatter.level(values[$0..<$1]) : 0 }
    self.means = means
    jumps = changes.indices.map { i in
      let low = min(means[i], means[i + 1]), high = max(means[i], means[i + 1]), limit = 4 * scatter.noise
      // What lies between the levels is no outlier: drift goes that way.
      let part: [Double?] = (bounds[i]..<bounds[i + 2]).map { place in
        let own = place < bounds[i + 1] ? means[i] : means[i + 1]
        let value = own + scatter.distance(values[place], from: own)
        return value >= low - limit && value <= high + limit ? value : nil
      }
      return Jump(part, at: bounds[i + 1] - bounds[i])
    }
  }
}
