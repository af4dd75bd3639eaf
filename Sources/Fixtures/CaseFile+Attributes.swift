import CHDF5
import Foundation
import KernelSpec

/// Attributes in whatever form programs write them: of any width, as an array of one, and with any padding.
extension CaseFile {
  /// The text of an attribute; nil where there is none of that name.
  static func text(_ name: String, _ file: hid_t) throws(Misfit) -> String? {
    guard let found = try attribute(name, file, expected: "a string") else { return nil }
    guard H5Tget_class(found.type.id) == H5T_STRING else {
      throw Misfit("attribute \(name): found \(HDF5.description(of: found.type.id)), expected a string")
    }
    if H5Tis_variable_str(found.type.id) > 0 {
      var pointer: UnsafeMutablePointer<CChar>?
      guard H5Aread(found.attribute.id, found.type.id, &pointer) >= 0 else {
        throw HDF5.misfit("attribute \(name): cannot be read")
      }
      // An empty text may be stored as none.
      guard let pointer else { return "" }
      defer { H5free_memory(pointer) }
      return String(cString: pointer)
    }
    let size = H5Tget_size(found.type.id)
    guard size < 1 << 20 else { throw Misfit("attribute \(name): a string of \(size) bytes, more than are read") }
    var bytes = [UInt8](repeating: 0, count: size)
    guard H5Aread(found.attribute.id, found.type.id, &bytes) >= 0 else {
      throw HDF5.misfit("attribute \(name): cannot be read")
    }
    var text = bytes.prefix { $0 != 0 }
    // Fortran's strings are as long as their variables.
    if H5Tget_strpad(found.type.id) == H5T_STR_SPACEPAD { while text.last == UInt8(ascii: " ") { text.removeLast() } }
    return String(decoding: text, as: UTF8.self)
  }

  /// The number of an attribute; nil where there is none of that name.
  static func number(_ name: String, _ file: hid_t) throws(Misfit) -> Double? {
    guard let found = try attribute(name, file, expected: "a number") else { return nil }
    guard [H5T_INTEGER, H5T_FLOAT].contains(H5Tget_class(found.type.id)) else {
      throw Misfit("attribute \(name): found \(HDF5.description(of: found.type.id)), expected a number")
    }
    var value = Double.nan
    guard H5Aread(found.attribute.id, chdf5_native_double(), &value) >= 0 else {
      throw HDF5.misfit("attribute \(name): cannot be read")
    }
    return value
  }

  /// The JSON object of an attribute; empty where there is none of that name.
  static func object(_ name: String, _ file: hid_t) throws(Misfit) -> [String: Given] {
    guard let json = try text(name, file) else { return [:] }
    do {
      return try JSONDecoder().decode([String: Given].self, from: Data(json.utf8))
    } catch {
      throw Misfit("attribute \(name): expected a JSON object, found \(json.prefix(60))")
    }
  }

  private struct OpenAttribute: ~Copyable {
    let attribute, type: HDF5.Handle
  }

  /// An attribute of one element, and its type.
  private static func attribute(
    _ name: String, _ file: hid_t, expected: String
  ) throws(Misfit) -> OpenAttribute? {
    let exists = H5Aexists(file, name)
    guard exists >= 0 else { throw HDF5.misfit("attribute \(name): corrupt") }
    guard exists > 0 else { return nil }
    guard let attribute = HDF5.Handle(H5Aopen(file, name, 0), H5Aclose),
      let type = HDF5.Handle(H5Aget_type(attribute.id), H5Tclose),
      let space = HDF5.Handle(H5Aget_space(attribute.id), H5Sclose)
    else { throw HDF5.misfit("attribute \(name): corrupt") }
    let count = H5Sget_simple_extent_npoints(space.id)
    guard count == 1 else {
      let found = count == 0 ? "nothing" : "\(count) elements"
      throw Misfit("attribute \(name): found \(found), expected \(expected)")
    }
    return OpenAttribute(attribute: attribute, type: type)
  }
}
