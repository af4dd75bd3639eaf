import ArgumentParser

/// A number of bytes as people write it: `4GB`, `512MiB`, `65536`.
struct ByteCount: ExpressibleByArgument {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  /// Nil where it is no positive number with a unit that is known.
  init?(argument text: String) {
    let units = ["": 1.0, "B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "KiB": 0x1p10, "MiB": 0x1p20, "GiB": 0x1p30]
    let digits = text.prefix { $0.isNumber || $0 == "." }
    let unit = text.dropFirst(digits.count).trimmingPrefix(" ")
    guard let number = Double(digits), let scale = units[String(unit)], (1..<0x1p50).contains(number * scale) else {
      return nil
    }
    bytes = Int(number * scale)
  }

  /// What is expected, for messages.
  static let form = "a number of bytes such as 4GB, 512MiB or 65536"
}
