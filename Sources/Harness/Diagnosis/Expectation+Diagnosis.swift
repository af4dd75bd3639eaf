import KernelSpec
import Numerics
import Tensors

extension Expectation {
  /// Where and how results are wrong, nil where every operand is within its bounds. Operands that were not found are passed over.
  ///
  /// - Parameter bounds: the bounds, where they are not those of a variant in this precision.
  func diagnosis<F: Scalar>(of found: Operands<F>, bounds: [String: Deviation]? = nil) -> Diagnosis? {
    // Invariants mix elements of several outputs: where they are wrong says little.
    hasInvariants ? nil : Examination(self, found, bounds ?? self.bounds).diagnosis(of: kernel)
  }
}

/// What the kernel gives if it is misread.
private struct Evidence<K: Kernel> {
  let readings: [(Reading, Operands<Oracle>)]
  let restart: Restart<K>?
  let wraparound: Wraparound<K>?
}

/// One look at results.
private struct Examination<T: Scalar, F: Scalar> {
  /// What all misreadings of a call may take together, in seconds of the oracle.
  private let patience = 0.5

  let expectation: Expectation<T>
  let found: Operands<F>
  let bounds: [String: Deviation]

  init(_ expectation: Expectation<T>, _ found: Operands<F>, _ bounds: [String: Deviation]) {
    (self.expectation, self.found, self.bounds) = (expectation, found, bounds)
  }

  func diagnosis<K: Kernel>(of kernel: K.Type) -> Diagnosis? {
    let specs = expectation.pass == .forward ? K.signature.outputs : K.signature.inputs(expectation.size)
    var wrong: [(spec: OperandSpec, share: Double)] = []
    var right: [String] = []
    for spec in specs where found[spec.name] != nil {
      let error = expectation.deviation(found, spec.name)
      let finding = Finding(operand: spec.name, error: error, bound: bounds[spec.name]!)
      if !error.isFinite || error.excess(over: finding.bound) != nil {
        wrong.append((spec, error.isFinite ? finding.share : .infinity))
      } else {
        right.append(spec.name)
      }
    }
    guard !wrong.isEmpty else { return nil }
    let inputs = expectation.inputs.converted(to: Oracle.self)
    let evidence = Evidence(
      readings: misreadings(of: kernel, inputs),
      restart: isAffordable(kernel) ? Restart(kernel, expectation.pass, expectation.size, inputs: inputs) : nil,
      wraparound: isAffordable(kernel) ? Wraparound(kernel, expectation.pass, expectation.size, inputs: inputs) : nil)
    let faults = wrong.sorted { weight($0, K.sequence) > weight($1, K.sequence) }.map { spec, share in
      fault(spec, share, evidence)
    }
    return Diagnosis(faults: faults, right: right)
  }

  /// The worst comes first. But an output along the sequence shows where things went wrong, of which a final state has the sum.
  private func weight(_ wrong: (spec: OperandSpec, share: Double), _ sequence: String?) -> Double {
    let tells = expectation.pass == .forward && sequence.map(wrong.spec.axes.contains) == true
    return tells ? 1000 * wrong.share : wrong.share
  }

  private func isAffordable<K: Kernel>(_: K.Type) -> Bool {
    4 * K.referenceWork(expectation.size, expectation.pass).oracleSeconds <= patience
  }

  /// What the kernel gives under as many misreadings as can be afforded.
  private func misreadings<K: Kernel>(
    of _: K.Type, _ inputs: Operands<Oracle>
  ) -> [(Reading, Operands<Oracle>)] {
    let all = Misreadings<K>(
      pass: expectation.pass, size: expectation.size, inputs: inputs,
      cotangents: expectation.cotangents.converted(to: Oracle.self)
    ).all
    let seconds = K.referenceWork(expectation.size, expectation.pass).oracleSeconds
    let affordable = Int(min(Double(all.count), patience / max(seconds, 1e-9)))
    return all.prefix(affordable).map { ($0, $0.results()) }
  }

