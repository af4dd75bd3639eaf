import Foundation
import KernelSpec
import Platform

/// One run of a command, from its start to its end or to the end of patience.
public struct CommandRun {
  /// How it ended.
  public enum Ending: Equatable, Sendable {
    /// By itself, with this code.
    case exit(Int32)
    /// By this signal; why, where that can be told.
    case signal(Int32, hint: String)
    /// It was stopped, since it took too long.
    case timeout
  }

  /// How it ended.
  public let ending: Ending
  /// The last line that it wrote to its standard error, without control characters; empty where there is none.
  public let lastError: String
  /// How long it took.
  public let seconds: Double

  /// Runs a command line of the shell with further arguments, in the current folder and without input. Its output is dropped, and
  /// what it started ends with it.
  ///
  /// - Parameters:
  ///   - errors: a file to keep its standard error in.
  ///   - timeout: seconds after which it is stopped.
  /// - Throws: `Misfit` where it cannot be started.
  public init(_ command: String, _ arguments: [String], errors: String, timeout: Double) throws(Misfit) {
    do { try OutputFile(errors).write(Data()) } catch { throw Misfit(error.description) }
    guard let file = FileHandle(forWritingAtPath: errors) else { throw Misfit("\(errors): cannot be opened") }
    let killsBefore = MemoryKills.count
    let clock = ContinuousClock.now
    let child: ChildProcess
    do throws(StartFailure) {
      child = try ChildProcess(
        ["/bin/sh", "-c", command + " \"$@\"", "sh"] + arguments, errors: file.fileDescriptor)
    } catch {
      throw Misfit(error.description)
    }
    let ended = child.wait(seconds: timeout)
    seconds = clock.duration(to: .now) / .seconds(1)
    // What it has left in the background must not write on, nor outlive its turn.
    child.end()
    ending = ended.map { Self.ending($0, killsBefore) } ?? .timeout
    lastError = Self.lastLine(errors)
  }

  /// A shell passes on that a command was ended by signal n as exit code 128 + n.
  private static func ending(_ ending: ChildProcess.Ending, _ killsBefore: Int?) -> Ending {
    let signal: Int32
    switch ending {
    case .exit(let code):
      guard (129...128 + 64).contains(code) else { return .exit(code) }
      signal = code - 128
    case .signal(let number): signal = number
    }
    return .signal(signal, hint: MemoryKills.hint(signal: signal, since: killsBefore))
  }

  /// All that a file of text holds, without control characters; of a very long one the beginning and the end.
  public static func text(of path: String, most: Int = 1 << 16) -> String {
    guard let data = FileManager.default.contents(atPath: path) else { return "" }
    let text =
      data.count <= most
      ? String(decoding: data, as: UTF8.self)
      : String(decoding: data.prefix(most / 2), as: UTF8.self) + "\n… (\(data.count - most) bytes) …\n"
        + String(decoding: data.suffix(most / 2), as: UTF8.self)
    let isPlain: (Unicode.Scalar) -> Bool = { $0.value >= 32 && $0.value != 127 || $0 == "\n" || $0 == "\t" }
    return String(String.UnicodeScalarView(text.unicodeScalars.filter(isPlain)))
      .trimmingCharacters(in: .newlines)
  }

  /// The last line of a file that is not blank: of its last 4 KB, since some write a lot.
  private static func lastLine(_ path: String) -> String {
    guard let file = FileHandle(forReadingAtPath: path), let length = try? file.seekToEnd() else { return "" }
    try? file.seek(toOffset: length > 4096 ? length - 4096 : 0)
    let text = String(decoding: (try? file.readToEnd()) ?? Data(), as: UTF8.self)
    let lines = text.split(whereSeparator: \.isNewline).map { line in
      String(line.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : Character($0) })
        .trimmingCharacters(in: .whitespaces)
    }
    return String(lines.last { !$0.isEmpty }?.prefix(200) ?? "")
  }
}
