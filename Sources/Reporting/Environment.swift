import Foundation

/// What a run record says of where it was made, as far as this system tells.
public enum Environment {
  /// The record of a run that begins now, in the current directory.
  ///
  /// - Parameters:
  ///   - isa: the instruction set that the kernels were compiled for.
  ///   - arguments: the command line.
  public static func run(isa: String, arguments: [String] = CommandLine.arguments) -> RunRecord {
    RunRecord(
      machine: machine(isa: isa), compiler: compiler, commit: commit, date: date(), command: joined(arguments))
  }

  /// This machine.
  public static func machine(isa: String) -> RunRecord.Machine {
    let cpu = processor, cores = ProcessInfo.processInfo.activeProcessorCount
    return RunRecord.Machine(
      id: slug("\(cpu) \(cores) \(isa)"), cpu: cpu, cores: cores,
      memoryBytes: Int(ProcessInfo.processInfo.physicalMemory), os: system, isa: isa)
  }

  /// The processor's name; its architecture where the system does not tell the name.
  public static var processor: String {
    // x86 says "model name", some arm64 kernels "Model", others nothing.
    let lines = contents("/proc/cpuinfo").split(separator: "\n")
    let named = ["model name", "Model"].lazy.compactMap { key in
      lines.first { $0.hasPrefix(key) }?.split(separator: ":", maxSplits: 1).last
    }
    if let name = named.first?.trimmingCharacters(in: .whitespaces), !name.isEmpty { return name }
    #if os(macOS)
      if let name = output(["sysctl", "-n", "machdep.cpu.brand_string"]) { return name }
    #endif
    return output(["uname", "-m"]) ?? "unknown"
  }

  /// The system's name and version.
  public static var system: String {
    let line = contents("/etc/os-release").split(separator: "\n").first { $0.hasPrefix("PRETTY_NAME=") }
    let name = line?.dropFirst("PRETTY_NAME=".count).trimmingCharacters(in: CharacterSet(charactersIn: "\"'"))
    return name ?? ProcessInfo.processInfo.operatingSystemVersionString
  }

  /// The first line of `swift --version`, or `unknown`.
  public static var compiler: String { output(["swift", "--version"]) ?? "unknown" }

  /// The commit checked out in the current directory, with `-dirty` where files outside `reports` differ from it; `unknown`
  /// where there is none.
  public static var commit: String {
    guard let hash = output(["git", "rev-parse", "--short=12", "HEAD"]) else { return "unknown" }
    return output(["git", "status", "--porcelain", "--", ".", ":!reports"]) == nil ? hash : hash + "-dirty"
  }

  /// A moment, ISO 8601 in UTC to the second.
  public static func date(_ moment: Date = Date()) -> String { moment.formatted(.iso8601) }

  /// Lower-case letters and digits with single hyphens between them: a file name anywhere.
  public static func slug(_ text: String) -> String {
    // "(R)" and "(TM)" are no part of a processor's name.
    let plain = text.lowercased().replacing("(r)", with: "").replacing("(tm)", with: "")
    return plain.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }.joined(separator: "-")
  }

  /// A command line that a shell reads back as these arguments, the program without its folder.
  public static func joined(_ arguments: [String]) -> String {
    let program = arguments.first.map { URL(filePath: $0).lastPathComponent }
    let words = (program.map { [$0] } ?? []) + arguments.dropFirst()
    return words.map { word in
      let isPlain = word.allSatisfy { $0.isLetter || $0.isNumber || "-_=+./:,@%".contains($0) }
      return isPlain && !word.isEmpty ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }

  /// The first line that a command prints; nil where it fails or prints nothing.
  private static func output(_ command: [String]) -> String? {
    guard let result = try? Subprocess.run(command), result.status == 0 else { return nil }
    return String(decoding: result.output, as: UTF8.self).split(whereSeparator: \.isNewline).first.map(String.init)
  }

  private static func contents(_ path: String) -> String {
    (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
  }
}