  private func fault<K: Kernel>(
    _ spec: OperandSpec, _ share: Double, _ evidence: Evidence<K>
  ) -> Fault {
    let bound = bounds[spec.name]!
    let field = ErrorField(
      spec, found: found[spec.name]!, expected: expectation.oracle[spec.name]!, bound: bound,
      magnitudes: expectation.magnitudes[spec.name],
      allowance: expectation.allowances[spec.name]!, sequence: K.sequence)
    let search = CauseSearch(field)
    let course = ErrorCourse(field)
    let wrong = field.isWrong.count { $0 }
    var patterns = field.axes.indices.filter { $0 != field.along }.compactMap { axis in
      AffectedIndices(field.axes[axis], search.affected[axis]).description
    }
    patterns = patterns.isEmpty ? [] : [patterns.joined(separator: ", ")]
    if field.isSpread { patterns.append("no scalar is beyond the bound of a single one, all together are") }
    if let text = course.description { patterns.append(text) }
    if field.isFinite, field.isSpread || 2 * wrong >= field.count, let bits = search.rightBits {
      patterns.append("errors are spread evenly, as those of rounding: about \(short(bits)) bits are right")
    }
    let worst = field.worst
    return Fault(
      operand: spec.name,
      worst: Fault.Place(
        steps: field.axes.indices.map { .init(axis: field.axes[$0], index: field.coordinate(worst, $0)) },
        found: Double(field.found[worst]), expected: Double(field.expected[worst])),
      ratio: field.isSpread || !field.isFinite ? share : Double(field.error(worst)) / bound.element,
      isSpread: field.isSpread, wrong: wrong, count: field.count, isFinite: field.isFinite,
      patterns: patterns, causes: field.isFinite ? causes(search, spec, evidence, course) : [],
      profile: ErrorProfile(course, bound: bound.element))
  }

  private func causes<K: Kernel>(
    _ search: CauseSearch, _ spec: OperandSpec, _ evidence: Evidence<K>, _ course: ErrorCourse
  ) -> [Cause] {
    if let rounding = search.rounding(of: expectation.terms.format?.bits ?? F.significandBitCount + 1) {
      return [rounding]
    }
    var causes = search.causes(extents: Extent.all(K.signature, expectation.size))
    if causes.first?.residual == 0 { return causes }
    if let cause = evidence.restart?.cause(search, spec, course) { causes.append(cause) }
    if let cause = evidence.wraparound?.cause(search, spec, course) { causes.append(cause) }
    causes += evidence.readings.compactMap { reading, results in
      results[spec.name].flatMap { search.cause(of: reading, $0.scalars) }
    }
    return causes.sorted { $0.residual < $1.residual }
  }
}

extension CauseSearch {
  /// The misreading as a cause, if it explains the error: as it is, or for an omission with its term taken some other number of times.
  fileprivate func cause(of reading: Reading, _ results: [Oracle]) -> Cause? {
    if let residual = residual(of: { results[$0] }) {
      return Cause(reading.description, residual: residual, families: reading.family.map { [$0] } ?? [])
    }
    guard let name = reading.omitted,
      let times = factor(
        of: { field.expected[$0] - results[$0] }, for: { field.found[$0] - results[$0] })
    else { return nil }
    let what =
      abs(times + 1) < 2e-3
      ? "the term of \(name) has the wrong sign"
      : "the term of \(name) is taken \(Harness.factor(Double(times))) times"
    return cause(what, "the term of \(name) is taken a wrong number of times") {
      results[$0] + times * (field.expected[$0] - results[$0])
    }
  }
}

extension ErrorProfile {
  /// The course in groups of neighbours.
  fileprivate init(_ course: ErrorCourse, bound: Double) {
    let width = (course.worst.count + 511) / 512
    let starts = Array(stride(from: 0, to: course.worst.count, by: max(1, width)))
    axis = course.name
    positions = starts
    errors = starts.map { start in
      course.worst[start..<min(course.worst.count, start + width)].reduce(0) { $1 > $0 || $1.isNaN ? $1 : $0 }
    }
    self.bound = bound
  }
}
