import Fixtures
import KernelSpec
import Numerics
import Tensors

/// What a pass must give on operands rounded to `T`, by the oracle, and how far the reference in `T` is from it.
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
  /// The bounds that follow from it.
  let bounds: [String: Deviation]
  /// The magnitudes of rows that errors are relative to, where the kernel states any.
  let magnitudes: [String: [Oracle]]

  /// Evaluates the oracle and the reference.
  ///
  /// One evaluation may round luckily, so the reference is also judged on neighbours of the case where that costs
  /// little: operands changed by some ulps, which leaves the conditioning but not the roundings. The worst counts.
  package init<K: Kernel>(
    _ kernel: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<Double>, cotangents: Operands<Double>,
    neighbours: Int = 8, oracle known: Operands<Oracle>? = nil
  ) {
    self.kernel = kernel
    self.pass = pass
    self.size = size
    self.inputs = inputs.converted()
    self.cotangents = filled(cotangents.converted(), K.signature, size)
    let results = pass == .forward ? K.signature.outputs : K.signature.inputs(size)
    let right = known ?? K.evaluate(pass, self.inputs.converted(), self.cotangents.converted(), size)
    guard Set(right.names) == Set(results.map(\.name)) else {
      fatalError("the reference of \(K.name) gives \(right.names), expected \(results.map(\.name))")
    }
    let quantities = K.quantities(pass, right, size)
    oracle = quantities ?? right
    hasInvariants = quantities != nil
    let scales = K.magnitudes(pass, self.inputs.converted(), self.cotangents.converted(), size)
    magnitudes = scales
    func judged(_ inputs: Operands<T>, _ seeds: Operands<T>, _ right: Operands<Oracle>) -> [String: Deviation] {
      let found = K.evaluate(pass, inputs, seeds, size)
      guard let wanted = K.quantities(pass, right, size) else { return Self.deviations(found, right, scales) }
      return Self.deviations(K.quantities(pass, found.converted(), size)!, wanted, scales)
    }
    var worst = judged(self.inputs, self.cotangents, right)
    var generator = SeededGenerator("neighbours", seed: 0)
    let affordable = 0.25 / K.referenceWork(size, pass).oracleSeconds
    // Where nothing is read there are no neighbours.
    for _ in 0..<(self.inputs.names.isEmpty ? 0 : Int(min(Double(neighbours), affordable))) {
      let moved = self.inputs.jittered(using: &generator)
      let seeds = self.cotangents.jittered(using: &generator)
      let right = K.evaluate(pass, moved.converted(to: Oracle.self), seeds.converted(to: Oracle.self), size)
      // A neighbour may overflow where the case does not; it then says nothing of the case.
      worst.merge(judged(moved, seeds, right)) { $1.isFinite ? $0.joined($1) : $0 }
    }
    reference = worst
    bounds = worst.mapValues { $0.bound(K.tolerance, ulp: Double(T.ulpOfOne)) }
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
      let finding = Finding(operand: name, error: error, bound: bounds[name]!)
      findings.append(finding)
      let what = pass == .forward ? name : "gradient of \(name)"
      if oracle[name]!.scalars.contains(where: { !$0.isFinite }) {
        doubt = doubt ?? "\(what): the oracle itself is not finite"
      } else if !(reference[name]!.global <= 0.01 && reference[name]!.row.isFinite
        && reference[name]!.element.isFinite)
      {
        doubt =
          doubt
          ?? "\(what): the reference in this precision is off by \(short(reference[name]!.global)), fewer than two digits"
      } else if !error.isFinite {
        failure = failure ?? "\(what): not a number, or unwritten, at \(error.worst)"
      } else if let excess = error.excess(over: finding.bound) {
        failure = failure ?? "\(what): \(excess); worst at \(error.worst)"
      }
    }
    if let failure { return (.fail(failure), findings) }
    if let doubt { return (.mistrusted(doubt), findings) }
    return (.pass, findings)
  }

  /// How far the operand of that name, or the quantity that is compared in its place, is from what it must be.
  func deviation<F: Scalar>(_ found: Operands<F>, _ name: String) -> Deviation {
    Deviation(found[name]!, from: oracle[name]!, magnitudes: magnitudes[name])
  }

  private static func deviations<F: Scalar>(
    _ found: Operands<F>, _ oracle: Operands<Oracle>, _ magnitudes: [String: [Oracle]]
  ) -> [String: Deviation] {
    Dictionary(
      uniqueKeysWithValues: oracle.names.map {
        ($0, Deviation(found[$0]!, from: oracle[$0]!, magnitudes: magnitudes[$0]))
      })
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
  /// The same operands, each scalar changed by up to 64 ulps.
  fileprivate func jittered(using generator: inout SeededGenerator) -> Operands<T> {
    var result = Operands<T>()
    for name in names {
      let operand = self[name]!
      let scalars = operand.scalars.map { $0 * (1 + T(128 * generator.uniform() - 64) * T.ulpOfOne) }
      result[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
    }
    return result
  }

  /// Whether every scalar is the same in 32 bits.
  var isExactInFloat: Bool {
    names.allSatisfy { self[$0]!.scalars.allSatisfy { T(Float($0)) == $0 } }
  }
}
