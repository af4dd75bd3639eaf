import KernelSpec
import Numerics
import Tensors

/// How far the reference in `T` is from the exact result on a case and on neighbours of it, and what moving the operands does to the exact
/// result: all that bounds are made of.
///
/// One evaluation may round luckily, so the reference is also judged on neighbours of the case where that costs
/// little: operands changed by some ulps, which leaves the conditioning but not the roundings. The worst counts. What hardly depends on
/// its operands rounds alike in all of them: the multiplier `e^z` of a slow mode, whose error grows with every step. So half of the neighbours
/// are remote, with operands changed by up to the root of an ulp; they count for results that move by at most a tenth. Where the multiplier
/// differs from step to step, the roundings of one evaluation average out, which those of another library need not: there the
/// reference counts as at least as wrong as half an ulp in one direction makes the exact result (`Kernel.drifting`).
///
/// The reference may also be better than rounded operands deserve, as where it subtracts neighbouring numbers exactly and nothing else
/// rounds. Results as good as if operands had been rounded are right all the same (mixed forward–backward stability: Higham 2002, Accuracy
/// and Stability of Numerical Algorithms, 2nd ed., sections 1.5 and 1.6). What the neighbours' exact results differ from the case's
/// by, scaled to half an ulp of each operand, is what the reference is credited with at least.
///
/// A format that is narrower than `T` has coarser ulps. To first order, errors are as many times as large: so what the reference is off
/// in `T` tells what it would be off in the format, where nothing on its way is too large or too small for the format.
struct ReferenceStudy<K: Kernel, T: Scalar> {
  /// The worst deviation of the reference, by operand.
  private(set) var worst: [String: Deviation] = [:]
  /// What half an ulp in each operand, up or down, does to the exact results.
  private(set) var moves: [String: Deviation] = [:]
  /// What every scalar may be off besides.
  private(set) var allowances: [String: Allowance] = [:]
  /// The magnitudes of rows that errors are relative to, where the kernel states any.
  let magnitudes: [String: [Oracle]]

  private let pass: Pass
  private let size: Size
  private let inputs, cotangents: Operands<T>
  /// The right results, or the quantities that are compared in their place.
  private let oracle: Operands<Oracle>
  private let format: NarrowFormat?
  private let vanishing: VanishingRows
  /// What is too small for the precision.
  private let floor = Allowance(floor: Oracle(T.leastNormalMagnitude))
  /// The results of the reference.
  private let plain: Operands<Oracle>

  /// Evaluates the reference on the case.
  init(
    _: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<T>, cotangents: Operands<T>, oracle: Operands<Oracle>,
    format: NarrowFormat?
  ) {
    (self.pass, self.size, self.format) = (pass, size, format)
    (self.inputs, self.cotangents, self.oracle) = (inputs, cotangents, oracle)
    magnitudes = K.magnitudes(pass, inputs.converted(), cotangents.converted(), size)
    vanishing = VanishingRows(oracle, magnitudes: magnitudes)
    func evaluated() -> Operands<Oracle> { Self.compared(inputs, cotangents, pass, size, format) }
    let (plain, metSubnormals) = Arithmetic.watched(evaluated)
    self.plain = plain
    // What computes in half precision has its subnormal numbers: of those the rule is that for rounding to the nearest.
    let least = format == .half ? Allowance(floor: times * Oracle(NarrowFormat.half.leastNonzero) / 2) : floor
    allowances = Dictionary(uniqueKeysWithValues: oracle.names.map { ($0, least) })
    vanishing.allow(times * Oracle(coarser), plain, oracle, in: &allowances)
    if metSubnormals, let flushed = Arithmetic.flushing(evaluated) { allow(flushed) }
    if !vanishing.isEmpty {
      for arithmetic in Arithmetic.directed {
        guard let rounded = arithmetic(evaluated) else { continue }
        vanishing.allow(times * Oracle(coarser), rounded, oracle, in: &allowances)
      }
    }
    worst = deviations(plain, oracle).mapValues { $0.scaled(by: coarser) }
    moves = worst.mapValues { _ in Deviation() }
  }

  /// Evaluates neighbours of the case: at most so many, as far as they cost little.
  mutating func visitNeighbours(_ count: Int) {
    var generator = SeededGenerator("neighbours", seed: 0)
    let affordable = 0.25 / K.referenceWork(size, pass).oracleSeconds
    // Where nothing is read there are no neighbours.
    let wanted = inputs.names.isEmpty ? 0 : count
    // In 32 bits the share would be rounded away.
    if wanted > 0, affordable >= 1 {
      visitDrift(Oracle.self)
    } else if wanted > 0, T.self == Float.self {
      visitDrift(Double.self)
    }
    if wanted > 0, affordable < 1 {
      // The reference in T moves as the exact result does, but for its roundings, of which the scale leaves little.
      let (moved, movedSeeds) = neighbour(reach, using: &generator)
      merge(&moves, deviations(compared(moved, movedSeeds), plain), times: halfAnUlp(of: reach))
    }
    for index in 0..<Int(min(Double(wanted), affordable)) {
      var names = Set(oracle.names)
      if format == nil, !index.isMultiple(of: 2) { names = visitRemoteNeighbour(using: &generator) }
      guard !(names.isEmpty && vanishing.isEmpty) else { continue }
      let (right, found) = evaluatedNeighbour(reach, using: &generator)
      vanishing.allow(times * Oracle(coarser), found, right, in: &allowances)
      vanishing.allow(times * Oracle(halfAnUlp(of: reach)), right, oracle, in: &allowances)
      merge(&worst, deviations(found, right).filter { names.contains($0.key) }, times: coarser)
      merge(&moves, deviations(right, oracle).filter { names.contains($0.key) }, times: halfAnUlp(of: reach))
    }
  }

