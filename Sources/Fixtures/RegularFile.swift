import Foundation
import KernelSpec

/// A file that can be read like a piece of memory; a symbolic link stands for what it leads to.
struct RegularFile {
  /// Its size.
  let bytes: Int

  /// Looks at what is at a path without opening it: a FIFO would be waited for.
  ///
  /// - Throws: `Misfit` on what is there instead.
  init(at path: String) throws(Misfit) {
    var status = stat()
    guard stat(path, &status) == 0 else {
      let reason = errno
      if reason == ENOENT, let target = try? FileManager.default.destinationOfSymbolicLink(atPath: path) {
        throw Misfit("a symbolic link to \(target), where there is nothing")
      }
      throw Misfit(reason == ENOENT ? "no such file" : "cannot be read: \(String(cString: strerror(reason)))")
    }
    let kind: String? =
      switch status.st_mode & S_IFMT {
      case S_IFREG: nil
      case S_IFDIR: "a folder"
      case S_IFIFO: "a FIFO"
      case S_IFSOCK: "a socket"
      default: "a device"
      }
    if let kind { throw Misfit("is \(kind), expected an HDF5 file") }
    guard access(path, R_OK) == 0 else { throw Misfit("cannot be read: \(String(cString: strerror(errno)))") }
    bytes = Int(status.st_size)
  }

  /// What a file is by its first bytes, where it is none that HDF5 reads but one that is often given.
  static func kind(of path: String) -> String? {
    guard let file = FileHandle(forReadingAtPath: path), let data = try? file.read(upToCount: 64) else { return nil }
    let start = [UInt8](data)
    if start.isEmpty { return "an empty file" }
    let kinds: [(bytes: [UInt8], name: String)] = [
      (Array("version https://git-lfs".utf8), "a pointer of Git LFS, whose file `git lfs pull` fetches"),
      ([0x93] + Array("NUMPY".utf8), "an array of NumPy"), (Array("PK".utf8), "a ZIP archive, such as NumPy's npz"),
      (Array("CDF".utf8), "a netCDF file of the classic format"),
      (Array("MATLAB 5".utf8), "a MATLAB file before 7.3"),
      ([0x1F, 0x8B], "compressed by gzip as a whole"),
    ]
    return kinds.first { start.starts(with: $0.bytes) }?.name
  }
}
