import KernelSpec
import Numerics
import Tensors

/// A convolution that is circular where it should not be: what it gives behind its end appears at its beginning.
struct Wraparound<K: Kernel> {
  private let length: Int
  private let sequence: String
  /// The outputs of the same operands followed by as many zeros.
  private let extended: Operands<Oracle>

  /// Nil where the kernel is no convolution, or the pass is not the one that runs forward.
  init?(_: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<Oracle>) {
    guard pass == .forward, let sequence = K.sequence,
      K.laws.contains(where: { if case .timeInvariant(sequence, _) = $0 { true } else { false } })
    else { return nil }
    let length = size[sequence]
    (self.length, self.sequence) = (length, sequence)
    var values = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    values[sequence] = 2 * length
    guard let longer = try? K.signature.size(values, options: size.options, present: size.present) else { return nil }
    let order = (0..<2 * length).map { $0 < length ? $0 : nil }
    extended = K.reference(inputs.taking(order, along: sequence, K.signature.inputs), longer)
  }

  /// The cause, if errors at the beginning are what lies behind the end, at some circumference.
  func cause(_ search: CauseSearch, _ spec: OperandSpec, _ course: ErrorCourse) -> Cause? {
    guard let axis = spec.axes.firstIndex(of: sequence), course.first == 0, let values = extended[spec.name]?.scalars
    else { return nil }
    let field = search.field
    let inner = field.step(axis)
    func value(_ scalar: Int, _ position: Int) -> Oracle {
      values[(scalar / (inner * length) * 2 * length + position) * inner + scalar % inner]
    }
    let end = (0..<2 * length).last { position in
      field.found.indices.contains { scalar in
        field.coordinate(scalar, axis) == 0 && value(scalar, position) != 0
      }
    }
    guard let end else { return nil }
    var power = 1
    while power < length { power *= 2 }
    // The last position that is reached tells the circumference, unless what arrives there is too small to be seen.
    for circumference in [length, power, end - course.last] where circumference >= length && circumference <= end {
      let description = "a circular convolution of length \(circumference) wraps around"
      let cause = search.cause(description, "a circular convolution wraps around") { scalar in
        stride(from: field.coordinate(scalar, axis), to: 2 * length, by: circumference).reduce(0) {
          $0 + value(scalar, $1)
        }
      }
      if let cause { return cause }
    }
    return nil
  }
}
