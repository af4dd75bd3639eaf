import KernelSpec
import Numerics
import Tensors

/// The coefficients of a signal's past at every moment, by a HiPPO operator in discrete time.
///
/// With A and B of the measure (`hippo.transition`) and a step h, for l = 0 … L−1, from `c[−1] = 0`:
///
///     (I − α h A) c[l] = (I + (1−α) h A) c[l−1] + h B f[l]
///
/// - method: forward is α = 0, bilinear 1/2, backward 1.
/// - legs weighs all of the past alike, so that its step shrinks: `h = 1/(l+1)`. There is no option `dt`.
/// - Every other measure has the step `h = dt`, which must be given.
///
/// | operand | shape | |
/// | --- | --- | --- |
/// | `f` | `(B, L)` | the signal |
/// | → `c` | `(B, L, N)` | its coefficients after each sample |
///
/// Numerics: bilinear and backward steps are stable at any step size. Forward steps are stable only where they are small, which the author
/// of a size must see to: legs multiplies by `1 − (n+1)/(l+1)` at first, so that coefficients of the early past grow as some `4^N`
/// before they settle, and overflow single precision at about N = 60. The definition solves with A's triangle where A is one, and by
/// elimination, once, where steps are all alike.
///
/// The gradient is the same recurrence with transposed matrices, backwards: with `(I − α h Aᵀ) μ[l] = λ[l]` and
/// `λ[l−1] = g[l−1] + (I + (1−α) h Aᵀ) μ[l]` it is `h Bᵀ μ[l]`, h being that of sample l.
///
/// References: Gu, Dao, Ermon, Rudra, Ré 2020 (HiPPO), arXiv:2008.07669; `HiPPOScale` and `HiPPO` in `src/models/hippo/visualizations.py` of
/// state-spaces/s4, whose second has matrices of its own: legt over a unit window. Here all measures are those of `hippo.transition`, and
/// the window of legt is `2/dt` steps.
public enum HippoProject: DifferentiableKernel {
  public static let name = "hippo.project"
  public static let summary = "coefficients of a signal's past at every moment"

  public static let signature = Signature(
    extents: ["B", "L", "N"],
    inputs: [.real("f", "B", "L")],
    outputs: [.real("c", "B", "L", "N")],
    options: [
      .measure, .choice("method", "bilinear", "forward", "backward"),
      .number("dt", 0...Double.infinity, drawn: [0.001, 0.01]),
    ],
    independent: ["B"],
    rule: { size in
      let measure = Measure(size), dt = size.number("dt")
      if measure == .legs, let dt { return "dt is \(dt), expected none: legs takes steps of its own" }
      if measure != .legs, !(dt.map { $0 > 0 } ?? false) {
        return "dt is \(dt.map { "\($0)" } ?? "missing"), expected a positive number for \(measure.rawValue)"
      }
      return measure.complaint(size.N)
    })

  public static let laws: [Law] = [.linear(["f"]), .permutation("B"), .causal("L")]

  /// How much of a step is taken at its end.
  static func alpha(_ size: Size) -> Double {
    ["forward": 0, "backward": 1][size.choice("method") ?? ""] ?? 0.5
  }

  public static func reference<T: Scalar>(_ inputs: Operands<T>, _ size: Size) -> Operands<T> {
    let f = inputs.real("f")
    return Operands(["c": .real(Measure(size) == .legs ? scaled(f, size) : steady(f, size))])
  }

  public static func gradient<T: Scalar>(
    _ inputs: Operands<T>, _ cotangents: Operands<T>, _ size: Size
  ) -> Operands<T> {
    let g = cotangents.real("c")
    return Operands(["f": .real(Measure(size) == .legs ? scaledGradient(g, size) : steadyGradient(g, size))])
  }

  /// The matrices have a structure by which a step costs some eight operations a coefficient.
  public static func work(_ size: Size, _ pass: Pass) -> Work {
    let steps = Double(size.B * size.L)
    return Work(flops: 8 * steps * Double(size.N), scalars: steps * Double(size.N + 1))
  }

  /// The definition multiplies with the matrix, and with legs solves with it as well.
  public static func referenceWork(_ size: Size, _ pass: Pass) -> Work {
    let work = work(size, pass), N = Double(size.N), steps = Double(size.B * size.L)
    let flops = Measure(size) == .legs ? 3 * N * N * steps : 2 * N * N * steps + 3 * N * N * N
    return Work(flops: flops, scalars: work.scalars)
  }

  public static let sweep: [Size] =
    [256, 1024, 4096, 16384].map { try! signature.size("B4-L\($0)-N64") }
    + [4, 16, 256].map { try! signature.size("B4-L4096-N\($0)") }
    + [256, 1024, 4096, 16384].map { try! signature.size("B4-L\($0)-N64-legt-dt=0.001") }
}

