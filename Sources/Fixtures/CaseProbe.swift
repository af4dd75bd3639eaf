import Foundation
import KernelSpec

/// Reads case files in a child process first, because the HDF5 library can crash or hang on corrupt files and nothing of that may
/// take the caller down.
public struct CaseProbe {
  private let command: [String]
  private let patience: Double

  /// A probe; `command` starts a process that calls `serve()`, and a file may take it `patience` seconds.
  public init(command: [String], patience: Double = 60) {
    self.command = command
    self.patience = patience
  }

  /// What the child does: reads the file named on each line of its input and answers a line, `ok` or what is wrong.
  public static func serve() {
    while let path = readLine() {
      do {
        _ = try CaseFile(contentsOf: path)
        print("ok")
      } catch {
        print(error.description)
      }
      fflush(nil)
    }
  }

  /// What is wrong with each file that cannot be read, by its path.
  public func complaints(_ paths: [String]) throws(Misfit) -> [String: String] {
    var complaints: [String: String] = [:]
    var child = try LineProcess(command)
    for path in paths {
      do throws(Misfit) {
        let answer = try child.ask(path, timeout: patience)
        if answer != "ok" { complaints[path] = answer }
      } catch {
        complaints[path] = "\(path): corrupt HDF5 file: the HDF5 library fails on it (\(error))"
        child = try LineProcess(command)
      }
    }
    return complaints
  }
}
