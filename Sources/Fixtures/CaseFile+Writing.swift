import CHDF5
import Foundation
import KernelSpec
import Numerics
import Tensors

extension CaseFile {
  /// Writes the file whole or not at all: to a temporary file beside `path`, which then takes its place.
  ///
  /// - Throws: `Misfit` naming the path where it cannot be written; whatever was there before is then still there.
  public func write(to path: String) throws(Misfit) {
    let temporary = "\(path).partial-\(ProcessInfo.processInfo.processIdentifier)"
    do {
      try HDF5.withLibrary { () throws(Misfit) in try writeDatasets(temporary) }
    } catch {
      unlink(temporary)
      throw Misfit("\(path): \(error)")
    }
    guard rename(temporary, path) == 0 else {
      let reason = String(cString: strerror(errno))
      unlink(temporary)
      throw Misfit("\(path): cannot be written: \(reason)")
    }
  }

  private func writeDatasets(_ path: String) throws(Misfit) {
    let folder = (path as NSString).deletingLastPathComponent
    guard folder.isEmpty || FileManager.default.fileExists(atPath: folder) else {
      throw Misfit("no such folder: \(folder)")
    }
    guard let file = HDF5.Handle(H5Fcreate(path, 2, 0, 0), H5Fclose) else {
      throw Misfit("cannot be written: permission denied or disk full")
    }
    try attribute("schema", 1, file.id)
    try attribute("kernel", kernel, file.id)
    try attribute("size", json(size), file.id)
    try attribute("options", json(options), file.id)
    try attribute("source", source, file.id)
    if let notes { try attribute("notes", notes, file.id) }
    for (name, path) in Self.groups where !self[keyPath: path].names.isEmpty {
      guard let group = HDF5.Handle(H5Gcreate2(file.id, name, 0, 0, 0), H5Gclose) else {
        throw Misfit("\(name): cannot be written")
      }
      for dataset in self[keyPath: path].names {
        try write(self[keyPath: path][dataset]!, dataset, group.id)
      }
    }
    guard H5Fflush(file.id, H5F_SCOPE_GLOBAL) >= 0 else { throw Misfit("cannot be written: disk full?") }
  }

  private func write(_ operand: Operand<Double>, _ name: String, _ group: hid_t) throws(Misfit) {
    let extents = operand.shape.map(hsize_t.init)
    guard let space = HDF5.Handle(H5Screate_simple(Int32(extents.count), extents, nil), H5Sclose),
      let complex = HDF5.complexType(chdf5_native_double())
    else { throw Misfit("\(name): cannot be written") }
    let type = operand.isComplex ? complex.id : chdf5_native_double()
    guard let dataset = HDF5.Handle(H5Dcreate2(group, name, type, space.id, 0, 0, 0), H5Dclose),
      H5Dwrite(dataset.id, type, 0, 0, 0, operand.scalars) >= 0
    else { throw Misfit("\(name): cannot be written") }
  }

  private func attribute(_ name: String, _ value: Int64, _ file: hid_t) throws(Misfit) {
    var value = value
    guard let space = HDF5.Handle(H5Screate(H5S_SCALAR), H5Sclose),
      let attribute = HDF5.Handle(H5Acreate2(file, name, chdf5_file_int64(), space.id, 0, 0), H5Aclose),
      H5Awrite(attribute.id, chdf5_native_int64(), &value) >= 0
    else { throw Misfit("attribute \(name): cannot be written") }
  }

  private func attribute(_ name: String, _ value: String, _ file: hid_t) throws(Misfit) {
    guard let space = HDF5.Handle(H5Screate(H5S_SCALAR), H5Sclose),
      let type = HDF5.Handle(H5Tcopy(chdf5_c_string()), H5Tclose),
      H5Tset_size(type.id, chdf5_variable_length()) >= 0, H5Tset_cset(type.id, H5T_CSET_UTF8) >= 0,
      let attribute = HDF5.Handle(H5Acreate2(file, name, type.id, space.id, 0, 0), H5Aclose)
    else { throw Misfit("attribute \(name): cannot be written") }
    let status = value.withCString { text in
      var pointer: UnsafePointer<CChar>? = text
      return H5Awrite(attribute.id, type.id, &pointer)
    }
    guard status >= 0 else { throw Misfit("attribute \(name): cannot be written") }
  }

  private func json(_ object: [String: Given]) -> String {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    return String(decoding: try! encoder.encode(object), as: UTF8.self)
  }
}
