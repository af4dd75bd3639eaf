import CPlatform
import Foundation
import KernelSpec
import Platform

/// Reads case files in a child process first, because the HDF5 library can crash or hang on corrupt files and nothing of that may
/// take the caller down.
public final class CaseProbe {
  private let command: [String]
  private let patience: Double
  private var child: LineProcess?

  /// A probe; `command` starts a process that calls `serve()`, and a file may take it `patience` seconds.
  public init(command: [String], patience: Double = 60) {
    self.command = command
    self.patience = patience
  }

  /// What the child does: reads the file named on each line of its input and answers a line, `ok` or what is wrong. The files are case
  /// files or, with `results`, what programs from outside wrote, also in 16 bits.
  public static func serve(results: Bool = false) {
    while let line = readLine() {
      StandardStream.output.write(answer(line.removingPercentEncoding ?? line, results: results) + "\n")
    }
  }

  /// `ok`, or what is wrong with a file; read with as much memory as a sound file of its size can need.
  ///
  /// The HDF5 library takes sizes from corrupt headers and asks for gigabytes. A file that can be read within the limit needs no more
  /// where it is read without.
  public static func answer(_ path: String, results: Bool = false) -> String {
    let bytes: Int
    do { bytes = try RegularFile(at: path).bytes } catch { return Misfit("\(path): \(error)").description }
    let (copies, overflow) = DatasetReader.budget(fileBytes: bytes).multipliedReportingOverflow(by: 4)
    cplatform_limit_further_memory(overflow ? .max : copies + libraryBytes)
    do {
      _ = try results ? CaseFile(resultsOf: path, kernel: "", mayBeHalf: true) : CaseFile(contentsOf: path)
      return "ok"
    } catch {
      return error.description
    }
  }

  /// What the HDF5 library may take for itself: its caches hold a few MiB.
  private static let libraryBytes = 64 << 20

  private static func escaped(_ path: String) -> String {
    path.addingPercentEncoding(withAllowedCharacters: .urlPathAllowed) ?? path
  }

  /// What is wrong with each file that cannot be read, by its path.
  public func complaints(_ paths: [String]) throws(Misfit) -> [String: String] {
    var complaints: [String: String] = [:]
    for path in paths { complaints[path] = try complaint(path) }
    return complaints
  }

  /// What is wrong with a file that cannot be read; nil for one that can.
  public func complaint(_ path: String) throws(Misfit) -> String? {
    let child: LineProcess
    if let running = self.child { child = running } else { child = try LineProcess(command) }
    self.child = child
    do throws(Misfit) {
      // A name may have any letters, a question is one line.
      let answer = try child.ask(Self.escaped(path), timeout: patience)
      return answer == "ok" ? nil : answer
    } catch {
      self.child = nil
      return "\(path): corrupt HDF5 file: the HDF5 library fails on it (\(error))"
    }
  }
}
