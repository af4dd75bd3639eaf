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

  /// The error that a call has just failed, with the library's own reason.
  static func misfit(_ complaint: String) -> Misfit {
    var bytes = [CChar](repeating: 0, count: 256)
    chdf5_reason(&bytes, bytes.count)
    let reason = String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    guard !reason.isEmpty else { return Misfit(complaint) }
    // A library reads the formats up to its own, and calls the version of a newer one bad.
    let isNewer = reason.contains("version") || reason.contains("unknown datatype class")
    let advice =
      isNewer
      ? "; if a newer library wrote it, write it with bounds up to v110, in h5py libver=('earliest', 'v110')" : ""
    return Misfit("\(complaint) (HDF5 \(libraryVersion) says: \(reason)\(advice))")
  }

  /// The library's version.
  static let libraryVersion: String = {
    var (major, minor, release): (UInt32, UInt32, UInt32) = (0, 0, 0)
    H5get_libversion(&major, &minor, &release)
    return "\(major).\(minor).\(release)"
  }()

  /// How a dataset's elements are stored.
  enum Element: Equatable {
    case real(bytes: Int)
    case complex(bytes: Int)
    /// Of fewer digits than any precision of the suite's has, or whole: the numbers are what they are in 64 bits.
    case narrow(bytes: Int, String)
    case unsupported(String)
  }

  /// The element type behind a type identifier.
  static func element(_ type: hid_t) -> Element {
    let bytes = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT where [4, 8].contains(bytes): return .real(bytes: bytes)
    case H5T_FLOAT where bytes == 2: return .narrow(bytes: bytes, description(of: type))
    case H5T_INTEGER where bytes <= 8: return .narrow(bytes: bytes, description(of: type))
    case H5T_COMPOUND: return complex(type) ?? .unsupported(description(of: type))
    default: return .unsupported(description(of: type))
    }
  }

  private static func complex(_ type: hid_t) -> Element? {
    let (first, second) = (H5Tget_member_index(type, "r"), H5Tget_member_index(type, "i"))
    guard H5Tget_nmembers(type) == 2, first >= 0, second >= 0,
      let r = Handle(H5Tget_member_type(type, UInt32(first)), H5Tclose),
      let i = Handle(H5Tget_member_type(type, UInt32(second)), H5Tclose),
      case .real(let bytes) = element(r.id), element(i.id) == .real(bytes: bytes)
    else { return nil }
    return .complex(bytes: bytes)
  }

  /// What a type is, for messages.
  static func description(of type: hid_t) -> String {
    let bytes = H5Tget_size(type)
    switch H5Tget_class(type) {
    case H5T_FLOAT: return "a float of \(bytes) bytes"
    case H5T_INTEGER: return "an integer of \(bytes) bytes"
    case H5T_STRING: return "a string"
    case H5T_BITFIELD: return "bits"
    case H5T_OPAQUE: return "opaque bytes"
    case H5T_REFERENCE: return "a reference"
    case H5T_ENUM:
      let names = memberNames(type)
      return names == ["FALSE", "TRUE"] ? "a truth value" : "an enumeration {\(names.joined(separator: ", "))}"
    case H5T_VLEN: return "a list of varying length"
    case H5T_ARRAY: return "an array in each element"
    case H5T_COMPOUND:
      let members = memberNames(type).joined(separator: ", ")
      return members == "r, i" ? "a compound {r, i} of other types" : "a compound {\(members)}"
    default: return "an unknown type"
    }
  }

  /// The first names of the members of a compound or an enumeration.
  private static func memberNames(_ type: hid_t) -> [String] {
    (0..<UInt32(clamping: min(H5Tget_nmembers(type), 4))).compactMap { index in
      guard let name = H5Tget_member_name(type, index) else { return nil }
      defer { H5free_memory(name) }
      return String(cString: name)
    }
  }

  /// The memory type of a complex number: two doubles named `r` and `i`.
  static func complexType(_ part: hid_t) -> Handle? {
    let bytes = H5Tget_size(part)
    guard let type = Handle(H5Tcreate(H5T_COMPOUND, 2 * bytes), H5Tclose),
      H5Tinsert(type.id, "r", 0, part) >= 0, H5Tinsert(type.id, "i", bytes, part) >= 0
    else { return nil }
    return type
  }

  /// The group of that name in a file or group.
  static func group(_ name: String, in parent: hid_t) throws(Misfit) -> Handle {
    try open(name, in: parent, chdf5_group_access(), "group", H5Gopen2, H5Gclose)
  }

  /// The dataset of that name in a file or group.
  static func dataset(_ name: String, in parent: hid_t) throws(Misfit) -> Handle {
    try open(name, in: parent, chdf5_dataset_access(), "dataset", H5Dopen2, H5Dclose)
  }

  /// Opens an object, but no link that leads out of the file, be it by way of others: what a case file says must not depend on, or wait
  /// for, another file.
  private static func open(
    _ name: String, in parent: hid_t, _ access: hid_t, _ expected: String,
    _ open: (hid_t, UnsafePointer<CChar>?, hid_t) -> hid_t, _ close: @escaping (hid_t) -> herr_t
  ) throws(Misfit) -> Handle {
    var info = H5L_info_t()
    guard H5Lget_info(parent, name, &info, 0) >= 0 else { throw misfit("corrupt link") }
    guard [H5L_TYPE_HARD, H5L_TYPE_SOFT].contains(info.type) else {
      throw Misfit("a link to another file, expected data in this one")
    }
    guard let links = Handle(chdf5_within_file(chdf5_link_access()), H5Pclose),
      let properties = Handle(chdf5_within_file(access), H5Pclose)
    else { throw misfit("expected a \(expected)") }
    guard let object = Handle(H5Oopen(parent, name, links.id), H5Oclose) else {
      throw info.type == H5L_TYPE_SOFT
        ? Misfit("a link to what is not in this file, expected a \(expected)") : misfit("corrupt \(expected)")
    }
    let kinds = [H5I_GROUP: "group", H5I_DATASET: "dataset", H5I_DATATYPE: "named type"]
    let found = kinds[H5Iget_type(object.id)] ?? "object of another kind"
    guard found == expected else { throw Misfit("found a \(found), expected a \(expected)") }
    guard let handle = Handle(name.withCString { open(parent, $0, properties.id) }, close) else {
      throw misfit("corrupt \(expected)")
    }
    return handle
  }

  /// More links than this in one group are refused: no kernel has so many operands, and a corrupt count may be any.
  private static let mostLinks: hsize_t = 1024

  /// The names of the links in a group, in order.
  static func names(in group: hid_t) throws(Misfit) -> [String] {
    var info = H5G_info_t()
    guard H5Gget_info(group, &info) >= 0 else { throw misfit("cannot be listed: corrupt") }
    guard info.nlinks <= mostLinks else { throw Misfit("\(info.nlinks) links, expected at most \(mostLinks)") }
    return try (0..<info.nlinks).map { (index) throws(Misfit) in
      let length = H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, nil, 0, 0)
      guard length >= 0 else { throw misfit("cannot be listed: corrupt") }
      var bytes = [CChar](repeating: 0, count: length + 1)
      guard H5Lget_name_by_idx(group, ".", H5_INDEX_NAME, H5_ITER_INC, index, &bytes, bytes.count, 0) >= 0 else {
        throw misfit("cannot be listed: corrupt")
      }
      return String(decoding: bytes.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
  }
}
