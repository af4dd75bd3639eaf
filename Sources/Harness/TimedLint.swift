import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Whether the operands of a timed size can tell a right variant from one that leaves a part of its results out.
///
/// A tenth of an output or gradient along any axis that is zero, or held at the last value before it, must fail the judgement without
/// which nobody is timed. Single precision has the wider bounds, so what fails there fails in double too. What a definition makes zero
/// or constant whatever the operands are, as the gradient of a tap beyond the input's end, is right and no reason for a complaint.
public struct TimedLint<K: Kernel> {
  private let item: Case
  private let pass: Pass
  /// The extent of which a part of the indices is looked at.
  private let axis: String?
  /// How many of them.
  private let count: Int

  /// The factor that bounds are widened by here: they are those of one evaluation, which may have rounded luckily.
  private static var margin: Double { 4 }
  /// The most that the reference may be off by, relatively, for results to be judged at all.
  private static var mostDoubtful: Double { 0.01 }

  /// A lint of the operands that are drawn for a size.
  ///
  /// Where nothing interacts along an extent, as many of its indices are looked at as take the oracle that many seconds.
  public init(_: K.Type, _ size: Size, _ pass: Pass, patience: Double = 0.05) {
    self.pass = pass
    item = Case.drawn(K.self, size, pass)
    axis = TimedExpectation<K, Float>.axis(pass, item)
    let seconds = K.referenceWork(size, pass).oracleSeconds
    count = axis.map { min(size[$0], max(2, Int(Double(size[$0]) * patience / seconds))) } ?? 1
  }

  /// About how long the oracle would take.
  public var seconds: Double {
    K.referenceWork(item.size, pass).oracleSeconds * (axis.map { Double(count) / Double(item.size[$0]) } ?? 1)
  }

  /// A line for each operand, axis and way of leaving a tenth out that passes; none for good draws.
  public func complaints() -> [String] {
    K.variants.contains { $0.pass == pass && $0.precision == .float }
      ? complaints(Float.self) : complaints(Double.self)
  }

  private func complaints<T: VariantScalar>(_: T.Type) -> [String] {
    let part =
      axis.map { axis in
        let extent = item.size[axis]
        return TimedExpectation<K, T>.part(item, axis, (0..<count).map { (2 * $0 + 1) * extent / (2 * count) })
      } ?? item
    let expectation = Expectation<T>(
      K.self, pass, part.size, inputs: part.inputs, cotangents: part.cotangents, neighbours: 0,
      oracle: T.self == Float.self ? TimedExpectation<K, T>.inDouble(pass, part) : nil)
    let specs = pass == .forward ? K.signature.outputs : K.signature.inputs(part.size)
    let place = "\(K.name) \(item.size) \(pass.rawValue)"
    let doubtful = expectation.reference.filter { !($0.value.global <= Self.mostDoubtful) }.keys.sorted()
    guard doubtful.isEmpty else {
      return ["\(place): the reference keeps fewer than two digits of \(doubtful.joined(separator: ", "))"]
    }
    var others: [Operands<Double>]?
    return specs.flatMap { spec in
      let judge = OmissionJudge(K.self, expectation, spec.name, margin: Self.margin)
      return judge.accepted.compactMap { omissions -> String? in
        guard !omissions.isEmpty else { return nil }
        others = others ?? elsewhere(part.size)
        let real = omissions.filter { omission in others!.contains { !omission.isRight(for: $0[spec.name]!) } }
        guard let first = real.first else { return nil }
        let what = pass == .forward ? spec.name : "gradient of \(spec.name)"
        let more = real.count > 1 ? ", and \(real.count - 1) like it" : ""
        return "\(place): \(what) passes \(first.text(spec.axes[first.axis]))\(more)"
      }
    }
  }

  /// Results of other operands of the size, from the edges of the domain: what is zero in all of them is so by definition.
  private func elsewhere(_ size: Size) -> [Operands<Double>] {
    (0..<3).map { seed in
      var generator = SeededGenerator("elsewhere \(K.name) \(size)", seed: UInt64(seed))
      let inputs = K.signature.drawn(size, mixed: true, using: &generator)
      return K.evaluate(pass, inputs, K.signature.drawnCotangents(size, using: &generator), size)
    }
  }
}

/// A part of an array that is left out: some indices of an axis.
struct Omission {
  /// What stands in the place of the results.
  enum Filling: CaseIterable {
    case zeros
    /// The last value before.
    case held
  }

  let filling: Filling
  let axis: Int
  let indices: Range<Int>

  /// A tenth of an axis of that extent, or one index of a short one, in steps of half its length.
  static func tenths(_ filling: Filling, axis: Int, extent: Int) -> [Omission] {
    guard extent > 1 else { return [] }
    let length = max(1, extent / 10)
    let starts = Set(stride(from: 0, through: extent - length, by: max(1, length / 2))).union([extent - length])
    return starts.sorted().filter { filling == .zeros || $0 > 0 }.map {
      Omission(filling: filling, axis: axis, indices: $0..<$0 + length)
    }
  }

