import Foundation

/// How a cost grows with the extents, up to a constant: a sum of products such as `B H L log L + H W` or `1`.
///
/// Written as a string literal. Factors are extents, powers of them as `L^2`, and their logarithms as `log L`. A growth bounds a cost
/// from above: `t = O(g)`. Where one extent grows and the others are held, the terms of a sum weigh as they are written, so a sum is for
/// terms of like constants.
public struct Growth: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The form as it is written in a literal.
  public let description: String
  private let terms: [[Factor]]

  private struct Factor: Hashable, Sendable {
    let extent: String
    let power: Int
    let isLogarithm: Bool
  }

  /// Parses a sum of products; what is no such sum is a mistake of the kernel's author.
  public init(stringLiteral text: String) {
    description = text
    terms = text.split(separator: "+").map { term in
      let words = term.split(separator: " ").map(String.init)
      var factors: [Factor] = []
      var isLogarithm = false
      for word in words {
        if word == "log" {
          isLogarithm = true
        } else if word != "1" {
          let parts = word.split(separator: "^")
          precondition(word.first!.isLetter && parts.count <= 2, "'\(word)' in '\(text)' is no extent")
          let power = parts.count == 2 ? Int(parts[1])! : 1
          factors.append(Factor(extent: String(parts[0]), power: power, isLogarithm: isLogarithm))
          isLogarithm = false
        }
      }
      precondition(!words.isEmpty && !isLogarithm, "'\(text)' is no sum of products")
      return factors
    }
  }

  /// The extents that it names.
  public var extents: Set<String> { Set(terms.joined().map(\.extent)) }

  /// Its value at a size. Logarithms are to base two, and at least 1: below two elements nothing is halved.
  public func value(at size: Size) -> Double {
    terms.map { factors in
      factors.map { factor in
        let length = Double(size[factor.extent])
        return factor.isLogarithm ? max(1, log2(length)) : pow(length, Double(factor.power))
      }.reduce(1, *)
    }.reduce(0, +)
  }
}

/// What a variant claims of how its costs grow; nothing is claimed where nothing is given.
public struct Claims: Hashable, Sendable {
  /// The time of a call.
  public let time: Growth?
  /// The bytes held beyond the operands.
  public let workspace: Growth?

  /// Claims; see the properties.
  public init(time: Growth? = nil, workspace: Growth? = nil) {
    self.time = time
    self.workspace = workspace
  }
}
