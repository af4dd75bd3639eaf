import Numerics
import Tensors

/// A way to misread a kernel's definition that its signature does not show, and what the kernel gives if it is read so: what a diagnosis
/// names where results are wrong in just this way.
public struct Misreading: Sendable {
  /// What is misread, in a phrase without any case's numbers, such as `zoh is Euler's rule`.
  public let description: String
  /// The outputs; some may be missing, all where the size leaves nothing to misread.
  public let outputs: @Sendable (Operands<Oracle>, Size) -> Operands<Oracle>

  /// A misreading; see the properties.
  public init(
    _ description: String, outputs: @escaping @Sendable (Operands<Oracle>, Size) -> Operands<Oracle>
  ) {
    self.description = description
    self.outputs = outputs
  }
}
