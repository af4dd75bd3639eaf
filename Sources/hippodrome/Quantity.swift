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

  var defaultValueDescription: String { "\(value.formatted())s" }
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

  var defaultValueDescription: String { "\((100 * value).formatted())%" }
}
