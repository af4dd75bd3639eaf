import KernelSpec

/// One way to check a law, or something that every variant must obey.
///
/// A law of a kernel is checked in several ways; each has a verdict of its own.
enum LawCheck: Hashable, Sendable {
  /// `f(2 x₁ − x₂/2) = 2 f(x₁) − f(x₂)/2` for operands taken apart element by element.
  case linear([String])
  /// The operands one at a time, each scaled, add up to all of them.
  case scaled([String])
  /// Nothing comes of nothing.
  case zero([String])
  /// Permuted operands give permuted outputs.
  case permutation(String)
  /// A shorter case is a prefix.
  case prefix(String)
  /// What changes after a position changes nothing before it.
  case future(String)
  /// Two parts, the state carried.
  case split(String, initial: String, final: String)
  /// Parts of equal length and a ragged tail, the state carried.
  case chunks(String, initial: String, final: String)
  /// Parts of length 1, the state carried: the step form.
  case steps(String, initial: String, final: String)
  /// A delayed operand gives a delayed output.
  case delayed(String, operand: String)
  /// The same of an impulse, which moves the filter itself.
  case impulse(String, operand: String)
  /// Gradients are what finite differences give.
  case adjoint
  /// The same bits on every call, whatever ran in between.
  case repeated
  /// As many threads as you like.
  case threads

  /// All checks of a kernel's variants, in the order of its laws.
  static func all<K: Kernel>(of _: K.Type, variants: [Variant] = K.variants) -> [LawCheck] {
    var checks = K.laws.flatMap(\.checks)
    if K.passes.contains(.gradient) { checks.append(.adjoint) }
    if !variants.isEmpty { checks.append(.repeated) }
    if variants.contains(where: { $0.threads > 1 }) { checks.append(.threads) }
    return checks
  }

  /// What verdicts and `--law` call it.
  var name: String {
    switch self {
    case .linear(let operands): Law.linear(operands).name
    case .scaled(let operands): "scaling of \(operands.joined(separator: ", "))"
    case .zero(let operands): "zero \(operands.joined(separator: ", "))"
    case .permutation(let axis): Law.permutation(axis).name
    case .prefix(let extent): Law.causal(extent).name
    case .future(let extent): "blind to what follows along \(extent)"
    case .split(let extent, let initial, let final): Law.split(extent, initial: initial, final: final).name
    case .chunks(let extent, _, _): "chunks along \(extent) with carried state"
    case .steps(let extent, _, _): "steps along \(extent) with carried state"
    case .delayed(let extent, let operand): Law.timeInvariant(extent, operand: operand).name
    case .impulse(let extent, let operand): "moved impulse in \(operand) along \(extent)"
    case .adjoint: "adjoint"
    case .repeated: "same bits again"
    case .threads: "any number of threads"
    }
  }

  /// Whether it says something of this pass.
  func concerns(_ pass: Pass) -> Bool {
    switch self {
    case .repeated, .threads: true
    case .adjoint: pass == .gradient
    default: pass == .forward
    }
  }

  /// Whether the reference is checked too: it has one thread and no state between calls.
  var concernsReference: Bool { ![.repeated, .threads].contains(self) }

  /// Whether it says something of this variant, at a cost that can be borne: where each call is a process, not by hundreds of calls.
  func concerns(_ variant: Variant) -> Bool {
    guard concerns(variant.pass) else { return false }
    return switch self {
    case .threads: variant.threads > 1
    case .repeated, .steps: !variant.startsAnew
    default: true
    }
  }

  /// Whether a case of this size says anything: along an extent of 1 there is nothing to permute, cut or delay.
  func isChecked(by signature: Signature, _ size: Size) -> Bool {
    switch self {
    case .linear, .scaled, .zero, .adjoint, .repeated, .threads: true
    case .permutation(let axis): signature.form(axis).length(size[signature.form(axis).extent]) > 1
    case .prefix(let extent), .future(let extent), .split(let extent, _, _), .chunks(let extent, _, _),
      .steps(let extent, _, _), .delayed(let extent, _), .impulse(let extent, _):
      size[extent] > 1
    }
  }
}

extension Law {
  /// The ways in which it is checked.
  fileprivate var checks: [LawCheck] {
    switch self {
    case .linear(let operands): [.linear(operands), .scaled(operands), .zero(operands)]
    case .permutation(let axis): [.permutation(axis)]
    case .causal(let extent): [.prefix(extent), .future(extent)]
    case .split(let extent, let initial, let final):
      [
        .split(extent, initial: initial, final: final), .chunks(extent, initial: initial, final: final),
        .steps(extent, initial: initial, final: final),
      ]
    case .timeInvariant(let extent, let operand):
      [.delayed(extent, operand: operand), .impulse(extent, operand: operand)]
    }
  }
}
