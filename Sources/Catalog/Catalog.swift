import Convolution
import Hippo
import KernelSpec
import Recurrence
import SpaceTime
import StateSpace

/// Every kernel of the suite, in the order of lists and reports.
public let catalog: [any Kernel.Type] = families.flatMap(\.kernels)

/// Kernels that are alike in what they are for, and reported together.
public struct Family: Sendable {
  /// The name of its page in the reports.
  public let name: String
  /// What people call it.
  public let title: String
  /// Its kernels, in the order of lists and reports.
  public let kernels: [any Kernel.Type]
}

/// The families of the suite.
public let families = [
  Family(
    name: "state-space", title: "State space",
    kernels: [
      HippoTransition.self, HippoNplr.self, HippoProject.self, HippoReconstruct.self, SSMDiscretize.self,
      CauchySum.self, VandermondeSum.self, VandermondeTranspose.self,
      S4Filter.self, S4Step.self, S4DFilter.self, S4DScan.self, DSSFilter.self,
      CompanionFilter.self, CompanionForecast.self, Preprocess.self, SGConvFilter.self, EMAFilter.self,
    ]),
  Family(name: "recurrences", title: "Selective and linear recurrences", kernels: [MambaScan.self]),
  Family(name: "convolutions", title: "Convolutions and transforms", kernels: [CausalConvolution.self]),
]
