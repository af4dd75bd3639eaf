import CHDF5
import Foundation

/// A sound HDF5 file with anything in it, described by bytes; only zeros describe an ordinary case.
///
/// The HDF5 library does not crash on files that it wrote itself, so that what is found this way is the suite's own.
struct ContentsRecipe {
  private let bytes: UnsafeBufferPointer<UInt8>

  init(_ bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

  /// Writes the file. What HDF5 refuses to write is left out.
  func write(to path: String) {
    H5Eset_auto2(0, nil, nil)
    defer { H5Eclear2(0) }
    let file = H5Fcreate(path, 2, 0, 0)
    guard file >= 0 else { fatalError("\(path): cannot be made") }
    defer { H5Fclose(file) }
    var source = ByteSource(bytes)
    let isScan = source.below(2) == 1
    attributes(file, &source, isScan)
    for group in ["inputs", "outputs", "cotangents", "gradients", "notes"] { links(group, file, &source, isScan) }
  }

  private func attributes(_ file: hid_t, _ source: inout ByteSource, _ isScan: Bool) {
    number("schema", 1, file, &source)
    text("kernel", "test", file, &source)
    text("size", isScan ? #"{"W":2,"G":1}"# : #"{"L":3,"N":2}"#, file, &source)
    text("options", "{}", file, &source)
    text("source", "", file, &source)
    if source.below(2) == 1 { text("notes", "", file, &source) }
    if source.below(2) == 1 { number("agreement", 1e-12, file, &source) }
  }

  private func number(_ name: String, _ ordinary: Double, _ file: hid_t, _ source: inout ByteSource) {
    let types = [chdf5_file_int64(), chdf5_file_double(), chdf5_native_float(), chdf5_c_string(), -1]
    let type = types[source.below(types.count)]
    var value = source.below(2) == 0 ? ordinary : source.double()
    attribute(name, type, chdf5_native_double(), file, &source) { H5Awrite($0, chdf5_native_double(), &value) }
  }

  private func text(_ name: String, _ ordinary: String, _ file: hid_t, _ source: inout ByteSource) {
    let kind = source.below(4)
    if kind == 3 { return number(name, 0, file, &source) }
    let type = H5Tcopy(chdf5_c_string())
    defer { H5Tclose(type) }
    var text = source.below(2) == 0 ? Array(ordinary.utf8) : source.json()
    if kind == 0 {
      H5Tset_size(type, chdf5_variable_length())
      text.append(0)
      text.withUnsafeBytes { text in
        var pointer = text.baseAddress
        attribute(name, type, type, file, &source) { H5Awrite($0, type, &pointer) }
      }
    } else {
      H5Tset_size(type, max(1, text.count))
      H5Tset_strpad(type, [H5T_STR_NULLTERM, H5T_STR_NULLPAD, H5T_STR_SPACEPAD][source.below(3)])
      text.append(0)
      attribute(name, type, type, file, &source) { H5Awrite($0, type, text) }
    }
  }

  private func attribute(
    _ name: String, _ type: hid_t, _: hid_t, _ file: hid_t, _ source: inout ByteSource, _ write: (hid_t) -> herr_t
  ) {
    let space: hid_t
    let kind = source.below(5)
    switch kind {
    case 0, 1: space = H5Screate(H5S_SCALAR)
    case 2: space = H5Screate(H5S_NULL)
    default:
      let extents = [hsize_t(kind == 3 ? 1 : 0)]
      space = H5Screate_simple(1, extents, nil)
    }
    defer { H5Sclose(space) }
    let attribute = H5Acreate2(file, name, type, space, 0, 0)
    guard attribute >= 0 else { return }
    _ = write(attribute)
    H5Aclose(attribute)
  }

  private func links(_ name: String, _ file: hid_t, _ source: inout ByteSource, _ isScan: Bool) {
    switch source.below(8) {
    case 1: return
    case 2: return DatasetRecipe(&source).write(name, file)
    case 3: _ = H5Lcreate_soft("/inputs", file, name, 0, 0)
    case 4: _ = H5Lcreate_external("/dev/null", "/", file, name, 0, 0)
    default:
      let group = H5Gcreate2(file, name, 0, 0, 0)
      guard group >= 0 else { return }
      defer { H5Gclose(group) }
      if name == "inputs" {
        for (operand, shape, isComplex) in Self.ordinary(isScan) where source.below(4) < 3 {
          DatasetRecipe(shape: shape, isComplex: isComplex, &source).write(operand, group)
        }
      }
      for _ in 0..<source.below(4) {
        let operand = source.name()
        switch source.below(8) {
        case 1: _ = H5Lcreate_soft(".", group, operand, 0, 0)
        case 2: _ = H5Lcreate_external("/dev/zero", "/", group, operand, 0, 0)
        default: DatasetRecipe(&source).write(operand, group)
        }
      }
    }
  }

  private static func ordinary(_ isScan: Bool) -> [(String, [hsize_t], Bool)] {
    isScan ? [("u", [1, 2, 2], false)] : [("dt", [2], false), ("A", [2, 1], true)]
  }
}
