import Fixtures
import KernelSpec
import Numerics
import Tensors

/// What a pass must give on operands rounded to `T`, or to a narrower format, by the oracle, and how far the reference in `T` is from it.
package struct Expectation<T: Scalar> {
  let kernel: any Kernel.Type
  package let pass: Pass
  package let size: Size
  package let inputs: Operands<T>
  package let cotangents: Operands<T>
  /// The right results, or the quantities that are compared in their place.
  package let oracle: Operands<Oracle>
  /// Whether results are compared by the kernel's invariants, and not as they are.
  let hasInvariants: Bool
  /// The reference's own deviation, by operand.
  let reference: [String: Deviation]
  /// What half an ulp in each operand, up or down, does to the exact results.
  let conditioning: [String: Deviation]
  /// The bounds that follow from both. Norms that half an ulp changes by more than a hundredth are bounded by the reference alone.
  let bounds: [String: Deviation]
  /// The bounds in which conditioning counts however bad it is: between the two a result is neither right nor wrong.
  private let widest: [String: Deviation]
  /// The magnitudes of rows that errors are relative to, where the kernel states any.
  let magnitudes: [String: [Oracle]]
  /// What every scalar may be off besides: see `Allowance`.
  let allowances: [String: Allowance]
  /// What else was asked for than the suite's own rule.
  let terms: Terms
  /// What the reference may be off, and half an ulp of operands may change, for a case to tell right from wrong: narrow formats have
  /// little more than two digits.
  private let mostOff: Double

  /// Evaluates the oracle and the reference.
  ///
  /// One evaluation may round luckily, so the reference is also judged on neighbours of the case where that costs
  /// little: operands changed by some ulps, which leaves the conditioning but not the roundings. The worst counts.
  ///
  /// The reference may also be better than rounded operands deserve, as where it subtracts neighbouring numbers exactly and nothing else
  /// rounds. Results as good as if operands had been rounded are right all the same (mixed forward–backward stability: Higham 2002, Accuracy
  /// and Stability of Numerical Algorithms, 2nd ed., sections 1.5 and 1.6). What the neighbours' exact results differ from the case's
  /// by, scaled to half an ulp of each operand, is what the reference is credited with at least.
  ///
  /// A format that is narrower than `T` has coarser ulps. To first order, errors are as many times as large: so what the reference is off
  /// in `T` tells what it would be off in the format, where nothing on its way is too large or too small for the format.
  package init<K: Kernel>(
    _ kernel: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<Double>, cotangents: Operands<Double>,
    neighbours: Int = 8, oracle known: Operands<Oracle>? = nil, terms: Terms = Terms()
  ) {
    self.kernel = kernel
    self.pass = pass
    self.size = size
    self.terms = terms
    let format = terms.format
    let ulp = format?.ulp ?? Double(T.ulpOfOne)
    let coarser = ulp / Double(T.ulpOfOne)
    let given: Operands<T> = format?.stored(inputs.converted()) ?? inputs.converted()
    let drawn: Operands<T> = format?.stored(cotangents.converted()) ?? cotangents.converted()
    let seeds = filled(drawn, K.signature, size)
    self.inputs = given
    self.cotangents = seeds
    let results = pass == .forward ? K.signature.outputs : K.signature.inputs(size)
    let right = known ?? K.evaluate(pass, given.converted(), seeds.converted(), size)
    guard Set(right.names) == Set(results.map(\.name)) else {
      fatalError("the reference of \(K.name) gives \(right.names), expected \(results.map(\.name))")
    }
    let quantities = K.quantities(pass, right, size)
    let oracle = quantities ?? right
    self.oracle = oracle
    hasInvariants = quantities != nil
    let scales = K.magnitudes(pass, given.converted(), seeds.converted(), size)
    magnitudes = scales
    func compared<F: Scalar>(_ inputs: Operands<F>, _ cotangents: Operands<F>) -> Operands<Oracle> {
      let all = K.evaluate(pass, inputs, cotangents, size).converted(to: Oracle.self)
      let found = format?.limited(all) ?? all
      return K.quantities(pass, found, size) ?? found
    }
    let vanishing = VanishingRows(oracle, magnitudes: scales)
    let floor = Allowance(floor: Oracle(T.leastNormalMagnitude))
    func deviations(_ found: Operands<Oracle>, _ wanted: Operands<Oracle>) -> [String: Deviation] {
      let (found, wanted) =
        vanishing.isEmpty ? (found, wanted) : (vanishing.erased(from: found), vanishing.erased(from: wanted))
      return Dictionary(
        uniqueKeysWithValues: wanted.names.map {
          ($0, Deviation(found[$0]!, from: wanted[$0]!, magnitudes: scales[$0], allowance: floor))
        })
    }

    let (plain, metSubnormals) = Arithmetic.watched { compared(given, seeds) }
    // What computes in half precision has its subnormal numbers: of those the rule is that for rounding to the nearest.
    let times = Oracle(K.tolerance.timesReference)
    let least = format == .half ? Allowance(floor: times * Oracle(NarrowFormat.half.leastNonzero) / 2) : floor
    var allowances = Dictionary(uniqueKeysWithValues: oracle.names.map { ($0, least) })
    vanishing.allow(times * Oracle(coarser), plain, oracle, in: &allowances)
    if metSubnormals, let flushed = Arithmetic.flushing({ compared(given, seeds) }) {
      for name in oracle.names {
        let differences = zip(flushed[name]!.scalars, plain[name]!.scalars).map { abs($0 - $1) }
        for (index, difference) in differences.enumerated() {
          allowances[name]!.allow(times * difference, at: CollectionOfOne(index), of: differences.count)
        }
      }
    }
    if !vanishing.isEmpty {
      for arithmetic in Arithmetic.directed {
        guard let rounded = arithmetic({ compared(given, seeds) }) else { continue }
        vanishing.allow(times * Oracle(coarser), rounded, oracle, in: &allowances)
      }
    }

    var worst = deviations(plain, oracle).mapValues { $0.scaled(by: coarser) }
    var moves = worst.mapValues { _ in Deviation() }
    // By how many ulps the operands of neighbours differ at most: coarse ones are no small changes.
    let reach = format == nil ? 8.0 : 1
    // Uniformly drawn moves of up to `reach` ulps have a root mean square of `reach / √3`.
    let halfAnUlp = 0.5 * 3.0.squareRoot() / reach
    var generator = SeededGenerator("neighbours", seed: 0)
    let affordable = 0.25 / K.referenceWork(size, pass).oracleSeconds
    // Where nothing is read there are no neighbours.
    let wanted = given.names.isEmpty ? 0 : neighbours
    if wanted > 0, affordable < 1 {
      // The reference in T moves as the exact result does, but for its roundings, of which the scale leaves little.
      let moved = compared(
        given.jittered(by: reach * ulp, using: &generator), seeds.jittered(by: reach * ulp, using: &generator))
      moves.merge(deviations(moved, plain)) { $1.isFinite ? $0.joined($1.scaled(by: halfAnUlp)) : $0 }
    }
    for _ in 0..<Int(min(Double(wanted), affordable)) {
      let moved = given.jittered(by: reach * ulp, using: &generator)
      let movedSeeds = seeds.jittered(by: reach * ulp, using: &generator)
      let right = compared(moved.converted(to: Oracle.self), movedSeeds.converted(to: Oracle.self))
      let found = compared(moved, movedSeeds)
      vanishing.allow(times * Oracle(coarser), found, right, in: &allowances)
      vanishing.allow(times * Oracle(halfAnUlp), right, oracle, in: &allowances)
      // A neighbour may overflow where the case does not; it then says nothing of the case.
      worst.merge(deviations(found, right)) { $1.isFinite ? $0.joined($1.scaled(by: coarser)) : $0 }
      moves.merge(deviations(right, oracle)) { $1.isFinite ? $0.joined($1.scaled(by: halfAnUlp)) : $0 }
    }
    reference = worst
    conditioning = moves
    self.allowances = allowances
    let most = format == nil ? 0.01 : 0.1
    mostOff = most
    func bounds(_ moves: [String: Deviation]) -> [String: Deviation] {
      worst.merging(moves) { $0.joined($1) }.mapValues { $0.bound(K.tolerance, ulp: ulp) }
    }
    self.bounds = bounds(moves.mapValues { $0.below(most) })
    widest = bounds(moves)
  }

  /// Judges results by the bounds.
  func judge(_ written: Operands<T>) -> (outcome: Outcome, findings: [Finding]) {
    compared(written).map { judged($0) } ?? judged(written)
  }

  /// The quantities by which results are compared; nil where they are compared as they are.
  func compared<F: Scalar>(_ found: Operands<F>) -> Operands<Oracle>? {
    hasInvariants ? kernel.quantities(pass, found.converted(), size) : nil
  }

  private func judged<F: Scalar>(_ found: Operands<F>) -> (outcome: Outcome, findings: [Finding]) {
    var findings: [Finding] = []
    var doubt: String?
    var failure: String?
    for name in oracle.names {
      let error = deviation(found, name)
      let finding = Finding(
        operand: name, error: error, bound: bounds[name]!, tolerance: terms.tolerance,
        lenient: terms.tolerance > 1 ? deviation(found, name, times: terms.tolerance) : nil)
      findings.append(finding)
      let what = pass == .forward ? name : "gradient of \(name)"
      if oracle[name]!.scalars.contains(where: { !$0.isFinite }) {
        doubt = doubt ?? "\(what): the oracle itself is not finite"
      } else if !(reference[name]!.global <= mostOff && reference[name]!.row.isFinite
        && reference[name]!.element.isFinite)
      {
        let digits = terms.format == nil ? "two digits" : "one digit"
        doubt =
          doubt
          ?? "\(what): the reference in this precision is off by \(short(reference[name]!.global)), fewer than \(digits)"
      } else if !error.isFinite {
        failure = failure ?? "\(what): not a number, or unwritten, at \(error.worst)"
      } else if finding.excess != nil, finding.excess(over: widest[name]!) == nil {
        let digit = terms.format == nil ? "second" : "first"
        doubt = doubt ?? "\(what): half an ulp in its operands changes more than its \(digit) digit"
      } else if let excess = finding.excess {
        failure = failure ?? "\(what): \(excess); worst at \(error.worst)"
      }
    }
    if let failure { return (.fail(failure), findings) }
    if let doubt { return (.mistrusted(doubt), findings) }
    return (.pass, findings)
  }

  /// How far the operand of that name, or the quantity that is compared in its place, is from what it must be.
  ///
  /// - Parameter times: by what allowances are multiplied.
  func deviation<F: Scalar>(_ found: Operands<F>, _ name: String, times: Double = 1) -> Deviation {
    Deviation(
      found[name]!, from: oracle[name]!, magnitudes: magnitudes[name], allowance: allowances[name]!.scaled(by: times))
  }

  /// By how much the norm of the operand may be off in absolute terms.
  func slack(_ name: String) -> Oracle {
    let scale = oracle[name]!.scale(magnitudes: magnitudes[name])
    let bound = Oracle(bounds[name]!.global) * scale + allowances[name]!.norm(oracle[name]!.scalars.count)
    return Oracle(terms.tolerance) * bound
  }

  /// The same of every operand.
  var slack: [String: Oracle] {
    Dictionary(uniqueKeysWithValues: oracle.names.map { ($0, slack($0)) })
  }
}

extension Kernel {
  /// What the results of a pass are compared by, where the kernel states invariants.
  fileprivate static func quantities(
    _ pass: Pass, _ results: Operands<Oracle>, _ size: Size
  ) -> Operands<Oracle>? {
    pass == .forward ? invariants(results, size) : nil
  }
}

extension Work {
  /// About how long the reference takes in the oracle's precision: 2 ns an operation, 150 ns an elementary function.
  package var oracleSeconds: Double { flops * 2e-9 + transcendentals * 150e-9 }
}

extension Operands {
  /// The same operands, each scalar changed by up to this share of itself.
  fileprivate func jittered(by reach: Double, using generator: inout SeededGenerator) -> Operands<T> {
    var result = Operands<T>()
    for name in names {
      let operand = self[name]!
      let scalars = operand.scalars.map { $0 * (1 + T(2 * reach * generator.uniform() - reach)) }
      result[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
    }
    return result
  }

  /// Whether every scalar is the same in 32 bits.
  var isExactInFloat: Bool {
    names.allSatisfy { self[$0]!.scalars.allSatisfy { T(Float($0)) == $0 } }
  }
}
