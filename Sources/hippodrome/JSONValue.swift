import Foundation
import KernelSpec
import Messages

/// Any JSON, so that what is wrong with a file can be said in its own words.
enum JSONValue: Decodable, CustomStringConvertible {
  case null
  case flag(Bool)
  case number(Double)
  case text(String)
  case list([JSONValue])
  case object([String: JSONValue])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if container.decodeNil() {
      self = .null
    } else if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else if let value = try? container.decode(String.self) {
      self = .text(value)
    } else if let value = try? container.decode([JSONValue].self) {
      self = .list(value)
    } else {
      self = .object(try container.decode([String: JSONValue].self))
    }
  }

  /// Short, for messages.
  var description: String {
    switch self {
    case .null: "null"
    case .flag(let value): "\(value)"
    case .number(let value): Given.number(value).description
    case .text(let value): "\"\(value)\""
    case .list(let values): "a list of \(values.count)"
    case .object(let values): "an object of \(values.count)"
    }
  }
}

/// An object of a JSON file and where it is there: reads values by key and says what is wrong with them.
struct JSONObject {
  private let values: [String: JSONValue]
  private let path: String

  /// The object of a file.
  ///
  /// - Throws: `Misfit` where the file cannot be read or holds no JSON object.
  init(contentsOf file: String) throws(Misfit) {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: file)) } catch {
      throw Misfit("\(file): cannot be read: \(explanation(of: error))")
    }
    guard let value = try? JSONDecoder().decode(JSONValue.self, from: data) else {
      throw Misfit("\(file): not JSON, expected an object")
    }
    try self.init(value, file + ":")
  }

  private init(_ value: JSONValue, _ path: String) throws(Misfit) {
    guard case .object(let values) = value else { throw Misfit("\(path) found \(value), expected an object") }
    (self.values, self.path) = (values, path)
  }

  /// The keys, sorted.
  var keys: [String] { values.keys.sorted() }

  /// Refuses keys that nobody reads: a typing error must not be silent.
  func expect(_ known: [String]) throws(Misfit) {
    for key in keys where !known.contains(key) {
      throw Misfit(
        "\(path) unknown key \"\(key)\"\(hint(for: key, among: known)), expected \(known.joined(separator: ", "))")
    }
  }

  /// The error that a key's value is not what was expected.
  func misfit(_ key: String, _ expected: String) -> Misfit {
    let found = values[key].map { "is \($0)" } ?? "is missing"
    return Misfit("\(path) \(key) \(found), expected \(expected)")
  }

  /// The value as it is; nil where the key is missing.
  subscript(key: String) -> JSONValue? { values[key] }

  func text(_ key: String) throws(Misfit) -> String? {
    guard let value = values[key] else { return nil }
    guard case .text(let text) = value else { throw misfit(key, "a text") }
    return text
  }

  func number(_ key: String) throws(Misfit) -> Double? {
    guard let value = values[key] else { return nil }
    guard case .number(let number) = value else { throw misfit(key, "a number") }
    return number
  }

  func whole(_ key: String) throws(Misfit) -> Int? {
    guard let number = try number(key) else { return nil }
    guard let whole = Int(exactly: number) else { throw misfit(key, "a whole number") }
    return whole
  }

  /// Texts; one may stand without its list. Empty where the key is missing.
  func texts(_ key: String) throws(Misfit) -> [String] {
    switch values[key] {
    case nil: return []
    case .text(let text): return [text]
    case .list(let list):
      let texts = list.compactMap { if case .text(let text) = $0 { text } else { nil } }
      if texts.count == list.count { return texts }
    default: break
    }
    throw misfit(key, "a list of texts")
  }

  /// Whole numbers; one may stand without its list. Empty where the key is missing.
  func wholes(_ key: String) throws(Misfit) -> [Int] {
    switch values[key] {
    case nil: return []
    case .number(let number): if let whole = Int(exactly: number) { return [whole] }
    case .list(let list):
      let wholes = list.compactMap { if case .number(let number) = $0 { Int(exactly: number) } else { nil } }
      if wholes.count == list.count { return wholes }
    default: break
    }
    throw misfit(key, "a list of whole numbers")
  }

  /// An object within; nil where the key is missing.
  func object(_ key: String) throws(Misfit) -> JSONObject? {
    guard let value = values[key] else { return nil }
    return try JSONObject(value, "\(path) \(key):")
  }

  /// A list of objects within.
  func objects(_ key: String) throws(Misfit) -> [JSONObject] {
    guard case .list(let list) = values[key] else { throw misfit(key, "a list of objects") }
    var objects: [JSONObject] = []
    for (index, value) in list.enumerated() { objects.append(try JSONObject(value, "\(path) \(key)[\(index)]:")) }
    return objects
  }
}
