import Foundation

// Numbers in messages: as many digits as tell something, and no more.

/// A number with at most three digits, with an exponent only where it is large or small.
func short(_ value: Double) -> String {
  if value.isNaN { return "not a number" }
  if value.isInfinite { return value > 0 ? "infinite" : "minus infinity" }
  if value == 0 { return "0" }
  // Nobody computes with such numbers, and all their digits are noise.
  if abs(value) < 1e-300 { return "next to 0" }
  if (1e-3..<1e4).contains(abs(value)) { return String(format: abs(value) < 999.5 ? "%.3g" : "%.0f", value) }
  let parts = String(format: "%.2e", value).split(separator: "e")
  var mantissa = parts[0]
  while mantissa.last == "0" { mantissa.removeLast() }
  if mantissa.last == "." { mantissa.removeLast() }
  return "\(mantissa)e\(Int(parts[1])!)"
}

/// A factor, with as many digits as tell it from 1.
func factor(_ value: Double) -> String {
  for digits in 3...6 {
    let text = String(format: "%.\(digits)g", value)
    if text != "1", text.count <= 8 { return digits == 3 ? short(value) : text }
  }
  return value == 1 ? "1" : "1 \(value > 1 ? "+" : "−") \(short(abs(value - 1)))"
}

/// How far something is beyond its bound. From some size on only the order of magnitude tells anything.
///
/// - Parameter owner: whose bound it is.
public func times(_ ratio: Double, of owner: String = "its") -> String {
  guard ratio.isFinite else { return "entirely wrong" }
  if ratio < 1e4 { return "\(factor(ratio)) times \(owner) bound" }
  return "10^\(Int(Double.log10(ratio).rounded())) times \(owner) bound"
}

/// Two different numbers with as many digits as tell them apart, at least four; nil where no digits do.
func distinct(_ a: Double, _ b: Double) -> (String, String)? {
  func text(_ value: Double, _ digits: Int) -> String {
    value != 0 && abs(value) < 1e-300 ? short(value) : String(format: "%.\(digits)g", value)
  }
  for digits in 4...17 {
    let texts = (text(a, digits), text(b, digits))
    if texts.0 != texts.1 { return texts }
  }
  return nil
}
