import KernelSpec
import Testing

@testable import Harness

/// Every kernel has sizes from which errors can grow, whatever its extents are called.
@Test(arguments: Subject.all)
func errorsHaveAxesToGrowAlong(subject: Subject) throws {
  let kernel = subject.kernel
  let axes = kernel.accuracyAxes
  #expect(!axes.isEmpty)
  if let sequence = kernel.sequence {
    #expect(axes[0].extents.contains(sequence) && axes[0].values.last == 1 << 20)
  }
  for axis in axes {
    let sizes = try kernel.sizes(around: [kernel.accuracyBase], along: [axis])
    #expect(sizes.count == axis.values.count)
    #expect(kernel.accuracySeconds(sizes[0], .forward) < 1)
  }
}
