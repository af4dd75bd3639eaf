import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Whether a case can tell a right variant from one that does nothing, or not enough: one that such a null contender passes is not to
/// be trusted.
///
/// Null contenders compute in single precision and are judged by the bounds of single precision, the wider ones. Where operands are
/// such that single precision itself keeps no more digits than half, results in half precision must fail by the bounds of double. What is right whatever
/// the operands are, as the gradient of a filter's tap beyond the input's end is zero, cannot be told from a null contender by any
/// case of the size, and is no reason for mistrust: a null contender must fail on drawn operands to count.
struct TrustLint<K: Kernel> {
  private let item: Case
  private let expectation: Expectation<Float>
  /// Whether contenders that compute are affordable.
  private let isShort: Bool

  init(_: K.Type, _ item: Case, _ pass: Pass, oracle: Operands<Oracle>?) {
    self.item = item
    isShort = K.referenceWork(item.size, pass).oracleSeconds < 0.01
    expectation = Expectation(
      K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents, neighbours: isShort ? 8 : 0,
      oracle: oracle)
  }

  /// The null contenders that pass, in words; none for a good case.
  var complaints: [String] {
    guard expectation.oracle.names.allSatisfy({ expectation.oracle[$0]!.scalars.allSatisfy(\.isFinite) }) else {
      return []
    }
    let whole = passes.filter { accepts($0, expectation) && !accepts($0, elsewhere) }.map(\.description)
    let parts = expectation.oracle.names.flatMap { name in
      results.filter { null in
        accepts(null, name, expectation) && !accepts(null, name, elsewhere)
          && (null != .half || acceptsHalf(name, inDouble))
      }.map { "\(name): \($0)" }
    }
    return parts + whole
  }

  private var results: [NullResult] {
    let operands = expectation.inputs.names + (expectation.pass == .gradient ? expectation.cotangents.names : [])
    return [.zeros, .mean, .half] + operands.map { .copy(of: $0) }
  }

  private var passes: [NullPass] {
    guard isShort else { return [] }
    let axes = K.laws.compactMap { if case .permutation(let axis) = $0 { axis } else { nil } }
    return [.otherOperands, .halfInputs, .briefState] + expectation.inputs.names.map { .ignoring($0) }
      + axes.map { .withoutLast($0) }
  }

  private var elsewhere: Expectation<Float> {
    let drawn = K.drawn(expectation.size, "elsewhere")
    return Expectation(
      K.self, expectation.pass, expectation.size, inputs: drawn.inputs.converted(),
      cotangents: drawn.cotangents.converted(), neighbours: 0)
  }

  private func accepts(_ null: NullResult, _ name: String, _ expectation: Expectation<Float>) -> Bool {
    var operands = expectation.inputs
    if expectation.pass == .gradient {
      for cotangent in expectation.cotangents.names { operands[cotangent] = expectation.cotangents[cotangent] }
    }
    guard let result = null.result(expected: expectation.oracle[name]!.converted(), operands: operands) else {
      return false
    }
    return expectation.deviation(Operands([name: result]), name).excess(over: expectation.bounds[name]!) == nil
  }

  /// The same case in double.
  private var inDouble: Expectation<Double> {
    Expectation(
      K.self, expectation.pass, item.size, inputs: item.inputs, cotangents: item.cotangents, neighbours: 0)
  }

  private func acceptsHalf(_ name: String, _ expectation: Expectation<Double>) -> Bool {
    let half = expectation.oracle[name]!.converted(to: Double.self).half
    return expectation.deviation(Operands([name: half]), name).excess(over: expectation.bounds[name]!) == nil
  }

  private func accepts(_ null: NullPass, _ expectation: Expectation<Float>) -> Bool {
    let results = null.results(
      K.self, expectation.pass, expectation.size, inputs: expectation.inputs, cotangents: expectation.cotangents)
    return results.map { expectation.judge($0).outcome == .pass } ?? false
  }
}
