/// Choices made from bytes, one after another; zeros when they are used up.
struct ByteSource {
  private let bytes: UnsafeBufferPointer<UInt8>
  private var next = 0

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  mutating func byte() -> UInt8 {
    guard next < bytes.count else { return 0 }
    defer { next += 1 }
    return bytes[next]
  }

  /// A number from 0 to below `count`.
  mutating func below(_ count: Int) -> Int { Int(byte()) % count }

  mutating func word() -> UInt64 { (0..<8).reduce(0) { word, _ in word << 8 | UInt64(byte()) } }

  mutating func double() -> Double { Double(bitPattern: word()) }

  /// Up to 63 bytes as they come.
  mutating func text() -> [UInt8] { (0..<below(64)).map { _ in byte() } }

  /// The name of an operand of the signatures, or any.
  mutating func name() -> String {
    let known = ["dt", "A", "B", "K", "u", "x0", "y", "x"]
    let choice = below(known.count + 2)
    return choice < known.count ? known[choice] : String(decoding: text(), as: UTF8.self)
  }

  /// An axis's length: mostly small, else any.
  mutating func length() -> UInt64 {
    switch below(8) {
    case 6: 1 << UInt64(below(64))
    case 7: word()
    default: UInt64(below(5))
    }
  }

  /// A JSON object from keys and values that matter, deep nesting, or any bytes.
  mutating func json() -> [UInt8] {
    switch below(4) {
    case 0: return text()
    case 1: return Array(repeating: UInt8(ascii: "["), count: 1 << below(20))
    default:
      let keys = ["L", "H", "N", "M", "W", "G", "V", "mode", "softplus", "\\u0000", ""]
      let values = [
        "1", "2", "3", "0", "-1", "1e30", "1e999", "9223372036854775807", "1099511627775", "0.5", "true", "null",
        "[]",
        "{}", "\"zoh\"", "\"bilinear\"", "\"a\\nb\"", "",
      ]
      let members = (0..<below(5)).map { _ in "\"\(keys[below(keys.count)])\":\(values[below(values.count)])" }
      return Array("{\(members.joined(separator: ","))}".utf8)
    }
  }
}
