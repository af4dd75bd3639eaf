import Convolution
import KernelSpec
import StateSpace

/// Every kernel of the suite, in the order of lists and reports.
public let catalog: [any Kernel.Type] = [
  S4DFilter.self,
  CausalConvolution.self,
]
