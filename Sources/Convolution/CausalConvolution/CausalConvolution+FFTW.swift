import KernelSpec

extension CausalConvolution {
  /// Row after row through FFTW at a good length from `L + min(W, L) − 1` on; the filter's spectrum once for all batch rows.
  ///
  /// The workspace is a row and two spectra for each thread, four spectra in the gradient: about `6 L` and `10 L` scalars where
  /// W = L; and what FFTW holds, see `RealTransform.bytes`. Short rows and filters are summed, see `ShortRowsSummed`.
  static var fftw: [Variant] {
    variants(
      "fftw", idea: "real transforms of padded rows",
      claims: Claims(time: "B H L log L + B H W log W", workspace: "L + W"),
      ShortRowsSummed<SpectralConvolver<Float>>.self, ShortRowsSummed<SpectralConvolver<Double>>.self)
  }
}
