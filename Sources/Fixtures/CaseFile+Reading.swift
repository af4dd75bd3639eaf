import CHDF5
import Foundation
import KernelSpec

extension CaseFile {
  /// Reads a case file.
  ///
  /// - Throws: `Misfit` in one line naming the file, the dataset or attribute, what was found and what was expected.
  public init(contentsOf path: String) throws(Misfit) {
    do {
      self = try HDF5.withLibrary { () throws(Misfit) in try Self.read(path) }
    } catch {
      throw Misfit("\(path): \(error)")
    }
  }

  /// Reads what a program from outside wrote: `outputs` and `gradients`. It need not say what it is of, but may hold nothing other than
  /// a case file does.
  ///
  /// - Throws: `Misfit` in one line naming the dataset, what was found and what was expected, but not the file.
  public init(resultsOf path: String, kernel: String) throws(Misfit) {
    var result = CaseFile(kernel: kernel, source: path)
    try HDF5.withLibrary { () throws(Misfit) in
      let file = try Self.open(path)
      for name in try HDF5.names(in: file.id) where !Self.groups.contains(where: { $0.name == name }) {
        throw Misfit("\(name): unknown, expected the groups \(Self.groups.map(\.name).joined(separator: ", "))")
      }
      try result.readGroups(
        Self.groups.filter { ["outputs", "gradients"].contains($0.name) }, file.id, fileBytes: Self.bytes(of: path))
    }
    self = result
  }

  /// The kernel that a case file is for, without reading its datasets.
  public static func kernel(of path: String) throws(Misfit) -> String {
    do {
      return try HDF5.withLibrary { () throws(Misfit) in
        let file = try open(path)
        return try kernel(file.id)
      }
    } catch {
      throw Misfit("\(path): \(error)")
    }
  }

  private static func open(_ path: String) throws(Misfit) -> HDF5.Handle {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { throw Misfit("no such file") }
    guard !isFolder.boolValue else { throw Misfit("is a folder, expected an HDF5 file") }
    guard H5Fis_hdf5(path) > 0 else { throw Misfit("not an HDF5 file") }
    guard let file = HDF5.Handle(H5Fopen(path, 0, 0), H5Fclose) else {
      throw Misfit("truncated or corrupt HDF5 file")
    }
    return file
  }

  private static func kernel(_ file: hid_t) throws(Misfit) -> String {
    guard let kernel = try text("kernel", file) else {
      throw Misfit("attribute kernel: missing, expected a kernel's name")
    }
    return kernel
  }

  private static func read(_ path: String) throws(Misfit) -> CaseFile {
    let file = try open(path)
    let schema = try number("schema", file.id)
    guard schema == 1 else { throw Misfit("attribute schema: expected 1, found \(schema.map { "\($0)" } ?? "none")") }
    let kernel = try kernel(file.id)
    var result = CaseFile(
      kernel: kernel, size: try object("size", file.id), options: try object("options", file.id),
      source: try text("source", file.id) ?? "unknown")
    result.notes = try text("notes", file.id)
    result.agreement = try number("agreement", file.id)

    if let agreement = result.agreement, !(agreement >= 0 && agreement < 1e-2) {
      throw Misfit("attribute agreement: \(agreement), expected a small relative difference")
    }

    try result.readGroups(groups, file.id, fileBytes: bytes(of: path))
    return result
  }

  /// Reads the datasets of those of the groups that the file has.
  private mutating func readGroups(_ groups: [Group], _ file: hid_t, fileBytes: Int) throws(Misfit) {
    var reader = DatasetReader(fileBytes: fileBytes)
    for (name, path) in groups {
      let exists = H5Lexists(file, name, 0)
      guard exists >= 0 else { throw Misfit("\(name): corrupt") }
      guard exists > 0 else { continue }
      do { try HDF5.checkLink(name, file) } catch { throw Misfit("\(name): \(error)") }
      guard let group = HDF5.Handle(H5Gopen2(file, name, 0), H5Gclose) else {
        throw Misfit("\(name): expected a group")
      }
      let datasets: [String]
      do { datasets = try HDF5.names(in: group.id) } catch { throw Misfit("\(name): \(error)") }
      for dataset in datasets {
        do {
          let (operand, isSingle) = try reader.operand(dataset, group.id)
          self[keyPath: path][dataset] = operand
          if isSingle { single.insert("\(name)/\(dataset)") }
        } catch {
          throw Misfit("\(name)/\(dataset): \(error)")
        }
      }
    }
  }

  /// The size of a file; 0 where there is none.
  static func bytes(of path: String) -> Int {
    (try? FileManager.default.attributesOfItem(atPath: path))?[.size] as? Int ?? 0
  }
}

// Attributes.
extension CaseFile {
  private static func text(_ name: String, _ file: hid_t) throws(Misfit) -> String? {
    guard H5Aexists(file, name) > 0 else { return nil }
    guard let attribute = HDF5.Handle(H5Aopen(file, name, 0), H5Aclose),
      let type = HDF5.Handle(H5Aget_type(attribute.id), H5Tclose), H5Tget_class(type.id) == H5T_STRING,
      let space = HDF5.Handle(H5Aget_space(attribute.id), H5Sclose), H5Sget_simple_extent_npoints(space.id) == 1
    else { throw Misfit("attribute \(name): expected a string") }
    if H5Tis_variable_str(type.id) > 0 {
      var pointer: UnsafeMutablePointer<CChar>?
      guard H5Aread(attribute.id, type.id, &pointer) >= 0, let pointer else {
        throw Misfit("attribute \(name): cannot be read")
      }
      defer { H5free_memory(pointer) }
      return String(cString: pointer)
    }
    let size = H5Tget_size(type.id)
    guard size < 1 << 20 else { throw Misfit("attribute \(name): a string of \(size) bytes, more than are read") }
    var bytes = [UInt8](repeating: 0, count: size)
    guard H5Aread(attribute.id, type.id, &bytes) >= 0 else { throw Misfit("attribute \(name): cannot be read") }
    return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }

  private static func number(_ name: String, _ file: hid_t) throws(Misfit) -> Double? {
    guard H5Aexists(file, name) > 0 else { return nil }
    var value = Double.nan
    guard let attribute = HDF5.Handle(H5Aopen(file, name, 0), H5Aclose),
      let type = HDF5.Handle(H5Aget_type(attribute.id), H5Tclose),
      [H5T_INTEGER, H5T_FLOAT].contains(H5Tget_class(type.id)),
      let space = HDF5.Handle(H5Aget_space(attribute.id), H5Sclose), H5Sget_simple_extent_npoints(space.id) == 1,
      H5Aread(attribute.id, chdf5_native_double(), &value) >= 0
    else { throw Misfit("attribute \(name): expected a number") }
    return value
  }

  private static func object(_ name: String, _ file: hid_t) throws(Misfit) -> [String: Given] {
    guard let json = try text(name, file) else { return [:] }
    do {
      return try JSONDecoder().decode([String: Given].self, from: Data(json.utf8))
    } catch {
      throw Misfit("attribute \(name): expected a JSON object, found \(json.prefix(60))")
    }
  }
}
