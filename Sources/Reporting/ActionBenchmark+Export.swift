import Foundation

extension ActionBenchmark {
  /// The newest commit of a history as a list for `customSmallerIsBetter`: nanoseconds, and bytes.
  ///
  /// - Throws: `Failure` where the history is of several machines, whose rows would have the same names.
  public static func list(_ history: History, commits log: CommitLog) throws -> String {
    try checkMachines(history)
    guard let newest = history.commits(log).last else { throw Failure(description: "there are no measurements") }
    return try json(benches(history, at: newest)) + "\n"
  }

  /// All commits of a history as the action's store, so that a dashboard begins with the past.
  ///
  /// - Throws: `Failure` where the history is of several machines.
  public static func store(_ history: History, commits log: CommitLog) throws -> String {
    try checkMachines(history)
    let dates = Dictionary(history.series.flatMap(\.points).map { ($0.commit, $0.date) }) { min($0, $1) }
    let runs = history.commits(log).map { commit in
      let date = dates[commit]!
      let known = log.entry(commit)
      return Run(
        commit: Commit(id: known?.id ?? commit, message: known?.subject ?? "", timestamp: date, url: ""),
        date: milliseconds(date), tool: "customSmallerIsBetter", benches: benches(history, at: commit))
    }
    let store = Store(lastUpdate: runs.last?.date ?? 0, repoUrl: "", entries: ["hippodrome": runs])
    return "\(prefix) = \(try json(store))\n"
  }

  private static func checkMachines(_ history: History) throws {
    let machines = history.series.distinct(\.machine)
    guard machines.count <= 1 else {
      throw Failure(
        description: "records are of \(machines.count) machines, expected one of \(machines.joined(separator: ", "))")
    }
  }

  private static func benches(_ history: History, at commit: String) -> [Bench] {
    history.series.compactMap { series in
      guard let point = series.points.first(where: { $0.commit == commit }) else { return nil }
      let (scale, unit) = scale(series.unit)
      let half = max(point.upper - point.value, point.value - point.lower) / scale
      return Bench(
        name: series.name, value: point.value / scale, unit: unit,
        range: half > 0 ? "± \(String(format: "%.6g", half))" : nil, extra: machineMark + series.machine)
    }
  }

  private static func scale(_ unit: Observation.Unit) -> (Double, String) {
    switch unit {
    case .seconds: (1e-9, "ns")
    case .bytes: (1, "bytes")
    case .instructions: (1, "instructions")
    case .other(let name): (1, name)
    }
  }

  private static func milliseconds(_ date: String) -> Double {
    ((try? Date(date, strategy: .iso8601))?.timeIntervalSince1970 ?? 0) * 1000
  }

  private static func json(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}
