import Foundation

/// How errors run along one axis: where they start, whether they come back, whether they grow.
struct ErrorCourse {
  /// The axis's name in small letters.
  let name: String
  /// Whether anything is wrong at each position.
  let isWrong: [Bool]
  /// The largest relative error at each position.
  let worst: [Double]
  /// The first positions of runs of wrong ones.
  let starts: [Int]

  init(_ field: ErrorField) {
    name = field.axes[field.along].lowercased()
    var isWrong = Array(repeating: false, count: field.shape[field.along])
    var worst = Array(repeating: 0.0, count: isWrong.count)
    for scalar in field.found.indices {
      let position = field.coordinate(scalar, field.along)
      if field.isWrong[scalar] { isWrong[position] = true }
      worst[position] = max(worst[position], Double(field.error(scalar)))
    }
    self.isWrong = isWrong
    self.worst = worst
    starts = isWrong.indices.filter { isWrong[$0] && ($0 == 0 || !isWrong[$0 - 1]) }
  }

  /// The first position that is wrong.
  var first: Int { starts[0] }

  /// The last position that is wrong.
  var last: Int { isWrong.lastIndex(of: true)! }

  /// The distance at which errors start anew: at least three runs that begin at every multiple of it from the first on, which does not
  /// happen by chance.
  var period: Int? {
    guard starts.count >= 3 else { return nil }
    let period = starts[1] - starts[0]
    let multiples = Array(stride(from: first, to: isWrong.count, by: period))
    return starts == multiples && period > 1 ? period : nil
  }

  /// How the errors of a long run go on.
  enum Trend: Equatable {
    case level, fading
    /// As a power of the distance from the start.
    case growing(Double)
  }

  /// Nil where the run is short or interrupted, or the errors follow no power of the distance from its start.
  var trend: Trend? {
    guard starts.count == 1, last - first >= 31 else { return nil }
    // A bin for every doubling of the distance, so that each counts alike whatever its width.
    var points: [(x: Double, y: Double)] = []
    var low = 1
    while low <= last - first {
      let bin = worst[(first + low)...min(last, first + 2 * low - 1)].filter { $0 > 0 && $0.isFinite }.sorted()
      if !bin.isEmpty { points.append((log2(Double(low)), log2(bin[bin.count / 2]))) }
      low *= 2
    }
    guard points.count >= 4 else { return nil }
    let n = Double(points.count)
    let (x, y) = (points.map(\.x).reduce(0, +) / n, points.map(\.y).reduce(0, +) / n)
    let xx = points.reduce(0) { $0 + ($1.x - x) * ($1.x - x) }
    let yy = points.reduce(0) { $0 + ($1.y - y) * ($1.y - y) }
    let xy = points.reduce(0) { $0 + ($1.x - x) * ($1.y - y) }
    let slope = xy / xx
    if abs(slope) < 0.15, (yy / n).squareRoot() < 1 { return .level }
    guard xy * xy >= 0.8 * xx * yy, abs(slope) >= 0.3 else { return nil }
    return slope > 0 ? .growing(slope) : .fading
  }

  /// The course in a phrase; nil where everything is wrong, and evenly.
  var description: String? {
    var parts: [String] = []
    if let period {
      parts.append("wrong anew every \(period), from \(name) = \(start)")
    } else if last == first, isWrong.count > 1 {
      parts.append("only \(name) = \(start)" + (last == isWrong.count - 1 ? ", the last" : ""))
    } else if starts.count == 1, last < isWrong.count - 1 {
      parts.append("wrong at \(name) = \(first)…\(last) only")
    } else if first > 0 {
      parts.append(
        "right before \(name) = \(start)"
          + (starts.count == 1 ? ", wrong from there to the end" : ", then here and there"))
    } else if starts.count > 1 {
      parts.append(AffectedIndices(name, isWrong).description ?? "wrong here and there")
    }
    switch trend {
    case .level where first > 0: parts.append("the error stays level")
    case .fading: parts.append("the error fades")
    case .growing(let power): parts.append("the error grows about as the distance to the power \(short(power))")
    case .level, nil: break
    }
    return parts.isEmpty ? nil : "along \(name): " + parts.joined(separator: "; ")
  }

  /// The first position and, where it is a multiple of a power of two that blocks may have, that power.
  private var start: String {
    let power = first & -first
    if power < 8 { return "\(first)" }
    return power == first ? "\(first), a power of two" : "\(first), a multiple of \(power)"
  }
}
