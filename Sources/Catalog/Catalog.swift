import Convolution
import KernelSpec
import Recurrence
import StateSpace

/// Every kernel of the suite, in the order of lists and reports.
public let catalog: [any Kernel.Type] = [
  S4DFilter.self,
  MambaScan.self,
  CausalConvolution.self,
]
