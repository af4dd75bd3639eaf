import Fixtures
import KernelSpec
import Numerics
import Tensors

/// What a timed size must give. The oracle decides where it takes at most `patience` seconds; beyond that
///
/// - a drawn subset of the rows is judged by the oracle, along an extent whose indices do not interact;
/// - where there is none, variants in 32 bits are judged by the reference in 64 bits;
/// - where neither is possible, the oracle decides all the same.
struct TimedExpectation<K: Kernel, T: VariantScalar> {
  /// How results were judged, for the record.
  let means: String
  private let expectation: Expectation<T>
  private let sample: (axis: String, indices: [Int])?

  init(_: K.Type, _ pass: Pass, _ item: Case, patience: Double = 5) {
    let seconds = K.referenceWork(item.size, pass).oracleSeconds
    if seconds > patience, let part = Self.part(pass, item, patience / seconds) {
      expectation = Expectation(
        K.self, pass, part.item.size, inputs: part.item.inputs, cotangents: part.item.cotangents)
      means = "oracle at \(part.indices.count) of \(item.size[part.axis]) \(part.axis)"
      sample = (part.axis, part.indices)
    } else if seconds > patience, T.self == Float.self {
      let inputs = item.inputs.converted(to: T.self).converted(to: Double.self)
      let cotangents = item.cotangents.converted(to: T.self).converted(to: Double.self)
      expectation = Expectation(
        K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents,
        oracle: K.evaluate(pass, inputs, cotangents, item.size).converted())
      means = "reference in double"
      sample = nil
    } else {
      expectation = Expectation(K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents)
      means = "oracle"
      sample = nil
    }
  }

  /// Judges results at the full size.
  func judge(_ found: Operands<Double>) -> (outcome: Outcome, findings: [Finding]) {
    for name in found.names {
      guard let index = found[name]!.scalars.firstIndex(where: { !$0.isFinite }) else { continue }
      return (.fail("\(name): not a number, or unwritten, at scalar \(index)"), [])
    }
    let results = found.converted(to: T.self)
    guard let sample else { return expectation.judge(results) }
    let specs = expectation.pass == .forward ? K.signature.outputs : K.signature.inputs(expectation.size)
    return expectation.judge(results.taking(sample.indices, along: sample.axis, specs))
  }

  /// The case at a few indices of an extent along which nothing interacts in this pass: for gradients that takes an axis which every
  /// input has, since the gradient of an input without it sums over it.
  private static func part(_ pass: Pass, _ item: Case, _ share: Double) -> (item: Case, axis: String, indices: [Int])?
  {
    let signature = K.signature
    let eligible = signature.independent.filter { extent in
      item.size[extent] > 1
        && (pass == .forward || signature.inputs(item.size).allSatisfy { $0.axes.contains(extent) })
    }
    guard let axis = eligible.max(by: { item.size[$0] < item.size[$1] }) else { return nil }
    var generator = SeededGenerator("sample \(item.name)", seed: 0)
    let count = max(1, Int(Double(item.size[axis]) * share))
    let indices = Array((0..<item.size[axis]).shuffled(using: &generator).prefix(count)).sorted()
    var values = Dictionary(uniqueKeysWithValues: item.size.extents.map { ($0.name, $0.value) })
    values[axis] = count
    guard let size = try? signature.size(values, options: item.size.options, present: item.size.present) else {
      return nil
    }
    let part = Case(
      name: item.name, size: size, inputs: item.inputs.taking(indices, along: axis, signature.inputs),
      cotangents: item.cotangents.taking(indices, along: axis, signature.outputs))
    return (part, axis, indices)
  }
}
