/// A series as constants between changes, and what speaks for each change.
struct Levels {
  /// The level of each segment.
  let means: [Double]
  /// What speaks for the changes, against drift.
  let evidence: Evidence

  init(_ values: [Double], _ changes: [Int], _ scatter: Scatter) {
    let bounds = [0] + changes + [values.count]
    let means = zip(bounds, bounds.dropFirst()).map { $0 < $1 ? scatter.level(values[$0..<$1]) : 0 }
    self.means = means
    let limit = Scatter.bound * scatter.noise
    let points = means.indices.flatMap { segment -> [Evidence.Point?] in
      // What lies between the levels is no outlier: drift goes that way.
      let level = means[segment], near = means[max(0, segment - 1)...min(means.count - 1, segment + 1)]
      let range = near.min()! - limit...near.max()! + limit
      return values[bounds[segment]..<bounds[segment + 1]].map { value in
        let distance = scatter.distance(value, from: level)
        guard range.contains(level + distance) else { return nil }
        return Evidence.Point(value: level + distance, isSlower: distance < value - level)
      }
    }
    evidence = Evidence(points, changes)
  }
}
