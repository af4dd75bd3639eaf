import Foundation

/// Numbers as people read them: three significant digits and a unit.
enum Units {
  /// What stands where there is no number.
  static let none = "–"

  /// A duration: `176 µs`.
  static func time(_ seconds: Double) -> String {
    let unit = timeUnit(seconds)
    return "\(significant(seconds / unit.scale)) \(unit.name)"
  }

  /// A median with its interval, all in the median's unit: `176 µs [174, 179]`.
  static func time(_ samples: [Double]) -> String {
    let median = Statistics.median(samples)
    let interval = Statistics.medianInterval(samples)
    let scale = timeUnit(median).scale
    let text = "\(time(median)) [\(significant(interval.lower / scale)), \(significant(interval.upper / scale))]"
    return interval.coverage < 0.95 ? "\(text) of \(samples.count)" : text
  }

  /// A duration of whole seconds and minutes: `64 s`, `12 min`; below ten seconds with a digit more.
  static func duration(_ seconds: Double) -> String {
    seconds < 10
      ? String(format: "%.1f s", seconds)
      : seconds < 600 ? String(format: "%.0f s", seconds) : String(format: "%.0f min", seconds / 60)
  }

  /// A duration that is a round number of its unit: `10 µs`.
  static func roundTime(_ seconds: Double) -> String {
    let unit = timeUnit(seconds)
    return plain(seconds / unit.scale) + " " + unit.name
  }

  /// A round number: `0.01`, `20`.
  static func plain(_ value: Double) -> String { String(format: "%.4g", value) }

  /// A number of bytes: `512 B`, `16.0 KiB`, `1.21 MiB`.
  static func bytes(_ count: Int) -> String { bytes(Double(count)) }

  /// The same of a whole number that may be greater than any count.
  static func bytes(_ count: Double) -> String {
    let unit = byteUnit(count)
    return unit.scale == 1
      ? String(format: "%.0f B", count) : "\(significant(count / unit.scale)) \(unit.name)"
  }

  /// The same without digits that say nothing: `16 KiB`.
  static func shortBytes(_ count: Int) -> String {
    let unit = byteUnit(Double(count))
    let value = Double(count) / unit.scale
    return value == value.rounded() ? "\(Int(value)) \(unit.name)" : bytes(count)
  }

  private static func byteUnit(_ count: Double) -> (name: String, scale: Double) {
    guard count >= 1024 else { return ("B", 1) }
    let names = ["KiB", "MiB", "GiB", "TiB"]
    var scale = 1024.0
    var index = 0
    while index < names.count - 1, count >= 0.9995 * scale * 1024 {
      scale *= 1024
      index += 1
    }
    return (names[index], scale)
  }

  /// A count with its thousands apart: `6,218,004`.
  static func count(_ count: Int) -> String {
    var digits = String(abs(count)), groups: [String] = []
    while digits.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits.removeLast(3)
    }
    return (count < 0 ? "−" : "") + ([digits] + groups).joined(separator: ",")
  }

  /// A rate in GFLOP/s, without the unit, which heads the column.
  static func gigaflops(_ rate: Double) -> String { significant(rate / 1e9) }

  /// A rate with its unit: `118 GFLOP/s`, `23.5 GB/s`.
  static func rate(_ rate: Double, _ unit: String) -> String { "\(significant(rate / 1e9)) G\(unit)" }

  /// A fraction in percent: `4.5 %`, `45 %`, and `<0.1 %` below that.
  static func percent(_ fraction: Double) -> String {
    guard fraction.isFinite else { return none }
    let value = fraction * 100
    if value > 0, value < 0.05 { return "<0.1 %" }
    return String(format: value < 9.95 ? "%.1f %%" : "%.0f %%", value)
  }

  /// A factor: `12.3×`.
  static func factor(_ value: Double) -> String { significant(value) + "×" }

  /// Error ÷ bound: two significant digits, and nothing below a thousandth.
  static func ratio(_ value: Double) -> String {
    switch value {
    case _ where value.isNaN: "NaN"
    case .infinity: "∞"
    case 0: "0"
    case ..<0.001: "<0.001"
    case ..<0.0995: String(format: "%.2g", value)
    case ..<9.95: String(format: "%.2f", value)
    case ..<9999.5: String(format: "%.0f", value)
    default: String(format: "%.1e", value)
    }
  }

  /// A relative error: `3.2e-08`, with two significant digits.
  static func error(_ value: Double) -> String { value.isFinite ? String(format: "%.1e", value) : "not a number" }

  /// An exponent, or a difference of two: two decimals, and no negative zero.
  static func exponent(_ value: Double) -> String {
    let text = String(format: "%.2f", value)
    return text == "-0.00" ? "0.00" : text
  }

  /// Three significant digits, never in scientific notation where a plain number fits.
  static func significant(_ value: Double) -> String {
    switch abs(value) {
    case _ where !value.isFinite: none
    case 0: "0"
    case ..<0.00995: String(format: "%.2e", value)
    case ..<9.995: String(format: "%.2f", value)
    case ..<99.95: String(format: "%.1f", value)
    case ..<1e6: String(format: "%.0f", value)
    default: String(format: "%.2e", value)
    }
  }

  private static func timeUnit(_ seconds: Double) -> (name: String, scale: Double) {
    switch seconds {
    case ..<0.9995e-6: ("ns", 1e-9)
    case ..<0.9995e-3: ("µs", 1e-6)
    case ..<0.9995: ("ms", 1e-3)
    default: ("s", 1)
    }
  }
}
