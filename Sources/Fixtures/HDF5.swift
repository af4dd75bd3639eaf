import CHDF5
import KernelSpec
import Synchronization

/// The HDF5 library, which is not thread-safe: everything that calls it runs inside `withLibrary`.
enum HDF5 {
  private static let lock = Mutex<Void>(())

  /// Runs `body` alone in the library, silencing what it would print and dropping what its failures leave behind.
  static func withLibrary<R>(_ body: () throws(Misfit) -> R) throws(Misfit) -> R {
    let result: Result<R, Misfit> = lock.withLock { _ in
      chdf5_silence()
      defer { chdf5_forget_errors() }
      do throws(Misfit) { return .success(try body()) } catch { return .failure(error) }
    }
    return try result.get()
  }

  /// An open identifier, closed when it goes out of use.
  struct Handle: ~Copyable {
    let id: hid_t
    private let close: (hid_t) -> herr_t

    /// Nil where the library answered with a failure.
    init?(_ id: hid_t, _ close: @escaping (hid_t) -> herr_t) {
      guard id >= 0 else { return nil }
      self.id = id
      self.close = close
    }

    deinit { _ = close(id) }
  }

  /// How a dataset's elements are stored.
  enum Element: Equatable {
    case real(bytes: Int)
    case complex(bytes: Int)
    case unsupported(String)
  }

  /// The element type behind a type identifier.
  static func element(_ type: hid_t) -> Element {
    switch H5Tget_class(type) {
    case H5T_FLOAT where [4, 8].contains(H5Tget_size(type)):
      return .real(bytes: H5Tget_size(type))
    case H5T_FLOAT:
      return .unsupported("a float of \(H5Tget_size(type)) bytes")
    case H5T_INTEGER:
      return .unsupported("an integer of \(H5Tget_size(type)) bytes")
    case H5T_STRING:
      return .unsupported("a string")
    case H5T_COMPOUND:
      return complex(type)
    default:
      return .unsupported("a type that is neither real nor complex")
    }
  }

  private static func complex(_ type: hid_t) -> Element {
    guard H5Tget_nmembers(type) == 2, H5Tget_member_index(type, "r") == 0, H5Tget_member_index(type, "i") == 1,
      let r = Handle(H5Tget_member_type(type, 0), H5Tclose), let i = Handle(H5Tget_member_type(type, 1), H5Tclose),
      case .real(let bytes) = element(r.id), element(i.id) == .real(bytes: bytes)
    else { return .unsupported("a compound other than {r, i} of floats") }
    return .complex(bytes: bytes)
  }

  /// The memory type of a complex number: two doubles named `r` and `i`.
  static func complexType(_ part: hid_t) -> Handle? {
    let bytes = H5Tget_size(part)
    guard let type = Handle(H5Tcreate(H5T_COMPOUND, 2 * bytes), H5Tclose),
      H5Tinsert(type.id, "r", 0, part) >= 0, H5Tinsert(type.id, "i", bytes, part) >= 0
    else { return nil }
    return type
  }

  /// Refuses a link that leads out of the file: what a case file says must not depend on, or wait for, another file.
  static func checkLink(_ name: String, _ group: hid_t) throws(Misfit) {
    var info = H5L_info_t()
    guard H5Lget_info(group, name, &info, 0) >= 0 else { throw Misfit("corrupt link") }
    guard [H5L_TYPE_HARD, H5L_TYPE_SOFT].contains(info.type) else {
      throw Misfit("a link to another file, expected data in this one")
    }
  }

  /// More links than this in one group are refused: no kernel has so many operands, and a corrupt count may be any.
  private static let mostLinks: hsize_t = 1024

  /// The names of the links in a group, in order.
  static func names(in group: hid_t) throws(Misfit) -> [String] {
    var info = H5G_info_t()
    guard H5Gget_info(group, &info) >= 0 else { throw Misfit("cannot be listed: corrupt") }
    guard info.nlinks <= mostLinks else { throw Misfit("\(info.nlinks) links, expected at most \(mostLinks)") }
    return try (0..<info.nlinks).map { (index) throws(Misfit) in
      let length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0)
      guard length >= 0 else { throw Misfit("cannot be listed: corrupt") }
      var bytes = [CChar](repeating: 0, count: length + 1)
      guard H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, &bytes, bytes.count, 0) >= 0 else {
        throw Misfit("cannot be listed: corrupt")
      }
      return String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }
}
