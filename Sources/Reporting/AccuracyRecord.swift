import Foundation

/// How accurate one contender is at one size of a series along which extents grow.
public struct AccuracyRecord: Codable, Sendable, Equatable {
  /// The kernel's name.
  public var kernel: String
  /// The variant's name; `reference` for the reference itself.
  public var variant: String
  /// `forward` or `gradient`.
  public var pass: String
  /// `float` or `double`.
  public var precision: String
  /// How many threads the variant uses.
  public var threads: Int
  /// The extents that grow together in the series.
  public var along: [String]
  /// The size.
  public var size: String
  /// Its extents.
  public var extents: [String: Int]
  /// The outputs or gradients.
  public var operands: [Operand]
  /// When, ISO 8601 in UTC.
  public var date: String

  /// The errors of one output or gradient, relative in the L2 norm to what the oracle gives: one for each draw of the data.
  public struct Operand: Codable, Sendable, Equatable {
    /// The output, or the input whose gradient it is.
    public var operand: String
    /// What was computed.
    public var errors: [Double]
    /// The oracle's result rounded to the precision.
    public var best: [Double]

    /// An operand's errors; see the properties.
    public init(operand: String, errors: [Double], best: [Double]) {
      (self.operand, self.errors, self.best) = (operand, errors, best)
    }
  }

  /// An accuracy; see the properties.
  public init(
    kernel: String, variant: String, pass: String, precision: String, threads: Int, along: [String], size: String,
    extents: [String: Int], operands: [Operand], date: String
  ) {
    (self.kernel, self.variant, self.pass, self.precision) = (kernel, variant, pass, precision)
    (self.threads, self.along, self.size, self.extents) = (threads, along, size, extents)
    (self.operands, self.date) = (operands, date)
  }

  /// The error of each draw: that of the operand that is furthest off.
  public var errors: [Double] { worst(\.errors) }

  /// The rounding error of each draw: that of the operand that suffers most.
  public var best: [Double] { worst(\.best) }

  private func worst(_ path: KeyPath<Operand, [Double]>) -> [Double] {
    let draws = operands.map { $0[keyPath: path].count }.min() ?? 0
    return (0..<draws).map { draw in operands.map { $0[keyPath: path][draw] }.worst }
  }

  /// The decimal digits that the contender loses beyond the rounding of its result, by medians; nil where rounding loses nothing.
  public var digitsLost: Double? {
    guard !errors.isEmpty, !best.isEmpty else { return nil }
    let (error, best) = (Statistics.median(errors), Statistics.median(best))
    return error > 0 && best > 0 ? log10(error / best) : nil
  }

  /// What tells contenders apart.
  var contender: [String] { [kernel, variant, pass, precision, "\(threads)"] }
}
