import Foundation

/// The formats of `github-action-benchmark`, a dashboard that many projects keep on their pages.
///
/// - A **list**: `[{"name": …, "unit": …, "value": …, "range": …, "extra": …}]`, which its tool `customSmallerIsBetter` reads. It names no
///   commit: the action knows the one it runs on.
/// - Its **store**, `data.js`: `window.BENCHMARK_DATA = {"lastUpdate": …, "repoUrl": …, "entries": {suite: [{"commit": {"id": …, "timestamp":
///   …}, "date": …, "tool": …, "benches": […]}]}}`, all commits of all suites.
///
/// Both hold one number for each row, and perhaps a half-width. Samples, operands, verdicts and the machine are lost; the machine is
/// written into `extra`, from where it is read back.
///
/// Reference: `src/extract.ts`, `src/write.ts` and `README.md` of benchmark-action/github-action-benchmark.
public enum ActionBenchmark {
  /// One row of a list.
  struct Bench: Codable, Equatable {
    let name: String
    /// What the action writes for a number that JSON cannot hold is null.
    let value: Double?
    let unit: String
    /// Half of an interval, in words such as `± 329`.
    var range: String?
    var extra: String?
  }

  /// The store.
  struct Store: Codable, Equatable {
    let lastUpdate: Double
    let repoUrl: String
    let entries: [String: [Run]]
  }

  /// What one run of a suite measured.
  struct Run: Codable, Equatable {
    let commit: Commit
    /// Milliseconds since 1970.
    let date: Double
    let tool: String
    let benches: [Bench]
  }

  /// What the dashboard shows of a commit.
  struct Commit: Codable, Equatable {
    let id: String
    var message: String?
    var timestamp: String?
    var url: String?
  }

  /// What is wrong with a file, in one line that names it.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    /// The line.
    public let description: String
  }

  static let prefix = "window.BENCHMARK_DATA"
  /// How `extra` names the machine.
  static let machineMark = "machine: "
}

extension ActionBenchmark.Bench {
  /// The action passes a project's own list on as it is, and some write ranges as numbers.
  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: CodingKeys.self)
    let number = try? container.decodeIfPresent(Double.self, forKey: .range)
    self.init(
      name: try container.decode(String.self, forKey: .name),
      value: try container.decodeIfPresent(Double.self, forKey: .value),
      unit: try container.decode(String.self, forKey: .unit),
      range: try number.map { "\($0)" } ?? container.decodeIfPresent(String.self, forKey: .range),
      extra: try? container.decodeIfPresent(String.self, forKey: .extra))
  }
}
