import ArgumentParser
import Foundation

/// A duration on the command line: `120s`, `2m`, `500ms`; a bare number is seconds.
struct Seconds: ExpressibleByArgument {
  let value: Double

  init(_ value: Double) { self.value = value }

  init?(argument: String) {
    let units = [("ms", 1e-3), ("s", 1.0), ("m", 60.0), ("h", 3600.0)]
    let unit = units.first { argument.hasSuffix($0.0) }
    guard let number = Double(argument.dropLast(unit?.0.count ?? 0)), number > 0, number.isFinite else { return nil }
    value = number * (unit?.1 ?? 1)
  }

  /// What is expected, for messages.
  static let form = "a duration such as 120s, 2m or 500ms"

  var defaultValueDescription: String { "\(value.formatted())s" }

  /// About how long that is, for messages: `40 s`, `12 min`, `3.5 h`.
  var text: String {
    func rounded(_ number: Double, _ unit: String) -> String {
      "\(number.formatted(.number.precision(.significantDigits(1...2)))) \(unit)"
    }
    if value < 99.5 { return rounded(value, "s") }
    return value < 99.5 * 60 ? rounded(value / 60, "min") : rounded(value / 3600, "h")
  }
}

/// A share on the command line: `1%`, or `0.01`.
struct Share: ExpressibleByArgument {
  let value: Double

  init(_ value: Double) { self.value = value }

  init?(argument: String) {
    let isPercent = argument.hasSuffix("%")
    guard let number = Double(isPercent ? argument.dropLast() : argument[...]), number >= 0, number.isFinite else {
      return nil
    }
    // 3 for 3 % would be 300 %: a gate that never fails.
    guard isPercent || number < 1 else { return nil }
    value = isPercent ? number / 100 : number
  }

  /// What is expected, for messages.
  static let form = "a share such as 1% or 0.01"

  var defaultValueDescription: String { "\((100 * value).formatted())%" }
}
