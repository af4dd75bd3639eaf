import KernelSpec
import Numerics
import Tensors

/// A small seeded generator (SplitMix64: Steele, Lea, Flood 2014): the same draws on every machine and in every release.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// A generator whose draws depend on `seed` alone.
  public init(seed: UInt64) { state = seed }

  /// A generator for `text` and `seed`: different texts give unrelated draws.
  public init(_ text: String, seed: UInt64) {
    let hash = text.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    self.init(seed: hash ^ (seed &* 0x9E37_79B9_7F4A_7C15))
  }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// Uniform in (0, 1).
  public mutating func uniform() -> Double { (Double(next() >> 11) + 0.5) * 0x1p-53 }

  /// Standard normal (Box and Muller).
  public mutating func normal() -> Double { (-2 * .log(uniform())).squareRoot() * .cos(2 * .pi * uniform()) }

  /// One value, or a pair of values for a complex draw, rounded to 32 bits so that every precision gets equal operands.
  mutating func draw(_ draw: Draw) -> [Double] {
    let values: [Double] =
      switch draw {
      case .normal(let deviation): [deviation * normal()]
      case .uniform(let low, let high): [low + (high - low) * uniform()]
      case .logUniform(let low, let high): [low * .exp(.log(high / low) * uniform())]
      case .negative(let other): self.draw(other).map { -$0 }
      case .value(let value): [value]
      case .oneOf(let draws): self.draw(draws[Int(uniform() * Double(draws.count))])
      case .complex(let real, let imaginary): self.draw(real) + self.draw(imaginary)
      case .row, .inTurn: preconditionFailure("\(draw) is drawn by rows")
      }
    return values.map { Double(Float($0)) }
  }

  /// A row of a draw that is one of rows, nil of others.
  fileprivate mutating func row(_ draw: Draw, _ count: Int) -> [[Double]]? {
    switch draw {
    case .row(let sum, let element, let peak):
      var elements = (0..<count).map { _ in self.draw(element) }
      func magnitude(_ scalars: [Double]) -> Double { scalars.reduce(0) { $0 + abs($1) } }
      if let peak {
        let place = Int(uniform() * Double(count)), share = self.draw(peak)[0]
        let own = magnitude(elements[place]), rest = magnitude(Array(elements.joined())) - own
        if own > 0, rest > 0 { elements[place] = elements[place].map { $0 * share / (1 - share) * rest / own } }
      }
      let magnitudes = magnitude(Array(elements.joined()))
      let scale = magnitudes > 0 ? self.draw(sum)[0] / magnitudes : 0
      return elements.map { $0.map { Double(Float(scale * $0)) } }
    case .oneOf(let draws) where draws.contains(where: \.isRow):
      let chosen = draws[Int(uniform() * Double(draws.count))]
      return row(chosen, count) ?? (0..<count).map { _ in self.draw(chosen) }
    case .inTurn(let draws): return (0..<count).map { self.draw(draws[$0 % draws.count]) }
    default: return nil
    }
  }
}

extension Signature {
  /// Operands for `size`, drawn from the domains that the signature states.
  ///
  /// With `mixed`, draws are the operands' hard ones; the rows of normally distributed operands get scales from 1e-3 to 30, so that an
  /// error in a small row is not hidden by a large one; and of other operands some elements repeat the one before, as eigenvalues do.
  public func drawn(_ size: Size, mixed: Bool = false, using generator: inout SeededGenerator) -> Operands<Double> {
    drawn(inputs(size), size, mixed: mixed, using: &generator)
  }

  /// Cotangents for every output, normally distributed.
  public func drawnCotangents(_ size: Size, using generator: inout SeededGenerator) -> Operands<Double> {
    let specs = outputs.map { spec in
      spec.drawn(from: spec.isComplex ? .complex(.normal(1), .normal(1)) : .normal(1))
    }
    return drawn(specs, size, mixed: false, using: &generator)
  }

  private func drawn(
    _ specs: [OperandSpec], _ size: Size, mixed: Bool, using generator: inout SeededGenerator
  ) -> Operands<Double> {
    var operands = Operands<Double>()
    for spec in specs {
      let shape = shape(spec, size)
      let row = shape.last ?? 1
      var scalars: [Double] = []
      for _ in 0..<shape.reduce(1, *) / row {
        if let drawn = generator.row(mixed ? spec.hard : spec.draw, row) {
          scalars += drawn.joined()
          continue
        }
        let scale = mixed && spec.hard.isNormal ? generator.draw(.logUniform(1e-3, 30))[0] : 1
        var previous: [Double]?
        for _ in 0..<row {
          let repeats = mixed && !spec.hard.isNormal && previous != nil && generator.uniform() < 0.125
          let element = repeats ? previous! : generator.draw(mixed ? spec.hard : spec.draw)
          scalars += element.map { Double(Float($0 * scale)) }
          previous = element
        }
      }
      operands[spec.name] = Operand(shape: shape, isComplex: spec.isComplex, scalars: scalars)
    }
    return operands
  }

  /// A small random size that suits: lengths up to 150 and other extents up to 20, or one time in eight up to 600 and 3; options and optional
  /// operands at random.
  package func randomSize(using generator: inout SeededGenerator, where suits: (Size) -> Bool = { _ in true }) -> Size
  {
    while true {
      var values: [String: Int] = [:]
      let isLong = generator.uniform() < 0.125
      for extent in extents {
        let multiple = derived.values.filter { $0.extent == extent }.map(\.divisor).max() ?? 1
        let isLength = ["L", "W"].contains(extent)
        let most = isLong ? (isLength ? 600 : 3) : isLength ? 150 : 20
        // Small extents are as likely as large ones: most boundary cases are small.
        values[extent] =
          max(1, Int(generator.draw(.logUniform(1, Double(max(1, most / multiple)) + 1))[0])) * multiple
      }
      var chosen: [String: String] = [:]
      for option in options where generator.uniform() < 0.5 {
        chosen[option.name] = option.alternatives.randomElement(using: &generator)
      }
      let present = Set(inputs.filter(\.isOptional).map(\.name).filter { _ in generator.uniform() < 0.6 })
      if let size = try? size(values, options: chosen, present: present), isDrawn(size), suits(size) {
        return size
      }
    }
  }
}

extension Draw {
  fileprivate var isRow: Bool {
    switch self {
    case .row, .inTurn: true
    default: false
    }
  }

  /// Whether it is a normal draw, whose scale is arbitrary, or has one among others.
  package var isNormal: Bool {
    switch self {
    case .normal: true
    case .complex(let real, let imaginary): real.isNormal && imaginary.isNormal
    case .oneOf(let draws): draws.contains(where: \.isNormal)
    default: false
    }
  }
}