/// The matrix and the input coefficients of a measure.
private func operators<T: Scalar>(_ size: Size, _: T.Type) -> (A: SquareMatrix<T>, B: [T]) {
  let measure = Measure(size)
  return (SquareMatrix(size.N) { measure.transition($0, $1) }, (0..<size.N).map { measure.input($0) })
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func scaled<T: Scalar>(_ f: Tensor<T>, _ size: Size) -> Tensor<T> {
  let (A, B) = operators(size, T.self)
  let N = size.N
  let alpha = T(HippoProject.alpha(size))
  var c = Tensor<T>(repeating: 0, shape: [size.B, size.L, N])
  for b in 0..<size.B {
    for l in 0..<size.L {
      let h = 1 / T(l + 1)
      for n in 0..<N {
        var sum = B[n] * f[b, l]
        for k in 0...n where l > 0 { sum += (1 - alpha) * A[n, k] * c[b, l - 1, k] }
        for k in 0..<n { sum += alpha * A[n, k] * c[b, l, k] }
        c[b, l, n] = ((l > 0 ? c[b, l - 1, n] : 0) + h * sum) / (1 - alpha * h * A[n, n])
      }
    }
  }
  return c
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func scaledGradient<T: Scalar>(_ g: Tensor<T>, _ size: Size) -> Tensor<T> {
  let (A, B) = operators(size, T.self)
  let N = size.N
  let alpha = T(HippoProject.alpha(size))
  var gradF = Tensor<T>(repeating: 0, shape: [size.B, size.L])
  for b in 0..<size.B {
    var mu = [T](repeating: 0, count: N)
    var lambda = mu
    for l in (0..<size.L).reversed() {
      // μ is still that of l + 1, with its own step.
      let before = 1 / T(l + 2), h = 1 / T(l + 1)
      for k in 0..<N {
        var sum: T = 0
        for n in k..<N { sum += A[n, k] * mu[n] }
        lambda[k] = g[b, l, k] + mu[k] + (1 - alpha) * before * sum
      }
      var total: T = 0
      for k in (0..<N).reversed() {
        var sum: T = 0
        for n in k + 1..<max(N, k + 1) { sum += A[n, k] * mu[n] }
        mu[k] = (lambda[k] + alpha * h * sum) / (1 - alpha * h * A[k, k])
        total += B[k] * mu[k]
      }
      gradF[b, l] = h * total
    }
  }
  return gradF
}

/// What a step of a measure that does not change does: `c ← Abar c + Bbar f`, with Bbar as the last column.
private func discretized<T: Scalar>(_ size: Size, _: T.Type) -> SquareMatrix<T> {
  let (A, B) = operators(size, T.self)
  let alpha = T(HippoProject.alpha(size)), h = T(size.number("dt")!)
  let right = SquareMatrix<T>(size.N + 1) { n, k in
    n == size.N ? 0 : k == size.N ? h * B[n] : (n == k ? 1 : 0) + (1 - alpha) * h * A[n, k]
  }
  return SquareMatrix(size.N) { ($0 == $1 ? 1 : 0) - alpha * h * A[$0, $1] }.solve(right)
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func steady<T: Scalar>(_ f: Tensor<T>, _ size: Size) -> Tensor<T> {
  let step = discretized(size, T.self)
  var c = Tensor<T>(repeating: 0, shape: [size.B, size.L, size.N])
  for b in 0..<size.B {
    for l in 0..<size.L {
      for n in 0..<size.N {
        var sum = step[n, size.N] * f[b, l]
        for k in 0..<size.N where l > 0 { sum += step[n, k] * c[b, l - 1, k] }
        c[b, l, n] = sum
      }
    }
  }
  return c
}

@specialized(where T == Float)
@specialized(where T == Double)
@specialized(where T == Oracle)
private func steadyGradient<T: Scalar>(_ g: Tensor<T>, _ size: Size) -> Tensor<T> {
  let step = discretized(size, T.self)
  var gradF = Tensor<T>(repeating: 0, shape: [size.B, size.L])
  for b in 0..<size.B {
    var lambda = [T](repeating: 0, count: size.N)
    for l in (0..<size.L).reversed() {
      let after = lambda
      var total: T = 0
      for k in 0..<size.N {
        var sum = g[b, l, k]
        for n in 0..<size.N { sum += step[n, k] * after[n] }
        lambda[k] = sum
        total += step[k, size.N] * sum
      }
      gradF[b, l] = total
    }
  }
  return gradF
}
