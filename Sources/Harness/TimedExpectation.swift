import Fixtures
import KernelSpec
import Numerics
import Tensors

/// What a timed size must give. The oracle decides where it takes at most `patience` seconds; beyond that
///
/// - a drawn subset of the rows is judged by the oracle, along an extent whose indices do not interact, and others more coarsely by the
///   reference in 64 bits: all others where that is affordable, else enough that no tenth of the extent is without;
/// - where there is no such extent, variants in 32 bits are judged by the reference in 64 bits;
/// - where neither is possible, the oracle decides all the same.
struct TimedExpectation<K: Kernel, T: VariantScalar> {
  /// How results were judged, for the record.
  let means: String
  private let expectation: Expectation<T>
  private let sample: (axis: String, indices: [Int])?
  /// What the reference in 64 bits says of indices that are not in the sample.
  private let others: (indices: [Int], expectation: Expectation<Float>)?

  init(_: K.Type, _ pass: Pass, _ item: Case, patience: Double = 5) {
    let seconds = K.referenceWork(item.size, pass).oracleSeconds
    if seconds > patience, let axis = Self.axis(pass, item) {
      let extent = item.size[axis]
      var generator = SeededGenerator("sample \(item.name)", seed: 0)
      let count = max(1, Int(Double(extent) * patience / seconds))
      let indices = Array((0..<extent).shuffled(using: &generator).prefix(count)).sorted()
      let part = Self.part(item, axis, indices)
      expectation = Expectation(
        K.self, pass, part.size, inputs: part.inputs, cotangents: part.cotangents)
      sample = (axis, indices)
      let affordable = Int(Double(extent) * patience * Self.quicker / seconds)
      others = Self.others(pass, item, axis, except: indices, atMost: affordable)
      means =
        "oracle at \(indices.count) of \(extent) \(axis)"
        + (others.map { ", reference in double at \($0.indices.count)" } ?? "")
    } else if seconds > patience, T.self == Float.self {
      expectation = Expectation(
        K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents,
        oracle: Self.inDouble(pass, item))
      means = "reference in double"
      (sample, others) = (nil, nil)
    } else {
      expectation = Expectation(K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents)
      means = "oracle"
      (sample, others) = (nil, nil)
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
    let judged = expectation.judge(results.taking(sample.indices, along: sample.axis, specs))
    guard let others, judged.outcome == .pass else { return judged }
    let rest = results.taking(others.indices, along: sample.axis, specs)
    guard let excess = excess(rest, others.expectation) else { return judged }
    return (.fail("\(excess), at other \(sample.axis) than the oracle's"), judged.findings)
  }

  /// What is wrong at indices that are not in the sample; nil where nothing is.
  private func excess(_ results: Operands<T>, _ others: Expectation<Float>) -> String? {
    let compared = others.compared(results)
    return others.oracle.names.compactMap { name in
      let error = compared.map { others.deviation($0, name) } ?? others.deviation(results, name)
      // Conditioning is the same in both precisions.
      let bound = others.bounds[name]!.scaled(by: Double(T.ulpOfOne) / Double(Float.ulpOfOne))
        .joined(expectation.bounds[name]!).scaled(by: Self.coarser)
      return error.excess(over: bound).map { "\(name): \($0)" }
    }.first
  }

  /// How many times as quick as the oracle the reference in 64 bits is taken to be, with that of the variant's own precision.
  private static var quicker: Double { 2.5 }

  /// How many times as wrong as the rule allows results may be where the reference in 64 bits judges them: it is wrong too.
  private static var coarser: Double { 4 }

  /// What the reference in 64 bits makes of operands rounded to `T`.
  static func inDouble(_ pass: Pass, _ item: Case) -> Operands<Oracle> {
    let inputs = item.inputs.converted(to: T.self).converted(to: Double.self)
    let cotangents = item.cotangents.converted(to: T.self).converted(to: Double.self)
    return K.evaluate(pass, inputs, filled(cotangents, K.signature, item.size), item.size).converted()
  }

  /// The reference in 64 bits at indices that are not in the sample; nil where all are.
  private static func others(
    _ pass: Pass, _ item: Case, _ axis: String, except sample: [Int], atMost affordable: Int
  ) -> (indices: [Int], expectation: Expectation<Float>)? {
    let extent = item.size[axis], known = Set(sample)
    let fewest = Set((0..<20).map { (2 * $0 + 1) * extent / 40 })
    let indices = (0..<extent).filter { index in
      !known.contains(index) && (extent - known.count <= affordable || fewest.contains(index))
    }
    guard !indices.isEmpty else { return nil }
    let part = part(item, axis, indices)
    return (
      indices,
      Expectation(
        K.self, pass, part.size, inputs: part.inputs, cotangents: part.cotangents, neighbours: 0,
        oracle: inDouble(pass, part))
    )
  }

  /// The longest extent along which nothing interacts in this pass: for gradients one that every input has, since the gradient of an
  /// input without it sums over it.
  static func axis(_ pass: Pass, _ item: Case) -> String? {
    let signature = K.signature
    return signature.independent.filter { extent in
      let isBound = signature.divides.contains { $0.divisor == extent || $0.extent == extent }
      return item.size[extent] > 1 && !isBound
        && (pass == .forward || signature.inputs(item.size).allSatisfy { $0.axes.contains(extent) })
    }.max { item.size[$0] < item.size[$1] }
  }

  /// The case at a few indices of such an extent.
  static func part(_ item: Case, _ axis: String, _ indices: [Int]) -> Case {
    let signature = K.signature
    var values = Dictionary(uniqueKeysWithValues: item.size.extents.map { ($0.name, $0.value) })
    values[axis] = indices.count
    guard let size = try? signature.size(values, options: item.size.options, present: item.size.present) else {
      preconditionFailure("\(K.name) has no size with \(indices.count) \(axis)")
    }
    return Case(
      name: item.name, size: size, inputs: item.inputs.taking(indices, along: axis, signature.inputs),
      cotangents: item.cotangents.taking(indices, along: axis, signature.outputs))
  }
}
