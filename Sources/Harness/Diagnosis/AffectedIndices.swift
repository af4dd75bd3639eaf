/// Which indices of an axis something is wrong at, in words.
struct AffectedIndices {
  private let axis: String
  private let length: Int
  private let indices: [Int]

  init(_ axis: String, _ flags: [Bool]) {
    self.axis = axis
    length = flags.count
    indices = flags.indices.filter { flags[$0] }
  }

  /// Nil where every index is affected, or there is no choice.
  var description: String? {
    guard let first = indices.first, let last = indices.last, indices.count < length else { return nil }
    if axis == ErrorField.part { return first == 0 ? "only real parts" : "only imaginary parts" }
    let name = axis.lowercased()
    if indices.count == 1 { return "only \(name) = \(first)" }
    if length - indices.count == 1 {
      let right = (0..<length).first { !indices.contains($0) }!
      return "all \(name) but \(right)"
    }
    if last - first == indices.count - 1 { return "only \(name) = \(first)…\(last)" }
    if let step = regularStep { return "every \(ordinal(step)) \(name), from \(first)" }
    if indices.count <= 6 { return "only \(name) = \(indices.map(String.init).joined(separator: ", "))" }
    return "\(indices.count) of \(length) \(name), from \(first) to \(last)"
  }

  /// The distance of neighbours where there are at least three, all equally far apart, up to the axis's end.
  private var regularStep: Int? {
    guard indices.count >= 3 else { return nil }
    let step = indices[1] - indices[0]
    let isRegular = zip(indices, indices.dropFirst()).allSatisfy { $1 - $0 == step }
    return isRegular && indices.last! + step >= length ? step : nil
  }

  private func ordinal(_ step: Int) -> String { step == 2 ? "second" : step == 3 ? "third" : "\(step)th" }
}
