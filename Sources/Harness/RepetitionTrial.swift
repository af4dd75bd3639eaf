import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Whether a variant gives the same bits whenever it is asked: call after call, when another case ran in between, and prepared anew.
///
/// Where other bits may follow, each call must be right by itself.
struct RepetitionTrial<K: Kernel> {
  let item: Case
  private let choices: SeededGenerator
  private let terms: Terms

  /// More calls than a counter of one digit or a short ring of buffers would need to show.
  private static var calls: Int { 17 }

  init(_: K.Type, _ item: Case, seed: Int, _ terms: Terms) {
    (self.item, self.terms) = (item, terms)
    choices = SeededGenerator("\(K.name)/\(LawCheck.repeated.name)/choices", seed: UInt64(seed))
  }

  /// Checks a variant. What it computes may be anything, unless other bits may follow: others judge that.
  func outcome<T: VariantScalar>(of variant: Variant, _: T.Type) -> LawOutcome {
    var generator = choices
    let size = K.signature.randomSize(using: &generator)
    let otherSize = Case(drawnFor: K.self, size, using: &generator)
    let otherData = Case(drawnFor: K.self, item.size, using: &generator)
    do throws(Refusal) {
      let prepare = T.preparation(of: variant)!
      let run = try prepare(item.size)
      let first = execution(run, variant, item, T.self)
      first.call()
      let expected = first.written
      let expectation = terms.repeatsWithinBound ? expectation(variant.pass, T.self) : nil
      if let expectation {
        let (outcome, findings) = expectation.judge(expected)
        guard outcome == .pass else { return LawOutcome(outcome, findings, of: expected, expectation) }
      }
      func broken(_ run: @escaping Run<T>, _ when: String) -> LawOutcome? {
        let again = execution(run, variant, item, T.self)
        again.call()
        guard let name = expected.firstDifference(from: again.written) else { return nil }
        guard let expectation else { return LawOutcome(.fail("\(name): other bits \(when)")) }
        return expectation.judge(again.written).outcome.said(of: when).map { LawOutcome($0) }
      }
      for call in 2...Self.calls {
        if let broken = broken(run, "in call \(call)") { return broken }
      }
      execution(run, variant, otherData, T.self).call()
      if let broken = broken(run, "after a call on other operands") { return broken }
      if let other = try? prepare(size) { execution(other, variant, otherSize, T.self).call() }
      if let broken = broken(run, "after a call at \(size)") { return broken }
      if let broken = broken(try prepare(item.size), "when prepared anew") { return broken }
      return LawOutcome(.pass)
    } catch {
      return LawOutcome(.refused(error.description))
    }
  }

  private func expectation<T: VariantScalar>(_ pass: Pass, _: T.Type) -> Expectation<T> {
    Expectation(K.self, pass, item.size, inputs: item.inputs, cotangents: item.cotangents, terms: terms)
  }

  private func execution<T: VariantScalar>(
    _ run: @escaping Run<T>, _ variant: Variant, _ item: Case, _: T.Type
  ) -> Execution<T> {
    Execution(
      run, variant.pass, K.signature, item.size, inputs: item.inputs.converted(),
      cotangents: item.cotangents.converted())
  }
}

extension Case {
  /// Operands and cotangents drawn for a kernel at a size; the size is the name.
  init<K: Kernel>(drawnFor _: K.Type, _ size: Size, using generator: inout SeededGenerator) {
    let inputs = K.signature.drawn(size, mixed: true, using: &generator)
    let cotangents = K.signature.drawnCotangents(size, using: &generator)
    self.init(name: size.description, size: size, inputs: inputs, cotangents: cotangents)
  }
}
