import Fixtures
import Harness
import KernelSpec
import Numerics
import Tensors

/// Cases on which mutants are judged.
public struct SizeSet: Sendable {
  /// What it is called.
  public let name: String
  /// What is in it, in a sentence.
  public let idea: String
  /// Whether it is part of what this suite judges variants on.
  public let isOwn: Bool
  /// The cases.
  let cases: [Case]

  /// The sets for a kernel with these fixtures: its own, and what other projects typically test.
  static func all<K: Kernel>(_: K.Type, fixtures: [Case], seeds: Int) -> [SizeSet] {
    let easy = (0..<min(seeds, 3)).map { seed in
      K.drawnCase(K.signature.easy(K.laws), mixed: false, "easy", seed)
    }
    return [
      SizeSet(name: "fixtures", idea: "the kernel's fixtures", isOwn: true, cases: fixtures),
      SizeSet(
        name: "drawn", idea: "drawn sizes and operands, one for each seed, as laws have them", isOwn: true,
        cases: (0..<seeds).map { seed in
          var generator = SeededGenerator("\(K.name)/mutants", seed: UInt64(seed))
          return K.drawnCase(K.signature.randomSize(using: &generator), mixed: true, "drawn", seed)
        }),
      SizeSet(
        name: "easy", idea: "one batch, L = 64, every other extent 16, one group, no initial state, plain draws",
        isOwn: false, cases: easy),
      SizeSet(
        name: "easy and small",
        idea: "the same with normally drawn operands times 0.02, as FlashFFTConv's tests have them",
        isOwn: false,
        cases: easy.map { item in
          var inputs = item.inputs
          for spec in K.signature.inputs where spec.hard.isNormal {
            inputs[spec.name] = inputs[spec.name].map {
              $0.combined(0.02, $0, 0).converted(to: Float.self).converted()
            }
          }
          return Case(name: "\(item.name) small", size: item.size, inputs: inputs, cotangents: item.cotangents)
        }),
    ]
  }
}

extension Kernel {
  fileprivate static func drawnCase(_ size: Size, mixed: Bool, _ purpose: String, _ seed: Int) -> Case {
    var generator = SeededGenerator("\(name)/mutants/\(purpose)", seed: UInt64(seed))
    let inputs = signature.drawn(size, mixed: mixed, using: &generator)
    let cotangents = signature.drawnCotangents(size, using: &generator)
    return Case(name: "\(purpose) #\(seed) \(size)", size: size, inputs: inputs, cotangents: cotangents)
  }
}

extension Signature {
  /// A size as tests commonly have it: 16 for what is neither batch nor length, or as much less as the kernel asks for.
  fileprivate func easy(_ laws: [Law]) -> Size {
    let divisors = Set(divides.map(\.divisor))
    let present = Set(inputs.filter(\.isOptional).map(\.name)).subtracting([Relay(laws)?.initial ?? ""])
    // Where no option at all breaks the kernel's rule, the first that is given a value and does not.
    let settings = [[:]] + options.flatMap { option in option.alternatives.map { [option.name: $0] } }
    for other in [16, 8, 4, 2] {
      let values = extents.map { extent in
        (extent, divisors.contains(extent) || extent == "B" ? 1 : ["L", "W"].contains(extent) ? 64 : other)
      }
      for chosen in settings {
        if let size = try? size(Dictionary(uniqueKeysWithValues: values), options: chosen, present: present) {
          return size
        }
      }
    }
    fatalError("no easy size of \(extents)")
  }
}
