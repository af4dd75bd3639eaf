import KernelSpec
import Numerics
import Tensors

/// By how much the scalars of one result may be off in absolute terms, whatever the others are.
struct Allowance: Sendable {
  /// Nothing.
  static let none = Allowance(floor: 0)

  /// What each scalar is allowed at least.
  let floor: Oracle
  /// What each is allowed besides; none where that is nothing.
  private(set) var extra: [Oracle] = []

  /// So many times as much.
  func scaled(by factor: Double) -> Allowance {
    guard factor != 1 else { return self }
    var result = Allowance(floor: Oracle(factor) * floor)
    result.extra = extra.map { Oracle(factor) * $0 }
    return result
  }

  init(floor: Oracle) { self.floor = floor }

  /// What the scalar at an index is allowed.
  subscript(index: Int) -> Oracle { extra.isEmpty ? floor : floor + extra[index] }

  /// By how much a difference exceeds what the scalar at an index is allowed; not a number where the difference is not.
  func excess(_ difference: Oracle, _ index: Int) -> Oracle {
    let allowed = self[index]
    return abs(difference) <= allowed ? 0 : abs(difference) - allowed
  }

  /// Allows scalars of `count` at least this much besides, where it is a number.
  mutating func allow(_ amount: Oracle, at indices: some Sequence<Int>, of count: Int) {
    guard amount > 0, amount.isFinite else { return }
    if extra.isEmpty { extra = Array(repeating: 0, count: count) }
    for index in indices { extra[index] = max(extra[index], amount) }
  }

  /// The norm of what `count` scalars are allowed.
  func norm(_ count: Int) -> Oracle {
    (0..<count).reduce(0) { $0 + self[$1] * self[$1] }.squareRoot()
  }
}

/// The rows (last axis) of results in which the exact result is zero and nothing says what errors are relative to.
struct VanishingRows {
  private var rows: [String: [Range<Int>]] = [:]

  init(_ results: Operands<Oracle>, magnitudes: [String: [Oracle]]) {
    for name in results.names {
      let scalars = results[name]!.scalars
      let length = results[name]!.rowLength
      let found = stride(from: 0, to: scalars.count, by: length).map { $0..<$0 + length }.filter { row in
        (magnitudes[name]?[row.lowerBound / length] ?? 0) == 0 && scalars[row].allSatisfy { $0 == 0 }
      }
      if !found.isEmpty { rows[name] = found }
    }
  }

  var isEmpty: Bool { rows.isEmpty }

  /// Other results with zeros in these rows.
  func erased(from results: Operands<Oracle>) -> Operands<Oracle> {
    var erased = results
    for (name, rows) in rows {
      let operand = results[name]!
      var scalars = operand.scalars
      for row in rows { for index in row { scalars[index] = 0 } }
      erased[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
    }
    return erased
  }

  /// Allows in each of these rows the largest difference there between two results, times a factor.
  func allow(_ factor: Oracle, _ a: Operands<Oracle>, _ b: Operands<Oracle>, in allowances: inout [String: Allowance])
  {
    for (name, rows) in rows {
      let (first, second) = (a[name]!.scalars, b[name]!.scalars)
      for row in rows {
        let largest = row.reduce(0) { max($0, abs(first[$1] - second[$1])) }
        allowances[name]!.allow(factor * largest, at: row, of: first.count)
      }
    }
  }
}

extension Operand where T == Oracle {
  /// What a global error is relative to: the norm or, in rows that have larger magnitudes, theirs.
  func scale(magnitudes: [Oracle]?) -> Oracle {
    guard let magnitudes else { return norm(self) }
    let scalars = scalars, length = rowLength
    var sum: Oracle = 0
    for (row, magnitude) in magnitudes.enumerated() {
      let square: Oracle = scalars[row * length..<(row + 1) * length].reduce(0) { $0 + $1 * $1 }
      sum += max(square, magnitude * magnitude * Oracle(length))
    }
    return sum.squareRoot()
  }
}

extension Operand {
  /// How many scalars a row, the last axis, has.
  var rowLength: Int { max(1, (shape.last ?? 1) * (isComplex ? 2 : 1)) }
}
