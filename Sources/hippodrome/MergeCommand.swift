import ArgumentParser
import Foundation
import Platform
import Reporting

/// `hippodrome merge`
struct MergeCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "merge", abstract: "Makes one file of records from the parts of one sweep.",
    discussion: """
      The result is what one run of the whole sweep would have written, whatever the order of the files. They must be of \
      the same sweep, machine and commit, and hold no row twice.
      Exit codes: 0 done, 1 rows are missing, 2 misuse.

      Examples:
        hippodrome merge part-1.jsonl part-2.jsonl --output sweep.jsonl
      """)

  @Argument(help: "Files of records, or folders of them, written by `bench --shard`.")
  var files: [String]

  @Option(help: "The file to write.")
  var output: String

  func run() throws {
    let merge: Merge
    let file: OutputFile
    do {
      let urls = try RecordStore.files(files.map { URL(fileURLWithPath: $0) })
      file = OutputFile(output, apartFrom: urls.map(\.path), makesFolders: true)
      try file.check()
      merge = try Merge(
        urls.map { url in
          let contents = try RecordStore(url).read()
          for warning in contents.warnings { complain("\(warning)") }
          return (url.relativePath, contents.records)
        })
    } catch let failure as RecordStore.Failure {
      throw Failure.misuse(failure.description)
    }
    guard merge.records.contains(where: { if case .measurement = $0 { true } else { false } }) else {
      throw Failure.misuse("\(files.joined(separator: ", ")): no rows of a sweep, expected some")
    }
    let lines = try merge.records.reduce(into: Data()) { $0 += try $1.line + Data("\n".utf8) }
    try file.write(lines)
    say("\(merge.records.count - 1) rows in \(output)")
    guard merge.missing == 0 else {
      throw Failure(code: 1, line: "\(merge.missing) rows of the sweep are in no file")
    }
  }
}
