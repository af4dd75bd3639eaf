import KernelSpec
import Numerics
import Tensors

/// How the discretization of diagonal models may be misread.
///
/// A model read so has other poles and gains, and these are what zoh makes of another `A` and other input coefficients: its outputs are
/// those of the kernel's own reference on them.
enum DiscretizationMisreadings {
  private typealias Rule = @Sendable (_ z: Complex<Oracle>) -> (pole: Complex<Oracle>, gain: Complex<Oracle>)

  /// The misreadings of a kernel, where `coefficients` names the operand that the gain multiplies, and `zoh` gives the size with that
  /// discretization, nil where the definition knows none.
  static func all(
    _ coefficients: String, zoh: @escaping @Sendable (Size) -> Size?,
    _ reference: @escaping @Sendable (Operands<Oracle>, Size) -> Operands<Oracle>
  ) -> [Misreading] {
    // Poles, and gains in units of dt.
    let rules: [(String, Rule)] = [
      ("discretized by Euler's rule: 1 + dt A, dt B", { (Complex(1) + $0, Complex(1)) }),
      (
        "discretized by Euler's backward rule: 1/(1 − dt A)",
        { z in
          let pole = Complex(1) / (Complex(1) - z)
          return (pole, pole)
        }
      ),
      ("the input's gain is dt alone, the pole by zoh", { (.exp($0), Complex(1)) }),
    ]
    return rules.map { description, rule in
      Misreading(description) { inputs, size in
        guard let size = zoh(size) else { return Operands() }
        return reference(reread(inputs, coefficients, rule), size)
      }
    }
  }

  private static func reread(_ inputs: Operands<Oracle>, _ coefficients: String, _ rule: Rule) -> Operands<Oracle> {
    let dt = inputs.real("dt")
    var A = inputs.complex("A"), B = inputs.complex(coefficients)
    for h in 0..<A.shape[0] {
      for m in 0..<A.shape[1] {
        let (pole, gain) = rule(A[h, m].multiplied(by: dt[h]))
        let z = Complex<Oracle>.log(pole)
        let usual = z.isZero ? Complex(1) : .expMinusOne(z) / z
        A[h, m] = z.divided(by: dt[h])
        B[h, m] *= gain / usual
      }
    }
    var changed = inputs
    changed["A"] = .complex(A)
    changed[coefficients] = .complex(B)
    return changed
  }
}

extension S4DFilter {
  public static let misreadings: [Misreading] = DiscretizationMisreadings.all("B", zoh: { zoh($0, signature) }) {
    reference($0, $1)
  }
}

extension DSSFilter {
  public static let misreadings: [Misreading] = DiscretizationMisreadings.all(
    "C", zoh: { $0.choice("mode") == nil ? $0 : nil }
  ) { reference($0, $1) }
}

extension S4DScan {
  public static let misreadings: [Misreading] =
    [
      Misreading("y is read before the state is updated") { inputs, size in
        // The state one step before the first takes that step with nothing read, and an input that is late by one with it.
        var late = inputs
        let u = inputs.real("u"), dt = inputs.real("dt"), A = inputs.complex("A")
        var delayed = Tensor<Oracle>(repeating: 0, shape: u.shape)
        var x = inputs.optionalComplex("x0") ?? Tensor(repeating: 0, shape: [size.B, size.H, size.N / 2])
        let bilinear = size.choice("discretization") == "bilinear"
        for b in 0..<size.B {
          for h in 0..<size.H {
            for l in 1..<max(size.L, 1) { delayed[b, h, l] = u[b, h, l - 1] }
            for m in 0..<size.N / 2 {
              x[b, h, m] /= DiscreteMode(dt: dt[h], A: A[h, m], bilinear: bilinear).pole
            }
          }
        }
        late["u"] = .real(delayed)
        if size.has("x0") { late["x0"] = .complex(x) }
        return Operands(["y": reference(late, size)["y"]!])
      }
    ] + DiscretizationMisreadings.all("B", zoh: { zoh($0, signature) }) { reference($0, $1) }
}

/// The size with the default discretization.
private func zoh(_ size: Size, _ signature: Signature) -> Size? {
  let extents = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
  return try? signature.size(extents, options: [:], present: size.present)
}
