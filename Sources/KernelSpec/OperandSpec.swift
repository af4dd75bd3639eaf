/// What random values of an operand look like when no data are given: the domain in which the kernel is used.
public indirect enum Draw: Sendable {
  /// Normal with mean 0 and this standard deviation.
  case normal(Double)
  /// Uniform between two bounds.
  case uniform(Double, Double)
  /// Uniform in the logarithm between two positive bounds.
  case logUniform(Double, Double)
  /// The negative of a draw.
  case negative(Draw)
  /// Always this.
  case value(Double)
  /// One of several draws, each as likely: chosen for each element, or for each row (last axis) where one of them is `row`.
  case oneOf([Draw])
  /// The elements of a row (last axis) by each of several draws in turn, so that every row has some of each.
  case inTurn([Draw])
  /// Rows (last axis) of elements so drawn, scaled so that their magnitudes add up to a number drawn for each row. Where there is a
  /// peak, one element of a row, at a place drawn for each, has that share of the sum.
  case row(sum: Draw, of: Draw, peak: Draw? = nil)
  /// Complex, from draws of the real and the imaginary part.
  case complex(Draw, Draw)
}

/// One operand of a kernel: name, axes, field and how to draw it.
public struct OperandSpec: Sendable {
  /// The name in case files and on the command line.
  public let name: String
  /// The axes, slowest first. A name may be a derived extent of the signature, such as `M`.
  public let axes: [String]
  /// Whether the elements are complex.
  public let isComplex: Bool
  /// Whether the operand may be absent.
  public let isOptional: Bool
  /// How to draw it where no data are given.
  public let draw: Draw
  /// How to draw it where bugs are looked for: the edges of the domain among the rest. Where none is given, as `draw`.
  public let hard: Draw

  private init(name: String, axes: [String], isComplex: Bool, isOptional: Bool, draw: Draw, hard: Draw? = nil) {
    (self.name, self.axes, self.isComplex, self.isOptional) = (name, axes, isComplex, isOptional)
    (self.draw, self.hard) = (draw, hard ?? draw)
  }

  /// A real operand.
  public static func real(
    _ name: String, _ axes: String..., draw: Draw = .normal(1), hard: Draw? = nil, optional: Bool = false
  ) -> Self {
    OperandSpec(name: name, axes: axes, isComplex: false, isOptional: optional, draw: draw, hard: hard)
  }

  /// A complex operand.
  public static func complex(
    _ name: String, _ axes: String..., draw: Draw = .complex(.normal(1), .normal(1)), hard: Draw? = nil,
    optional: Bool = false
  ) -> Self {
    OperandSpec(name: name, axes: axes, isComplex: true, isOptional: optional, draw: draw, hard: hard)
  }

  /// The same operand, drawn otherwise.
  public func drawn(from draw: Draw) -> Self {
    OperandSpec(name: name, axes: axes, isComplex: isComplex, isOptional: isOptional, draw: draw)
  }

  /// Axes and field as the documentation writes them, such as `(H, M) ℂ`.
  public var type: String { "(\(axes.joined(separator: ", ")))" + (isComplex ? " ℂ" : "") }
}
