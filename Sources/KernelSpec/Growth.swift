import Foundation

/// How a cost grows with the extents, up to a constant: a sum of products such as `B H L log L + H W` or `1`.
///
/// Written as a string literal. Factors are extents, powers of them as `L^2`, powers with them as `2^S`, their logarithms as `log L`, and
/// numbers. A growth bounds a cost from above: `t = O(g)`. Where one extent grows and the others are held, the terms of a sum weigh as they
/// are written, so terms of unlike constants carry them: `64 N + L`.
public struct Growth: Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
  /// The form as it is written in a literal.
  public let description: String
  private let terms: [[Factor]]

  private enum Factor: Hashable, Sendable {
    case number(Double)
    case power(of: String, Int)
    case exponential(Double, of: String)
    case logarithm(of: String)

    var extent: String? {
      switch self {
      case .number: nil
      case .power(let extent, _), .exponential(_, let extent), .logarithm(let extent): extent
      }
    }
  }

  /// Parses a sum of products; what is no such sum is a mistake of the kernel's author.
  public init(stringLiteral text: String) {
    description = text
    terms = text.split(separator: "+").map { term in
      let words = term.split(separator: " ").map(String.init)
      var factors: [Factor] = []
      var isLogarithm = false
      for word in words {
        let parts = word.split(separator: "^").map(String.init)
        if word == "log" {
          isLogarithm = true
        } else if isLogarithm {
          factors.append(.logarithm(of: word))
          isLogarithm = false
        } else if let number = Double(parts[0]) {
          factors.append(parts.count == 1 ? .number(number) : .exponential(number, of: parts[1]))
        } else {
          precondition(parts.count <= 2, "'\(word)' in '\(text)' is no factor")
          factors.append(.power(of: parts[0], parts.count == 2 ? Int(parts[1])! : 1))
        }
      }
      precondition(!words.isEmpty && !isLogarithm, "'\(text)' is no sum of products")
      return factors
    }
  }

  /// The extents that it names.
  public var extents: Set<String> { Set(terms.joined().compactMap(\.extent)) }

  /// Its value at a size. Logarithms are to base two, and at least 1: below two elements nothing is halved.
  public func value(at size: Size) -> Double {
    terms.map { factors in
      factors.map { factor in
        switch factor {
        case .number(let number): number
        case .power(let extent, let power): pow(Double(size[extent]), Double(power))
        case .exponential(let base, let extent): pow(base, Double(size[extent]))
        case .logarithm(let extent): max(1, log2(Double(size[extent])))
        }
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
