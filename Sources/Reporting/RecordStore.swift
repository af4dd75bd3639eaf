import Foundation
import Messages
import Platform

/// A file of records, one to a line, that survives being killed.
///
/// What is appended at once is one write followed by a sync, so that at most the last line can be torn. A last line is torn if
/// it has no newline or is cut short of JSON; reading drops it with a warning and appending removes it.
public struct RecordStore: Sendable {
  /// The file.
  public let url: URL

  private let inputs: [String]

  /// The store in that file, which need not exist. What is appended to must be none of the inputs.
  public init(_ url: URL, apartFrom inputs: [String] = []) { (self.url, self.inputs) = (url, inputs) }

  /// What files held.
  public struct Contents: Sendable, Equatable {
    /// The records, in order.
    public var records: [Record] = []
    /// The torn lines that were dropped.
    public var warnings: [TornLine] = []
  }

  /// A last line that was not written whole.
  public struct TornLine: Sendable, Equatable, CustomStringConvertible {
    /// The file.
    public let path: String
    /// The line, from 1.
    public let line: Int

    /// The warning, in one line.
    public var description: String { "\(path):\(line): dropped a torn last line" }
  }

  /// What went wrong with a file, in one line that names it.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    /// The line.
    public let description: String

    /// What a file holds may be quoted, line ends and all.
    init(_ description: String) {
      self.description = description.split(whereSeparator: \.isNewline).joined(separator: " ")
    }
  }

  /// Appends a record, creating file and folders.
  public func append(_ record: Record) throws { try append([record]) }

  /// Appends records at once, creating file and folders. Where the disk is full nothing of them stays; where the process is ended
  /// meanwhile whole lines may.
  public func append(_ records: [Record]) throws {
    let lines = try records.reduce(into: Data()) { $0 += try $1.line + [newline] }
    do {
      try file.append { open in
        // Devices, FIFOs and what else is only written have no lines to mend.
        let isRegular = lseek(open, 0, SEEK_END) >= 0 && fcntl(open, F_GETFL) & O_ACCMODE == O_RDWR
        if isRegular {
          guard flock(open, LOCK_EX) == 0 else { throw systemFailure("cannot lock") }
          try removeTornLine(open)
        }
        try file.append(lines, to: open)
        guard !isRegular || fsync(open) == 0 || errno == EINVAL else { throw systemFailure("cannot sync") }
      }
    } catch let failure as OutputFailure {
      throw Failure(failure.description)
    }
  }

  /// The file as one that is written, with the folders that are missing.
  public var file: OutputFile {
    OutputFile(url.relativePath, apartFrom: inputs, makesFolders: true, isContinued: true)
  }

  /// Reads the whole file. A bad line other than a torn last one is a `Failure` that names file and line.
  public func read() throws -> Contents {
    let data: Data
    do { data = try Data(contentsOf: url) } catch {
      throw Failure("\(url.path): cannot be read: \(explanation(of: error))")
    }
    var contents = Contents()
    var lines = data.split(separator: newline, omittingEmptySubsequences: false)
    let tail = lines.removeLast()
    for (index, line) in lines.enumerated() {
      do {
        let record = try Record(line: Data(line))
        if let flaw = record.flaw { throw Failure("\(url.path):\(index + 1): \(flaw)") }
        contents.records.append(record)
      } catch let failure as Failure {
        throw failure
      } catch {
        guard index == lines.count - 1, tail.isEmpty, Self.isTorn(line) else {
          throw Failure("\(url.path):\(index + 1): \(Self.complaint(error, line))")
        }
        contents.warnings.append(TornLine(path: url.path, line: index + 1))
      }
    }
    if !tail.isEmpty {
      guard tail.first == brace else { throw Failure("\(url.path):\(lines.count + 1): not a record") }
      contents.warnings.append(TornLine(path: url.path, line: lines.count + 1))
    }
    return contents
  }

  /// Reads files, and folders with all `.jsonl` files under them, sorted by path.
  public static func read(_ urls: [URL]) throws -> Contents {
    var all = Contents()
    for file in try files(urls) {
      let contents = try RecordStore(file).read()
      all.records += contents.records
      all.warnings += contents.warnings
    }
    return all
  }

  /// These files, and the `.jsonl` files under folders among them, sorted by path in each.
  public static func files(_ urls: [URL]) throws -> [URL] { try urls.flatMap(files) }

  private static func files(_ url: URL) throws -> [URL] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: url.path, isDirectory: &isFolder) else {
      throw Failure("\(url.path): no such file or folder")
    }
    guard isFolder.boolValue else { return [url] }
    let paths = try FileManager.default.subpathsOfDirectory(atPath: url.path)
    return paths.filter { $0.hasSuffix(".jsonl") }.sorted().map { url.appending(path: $0) }
  }

  private static func complaint(_ error: any Error, _ line: Data) -> String {
    let text = explanation(of: error, in: line)
    return ["not JSON", "wrong type"].contains { text.hasPrefix($0) && !text.contains("'") } ? "not a record" : text
  }

  /// A line that began as a record and is cut short of JSON. JSON that is no record is never dropped.
  private static func isTorn(_ line: Data) -> Bool {
    line.first == brace && (try? JSONSerialization.jsonObject(with: Data(line))) == nil
  }
}

private let newline = UInt8(ascii: "\n")
private let brace = UInt8(ascii: "{")

extension RecordStore {
  /// Cuts a torn last line off, else the next record would continue it.
  private func removeTornLine(_ file: Int32) throws {
    let end = Int(lseek(file, 0, SEEK_END))
    guard end > 0 else { return }
    var tail = Data()
    while tail.count < end, !tail.dropLast().contains(newline) {
      let missing = min(max(65_536, tail.count), end - tail.count)
      var block = Data(count: missing)
      let offset = end - tail.count - missing
      let got = block.withUnsafeMutableBytes { pread(file, $0.baseAddress, $0.count, off_t(offset)) }
      guard got == missing else { throw systemFailure("cannot read") }
      tail = block + tail
    }
    let isWhole = tail.last == newline
    let text = isWhole ? tail.dropLast() : tail
    let line = text.split(separator: newline, omittingEmptySubsequences: false).last!
    guard !isWhole || Self.isTorn(line) else { return }
    guard line.first == brace else { throw Failure("\(url.path): does not end in a record, nothing was appended") }
    let whole = end - line.count - (isWhole ? 1 : 0)
    guard ftruncate(file, off_t(whole)) == 0 else { throw systemFailure("cannot truncate") }
  }

  private func systemFailure(_ what: String) -> Failure {
    Failure("\(url.path): \(what): \(String(cString: strerror(errno)))")
  }
}
