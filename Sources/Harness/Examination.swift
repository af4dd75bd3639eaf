import KernelSpec
import Numerics
import Tensors

/// What a variant did in a few calls, and what decided on it.
package struct Judgement<T: Scalar> {
  /// The kinds of check, each of which can fail a variant.
  package enum Check: String, Sendable, CaseIterable {
    /// Whether the results are right.
    case values
    /// Whether it leaves alone what is not its own.
    case memory
    /// Whether a call depends on the calls before it.
    case repetition
  }

  /// The outcome.
  package let outcome: Outcome
  /// The figures of the first call.
  package let findings: [Finding]
  /// What the first call wrote; none where the variant refused.
  package let written: Operands<T>
  /// The check that failed it, nil where none did.
  package let failed: Check?

  fileprivate init(
    _ outcome: Outcome, _ findings: [Finding] = [], _ written: Operands<T> = Operands(), failed: Check? = nil
  ) {
    (self.outcome, self.findings, self.written, self.failed) = (outcome, findings, written, failed)
  }
}

extension Kernel {
  /// Runs a variant a few times and judges what it wrote.
  ///
  /// A pass writes everything, leaves alone what is not its own, and gives the same bits again: also after a call on other operands,
  /// which would show what an earlier call left in a workspace, and where that costs little after a dozen calls. For the same reason a
  /// second preparation sees the other operands first, so that nothing derived from them may be kept. Of a variant whose calls start anew
  /// only a second call is asked. Where other bits may follow they must be right too, and the findings are those of the worst call.
  package static func examine<T: VariantScalar>(_ variant: Variant, _ expectation: Expectation<T>) -> Judgement<T> {
    let prepare = T.preparation(of: variant)!
    let run: Run<T>, fresh: Run<T>
    do throws(Refusal) {
      run = try prepare(expectation.size)
      fresh = try prepare(expectation.size)
    } catch {
      return Judgement(.refused(error.description))
    }
    func execution(_ run: @escaping Run<T>, decoy: Bool = false) -> Execution<T> {
      func operands(_ given: Operands<T>) -> Operands<T> { decoy ? given.disguised : given }
      return Execution(
        run, variant.pass, signature, expectation.size, inputs: operands(expectation.inputs),
        cotangents: operands(expectation.cotangents))
    }

    let first = execution(run)
    first.call()
    let written = first.written
    if let fault = first.fault { return Judgement(.fail(fault), [], written, failed: .memory) }
    var (outcome, findings) = expectation.judge(written)
    guard outcome == .pass else { return Judgement(outcome, findings, written, failed: .values) }
    func failure(_ reason: String, _ check: Judgement<T>.Check) -> Judgement<T> {
      Judgement(.fail(reason), findings, written, failed: check)
    }

    let second = execution(run)
    let repeats = written.count <= 1 << 14 ? 12 : 2
    for number in 2..<2 + repeats {
      // Call 2 follows on the first; before call 3 the operands change and change back.
      if number == 3 { execution(run, decoy: true).call() }
      second.call()
      if let fault = second.fault { return failure("on call \(number) \(fault)", .memory) }
      if let name = written.firstDifference(from: second.written) {
        let call = number == 2 ? "a second call" : "call \(number)"
        guard expectation.terms.repeatsWithinBound else {
          return failure("\(name): \(call) on the same operands gave other bits", .repetition)
        }
        let (repeated, others) = expectation.judge(second.written)
        if let broken = repeated.said(of: "in \(call) on the same operands") {
          return Judgement(broken, others, written, failed: .repetition)
        }
        if others.worst > findings.worst { findings = others }
      }
      if variant.startsAnew { return Judgement(.pass, findings, written) }
    }

    execution(fresh, decoy: true).call()
    let third = execution(fresh)
    third.call()
    if case .fail(let reason) = expectation.judge(third.written).outcome {
      return failure("after a call on other operands \(reason)", .repetition)
    }
    return Judgement(.pass, findings, written)
  }
}

extension Outcome {
  /// What is said of a call that does not pass although the first did; nil of one that passes.
  func said(of call: String) -> Outcome? {
    switch self {
    case .pass: nil
    case .fail(let reason): .fail("\(call): \(reason)")
    case .mistrusted(let reason): .mistrusted("\(call): \(reason)")
    case .refused, .unjudged: self
    }
  }
}

extension [Finding] {
  /// The largest error in units of its bound.
  fileprivate var worst: Double { map(\.share).max() ?? 0 }
}

extension Operands {
  /// The number of scalars.
  fileprivate var count: Int { names.reduce(0) { $0 + self[$1]!.scalars.count } }

  /// Other operands of the same shapes and, as far as order and a factor of three quarters go, of the same kind.
  fileprivate var disguised: Operands<T> {
    var result = Operands<T>()
    for name in names {
      let operand = self[name]!, scalars = operand.scalars
      let parts = operand.isComplex ? 2 : 1
      let reversed = stride(from: scalars.count - parts, through: 0, by: -parts).flatMap { start in
        scalars[start..<start + parts].map { $0 * 3 / 4 }
      }
      result[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: reversed)
    }
    return result
  }
}
