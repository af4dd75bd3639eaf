import CHDF5
import Foundation
import KernelSpec
import Numerics
import Platform
import Tensors

extension CaseFile {
  /// Writes the file whole or not at all.
  ///
  /// - Throws: `Misfit` naming the path where it cannot be written; whatever was there before is then still there.
  public func write(to path: String) throws(Misfit) { try write(to: OutputFile(path)) }

  /// Writes the file whole or not at all.
  ///
  /// - Throws: `Misfit` naming the path where it cannot be written; whatever was there before is then still there.
  public func write(to file: OutputFile) throws(Misfit) {
    let image: Data
    do { image = try HDF5.withLibrary { () throws(Misfit) in try self.image() } } catch {
      throw Misfit("\(file.path): \(error)")
    }
    do { try file.write(image) } catch { throw Misfit(error.description) }
  }

  /// The bytes of the file, which the library makes in memory: where it cannot write a file, as on a full disk, it cannot close it
  /// either, and what it keeps of it crashes the process at its end (h5py issue 914, fixed in no 1.10).
  private func image() throws(Misfit) -> Data {
    var bytes = 1 << 16
    for (_, path) in Self.groups {
      for name in self[keyPath: path].names { bytes += 8 * self[keyPath: path][name]!.scalars.count }
    }
    guard let access = HDF5.Handle(H5Pcreate(chdf5_file_access()), H5Pclose),
      // Memory for all at once, and for what the library adds.
      H5Pset_fapl_core(access.id, bytes, false) >= 0,
      let file = HDF5.Handle(H5Fcreate("case", 2, 0, access.id), H5Fclose)
    else { throw Misfit("cannot be made in memory") }
    try writeDatasets(file)
    guard H5Fflush(file.id, H5F_SCOPE_GLOBAL) >= 0 else { throw Misfit("cannot be made in memory") }
    let count = H5Fget_file_image(file.id, nil, 0)
    guard count > 0 else { throw Misfit("cannot be made in memory") }
    var image = Data(count: count)
    let copied = image.withUnsafeMutableBytes { H5Fget_file_image(file.id, $0.baseAddress, $0.count) }
    guard copied == count else { throw Misfit("cannot be made in memory") }
    return image
  }

  private func writeDatasets(_ file: borrowing HDF5.Handle) throws(Misfit) {
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
  }

  private func write(_ operand: Operand<Double>, _ name: String, _ group: hid_t) throws(Misfit) {
    let extents = operand.shape.map(hsize_t.init)
    let part = storage == .double ? chdf5_native_double() : chdf5_native_float()
    guard let space = HDF5.Handle(H5Screate_simple(Int32(extents.count), extents, nil), H5Sclose),
      let complex = HDF5.complexType(chdf5_native_double()), let stored = HDF5.complexType(part),
      let half = HDF5.Handle(chdf5_make_half(), H5Tclose)
    else { throw Misfit("\(name): cannot be written") }
    let memory = operand.isComplex ? complex.id : chdf5_native_double()
    let type = operand.isComplex ? stored.id : storage == .half ? half.id : part
    guard let dataset = HDF5.Handle(H5Dcreate2(group, name, type, space.id, 0, 0, 0), H5Dclose),
      H5Dwrite(dataset.id, memory, 0, 0, 0, operand.scalars) >= 0
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
