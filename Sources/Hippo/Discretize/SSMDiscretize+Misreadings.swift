import KernelSpec
import Numerics
import Tensors

extension SSMDiscretize {
  /// Where zoh stands; the bilinear rules differ by an option.
  public static let misreadings: [Misreading] = [
    ("discretized by Euler's rule: 1 + dt A, dt B", "0"), ("discretized by Euler's backward rule: 1/(1 − dt A)", "1"),
  ].map { description, alpha in
    Misreading(description) { inputs, size in
      let extents = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
      guard isExponential(size), let other = try? signature.size(extents, options: ["alpha": alpha]) else {
        return Operands()
      }
      return reference(inputs, other)
    }
  }
}