  /// Evaluates a remote neighbour; the results for which it is too far off to count.
  private mutating func visitRemoteNeighbour(using generator: inout SeededGenerator) -> Set<String> {
    let reach = (1 / ulp).squareRoot()
    let (right, found) = evaluatedNeighbour(reach, using: &generator)
    let moved = deviations(right, oracle)
    let unfit = moved.filter { !($0.value.isFinite && $0.value == $0.value.below(Self.farthest)) }
    merge(&worst, deviations(found, right).filter { unfit[$0.key] == nil }, times: 1)
    merge(&moves, moved.filter { unfit[$0.key] == nil }, times: halfAnUlp(of: reach))
    return Set(unfit.keys)
  }

  /// Evaluates the pass with multipliers off by half an ulp of a number just below 1.
  private mutating func visitDrift<F: Scalar>(_: F.Type) {
    let (inputs, cotangents) = (inputs.converted(to: F.self), cotangents.converted(to: F.self))
    guard let drifted = K.drifting(pass, inputs, cotangents, size, by: F(ulp / 4)) else { return }
    let found = drifted.converted(to: Oracle.self)
    merge(&worst, deviations(K.quantities(pass, found, size) ?? found, oracle), times: 1)
  }

  /// The bounds that follow: by what the reference is off, and by what half an ulp changes as far as that is below `most`.
  func bounds(below most: Double) -> [String: Deviation] {
    worst.merging(moves.mapValues { $0.below(most) }) { $0.joined($1) }.mapValues { $0.bound(K.tolerance, ulp: ulp) }
  }

  private var times: Oracle { Oracle(K.tolerance.timesReference) }
  private var ulp: Double { format?.ulp ?? Double(T.ulpOfOne) }
  private var coarser: Double { ulp / Double(T.ulpOfOne) }
  /// By how many ulps the operands of neighbours differ at most: coarse ones are no small changes.
  private var reach: Double { format == nil ? 8 : 1 }
  /// By how much the results of a remote neighbour may differ for its conditioning to be the case's.
  private static var farthest: Double { 0.1 }
  /// What deviations of neighbours are scaled by: uniformly drawn moves of up to `reach` ulps have a root mean square of `reach / √3`.
  private func halfAnUlp(of reach: Double) -> Double { 0.5 * 3.0.squareRoot() / reach }

  /// Operands changed by up to so many ulps.
  private func neighbour(
    _ reach: Double, using generator: inout SeededGenerator
  ) -> (inputs: Operands<T>, cotangents: Operands<T>) {
    let moved = inputs.jittered(by: reach * ulp, using: &generator)
    return (moved, cotangents.jittered(by: reach * ulp, using: &generator))
  }

  /// What is right for a neighbour, and what the reference gives.
  private func evaluatedNeighbour(
    _ reach: Double, using generator: inout SeededGenerator
  ) -> (right: Operands<Oracle>, found: Operands<Oracle>) {
    let (moved, movedSeeds) = neighbour(reach, using: &generator)
    return (
      compared(moved.converted(to: Oracle.self), movedSeeds.converted(to: Oracle.self)), compared(moved, movedSeeds)
    )
  }

  /// A neighbour may overflow where the case does not; it then says nothing of the case.
  private func merge(_ all: inout [String: Deviation], _ more: [String: Deviation], times factor: Double) {
    all.merge(more) { $1.isFinite ? $0.joined($1.scaled(by: factor)) : $0 }
  }

  /// Allows every scalar what flushing subnormal numbers changes.
  private mutating func allow(_ flushed: Operands<Oracle>) {
    for name in oracle.names {
      let differences = zip(flushed[name]!.scalars, plain[name]!.scalars).map { abs($0 - $1) }
      for (index, difference) in differences.enumerated() {
        allowances[name]!.allow(times * difference, at: CollectionOfOne(index), of: differences.count)
      }
    }
  }

  /// What the reference gives, and what is compared of it.
  private func compared<F: Scalar>(_ inputs: Operands<F>, _ cotangents: Operands<F>) -> Operands<Oracle> {
    Self.compared(inputs, cotangents, pass, size, format)
  }

  private static func compared<F: Scalar>(
    _ inputs: Operands<F>, _ cotangents: Operands<F>, _ pass: Pass, _ size: Size, _ format: NarrowFormat?
  ) -> Operands<Oracle> {
    let all = K.evaluate(pass, inputs, cotangents, size).converted(to: Oracle.self)
    let found = format?.limited(all) ?? all
    return K.quantities(pass, found, size) ?? found
  }

  private func deviations(_ found: Operands<Oracle>, _ wanted: Operands<Oracle>) -> [String: Deviation] {
    let (found, wanted) =
      vanishing.isEmpty ? (found, wanted) : (vanishing.erased(from: found), vanishing.erased(from: wanted))
    return Dictionary(
      uniqueKeysWithValues: wanted.names.map {
        ($0, Deviation(found[$0]!, from: wanted[$0]!, magnitudes: magnitudes[$0], allowance: floor))
      })
  }
}

extension Operands {
  /// The same operands, each scalar changed by up to this share of itself.
  @specialized(where T == Float)
  @specialized(where T == Double)
  fileprivate func jittered(by reach: Double, using generator: inout SeededGenerator) -> Operands<T> {
    var result = Operands<T>()
    for name in names {
      let operand = self[name]!
      let scalars = operand.scalars.map { $0 * (1 + T(2 * reach * generator.uniform() - reach)) }
      result[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
    }
    return result
  }
}
