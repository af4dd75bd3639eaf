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
  /// - Parameter mayBeHalf: whether floats of 16 bits are taken.
  /// - Throws: `Misfit` in one line naming the dataset, what was found and what was expected, but not the file.
  public init(resultsOf path: String, kernel: String, mayBeHalf: Bool = false) throws(Misfit) {
    var result = CaseFile(kernel: kernel, source: path)
    try HDF5.withLibrary { () throws(Misfit) in
      let file = try Self.open(path)
      for name in try HDF5.names(in: file.handle.id) where !Self.groups.contains(where: { $0.name == name }) {
        throw Misfit("\(name): unknown, expected the groups \(Self.groups.map(\.name).joined(separator: ", "))")
      }
      try result.readGroups(
        Self.groups.filter { ["outputs", "gradients"].contains($0.name) }, file.handle.id, fileBytes: file.bytes,
        mayBeHalf: mayBeHalf)
    }
    self = result
  }

  /// The kernel that a case file is for, without reading its datasets.
  public static func kernel(of path: String) throws(Misfit) -> String {
    do {
      return try HDF5.withLibrary { () throws(Misfit) in
        let file = try open(path)
        return try kernel(file.handle.id)
      }
    } catch {
      throw Misfit("\(path): \(error)")
    }
  }

  /// A file that is open, and its size.
  private struct OpenFile: ~Copyable {
    let handle: HDF5.Handle
    let bytes: Int
  }

  private static func open(_ path: String) throws(Misfit) -> OpenFile {
    let file = try RegularFile(at: path)
    guard H5Fis_hdf5(path) > 0 else {
      let found = RegularFile.kind(of: path).map { ": \($0)" } ?? ""
      throw Misfit("not an HDF5 file\(found)")
    }
    guard let handle = HDF5.Handle(H5Fopen(path, 0, 0), H5Fclose) else {
      throw HDF5.misfit("truncated or corrupt HDF5 file")
    }
    return OpenFile(handle: handle, bytes: file.bytes)
  }

  private static func kernel(_ file: hid_t) throws(Misfit) -> String {
    guard let kernel = try text("kernel", file) else {
      throw Misfit("attribute kernel: missing, expected a kernel's name")
    }
    return kernel
  }

  private static func read(_ path: String) throws(Misfit) -> CaseFile {
    let open = try open(path)
    let file = open.handle.id
    let schema = try number("schema", file)
    guard schema == 1 else { throw Misfit("attribute schema: expected 1, found \(schema.map { "\($0)" } ?? "none")") }
    let kernel = try kernel(file)
    var result = CaseFile(
      kernel: kernel, size: try object("size", file), options: try object("options", file),
      source: try text("source", file) ?? "unknown")
    result.notes = try text("notes", file)
    result.agreement = try number("agreement", file)

    if let agreement = result.agreement, !(agreement >= 0 && agreement < 1e-2) {
      throw Misfit("attribute agreement: \(agreement), expected a small relative difference")
    }

    try result.readGroups(groups, file, fileBytes: open.bytes)
    return result
  }

  /// Reads the datasets of those of the groups that the file has.
  private mutating func readGroups(
    _ groups: [Group], _ file: hid_t, fileBytes: Int, mayBeHalf: Bool = false
  ) throws(Misfit) {
    var reader = DatasetReader(fileBytes: fileBytes)
    for group in groups {
      let exists = H5Lexists(file, group.name, 0)
      guard exists >= 0 else { throw HDF5.misfit("\(group.name): corrupt") }
      if exists > 0 { try readGroup(group, file, &reader, mayBeHalf: mayBeHalf) }
    }
  }

  private mutating func readGroup(
    _ group: Group, _ file: hid_t, _ reader: inout DatasetReader, mayBeHalf: Bool
  ) throws(Misfit) {
    var place = group.name
    do {
      let open = try HDF5.group(group.name, in: file)
      for dataset in try HDF5.names(in: open.id) {
        place = "\(group.name)/\(dataset)"
        let isGiven = ["inputs", "cotangents"].contains(group.name)
        let narrow: DatasetReader.Narrow = isGiven ? .all : mayBeHalf ? .floats : .none
        let (operand, isSingle) = try reader.operand(dataset, open.id, narrow)
        self[keyPath: group.path][dataset] = operand
        if isSingle { single.insert(place) }
      }
    } catch {
      throw Misfit("\(place): \(error)")
    }
  }
}
