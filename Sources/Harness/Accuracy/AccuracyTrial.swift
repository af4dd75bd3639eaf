import KernelSpec
import Numerics
import Tensors

/// How accurate one contender is at one size: of each operand the relative errors over several draws of the data.
public struct AccuracyResult: Sendable {
  /// The variant's name, or `reference`.
  public let variant: String
  /// In which precision.
  public let precision: Precision
  /// On how many threads.
  public let threads: Int
  /// The outputs or gradients.
  public var operands: [Operand]

  /// The errors of one output or gradient: `‖found − right‖₂ / ‖right‖₂`, one for each draw.
  public struct Operand: Sendable {
    /// The output, or the input whose gradient it is.
    public let name: String
    /// What was computed; infinite where it is not a number.
    public var errors: [Double]
    /// The right result rounded to the precision: no algorithm can do better.
    public var best: [Double]
  }
}

/// Measures how far contenders of one pass are from the oracle at one size.
public struct AccuracyTrial<K: Kernel> {
  private let size: Size
  private let pass: Pass
  private let variants: [Variant]
  /// What was measured so far, in the order reference, variants; float before double.
  public private(set) var results: [AccuracyResult] = []

  /// A trial of these variants, of which those of another pass are left out, and of the reference in their precisions.
  public init(_: K.Type, _ size: Size, _ pass: Pass, _ variants: [Variant]) {
    (self.size, self.pass) = (size, pass)
    self.variants = variants.filter { $0.pass == pass }
  }

  /// Measures everybody on one draw of the data, which `draw` numbers. A variant that refuses the size has no result.
  public mutating func run(draw: Int) {
    var generator = SeededGenerator("accuracy \(K.name) \(size)", seed: UInt64(draw))
    let inputs = K.signature.drawn(size, using: &generator)
    let cotangents = K.signature.drawnCotangents(size, using: &generator)
    // Drawn operands are exact in every precision, so that one result is right for all.
    let right = K.evaluate(pass, inputs.converted(to: Oracle.self), cotangents.converted(to: Oracle.self), size)
    measure(Float.self, inputs, cotangents, right)
    measure(Double.self, inputs, cotangents, right)
  }

  private mutating func measure<T: VariantScalar>(
    _: T.Type, _ inputs: Operands<Double>, _ cotangents: Operands<Double>, _ right: Operands<Oracle>
  ) {
    let fitting = variants.filter { T.preparation(of: $0) != nil }
    guard let precision = fitting.first?.precision else { return }
    let (inputs, cotangents): (Operands<T>, Operands<T>) = (inputs.converted(), cotangents.converted())
    let best = Self.errors(of: right.converted(to: T.self), right)
    add("reference", precision, 1, Self.errors(of: K.evaluate(pass, inputs, cotangents, size), right), best)
    for variant in fitting {
      guard let run = try? T.preparation(of: variant)!(size) else { continue }
      let execution = Execution(run, pass, K.signature, size, inputs: inputs, cotangents: cotangents)
      execution.call()
      add(variant.name, precision, variant.threads, Self.errors(of: execution.written, right), best)
    }
  }

  private static func errors<T: Scalar>(of found: Operands<T>, _ right: Operands<Oracle>) -> [String: Double] {
    Dictionary(uniqueKeysWithValues: right.names.map { ($0, Deviation(found[$0]!, from: right[$0]!).global) })
  }

  private mutating func add(
    _ variant: String, _ precision: Precision, _ threads: Int, _ errors: [String: Double], _ best: [String: Double]
  ) {
    let known = results.firstIndex {
      $0.variant == variant && $0.precision == precision && $0.threads == threads
    }
    guard let known else {
      let operands = errors.keys.sorted().map {
        AccuracyResult.Operand(name: $0, errors: [errors[$0]!], best: [best[$0]!])
      }
      results.append(
        AccuracyResult(variant: variant, precision: precision, threads: threads, operands: operands))
      return
    }
    for index in results[known].operands.indices {
      let name = results[known].operands[index].name
      results[known].operands[index].errors.append(errors[name]!)
      results[known].operands[index].best.append(best[name]!)
    }
  }
}
