import Foundation
import Messages

extension ActionBenchmark {
  /// Whether a file's name says that the action wrote it, or that it was written for the action.
  public static func isOwn(_ url: URL) -> Bool { ["js", "json"].contains(url.pathExtension) }

  /// What a store or a list says. A list names no commit, so its file must be named after one: `1a2b3c4.json`.
  ///
  /// Rows that this suite exported get their machine and their unit back and continue the rows of its records. Others have the
  /// machine `imported`. Values that have no logarithm, or nearly none, are left out.
  public static func observations(_ url: URL) throws -> [Observation] {
    let path = url.relativePath
    guard let data = try? Data(contentsOf: url) else { throw Failure(description: "\(path): cannot be read") }
    let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    if text.hasPrefix("[") { return try list(Data(text.utf8), url) }
    guard text.hasPrefix(prefix), let start = text.firstIndex(of: "=") else {
      throw Failure(description: "\(path): neither a list of results nor '\(prefix) = {…}'")
    }
    let body = text[text.index(after: start)...].trimmingCharacters(in: CharacterSet(charactersIn: "; \t\r\n"))
    let store = try decoded(Store.self, Data(body.utf8), path)
    return store.entries.sorted { $0.key < $1.key }.flatMap { suite, runs in
      // Suites may share names of rows; the one that is exported here does not.
      runs.flatMap { observations($0, suite: suite == "hippodrome" ? nil : suite) }
    }
  }

  private static func list(_ data: Data, _ url: URL) throws -> [Observation] {
    let benches = try decoded([Bench].self, data, url.relativePath)
    let commit = url.deletingPathExtension().lastPathComponent
    guard (7...40).contains(commit.count), commit.allSatisfy(\.isHexDigit) else {
      throw Failure(
        description:
          "\(url.relativePath): a list of results names no commit, expected a file named after one, such as 1a2b3c4.json"
      )
    }
    let modified = (try? url.resourceValues(forKeys: [.contentModificationDateKey]))?.contentModificationDate
    let run = Run(
      commit: Commit(id: commit), date: (modified ?? Date()).timeIntervalSince1970 * 1000,
      tool: "customSmallerIsBetter", benches: benches)
    return observations(run, suite: nil)
  }

  /// What values are read at all: beyond it sums and ratios leave the range of numbers.
  private static let possibleValues = 1e-200...1e200

  private static func observations(_ run: Run, suite: String?) -> [Observation] {
    // The tools whose numbers are rates; `biggerIsBetter` of the action's `write.ts`.
    let isSmallerBetter = !["benchmarkjs", "pytest", "customBiggerIsBetter"].contains(run.tool)
    // Calendars end at the year 9999.
    let date = Environment.date(Date(timeIntervalSince1970: min(max(run.date / 1000, 0), 253_402_300_799)))
    return run.benches.compactMap { bench in
      let (scale, unit) = scale(bench.unit)
      guard let value = bench.value, possibleValues.contains(value * scale) else { return nil }
      let half = min(bench.range.flatMap(halfWidth) ?? 0, possibleValues.upperBound / scale)
      let machine = bench.extra?.split(whereSeparator: \.isNewline).first { $0.hasPrefix(machineMark) }
      return Observation(
        machine: machine.map { String($0.dropFirst(machineMark.count)) } ?? "imported",
        name: (suite.map { "\($0)/" } ?? "") + bench.name, unit: unit, isSmallerBetter: isSmallerBetter,
        commit: run.commit.id, date: date, value: value * scale, lower: max(value - half, 0) * scale,
        upper: (value + half) * scale)
    }
  }

  /// The unit, and what its numbers are multiplied by: `ns/iter`, `usec` and `ms` are times.
  private static func scale(_ name: String) -> (Double, Observation.Unit) {
    let base = name.prefix { $0 != "/" }.trimmingCharacters(in: .whitespaces).lowercased()
    let seconds = [
      "s": 1, "sec": 1, "seconds": 1, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "µs": 1e-6, "usec": 1e-6, "ns": 1e-9,
      "nsec": 1e-9,
    ]
    if let scale = seconds[base] { return (scale, .seconds) }
    if base == "instructions" { return (1, .instructions) }
    return ["b", "bytes"].contains(base) ? (1, .bytes) : (1, .other(name))
  }

  /// The number of `± 329` or `+/- 7,527`; nil for ranges that say something else, as `stddev: 0.1` or `1.2%`.
  private static func halfWidth(_ range: String) -> Double? {
    let number = range.replacing("±", with: "").replacing("+/-", with: "").replacing(",", with: "")
    return Double(number.trimmingCharacters(in: .whitespaces)).flatMap { $0.isFinite && $0 >= 0 ? $0 : nil }
  }

  private static func decoded<Value: Decodable>(_: Value.Type, _ data: Data, _ path: String) throws -> Value {
    do { return try JSONDecoder().decode(Value.self, from: data) } catch {
      throw Failure(description: "\(path): \(explanation(of: error, in: data))")
    }
  }
}
