import KernelSpec
import Numerics
import Tensors

extension EMAFilter {
  public static let misreadings: [Misreading] = [
    Misreading("alpha is taken without its sigmoid") { filter($0, $1, alpha: { $0 }, delta: logistic) },
    Misreading("delta is taken without its sigmoid") { filter($0, $1, alpha: logistic, delta: { $0 }) },
    Misreading("alpha and delta are taken without their sigmoids") { filter($0, $1, alpha: { $0 }, delta: { $0 }) },
  ]

  private static func logistic(_ v: Oracle) -> Oracle { 1 / (1 + Oracle.exp(-v)) }

  /// The filter with other functions of its parameters.
  private static func filter(
    _ inputs: Operands<Oracle>, _ size: Size, alpha damping: (Oracle) -> Oracle, delta weight: (Oracle) -> Oracle
  ) -> Operands<Oracle> {
    let alpha = inputs.real("alpha"), delta = inputs.real("delta")
    let beta = inputs.real("beta"), gamma = inputs.real("gamma")
    var K = Tensor<Oracle>(repeating: 0, shape: [size.H, size.L])
    for h in 0..<size.H {
      for n in 0..<size.N {
        let p = weight(delta[h, n]), q = 1 - p * damping(alpha[h, n])
        var term = p * beta[h, n] * gamma[h, n] / Oracle(size.N).squareRoot()
        for l in 0..<size.L {
          K[h, l] += term
          term *= q
        }
      }
    }
    return Operands(["K": .real(K)])
  }
}
