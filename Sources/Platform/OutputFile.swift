import Foundation

/// Why a file cannot be written, in one line that names it.
public struct OutputFailure: Error, Equatable, CustomStringConvertible {
  /// The line.
  public let description: String

  init(_ path: String, _ reason: String) { description = "\(path): \(reason)" }

  /// The system's own reason, as `errno` has it.
  init(_ path: String, errno code: Int32 = errno) {
    self.init(path, "cannot be written: \(String(cString: strerror(code)))")
  }
}

/// A file that the command is to write: all that it writes goes through here.
///
/// A regular file is replaced whole or not at all, and keeps its permissions; a symbolic link goes on pointing to it. Devices and FIFOs
/// are written through. Folders, sockets, disks, and whatever was read as an input are refused.
public struct OutputFile: Sendable {
  /// The path as it was given.
  public let path: String
  private let inputs: [String]
  private let makesFolders, isContinued: Bool

  /// A file to write.
  ///
  /// - Parameters:
  ///   - inputs: files that it must not be, under whatever name.
  ///   - makesFolders: whether folders that are missing on the way to it are made.
  ///   - isContinued: whether what is there stays, and more is appended.
  public init(
    _ path: String, apartFrom inputs: [String] = [], makesFolders: Bool = false, isContinued: Bool = false
  ) {
    (self.path, self.inputs) = (path, inputs)
    (self.makesFolders, self.isContinued) = (makesFolders, isContinued)
  }

  /// What there is where it is to be.
  private enum Place {
    /// Nothing yet, or a file to be replaced.
    case file(target: String, former: stat?)
    /// A device or a FIFO.
    case channel
    /// A descriptor that this process was started with, such as `/dev/stdout`: its place in the file counts.
    case descriptor(Int32)
  }

  /// Refuses, before any work is done, what could not be written after it. Nothing is changed.
  public func check() throws(OutputFailure) {
    guard case .file(let target, let former) = try place() else { return }
    if former != nil {
      guard access(target, W_OK) == 0 else { throw OutputFailure(path) }
      if isContinued { return }
    }
    var folder = Self.folder(of: target)
    var isMissing = false
    while makesFolders, folder != "/", access(folder, F_OK) != 0, errno == ENOENT {
      folder = Self.folder(of: folder)
      isMissing = true
    }
    guard Self.status(folder).map({ $0.st_mode & S_IFMT == S_IFDIR }) == true else {
      throw isMissing ? OutputFailure(path, errno: ENOTDIR) : OutputFailure(path, "no such folder: \(folder)")
    }
    guard access(folder, W_OK | X_OK) == 0 else { throw OutputFailure(path) }
  }

  /// Writes all of it; a regular file that was there before is then still there if that fails.
  public func write(_ data: Data) throws(OutputFailure) {
    let place = try place()
    switch place {
    case .channel, .descriptor:
      let channel = try openChannel(place)
      defer { close(channel) }
      try WriteLock.hold { () throws(OutputFailure) in try put(data, channel) }
    case .file(let target, let former):
      try makeFolders(for: target)
      try WriteLock.hold { () throws(OutputFailure) in try replace(target, former, data) }
    }
  }

  /// Opens the file to be continued, made where it is missing, for as long as `body` runs. What `body` leaves of it must be whole.
  public func append(_ body: (Int32) throws -> Void) throws {
    let place = try place()
    let file: Int32
    if case .file(let target, _) = place {
      try makeFolders(for: target)
      file = open(target, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o666)
      guard file >= 0 else { throw OutputFailure(path) }
    } else {
      file = try openChannel(place)
    }
    defer { close(file) }
    try WriteLock.hold { try body(file) }
  }

  /// Continues the file, made where it is missing. Where that fails it is as long as it was.
  public func append(_ data: Data) throws { try append { file in try append(data, to: file) } }

  /// Writes at the end of the open file. Where that fails it is as long as it was.
  public func append(_ data: Data, to file: Int32) throws(OutputFailure) {
    let end = lseek(file, 0, SEEK_END)
    guard let code = StandardStream.put(data, to: file) else { return }
    if end >= 0 { _ = ftruncate(file, end) }
    throw OutputFailure(path, errno: code)
  }

  /// Writes all bytes to the open file.
  private func put(_ data: Data, _ file: Int32) throws(OutputFailure) {
    guard let code = StandardStream.put(data, to: file) else { return }
    throw OutputFailure(path, errno: code)
  }

