import Catalog
import Fixtures
import Foundation
import KernelSpec
import Messages

/// Finds the case files that are meant, by kernel.
struct CaseFinder {
  let cases: [String]
  /// The folder that holds a folder of fixtures for each kernel; nil looks for it.
  let fixtures: String?

  /// The paths by kernel, and a line for each file that cannot be read.
  ///
  /// A folder may hold cases of kernels that were not asked for or that the catalog does not have: they are passed over. A file that
  /// is named must be of one that was asked for.
  func paths(for kernels: [any Kernel.Type]) throws -> (paths: [String: [String]], complaints: [String]) {
    var paths: [String: [String]] = [:]
    var complaints: [String] = []
    if cases.isEmpty {
      let fixtures = try fixtures ?? Self.fixturesFolder()
      for kernel in kernels {
        let folder = (fixtures as NSString).appendingPathComponent(kernel.name)
        paths[kernel.name] = try files(folder, &complaints)
        guard !paths[kernel.name]!.isEmpty || !complaints.isEmpty else { throw Self.noFiles(folder) }
      }
      return (paths, complaints)
    }
    var found: [String] = []
    for place in cases {
      let files = try files(place, &complaints)
      guard !files.isEmpty || !complaints.isEmpty else { throw Self.noFiles(place) }
      found += files
    }
    let unreadable = try Probe.childProcess.complaints(found)
    complaints += unreadable.sorted { $0.key < $1.key }.map(\.value)
    let wanted = Set(kernels.map { $0.name })
    let known = Set(catalog.map { $0.name })
    var strangers: [String: Int] = [:]
    for path in found where unreadable[path] == nil {
      let name = try CaseFile.kernel(of: path)
      if wanted.contains(name) {
        paths[name, default: []].append(path)
        continue
      }
      if cases.contains(path) {
        let reason =
          known.contains(name)
          ? "a case of \(name), expected of \(wanted.sorted().joined(separator: ", "))"
          : unknown("kernel", name, expected: known.sorted())
        complaints.append("\(path): \(reason)")
      }
      if !known.contains(name) { strangers[name, default: 0] += 1 }
    }
    if !strangers.isEmpty, paths.isEmpty, complaints.isEmpty {
      complaints.append(
        "\(cases.joined(separator: ", ")): only cases of unknown kernels: \(strangers.keys.sorted().joined(separator: ", "))"
      )
    } else if !strangers.isEmpty, wanted == known {
      complain(
        "passed over \(strangers.values.reduce(0, +)) cases of \(strangers.count) kernels that are not in the catalog"
      )
    }
    return (paths, complaints)
  }

  private static func noFiles(_ place: String) -> Failure {
    .misuse("\(place): no case files (\(suffixes.map { "*\($0)" }.joined(separator: ", ")))")
  }

  private static let suffixes = [".h5", ".hdf5"]

  /// The file itself, or the case files in a folder and its folders, sorted. A link to a folder is a folder, but none is entered twice.
  private func files(_ place: String, _ complaints: inout [String]) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: place, isDirectory: &isFolder) else {
      // What is there but cannot be followed is told by who reads it.
      if (try? FileManager.default.destinationOfSymbolicLink(atPath: place)) != nil { return [place] }
      throw Failure.misuse("\(place): no such file or folder")
    }
    guard isFolder.boolValue else { return [place] }
    var entered: Set<[UInt64]> = []
    return try files(inFolder: place, &entered, &complaints)
  }

  private func files(
    inFolder folder: String, _ entered: inout Set<[UInt64]>, _ complaints: inout [String]
  ) throws -> [String] {
    var status = stat()
    guard stat(folder, &status) == 0, let stream = opendir(folder) else {
      throw Failure.misuse("\(folder): cannot be read: \(String(cString: strerror(errno)))")
    }
    guard entered.insert([UInt64(status.st_dev), UInt64(status.st_ino)]).inserted else {
      closedir(stream)
      return []
    }
    var names: [String] = []
    while let entry = readdir(stream) {
      let start = withUnsafePointer(to: &entry.pointee.d_name) {
        UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self)
      }
      if let name = String(validatingCString: start) {
        if name != ".", name != ".." { names.append(name) }
      } else if Self.suffixes.contains(where: { String(cString: start).hasSuffix($0) }) {
        complaints.append(
          "\(folder)/\(escaped(start)): a name that is not UTF-8, expected one that is: rename the file")
      }
    }
    closedir(stream)
    return try names.sorted().flatMap { name -> [String] in
      let path = (folder as NSString).appendingPathComponent(name)
      var isFolder: ObjCBool = false
      let exists = FileManager.default.fileExists(atPath: path, isDirectory: &isFolder)
      if exists, isFolder.boolValue { return try files(inFolder: path, &entered, &complaints) }
      return Self.suffixes.contains(where: name.hasSuffix) ? [path] : []
    }
  }

  /// The folder of the suite's fixtures: in the current folder, else in the checkout that this command was built in.
  static func fixturesFolder() throws -> String {
    func isThere(_ folder: String) -> Bool {
      catalog.contains { FileManager.default.fileExists(atPath: "\(folder)/\($0.name)") }
    }
    if isThere("fixtures") { return "fixtures" }
    var folder = executablePath() as NSString
    while folder.length > 1 {
      folder = folder.deletingLastPathComponent as NSString
      let fixtures = folder.appendingPathComponent("fixtures")
      if isThere(fixtures) { return fixtures }
    }
    throw Failure.misuse(
      "no folder 'fixtures' with cases of kernels, neither here nor above \(executablePath()), expected --fixtures FOLDER"
    )
  }
}

/// A text that is not UTF-8, with the bytes that are not ASCII written as `\\xE9`.
func escaped(_ text: UnsafePointer<CChar>) -> String {
  UnsafeBufferPointer(start: text, count: strlen(text)).map { byte in
    let byte = UInt8(bitPattern: byte)
    return byte < 0x80 ? String(Unicode.Scalar(byte)) : String(format: "\\x%02X", byte)
  }.joined()
}
