import KernelSpec

extension CausalConvolution {
  /// Blocks of a row through FFTW, each with the inputs of `W − 1` positions before it: the transforms are a few filters long.
  ///
  /// The workspace depends on W alone, whatever L: some ten to forty W scalars for each thread, and what FFTW holds, see
  /// `RealTransform.bytes`. Short rows and filters are summed, see `ShortRowsSummed`.
  static var overlapSave: [Variant] {
    variants(
      "overlap-save", idea: "real transforms of overlapping blocks a few filters long",
      claims: Claims(time: "B H L log W + H W log W", workspace: "W"),
      ShortRowsSummed<BlockConvolver<Float>>.self, ShortRowsSummed<BlockConvolver<Double>>.self)
  }
}
