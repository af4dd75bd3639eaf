/// What the author of a kernel from outside asked for in place of the suite's own rule, in words; nil where nothing.
///
/// - Parameter tolerance: by what the bound is multiplied.
public func statement(tolerance: Double?, repeatsWithinBound: Bool) -> String? {
  var parts: [String] = []
  if let tolerance { parts.append("judged at \(number(tolerance)) times the bound") }
  if repeatsWithinBound { parts.append("repeated calls may differ within the bound") }
  return parts.isEmpty ? nil : parts.joined(separator: ", ")
}

/// A number without a point where it is whole.
private func number(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
