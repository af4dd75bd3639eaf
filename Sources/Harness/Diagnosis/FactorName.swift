import KernelSpec

/// The length of an axis by its name: an extent, or what is derived from one.
struct Extent {
  let name: String
  let value: Int

  /// Those of a size, the extents first.
  static func all(_ signature: Signature, _ size: Size) -> [Extent] {
    let derived = signature.derived.sorted { $0.key < $1.key }
    return size.extents.map { Extent(name: $0.name, value: $0.value) }
      + derived.map { Extent(name: $0.key, value: $0.value.length(size[$0.value.extent])) }
  }
}

/// A factor by which values are wrong, and what it may stand for: an extent, its root, or one over them.
struct FactorName {
  private let factor: Double
  /// What it may stand for, such as `1/√N`, and that in numbers.
  private let names: [(symbol: String, text: String, isTelling: Bool)]

  init(_ factor: Double, _ extents: [Extent]) {
    self.factor = factor
    names = extents.filter { $0.value > 1 }.flatMap { extent -> [(symbol: String, text: String, isTelling: Bool)] in
      let (name, n) = (extent.name, Double(extent.value))
      let meanings = [
        (name, "\(extent.value)", n), ("1/\(name)", "1/\(extent.value)", 1 / n),
        ("√\(name)", "√\(extent.value)", n.squareRoot()),
        ("1/√\(name)", "1/√\(extent.value)", 1 / n.squareRoot()),
      ]
      return meanings.filter { Self.isNear(factor, $0.2) }.map { ($0.0, $0.1, extent.value > 4) }
    }
  }

  private static func isNear(_ factor: Double, _ value: Double) -> Bool { abs(factor - value) <= 2e-3 * value }

  /// The factor that people write by mistake without meaning an extent.
  private var plain: Double? { [2, 0.5, 4, 0.25].first { Self.isNear(factor, $0) } }

  /// One case does not tell whether a plain factor or an extent's is meant, several do: each is a family. Of extents that are small
  /// nothing is said otherwise, since too much is near one of them.
  func cause(_ residual: Double) -> Cause {
    let number = Harness.factor(plain ?? factor)
    let telling = names.filter(\.isTelling).prefix(2)
    let description =
      if telling.isEmpty {
        "a factor \(number)"
      } else if plain != nil {
        "a factor \(number), which is also \(telling.map(\.symbol).joined(separator: " and "))"
      } else {
        "a factor " + telling.map { "\($0.symbol) = \($0.text)" }.joined(separator: " or ")
      }
    var families = names.map { "a factor \($0.symbol)" }
    if plain != nil { families.append("a factor \(number)") }
    if families.isEmpty { families = ["a factor that has no name"] }
    return Cause(description, residual: residual, families: families)
  }
}
