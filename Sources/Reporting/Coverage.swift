/// What verdicts leave uncovered of what a kernel claims.
public struct Coverage: Sendable {
  /// The kernel's name.
  public let kernel: String
  /// Whether it has gradients.
  public let isDifferentiable: Bool
  /// The names of its laws as they are checked.
  public let laws: [String]
  /// Its variants.
  public let variants: [Variant]

  /// A variant, in one precision, with one number of threads.
  public struct Variant: Sendable {
    let name, pass, precision: String
    let threads: Int

    /// A variant; see `VerdictRecord`.
    public init(name: String, pass: String, precision: String, threads: Int) {
      (self.name, self.pass, self.precision, self.threads) = (name, pass, precision, threads)
    }
  }

  /// A kernel's claims; see the properties.
  public init(kernel: String, isDifferentiable: Bool, laws: [String], variants: [Variant]) {
    (self.kernel, self.isDifferentiable, self.laws, self.variants) = (kernel, isDifferentiable, laws, variants)
  }

  /// A line for each gap, of which there should be none.
  public func gaps(_ all: [VerdictRecord]) -> [String] {
    let verdicts = all.filter { $0.kernel == kernel }
    var gaps: [String] = []
    let passes = isDifferentiable ? ["forward", "gradient"] : ["forward"]
    for pass in passes {
      let stored = verdicts.filter { $0.variant == "reference" && $0.pass == pass && $0.origin == .fixture }
      if !stored.contains(where: { $0.verdict == .pass }) {
        gaps.append(pass == "forward" ? "no fixture has outputs" : "no fixture has gradients")
      }
      // A kernel may be its definition alone, which is then judged by what is stored.
      for precision in ["float", "double"]
      where !variants.isEmpty && !variants.contains(where: { $0.pass == pass && $0.precision == precision }) {
        gaps.append("no variant has a \(pass) pass in \(precision)")
      }
    }
    if laws.isEmpty, !variants.isEmpty { gaps.append("no laws") }
    for law in laws where !verdicts.contains(where: { $0.check == law && $0.verdict == .pass }) {
      gaps.append("the law '\(law)' was passed by none")
    }
    for variant in variants { gaps += self.gaps(of: variant, verdicts) }
    return gaps.map { "\(kernel): \($0)" }
  }

  private func gaps(of variant: Variant, _ verdicts: [VerdictRecord]) -> [String] {
    let own = verdicts.filter {
      $0.variant == variant.name && $0.pass == variant.pass && $0.precision == variant.precision
        && $0.threads == variant.threads
    }
    let what = "\(variant.name), \(variant.pass), \(variant.precision), \(KernelPage.threads(variant.threads))"
    let kinds = [("fixture", own.filter { $0.origin == .fixture }), ("law", own.filter { $0.origin == .law })]
    return kinds.compactMap { kind, lines in
      if lines.contains(where: { $0.verdict == .pass }) { return nil }
      guard let other = lines.first else { return "\(what): ran on no \(kind)" }
      return
        "\(what): passed no \(kind), \(lines.count) did not, such as \(other.case): \(other.verdict), \(other.reason)"
    }
  }
}
