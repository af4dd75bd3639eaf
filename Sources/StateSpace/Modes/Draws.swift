import KernelSpec

extension Draw {
  /// Eigenvalues of diagonal models: fast ones among slow ones, without which nothing of a filter were left after a few thousand positions.
  /// Slow ones turn slowly too: where they last, single precision loses the phase of others.
  static let eigenvalues = Draw.inTurn([
    .complex(.negative(.logUniform(1e-3, 5e-3)), .uniform(0, 0.1)),
    .complex(.negative(.logUniform(0.02, 0.2)), .uniform(0, 100)),
  ])

  /// Input and output coefficients, none of them near zero: a mode of which the coefficient is, is lost among the others.
  static let coefficients = Draw.complex(
    .oneOf([.uniform(0.5, 1.5), .negative(.uniform(0.5, 1.5))]), .normal(0.5))

  /// Any coefficients.
  static let anyCoefficients = Draw.complex(.normal(1), .normal(1))
}
