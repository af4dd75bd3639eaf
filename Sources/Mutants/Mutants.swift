import KernelSpec

extension Kernel {
  /// The seeded bugs of the kernel: those that its signature and laws admit, and those of its own arithmetic. They are put into variants,
  /// so that a kernel without any has none.
  public static var mutants: [Mutant] {
    guard !variants.isEmpty else { return [] }
    let traits = Traits(Self.self)
    return traits.timeBugs + traits.stateBugs + traits.axisBugs + traits.operandBugs + traits.precisionBugs
      + traits.callBugs + (arithmeticBugs[name] ?? [])
  }
}

/// Bugs of one kernel's own arithmetic, by the kernel's name. A kernel without an entry has the others all the same.
private let arithmeticBugs: [String: [Mutant]] = [
  "s4d.filter": filterBugs,
  "mamba.scan": selectiveScanBugs,
  "convolution.causal": convolutionBugs,
]
