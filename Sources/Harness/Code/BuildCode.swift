import Foundation
import KernelSpec

/// The code of a build, file by file, so that two builds can be compared without running them.
///
/// What is compared for a kernel is every compiled file that has code of the kernel or of the contender that calls it, and all that these
/// link to, file after file. Files are whole: what merely lies in one of them counts.
public struct BuildCode {
  /// What keeps the code from being known; nil where nothing does.
  public let obstacle: String?
  private var objects: [String: ObjectFile] = [:]
  private var definers: [String: [String]] = [:]
  private var libraries: [String] = []
  private let executable: Data

  /// The code behind an executable that SwiftPM has built: the objects are where it was linked.
  public init(executable path: String) {
    let resolved = URL(filePath: path).resolvingSymlinksInPath()
    executable = (try? Data(contentsOf: resolved, options: .alwaysMapped)) ?? Data()
    guard let elf = ELF(executable, type: 2, 3), let libraries = elf.libraries else {
      obstacle = "\(path) is no ELF executable of 64 bits"
      return
    }
    self.libraries = libraries
    let list = resolved.path + ".product/Objects.LinkFileList"
    guard let text = try? String(contentsOfFile: list, encoding: .utf8) else {
      obstacle = "there are no object files beside \(path)"
      return
    }
    // Paths are quoted where they have odd characters.
    let paths = text.split(separator: "\n").map { $0.trimmingCharacters(in: CharacterSet(charactersIn: "'\" ")) }
    func date(_ path: String) -> Date? {
      try? FileManager.default.attributesOfItem(atPath: path)[.modificationDate] as? Date
    }
    guard !paths.isEmpty, let built = date(resolved.path) else {
      obstacle = "\(list) is empty"
      return
    }
    for path in paths where path.hasSuffix(".o") {
      guard let changed = date(path), changed <= built, let object = ObjectFile(contentsOf: path) else {
        obstacle = "\(path) is missing, newer than the executable or no ELF object"
        return
      }
      let url = URL(filePath: path)
      let name = "\(url.deletingLastPathComponent().lastPathComponent)/\(url.lastPathComponent)"
      guard objects.updateValue(object, forKey: name) == nil else {
        obstacle = "two object files are called \(name)"
        return
      }
    }
    for (name, object) in objects {
      for symbol in object.defined { definers[symbol, default: []].append(name) }
    }
    obstacle = nil
  }

  /// Why the kernel's code is the same in both builds; nil where it differs or where that is not known.
  public func reasonSame(as other: BuildCode, _ kernel: any Kernel.Type) -> String? {
    _mangledTypeName(kernel).flatMap { reasonSame(as: other, mangled: $0) }
  }

  /// The same of a kernel's type by the name that its symbols begin with.
  func reasonSame(as other: BuildCode, mangled name: String) -> String? {
    if !executable.isEmpty, executable == other.executable { return "the executables are the same, byte for byte" }
    guard obstacle == nil, other.obstacle == nil, libraries == other.libraries,
      let mine = closure(name), let others = other.closure(name), mine == others
    else { return nil }
    return "the same code in both builds: \(mine.count) object files and the libraries that they link to"
  }

  /// The files that a kernel's results may depend on, with what tells their code from other code; nil where there is no file of the kernel
  /// or of the contender.
  func closure(_ kernel: String) -> [String: Fingerprint]? {
    var reached: Set<String> = []
    // The contender's clock and loop.
    let roots = ["$s\(kernel)", "$s7Harness15ContenderServer", "$s7Harness9Execution"]
    for root in roots {
      let files = objects.filter { $0.value.defined.contains { $0.hasPrefix(root) } }.keys
      guard !files.isEmpty else { return nil }
      reached.formUnion(files)
    }
    var next = Array(reached)
    while let name = next.popLast() {
      for symbol in objects[name]!.undefined {
        for file in definers[symbol] ?? [] where reached.insert(file).inserted { next.append(file) }
      }
    }
    return Dictionary(uniqueKeysWithValues: reached.map { ($0, objects[$0]!.fingerprint) })
  }
}
