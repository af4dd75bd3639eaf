import KernelSpec
import Numerics
import Tensors

/// A causal kernel that forgets: what it gives from a position on if nothing before it had been.
struct Restart<K: Kernel> {
  let size: Size
  let inputs: Operands<Oracle>
  private let sequence: String
  private let present: Set<String>

  /// Nil where the kernel is not causal, or the pass is not the one that runs forward.
  init?(_: K.Type, _ pass: Pass, _ size: Size, inputs: Operands<Oracle>) {
    guard pass == .forward, let sequence = K.sequence else { return nil }
    (self.size, self.inputs, self.sequence) = (size, inputs, sequence)
    var present = size.present
    // What comes in from before is forgotten too.
    for law in K.laws {
      if case .split(sequence, let initial, _) = law { present.remove(initial) }
    }
    self.present = present
  }

  /// The cause, if the errors are those of a state that is lost where they start, once or at every multiple of their period.
  func cause(_ search: CauseSearch, _ spec: OperandSpec, _ course: ErrorCourse) -> Cause? {
    guard spec.axes.contains(sequence), course.first > 0 else { return nil }
    let axis = spec.axes.firstIndex(of: sequence)!
    let length = size[sequence]
    let name = sequence.lowercased()
    guard let whole = results(from: course.first, to: length, spec.name) else { return nil }
    let description = "nothing before \(name) = \(course.first) has an effect after it"
    let family = "nothing before some \(name) has an effect after it"
    let cause = search.cause(description, family) { value($0, whole, from: course.first, search.field, axis) }
    if let cause { return cause }
    guard let period = course.period ?? nextPeriod(course, length) else { return nil }
    var pieces: [Int: [Oracle]] = [:]
    for start in stride(from: course.first, to: length, by: period) {
      pieces[start] = results(from: start, to: min(length, start + period), spec.name)
    }
    return search.cause(
      "the state starts anew every \(period) \(name)", "the state starts anew at every block of \(name)"
    ) {
      scalar in
      let position = search.field.coordinate(scalar, axis)
      let start = course.first + (position - course.first) / period * period
      return pieces[start].flatMap { value(scalar, $0, from: start, search.field, axis) }
    }
  }

  /// Where errors do not die away before the next restart there is one run of them: blocks are then as long as what is right before it.
  private func nextPeriod(_ course: ErrorCourse, _ length: Int) -> Int? {
    course.starts.count == 1 && 2 * course.first < length && length / course.first <= 64 ? course.first : nil
  }

  /// The output of that name, of the part of the sequence alone.
  private func results(from start: Int, to end: Int, _ output: String) -> [Oracle]? {
    var values = Dictionary(uniqueKeysWithValues: size.extents.map { ($0.name, $0.value) })
    values[sequence] = end - start
    guard let part = try? K.signature.size(values, options: size.options, present: present) else { return nil }
    var cut = inputs.taking(Array(start..<end), along: sequence, K.signature.inputs)
    for name in size.present.subtracting(present) { cut[name] = nil }
    return K.reference(cut, part)[output]?.scalars
  }

  /// The element of a part that stands where a scalar of the whole stands.
  private func value(_ scalar: Int, _ part: [Oracle], from start: Int, _ field: ErrorField, _ axis: Int) -> Oracle? {
    let inner = field.step(axis)
    let length = part.count / (field.count / field.shape[axis])
    let position = field.coordinate(scalar, axis) - start
    guard (0..<length).contains(position) else { return nil }
    let outer = scalar / (inner * field.shape[axis])
    return part[(outer * length + position) * inner + scalar % inner]
  }
}
