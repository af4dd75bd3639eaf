import KernelSpec

/// Which variants and cases are wanted; empty lists mean all.
public struct Selection: Sendable {
  /// Names of variants; `reference` selects the checks of the reference itself.
  public var variants: [String] = []
  /// Precisions.
  public var precisions: [Precision] = []
  /// Passes.
  public var passes: [Pass] = []
  /// Numbers of threads.
  public var threads: [Int] = []
  /// Texts that the size contains.
  public var sizes: [String] = []
  /// Names of cases.
  public var cases: [String] = []
  /// Names of laws.
  public var laws: [String] = []

  /// Everything.
  public init() {}

  /// Whether the variant is wanted.
  public func includes(_ variant: Variant) -> Bool {
    matches(variants, variant.name) && matches(precisions, variant.precision) && matches(passes, variant.pass)
      && matches(threads, variant.threads)
  }

  /// Whether checks of the reference's own pass are wanted.
  func includesReference(_ pass: Pass) -> Bool { matches(variants, "reference") && matches(passes, pass) }

  /// Whether a case of this name and size is wanted.
  public func includes(case name: String, _ size: Size) -> Bool { matches(cases, name) && includes(size) }

  /// Whether checks of the law are wanted.
  func includes(law name: String) -> Bool { matches(laws, name) }

  /// Whether the size is wanted.
  public func includes(_ size: Size) -> Bool { sizes.isEmpty || sizes.contains { size.description.contains($0) } }

  private func matches<Value: Equatable>(_ wanted: [Value], _ value: Value) -> Bool {
    wanted.isEmpty || wanted.contains(value)
  }
}
