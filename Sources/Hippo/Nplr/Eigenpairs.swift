import Numerics
import Tensors

/// The eigenvalues of a Hermitian matrix and orthonormal eigenvectors in columns, by Jacobi's rotations: each makes one element 0, and
/// sweeps over all of them go on until every element beside the diagonal is nothing against the whole.
@inline(__always) func eigenpairs<T: Scalar>(
  _ matrix: Tensor<Complex<T>>
) -> (values: [T], vectors: Tensor<Complex<T>>) {
  let n = matrix.shape[0]
  var H = matrix
  var V = Tensor<Complex<T>>(repeating: 0, shape: [n, n])
  for i in 0..<n { V[i, i] = Complex(1) }
  let whole = H.elements.reduce(T(0)) { $0 + $1.lengthSquared }.squareRoot()
  let nothing = T.ulpOfOne / 8 * whole / T(n)
  // Sweeps converge quadratically: sixty are many times what any matrix needs.
  for _ in 0..<60 {
    var isDiagonal = true
    for p in 0..<n {
      for q in p + 1..<max(n, p + 1) where H[p, q].length > nothing {
        isDiagonal = false
        rotate(&H, &V, p, q, n)
      }
    }
    if isDiagonal { break }
  }
  return ((0..<n).map { H[$0, $0].real }, V)
}

/// Makes the elements (p, q) and (q, p) zero. The smaller of the two angles that do so makes sweeps converge.
@inline(__always) private func rotate<T: Scalar>(
  _ H: inout Tensor<Complex<T>>, _ V: inout Tensor<Complex<T>>, _ p: Int, _ q: Int, _ n: Int
) {
  let size = H[p, q].length
  let phase = H[p, q].divided(by: size)
  let ratio = (H[q, q].real - H[p, p].real) / (2 * size)
  let tangent = (ratio < 0 ? -1 : 1) / (ratio.magnitude + (1 + ratio * ratio).squareRoot())
  let cosine = 1 / (1 + tangent * tangent).squareRoot()
  let sine = phase.multiplied(by: tangent * cosine)
  for i in 0..<n {
    let (a, b) = (H[i, p], H[i, q])
    H[i, p] = a.multiplied(by: cosine) - b * sine.conjugate
    H[i, q] = a * sine + b.multiplied(by: cosine)
    let (c, d) = (V[i, p], V[i, q])
    V[i, p] = c.multiplied(by: cosine) - d * sine.conjugate
    V[i, q] = c * sine + d.multiplied(by: cosine)
  }
  for j in 0..<n {
    let (a, b) = (H[p, j], H[q, j])
    H[p, j] = a.multiplied(by: cosine) - b * sine
    H[q, j] = a * sine.conjugate + b.multiplied(by: cosine)
  }
  H[p, q] = Complex(0)
  H[q, p] = Complex(0)
  H[p, p] = Complex(H[p, p].real)
  H[q, q] = Complex(H[q, q].real)
}
