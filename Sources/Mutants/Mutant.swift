import Harness
import KernelSpec
import Numerics
import Tensors

/// A seeded bug: a variant that is wrong in one way, as real kernels have been.
///
/// A mutant wraps a right variant in single precision: it gives it other operands, calls it on parts of them or in other order, or spoils
/// what it wrote. Shipped variants know nothing of it.
public struct Mutant: Sendable {
  /// What is wrong, in a few words.
  public let name: String
  /// What of the kernel it computes.
  public let pass: Pass
  /// Why no check can tell it from a right variant; nil for a bug that must be found.
  public let equivalence: String?
  let body: Body

  /// The kinds of bug.
  enum Body: Sendable {
    /// Computes other results.
    case results(@Sendable (Call) -> Operands<Float>)
    /// Does harm to memory after a right call.
    case memory(@Sendable (borrowing Arguments<Float>, Shapes) -> Void)
  }

  init(
    _ name: String, _ pass: Pass = .forward, equivalence: String? = nil,
    _ results: @escaping @Sendable (Call) -> Operands<Float>
  ) {
    (self.name, self.pass, self.equivalence, body) = (name, pass, equivalence, .results(results))
  }

  init(
    _ name: String, _ pass: Pass = .forward,
    memory: @escaping @Sendable (borrowing Arguments<Float>, Shapes) -> Void
  ) {
    (self.name, self.pass, equivalence, body) = (name, pass, nil, .memory(memory))
  }

  /// The mutant as a variant of the kernel: `right` with the bug in it.
  func variant<K: Kernel>(_: K.Type, of right: Variant) -> Variant {
    guard case .float(let prepare) = right.prepare, right.pass == pass else {
      fatalError("'\(name)' needs a variant of the \(pass.rawValue) pass in single precision, found \(right.label)")
    }
    return Variant(
      pass, name, idea: name, workspace: { _ in 0 },
      prepare: .float({ size throws(Refusal) in
        let run = try prepare(size)
        let history = History()
        return { arguments in
          switch body {
          case .memory(let harm):
            run(arguments)
            harm(arguments, Shapes(K.signature, size, pass))
          case .results(let results):
            let shapes = Shapes(K.signature, size, pass)
            let call = Call(K.self, right, run, shapes, arguments, history)
            let written = results(call)
            shapes.write(written, to: arguments)
            history.note(written)
          }
        }
      }))
  }
}

/// What a bug remembers of earlier calls of the same preparation, one call at a time.
final class History: @unchecked Sendable {
  /// How many calls there were.
  private(set) var calls = 0
  /// What the first call read.
  var firstInputs: Operands<Float>?
  /// What the last call wrote.
  private(set) var last: Operands<Float>?

  func note(_ written: Operands<Float>) {
    calls += 1
    last = written
  }
}
