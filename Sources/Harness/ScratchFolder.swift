import Foundation
import KernelSpec
import Platform

/// A folder for the files of one race, which goes away also where its owner is killed: the next one made removes it.
///
/// The owner holds a lock on the folder, which ends with the process however that ends. A folder that nobody locks is abandoned.
/// (Process numbers would not do: those of another container mean nothing here.)
final class ScratchFolder: Sendable {
  /// Where it is.
  let path: String
  private let lock: Int32

  /// Makes a folder in the temporary folder, and removes abandoned ones there.
  ///
  /// - Throws: `Misfit` where it cannot be made.
  convenience init() throws(Misfit) { try self.init(in: NSTemporaryDirectory()) }

  /// The same in another folder.
  init(in parent: String) throws(Misfit) {
    Self.removeAbandoned(in: parent)
    let name = UUID().uuidString
    // Under another name until it is locked, lest it look abandoned.
    let (nascent, path) = ("\(parent)/.\(name)", "\(parent)/\(Self.prefix)\(name)")
    do { try OutputFolder(nascent).make() } catch { throw Misfit(error.description) }
    lock = open(nascent, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0, rename(nascent, path) == 0 else {
      throw Misfit("\(path): cannot be made: \(String(cString: strerror(errno)))")
    }
    self.path = path
    Interruption.remove(path)
  }

  deinit {
    try? FileManager.default.removeItem(atPath: path)
    Interruption.keep(path)
    close(lock)
  }

  private static let prefix = "hippodrome-"

  private static func removeAbandoned(in parent: String) {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
    for name in names where name.hasPrefix(prefix) && UUID(uuidString: String(name.dropFirst(prefix.count))) != nil {
      let path = "\(parent)/\(name)"
      let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
      guard folder >= 0 else { continue }
      if flock(folder, LOCK_EX | LOCK_NB) == 0 { try? FileManager.default.removeItem(atPath: path) }
      close(folder)
    }
  }
}
