import KernelSpec

extension CausalConvolution {
  /// Row after row through the right-angle transform, of length L where the others need `L + W`; the filter's spectrum
  /// once for all batch rows. See `RightAngleTransform`.
  ///
  /// The workspace is two spectra of n complex numbers for each thread, four in the gradient, and at most 1.3 n scalars of constants
  /// for all, n being the next of 4, 5, 6 or 7 times a power of two. Short rows and filters are summed, see `ShortRowsSummed`.
  static var rightAngle: [Variant] {
    variants(
      "right-angle", idea: "complex transforms of unpadded rows modulo tⁿ = i, own, in SIMD",
      claims: Claims(time: "B H L log L", workspace: "L"),
      ShortRowsSummed<RightAngleConvolver<Float>>.self, ShortRowsSummed<RightAngleConvolver<Double>>.self)
  }
}
