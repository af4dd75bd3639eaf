import Foundation

/// The commits of a repository in an order in which every commit follows its parents.
public struct CommitLog: Sendable, Equatable {
  /// One commit.
  public struct Entry: Sendable, Equatable {
    /// The whole hash.
    public let id: String
    /// When it was committed, ISO 8601 in UTC.
    public let date: String
    /// The message's first line.
    public let subject: String

    /// A commit; see the properties.
    public init(id: String, date: String, subject: String) {
      (self.id, self.date, self.subject) = (id, date, subject)
    }
  }

  /// The commits, oldest first.
  public let entries: [Entry]

  /// A log of these commits, oldest first.
  public init(_ entries: [Entry] = []) {
    self.entries = entries
    places = Dictionary(grouping: entries.indices) { String(entries[$0].id.prefix(Self.shortest)) }
  }

  /// Where commits are, by the shortest hash that is read.
  private let places: [String: [Int]]
  private static let shortest = 7

  /// The commits that lead to the one that is checked out in a folder; none where git knows of none.
  public static func read(_ folder: String = ".") -> CommitLog {
    let command = ["git", "-C", folder, "log", "--topo-order", "--reverse", "--format=%H%x09%ct%x09%s"]
    guard let result = try? Subprocess.run(command), result.status == 0 else { return CommitLog() }
    let lines = String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isNewline)
    return CommitLog(
      lines.compactMap { line in
        let fields = line.split(separator: "\t", maxSplits: 2, omittingEmptySubsequences: false).map(String.init)
        guard fields.count == 3, let seconds = TimeInterval(fields[1]) else { return nil }
        return Entry(
          id: fields[0], date: Environment.date(Date(timeIntervalSince1970: seconds)), subject: fields[2])
      })
  }

  /// The commit that a hash, whole or cut short, means.
  public func entry(_ hash: String) -> Entry? { place(hash).map { entries[$0] } }

  private func place(_ hash: String) -> Int? {
    let candidates = hash.count < Self.shortest ? nil : places[String(hash.prefix(Self.shortest))]
    return candidates?.first { entries[$0].id.hasPrefix(hash) }
  }

  /// Hashes in order. One that the log does not know comes before the first commit that is younger than its date.
  ///
  /// - Parameter dates: when each was measured, ISO 8601 in UTC.
  func sorted(_ dates: [String: String]) -> [String] {
    let keys = dates.map { hash, date -> (hash: String, place: Int, isKnown: Int, date: String) in
      if let place = place(hash) { return (hash, place, 1, date) }
      return (hash, entries.firstIndex { $0.date > date } ?? entries.count, 0, date)
    }
    return keys.sorted { ($0.place, $0.isKnown, $0.date, $0.hash) < ($1.place, $1.isKnown, $1.date, $1.hash) }
      .map(\.hash)
  }
}
