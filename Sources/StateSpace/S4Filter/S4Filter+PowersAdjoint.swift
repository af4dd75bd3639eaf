import Lanes

/// Products with the power `Q = Abar^T` of a head, and their adjoint: the derivative Z of F by Q goes back through the squarings,
/// `Z ← X Z + Z X`, and the first single steps, `Σ Abar^(k−1−i) Z Abar^i`, to the derivative Y by Abar; the one by h𝔸 is
/// `2 (1 − h𝔸)⁻¹ Y (1 − h𝔸)⁻¹`.
final class S4PowersAdjoint {
  private let system: DiscreteSystem
  private let powers: SystemPowers
  private let matrices: DenseMatrices
  private let rows: Int
  private let memory: Workspace<Double>
  /// Powers, matrices to work with, and strips and columns of any.
  private let power, W, V, X, strips, turned: UnsafeMutablePointer<Double>

  private static func doubles(_ powers: SystemPowers, _ rows: Int) -> Int {
    let matrices = powers.matrices
    return powers.doubles + max(3 * matrices.square, powers.scratch) + max(matrices.order, rows) * matrices.stride
      + DenseMatrices.padded(matrices.order, Tile<Double>.rows) * rows + matrices.stride
  }

  static func bytes(_ blocking: Blocking, ranks: Int) -> Int {
    let powers = SystemPowers(
      length: 2 * DiscreteSystem.half(blocking.modes), ranks: ranks, block: blocking.block, .gradient)
    return doubles(powers, blocking.rows) * MemoryLayout<Double>.stride
  }

  init(_ blocking: Blocking, _ system: DiscreteSystem) {
    self.system = system
    rows = blocking.rows
    powers = SystemPowers(length: system.length, ranks: system.ranks, block: blocking.block, .gradient)
    matrices = powers.matrices
    memory = Workspace(Self.doubles(powers, rows))
    memory.base.update(repeating: 0, count: memory.count)
    power = memory.base
    W = power + powers.doubles
    V = W + matrices.square
    X = V + matrices.square
    strips = W + max(3 * matrices.square, powers.scratch)
    turned = strips + max(matrices.order, rows) * matrices.stride
  }

  private var whole: UnsafeMutablePointer<Double> { power + powers.squarings * matrices.square }

  /// Computes the powers, and from the first row of `outputs` the others.
  func multiply(_ outputs: UnsafeMutablePointer<Double>) {
    powers.compute(system, power, W)
    for j in 1..<rows {
      matrices.multiplyRow(outputs + (j - 1) * matrices.stride, whole, outputs + j * matrices.stride)
    }
  }

  /// Runs `tails` back through the products and adds what they give to the totals.
  func differentiate(
    _ outputs: UnsafePointer<Double>, _ tails: UnsafeMutablePointer<Double>, _ totals: SystemTotals
  ) {
    let stride = matrices.stride
    matrices.transpose(whole, X)
    for j in (0..<rows - 1).reversed() {
      matrices.multiplyRow(tails + (j + 1) * stride, X, turned)
      system.add(turned, to: tails + j * stride)
    }
    for i in 1..<rows {
      for k in 0..<matrices.order { turned[k * (rows - 1) + i - 1] = tails[i * stride + k] }
    }
    matrices.pack(outputs, rows: rows - 1, strips)
    matrices.multiply(turned, rows - 1, rows: matrices.order, strips, inner: rows - 1, W)
    squaringsBack()
    stepsBack()

    // V is Yᵀ; Ω = 2 (1 − h𝔸)⁻¹ Y (1 − h𝔸)⁻¹ in W, its transpose in X.
    matrices.transpose(V, W)
    for i in 0..<matrices.order { system.solveRow(W + i * stride, W + i * stride) }
    for i in 0..<matrices.square { W[i] *= 2 }
    let byStep = system.trace(W, stride)
    matrices.transpose(W, X)
    for i in 0..<matrices.order { system.solve(X + i * stride, X + i * stride) }
    matrices.transpose(X, W)
    totals.add(W, X, stride: stride, byStep: byStep)
  }

  private func squaringsBack() {
    for k in (0..<powers.squarings).reversed() {
      let factor = power + k * matrices.square
      matrices.pack(W, rows: matrices.order, strips)
      matrices.multiply(factor, matrices.stride, rows: matrices.order, strips, inner: matrices.order, V)
      matrices.pack(factor, rows: matrices.order, strips)
      matrices.multiply(W, matrices.stride, rows: matrices.order, strips, inner: matrices.order, X)
      for i in 0..<matrices.square { W[i] = V[i] + X[i] }
    }
  }

  /// `V = (Σ Abar^(k−1−i) W Abar^i)ᵀ` over i < k, by Horner's rule.
  private func stepsBack() {
    let stride = matrices.stride
    V.update(repeating: 0, count: matrices.square)
    for i in 0..<powers.first {
      matrices.transpose(W, X)
      for row in 0..<matrices.order {
        system.step(V + row * stride, V + row * stride)
        system.add(X + row * stride, to: V + row * stride)
        if i + 1 < powers.first { system.stepRow(W + row * stride, W + row * stride) }
      }
    }
  }
}
