import KernelSpec

extension CausalConvolution {
  /// Blocks of a row through the right-angle transform, which needs no overlap. See `RightAngleBlockConvolver`.
  ///
  /// The workspace depends on W alone, whatever L: blocks of n = 1024 or a little over 2 W positions, 5 n scalars for each thread and 11 n
  /// in the gradient, and at most 1.3 n of constants. Short rows and filters are summed, see `ShortRowsSummed`.
  static var rightAngleBlocks: [Variant] {
    variants(
      "right-angle-blocks", idea: "right-angle transforms of blocks a few filters long, without overlap",
      claims: Claims(time: "B H L log W + H W log W", workspace: "W"),
      ShortRowsSummed<RightAngleBlockConvolver<Float>>.self, ShortRowsSummed<RightAngleBlockConvolver<Double>>.self)
  }
}