  /// The file itself, through whatever links lead to it, and what it is.
  private func place() throws(OutputFailure) -> Place {
    guard !path.isEmpty else { throw OutputFailure("''", "expected the path of a file to write") }
    var target = path
    // As many links as Linux follows.
    for _ in 0..<40 where Self.descriptor(target) == nil {
      guard let link = try? FileManager.default.destinationOfSymbolicLink(atPath: target) else { break }
      target = link.hasPrefix("/") ? link : Self.folder(of: target) + "/" + link
    }
    guard let former = Self.status(path) else {
      guard errno == ENOENT, Self.descriptor(target) == nil else { throw OutputFailure(path) }
      guard !path.hasSuffix("/") else { throw OutputFailure(path, "is a folder, expected a file") }
      return .file(target: target, former: nil)
    }
    for input in inputs {
      guard let read = Self.status(input), read.st_ino == former.st_ino, read.st_dev == former.st_dev else {
        continue
      }
      throw OutputFailure(path, "is the same file as the input \(input), which would be lost")
    }
    if let descriptor = Self.descriptor(target) { return .descriptor(descriptor) }
    switch former.st_mode & S_IFMT {
    case S_IFREG: return .file(target: target, former: former)
    case S_IFCHR, S_IFIFO: return .channel
    case S_IFDIR: throw OutputFailure(path, "is a folder, expected a file")
    case S_IFSOCK: throw OutputFailure(path, "is a socket, expected a file")
    default: throw OutputFailure(path, "is a disk, expected a file")
    }
  }

  /// The descriptor of this process that a path names.
  private static func descriptor(_ path: String) -> Int32? {
    for folder in ["/dev/fd/", "/proc/self/fd/"] where path.hasPrefix(folder) {
      return Int32(path.dropFirst(folder.count))
    }
    return nil
  }

  private func openChannel(_ place: Place) throws(OutputFailure) -> Int32 {
    if case .descriptor(let descriptor) = place {
      let copy = fcntl(descriptor, F_DUPFD_CLOEXEC, 3)
      guard copy >= 0 else { throw OutputFailure(path) }
      return copy
    }
    // Without waiting: a FIFO that nobody reads would hold the command up for ever.
    let channel = open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)
    guard channel >= 0 else {
      throw errno == ENXIO ? OutputFailure(path, "is a FIFO that nobody reads") : OutputFailure(path)
    }
    _ = fcntl(channel, F_SETFL, fcntl(channel, F_GETFL) & ~O_NONBLOCK)
    return channel
  }

  private func makeFolders(for target: String) throws(OutputFailure) {
    let folder = Self.folder(of: target)
    guard Self.status(folder) == nil else { return }
    guard makesFolders else { throw OutputFailure(path, "no such folder: \(folder)") }
    try OutputFolder(folder).make()
  }

  /// Writes a file beside the target, which then takes its place.
  private func replace(_ target: String, _ former: stat?, _ data: Data) throws(OutputFailure) {
    let partial = "\(Self.folder(of: target))/.partial-\(UUID().uuidString)"
    let file = open(partial, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard file >= 0 else { throw OutputFailure(path) }
    do throws(OutputFailure) {
      do throws(OutputFailure) {
        if let former {
          // The owner first, since that takes special bits away; only root can give files to others.
          _ = fchown(file, former.st_uid, former.st_gid)
          guard fchmod(file, former.st_mode & 0o7777) == 0 else { throw OutputFailure(path) }
        }
        try put(data, file)
      } catch {
        close(file)
        throw error
      }
      // A file system may keep the news that it is full until then.
      guard close(file) == 0, rename(partial, target) == 0 else { throw OutputFailure(path) }
    } catch {
      unlink(partial)
      throw error
    }
  }

  /// The folder of a path.
  static func folder(of path: String) -> String {
    let folder = (path as NSString).deletingLastPathComponent
    return folder.isEmpty ? "." : folder
  }

  /// What the system says of a path, through links; nil where there is nothing.
  static func status(_ path: String) -> stat? {
    var found = stat()
    return stat(path, &found) == 0 ? found : nil
  }
}

extension OutputFile {
  /// Checks all files that a command is to write, and that no two are the same.
  public static func check(_ files: [OutputFile]) throws(OutputFailure) {
    var targets: Set<String> = []
    for file in files {
      try file.check()
      guard case .file(let target, _) = try file.place() else { continue }
      let real = URL(fileURLWithPath: target).resolvingSymlinksInPath().path
      guard targets.insert(real).inserted else { throw OutputFailure(file.path, "is to be written twice") }
    }
  }
}

/// A folder that files are to be written to, made with those above it where it is missing.
public struct OutputFolder: Sendable {
  /// The path as it was given.
  public let path: String

  /// A folder to write to.
  public init(_ path: String) { self.path = path }

  /// Refuses, before any work is done, what could not be written to after it. Nothing is changed.
  public func check() throws(OutputFailure) { try OutputFile(path + "/file", makesFolders: true).check() }

  /// Makes the folder.
  public func make() throws(OutputFailure) {
    var code = Self.make(path)
    let parent = OutputFile.folder(of: path)
    if code == ENOENT, parent != path {
      try OutputFolder(parent).make()
      code = Self.make(path)
    }
    guard code == 0 else { throw OutputFailure(path, "cannot be made: \(String(cString: strerror(code)))") }
  }

  private static func make(_ path: String) -> Int32 {
    guard mkdir(path, 0o777) != 0 else { return 0 }
    let code = errno
    guard code == EEXIST, let found = OutputFile.status(path), found.st_mode & S_IFMT == S_IFDIR else { return code }
    return 0
  }
}

/// Whether there is a regular file: opening a FIFO would wait for ever.
public func isRegularFile(_ path: String) -> Bool {
  OutputFile.status(path).map { $0.st_mode & S_IFMT == S_IFREG } == true
}
