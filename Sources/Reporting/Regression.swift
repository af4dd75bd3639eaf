import Foundation

/// A linear regression of values whose level is a random walk.
///
/// The last column of each row is the value, the others are what explains it. The filter of the walk (Kalman 1960) makes the
/// innovations of all columns independent, and from their products any choice of columns is fitted.
struct Regression {
  /// The columns' products, below the diagonal and on it, row by row.
  private let products: [Double]
  private let size: Int
  /// The logarithm of the determinant of the values' covariance, in squares of the noise.
  private let determinant: Double
  /// How many values there are beside the one that the level takes.
  private let freedom: Int

  /// Rows, with nil for values that are missing, and the variance of the walk's moves in squares of the noise.
  init(_ rows: [[Double]?], walk: Double) {
    let size = rows.lazy.compactMap { $0 }.first?.count ?? 1
    var products = Array(repeating: 0.0, count: size * size), moves = Array(repeating: 0.0, count: size)
    var determinant = 0.0, seen = 0
    var level = moves
    // Of the level, in squares of the noise.
    var variance = 1.0
    for row in rows {
      variance += seen == 0 ? 0 : walk
      guard let row else { continue }
      seen += 1
      if seen == 1 {
        level = row
        continue
      }
      let total = variance + 1, gain = variance / total
      for i in 0..<size {
        moves[i] = row[i] - level[i]
        level[i] += gain * moves[i]
        for j in 0...i { products[i * size + j] += moves[i] * moves[j] / total }
      }
      determinant += log(total)
      variance *= 1 - gain
    }
    (self.products, self.size, self.determinant, freedom) = (products, size, determinant, max(0, seen - 1))
  }

  /// What a choice of columns makes of the values.
  struct Fit {
    /// The logarithm of how probable the values are, up to a constant that is the same for the same free columns.
    let probability: Double
    fileprivate let scale: Double
    fileprivate let factor: [[Double]]

    /// The variance of the size of a column, by its place in the fit.
    func variance(of column: Int) -> Double {
      // A diagonal element of the inverse, of which Cholesky's factor is at hand.
      var solution = Array(repeating: 0.0, count: factor.count)
      for i in column..<factor.count {
        let sum = (column..<i).reduce(i == column ? 1 : 0) { $0 - factor[i][$1] * solution[$1] }
        solution[i] = sum / factor[i][i]
      }
      return scale * solution.reduce(0) { $0 + $1 * $1 }
    }
  }

  /// Integrates over the sizes of columns and the scale of the noise; nil where the values do not determine the sizes.
  ///
  /// Free columns may have any size, drawn ones have a normal size of a deviation that is given in deviations of the noise. The
  /// square of the noise has the prior of `known` values of that deviation.
  func fit(
    _ free: [Int], _ drawn: [(column: Int, deviation: Double)], known: (values: Double, deviation: Double)
  ) -> Fit? {
    let columns = free + drawn.map(\.column), value = size - 1
    func product(_ a: Int, _ b: Int) -> Double { products[max(a, b) * size + min(a, b)] }
    guard freedom - free.count >= 2 else { return nil }
    var factor = Array(repeating: Array(repeating: 0.0, count: columns.count), count: columns.count)
    var explained = Array(repeating: 0.0, count: columns.count)
    var logs = determinant, rest = product(value, value)
    for i in columns.indices {
      for j in 0..<i {
        factor[i][j] =
          (0..<j).reduce(product(columns[i], columns[j])) { $0 - factor[i][$1] * factor[j][$1] } / factor[j][j]
      }
      var square = (0..<i).reduce(product(columns[i], columns[i])) { $0 - factor[i][$1] * factor[i][$1] }
      if i >= free.count {
        let deviation = drawn[i - free.count].deviation
        square += 1 / (deviation * deviation)
        logs += 2 * log(deviation)
      }
      guard square > 1e-9 else { return nil }
      logs += log(square)
      factor[i][i] = square.squareRoot()
      explained[i] = (0..<i).reduce(product(value, columns[i])) { $0 - factor[i][$1] * explained[$1] } / factor[i][i]
      rest -= explained[i] * explained[i]
    }
    let weight = Double(freedom - free.count) + known.values
    let scale = (max(rest, 0) + known.values * known.deviation * known.deviation) / weight
    return Fit(probability: -0.5 * (logs + weight * log(scale)), scale: scale, factor: factor)
  }
}