  /// The array without the part.
  func applied<T: Scalar>(to operand: Operand<T>) -> Operand<T> {
    var scalars = operand.scalars
    let inner = operand.shape[(axis + 1)...].reduce(operand.isComplex ? 2 : 1, *)
    let outer = operand.shape[..<axis].reduce(1, *)
    for block in 0..<outer {
      let start = block * operand.shape[axis] * inner
      for index in indices {
        for place in 0..<inner {
          scalars[start + index * inner + place] =
            filling == .zeros ? 0 : scalars[start + (indices.lowerBound - 1) * inner + place]
        }
      }
    }
    return Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
  }

  /// Whether the array is the same without the part.
  func isRight(for operand: Operand<Double>) -> Bool { applied(to: operand).scalars == operand.scalars }

  /// Which part of an axis of that name, and what is in its place.
  func text(_ name: String) -> String {
    let part =
      indices.count == 1 ? "\(name) = \(indices.lowerBound)" : "\(name) = \(indices.lowerBound)…\(indices.last!)"
    return filling == .zeros ? "with zeros at \(part)" : "with \(part) held at the value before"
  }
}

/// Finds what may be left out of one output or gradient.
private struct OmissionJudge<K: Kernel, T: Scalar> {
  private let expectation: Expectation<T>
  private let name: String
  private let right: Operand<Oracle>
  private let scalars: [Oracle]
  /// All results, where only together they can be judged.
  private let results: Operands<T>?
  private let bound: Deviation

  init(_: K.Type, _ expectation: Expectation<T>, _ name: String, margin: Double) {
    (self.expectation, self.name) = (expectation, name)
    // Invariants have names of their own, and are judged together.
    bound = expectation.bounds[name]?.scaled(by: margin) ?? Deviation()
    results =
      expectation.hasInvariants
      ? K.evaluate(
        expectation.pass, expectation.inputs.converted(to: Double.self),
        expectation.cotangents.converted(to: Double.self), expectation.size
      ).converted() : nil
    right = results.map { $0[name]!.converted() } ?? expectation.oracle[name]!
    scalars = right.scalars
  }

  /// What may be left out, in groups of one axis and one filling. A part that is one number may be near zero, or near the number before, by
  /// chance; it is not looked at.
  var accepted: [[Omission]] {
    let count = right.shape.reduce(1, *)
    return right.shape.indices.flatMap { axis in
      Omission.Filling.allCases.map { filling in
        Omission.tenths(filling, axis: axis, extent: right.shape[axis])
          .filter { $0.indices.count * count > right.shape[axis] && accepts($0) }
      }
    }
  }

  private func accepts(_ omission: Omission) -> Bool {
    if let results {
      var found = results
      found[name] = omission.applied(to: results[name]!)
      return expectation.judge(found).outcome == .pass
    }
    // One row that is over its bound suffices, and nearly always the first one is.
    guard rows(omission).allSatisfy({ accepts(omission, row: $0) }) else { return false }
    let found = Operands([name: omission.applied(to: right)])
    return expectation.deviation(found, name).excess(over: bound) == nil
  }

  /// A few rows that the part is in.
  private func rows(_ omission: Omission) -> [Int] {
    let shape = right.shape.dropLast()
    let outer = shape.prefix(omission.axis).reduce(1, *)
    let blocks = stride(from: 0, to: outer, by: max(1, outer / 4))
    guard omission.axis < shape.count else { return Array(blocks) }
    let inner = rowsApart(omission)
    let places = stride(from: 0, to: inner, by: max(1, inner / 4))
    return blocks.flatMap { block in
      places.map { (block * shape[omission.axis] + omission.indices.lowerBound) * inner + $0 }
    }
  }

  /// How many rows lie between neighbours along the axis.
  private func rowsApart(_ omission: Omission) -> Int { right.shape[(omission.axis + 1)...].dropLast().reduce(1, *) }

  /// Whether this row, judged alone, is within the bounds of rows and elements.
  private func accepts(_ omission: Omission, row: Int) -> Bool {
    let whole = self.row(row)
    let found: Operand<Oracle> =
      if omission.axis == right.shape.count - 1 {
        Omission(filling: omission.filling, axis: 0, indices: omission.indices).applied(to: whole)
      } else if omission.filling == .held {
        self.row(row - rowsApart(omission))
      } else {
        whole.combined(0, whole, 0)
      }
    var bound = self.bound
    bound.global = .infinity
    let magnitudes = expectation.magnitudes[name].map { [$0[row]] }
    return Deviation(found, from: whole, magnitudes: magnitudes).excess(over: bound) == nil
  }

  private func row(_ index: Int) -> Operand<Oracle> {
    let length = right.shape.last! * (right.isComplex ? 2 : 1)
    return Operand(
      shape: [right.shape.last!], isComplex: right.isComplex,
      scalars: Array(scalars[index * length..<(index + 1) * length]))
  }
}
