import KernelSpec
import Lanes

extension CausalConvolution {
  /// The sum itself in registers. The workspace is a few tiles and three filters, whatever L.
  static var directSIMD: [Variant] {
    variants(
      "direct-simd", idea: "the sum, eight vectors of outputs in registers",
      claims: Claims(time: "B H L W", workspace: "W"),
      DirectConvolver<Float>.self, DirectConvolver<Double>.self)
  }
}
