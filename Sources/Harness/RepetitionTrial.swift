import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Whether a variant gives the same bits whenever it is asked: call after call, when another case ran in between, and prepared anew.
struct RepetitionTrial<K: Kernel> {
  let item: Case
  private let choices: SeededGenerator

  /// More calls than a counter of one digit or a short ring of buffers would need to show.
  private static var calls: Int { 17 }

  init(_: K.Type, _ item: Case, seed: Int) {
    self.item = item
    choices = SeededGenerator("\(K.name)/\(LawCheck.repeated.name)/choices", seed: UInt64(seed))
  }

  /// Checks a variant. What it computes may be anything: others judge that.
  func outcome<T: VariantScalar>(of variant: Variant, _: T.Type) -> Outcome {
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
      func complaint(_ run: @escaping Run<T>, _ when: String) -> String? {
        let again = execution(run, variant, item, T.self)
        again.call()
        return expected.firstDifference(from: again.written).map { "\($0): other bits \(when)" }
      }
      for call in 2...Self.calls {
        if let complaint = complaint(run, "in call \(call)") { return .fail(complaint) }
      }
      execution(run, variant, otherData, T.self).call()
      if let complaint = complaint(run, "after a call on other operands") { return .fail(complaint) }
      if let other = try? prepare(size) { execution(other, variant, otherSize, T.self).call() }
      if let complaint = complaint(run, "after a call at \(size)") { return .fail(complaint) }
      if let complaint = complaint(try prepare(item.size), "when prepared anew") { return .fail(complaint) }
      return .pass
    } catch {
      return .refused(error.description)
    }
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
