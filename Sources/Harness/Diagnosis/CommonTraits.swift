import KernelSpec

/// What failures have in common that passes lack: looked for among options, optional operands, extents, pass, precision, threads and
/// variant.
///
/// A trait is said only where every failure has it and at least half of the passes that share the traits before it lack it; how many
/// passes have all of them is said too, so that a reader can judge. Of one failure nothing is said: it has every trait that it has.
struct CommonTraits {
  private struct Trait {
    let text: String
    let isOfSize: Bool
    let holds: (Verdict) -> Bool
  }

  private var chosen: [Trait] = []
  private var left: [Verdict]
  private let passes: Int

  /// The most that are looked for.
  private static let most = 3

  init(_ failures: [Verdict], passed: [Verdict]) {
    let checks = Set(failures.map(\.check))
    left = passed.filter { checks.contains($0.check) }
    passes = left.count
    guard failures.count > 1 else { return }
    let candidates =
      Self.traits(of: failures + left).filter { failures.allSatisfy($0.holds) }
      + Self.lengths(failures)
    while chosen.count < Self.most, !left.isEmpty {
      let best = candidates.map { trait in (trait, left.count(where: trait.holds)) }.min { $0.1 < $1.1 }
      guard let (trait, count) = best, 2 * count <= left.count else { return }
      chosen.append(trait)
      left = left.filter(trait.holds)
    }
  }

  /// Nil where nothing sets the failures apart.
  var description: String? {
    guard !chosen.isEmpty else { return nil }
    func list(_ traits: [Trait]) -> String { traits.map(\.text).joined(separator: " and ") }
    let (had, others) = (chosen.filter(\.isOfSize), chosen.filter { !$0.isOfSize })
    let phrases = [had.isEmpty ? "" : "have \(list(had))", others.isEmpty ? "" : "are \(list(others))"]
    let passing = left.isEmpty ? "none of \(passes) passes" : "\(left.count) of \(passes) passes too"
    return "all " + phrases.filter { !$0.isEmpty }.joined(separator: " and ") + " (\(passing))"
  }

  /// Traits of which each verdict has one or the other, what a case has before what was run.
  private static func traits(of verdicts: [Verdict]) -> [Trait] {
    func values(_ key: (Verdict) -> [String]) -> [String] { Set(verdicts.flatMap(key)).sorted() }
    let operands = values { Array($0.size.present) }.flatMap { name in
      [
        Trait(text: name, isOfSize: true) { $0.size.has(name) },
        Trait(text: "no \(name)", isOfSize: true) { !$0.size.has(name) },
      ]
    }
    let options = values { Array($0.size.options.keys) }.flatMap { name in
      let chosen = Set(verdicts.map { $0.size.options[name] ?? "" }).sorted()
      return chosen.map { value in
        let text =
          switch value {
          case "": "the default \(name)"
          case "true": name
          case "false": "no \(name)"
          default: "\(name) = \(value)"
          }
        return Trait(text: text, isOfSize: true) { ($0.size.options[name] ?? "") == value }
      }
    }
    let passes = values { [$0.pass.rawValue] }.map { name in
      Trait(text: name == Pass.gradient.rawValue ? "gradients" : "forward", isOfSize: false) {
        $0.pass.rawValue == name
      }
    }
    let precisions = values { [$0.precision] }.map { name in
      Trait(text: "in \(name)", isOfSize: false) { $0.precision == name }
    }
    let threads = Set(verdicts.map(\.threads)).sorted().map { count in
      Trait(text: count == 1 ? "on one thread" : "on \(count) threads", isOfSize: false) { $0.threads == count }
    }
    let variants = values { [$0.variant] }.map { name in
      Trait(text: "of \(name)", isOfSize: false) { $0.variant == name }
    }
    return operands + options + passes + precisions + threads + variants
  }

  /// Extents that are all 1, all more than that, or all beyond a power of two.
  private static func lengths(_ failures: [Verdict]) -> [Trait] {
    failures[0].size.extents.map(\.name).flatMap { name -> [Trait] in
      let values = failures.map { $0.size[name] }
      guard let least = values.min(), let most = values.max() else { return [] }
      if most == 1 { return [Trait(text: "\(name) = 1", isOfSize: true) { $0.size[name] == 1 }] }
      guard least > 1 else { return [] }
      var power = 1
      while 2 * power < least { power *= 2 }
      return Set([1, power]).sorted().map { limit in
        Trait(text: "\(name) > \(limit)", isOfSize: true) { $0.size[name] > limit }
      }
    }
  }
}
