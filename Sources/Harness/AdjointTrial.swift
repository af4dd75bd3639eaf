import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Gradients against directional derivatives: for each operand, `⟨gradient, v⟩` must be the derivative of `Σ Re⟨cotangents, outputs⟩` along
/// a drawn direction v, taken by finite differences of the reference in the oracle's precision.
struct AdjointTrial<K: Kernel> {
  let size: Size
  private let inputs: Operands<Double>
  private let cotangents: Operands<Double>
  /// The directions: drawn from the seed.
  private let generator: SeededGenerator

  /// The derivative along a direction of one operand.
  struct Slope {
    let direction: Operand<Oracle>
    let value: Oracle
    /// By how much the finite differences may be off.
    let doubt: Oracle
  }

  init(_: K.Type, _ item: Case, seed: Int) {
    (size, inputs, cotangents) = (item.size, item.inputs, item.cotangents)
    generator = SeededGenerator("\(K.name)/adjoint/choices", seed: UInt64(seed))
  }

  /// The derivative along a drawn direction of each operand: some 25 evaluations of the oracle for each.
  func slopes() -> [String: Slope] {
    var generator = generator
    var slopes: [String: Slope] = [:]
    for spec in K.signature.inputs(size) {
      slopes[spec.name] = Self.slope(spec.name, inputs.converted(), cotangents.converted(), size, &generator)
    }
    return slopes
  }

  /// Fourth-order central differences at falling steps; the best is where two steps in a row agree most, and its doubt is how far they
  /// are apart plus what rounding can do. The direction is relative to each scalar, since operands may span many orders of magnitude.
  private static func slope(
    _ name: String, _ inputs: Operands<Oracle>, _ cotangents: Operands<Oracle>, _ size: Size,
    _ generator: inout SeededGenerator
  ) -> Slope {
    let operand = inputs[name]!
    let direction = Operand<Oracle>(
      shape: operand.shape, isComplex: operand.isComplex,
      scalars: operand.scalars.map { ($0 == 0 ? 1 : $0) * Oracle(generator.normal()) })
    func value(_ step: Oracle) -> Oracle {
      var moved = inputs
      moved[name] = operand.combined(1, direction, step)
      return dot(K.reference(moved, size), cotangents)
    }
    let outputs = K.reference(inputs, size)
    let magnitude = outputs.names.reduce(0) { $0 + norm(outputs[$1]!) * norm(cotangents[$1]!) }
    let estimates = (2...7).map { digits in
      let h = Oracle.pow(10, -Oracle(digits))
      let value = (8 * (value(h) - value(-h)) - (value(2 * h) - value(-2 * h))) / (12 * h)
      return (value, rounding: 16 * Oracle.ulpOfOne * magnitude / h)
    }
    let pairs = zip(estimates, estimates.dropFirst()).map { ($1.0, abs($0.0 - $1.0) + $1.rounding) }
    let best = pairs.min { $0.1 < $1.1 }!
    return Slope(direction: direction, value: best.0, doubt: best.1)
  }

  /// Checks a gradient variant.
  func outcome<T: VariantScalar>(
    of variant: Variant, _: T.Type, _ slopes: [String: Slope], _ terms: Terms,
    _ judge: (Variant, Expectation<T>) -> (outcome: Outcome, findings: [Finding], written: Operands<T>)
  ) -> LawOutcome {
    let expectation = Expectation<T>(
      K.self, .gradient, size, inputs: inputs, cotangents: cotangents, terms: terms)
    let (outcome, findings, written) = judge(variant, expectation)
    guard outcome == .pass else { return LawOutcome(outcome, findings, of: written, expectation) }
    return LawOutcome(compare(written.converted(), slopes, expectation.slack))
  }

  /// Checks the gradient reference in the oracle's precision.
  func outcomeOfReference(_ slopes: [String: Slope]) -> Outcome {
    let expectation = Expectation<Double>(K.self, .gradient, size, inputs: inputs, cotangents: cotangents)
    let scale = Oracle.ulpOfOne / Oracle(Double.ulpOfOne)
    return compare(expectation.oracle, slopes, expectation.slack.mapValues { scale * $0 })
  }

  private func compare(
    _ gradients: Operands<Oracle>, _ slopes: [String: Slope], _ slack: [String: Oracle]
  ) -> Outcome {
    for (name, slope) in slopes.sorted(by: { $0.key < $1.key }) {
      let gradient = gradients[name]!
      let reach = norm(gradient) * norm(slope.direction)
      // Where the gradient vanishes by cancellation only its slack says how well the slope has to be known.
      let rounding = slack[name]! * norm(slope.direction)
      guard slope.doubt <= 1e-7 * reach || reach <= rounding else {
        return .mistrusted(
          "gradient of \(name): finite differences settle to \(short(Double(slope.doubt / reach))) only")
      }
      let difference = abs(dot(gradient, slope.direction) - slope.value)
      let allowed = 10 * slope.doubt + rounding
      if !(difference <= allowed) {
        return .fail(
          "gradient of \(name): along a drawn direction \(short(Double(dot(gradient, slope.direction)))), "
            + "finite differences give \(short(Double(slope.value)))")
      }
    }
    return .pass
  }
}
