import Foundation

/// Why something failed, in plain words on one line: the system's own for files and processes, the place and the types for what was decoded,
/// and the description of an error of the suite's own.
///
/// - Parameter data: what was decoded, if anything was: JSON that is sound but has a number that does not fit is told from what is no JSON.
public func explanation(of error: any Error, in data: Data? = nil) -> String {
  if let error = error as? DecodingError { return explanation(of: error, data) }
  return systemReason(error as NSError) ?? "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
}

// Files and processes.

/// The system's text for the error, or for the one that it was made of; nil for errors that are not the system's.
private func systemReason(_ error: NSError) -> String? {
  if error.domain == NSPOSIXErrorDomain { return String(cString: strerror(Int32(error.code))) }
  if let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error { return systemReason(cause as NSError) }
  guard error.domain == NSCocoaErrorDomain else { return nil }
  let code: Int32? =
    switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: ENOENT
    case .fileReadNoPermission, .fileWriteNoPermission: EACCES
    case .fileWriteFileExists: EEXIST
    case .fileWriteOutOfSpace: ENOSPC
    case .fileWriteVolumeReadOnly: EROFS
    case .fileReadInvalidFileName, .fileWriteInvalidFileName: EINVAL
    case .fileReadTooLarge: EFBIG
    default: nil
    }
  if let code { return String(cString: strerror(code)) }
  let notText: [CocoaError.Code] = [.fileReadCorruptFile, .fileReadInapplicableStringEncoding]
  if notText.contains(where: { $0.rawValue == error.code }) { return "not a text in UTF-8" }
  return "error \(error.code) of \(error.domain)"
}

// What was decoded.

private func explanation(of error: DecodingError, _ data: Data?) -> String {
  switch error {
  case .keyNotFound(let key, let context): return "no '\(place(context.codingPath + [key]))'"
  case .typeMismatch(let type, let context): return wrong(type, context)
  case .valueNotFound(let type, let context): return wrong(type, context)
  case .dataCorrupted(let context) where !context.codingPath.isEmpty:
    let words = context.debugDescription
    return words.hasPrefix("Cannot initialize") ? "unknown value at '\(place(context.codingPath))'" : words
  // Foundation says the same of a number such as 1.5 where a whole one is expected, and not where.
  case .dataCorrupted where isJSON(data): return "a number that is too large or not whole"
  case .dataCorrupted: return "not JSON"
  @unknown default: return "not what was expected"
  }
}

private func isJSON(_ data: Data?) -> Bool {
  guard let data else { return false }
  return (try? JSONSerialization.jsonObject(with: data, options: .fragmentsAllowed)) != nil
}

private func wrong(_ type: any Any.Type, _ context: DecodingError.Context) -> String {
  var text = "wrong type at '\(place(context.codingPath))'"
  if context.codingPath.isEmpty { text = "wrong type" }
  if let expected = name(of: type) { text += ", expected \(expected)" }
  // Foundation tells what it found only in its text for programmers.
  if let match = context.debugDescription.firstMatch(of: /but found (.*) instead/) {
    let words = [
      "a string": "a text", "an array": "a list", "a dictionary": "an object", "number": "a number",
      "bool": "true or false",
    ]
    text += ", found \(words[String(match.1)] ?? String(match.1))"
  }
  return text
}

/// What a type is in JSON; nil for types of which no name says it.
private func name(of type: any Any.Type) -> String? {
  switch type {
  case is String.Type: return "a text"
  case is Bool.Type: return "true or false"
  case is any BinaryInteger.Type: return "a whole number"
  case is any BinaryFloatingPoint.Type: return "a number"
  case is any Collection.Type: return "\(type)".hasPrefix("Dictionary") ? "an object" : "a list"
  default: return nil
  }
}

private func place(_ path: [any CodingKey]) -> String {
  path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
}
