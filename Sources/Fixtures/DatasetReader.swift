import CHDF5
import KernelSpec
import Numerics
import Tensors

/// Reads the datasets of one file, and no more of them than a file of its size can hold.
struct DatasetReader {
  /// The bytes that may still be allocated.
  private var budget: Int
  private let fileBytes: Int

  /// Deflate packs at most so many bytes into one.
  private static let largestCompression = 1032

  /// What a byte of a file can become, since 32-bit numbers are read as 64 bits.
  private static let largestExpansion = 2 * largestCompression

  /// A reader of a file of so many bytes. A corrupt header may state any extent, and must not make the reader ask for all memory.
  init(fileBytes: Int) {
    self.fileBytes = fileBytes
    budget = Self.budget(fileBytes: fileBytes)
  }

  /// The bytes that the datasets of a file may take in memory.
  static func budget(fileBytes: Int) -> Int {
    let (bytes, overflow) = fileBytes.multipliedReportingOverflow(by: largestExpansion)
    return overflow ? .max : bytes
  }

  /// Which whole numbers and floats of 16 bits are taken: results would be judged as if they had all digits.
  enum Narrow {
    case none, floats, all
  }

  /// The dataset of that name in a group, and whether it is stored in 32 bits.
  mutating func operand(
    _ name: String, _ group: hid_t, _ narrow: Narrow
  ) throws(Misfit) -> (Operand<Double>, isSingle: Bool) {
    let dataset = try HDF5.dataset(name, in: group)
    guard let type = HDF5.Handle(H5Dget_type(dataset.id), H5Tclose),
      let space = HDF5.Handle(H5Dget_space(dataset.id), H5Sclose),
      let creation = HDF5.Handle(H5Dget_create_plist(dataset.id), H5Pclose)
    else { throw HDF5.misfit("corrupt dataset") }
    guard H5Pget_layout(creation.id) != H5D_VIRTUAL, H5Pget_external_count(creation.id) <= 0 else {
      throw Misfit("its data are in other files, expected them in this one")
    }
    let shape = try Self.shape(space.id)
    let isComplex: Bool
    let bytes: Int
    var isWhole = false
    switch HDF5.element(type.id) {
    case .real(let size): (isComplex, bytes) = (false, size)
    case .complex(let size): (isComplex, bytes) = (true, size)
    case .narrow(let size, _) where narrow == .all || narrow == .floats && H5Tget_class(type.id) == H5T_FLOAT:
      (isComplex, bytes) = (false, size)
      isWhole = H5Tget_class(type.id) == H5T_INTEGER
    case .narrow(_, let found), .unsupported(let found):
      throw Misfit("expected float64, float32 or a compound {r, i} of them, found \(found)")
    }
    let isFiltered = H5Pget_nfilters(creation.id) > 0
    let count = try spend(shape, scalars: isComplex ? 2 : 1)
    let stored = min(Int(clamping: H5Dget_storage_size(dataset.id)), fileBytes)
    guard count * bytes <= stored * (isFiltered ? Self.largestCompression : 1) else {
      guard stored > 0 else { throw Misfit("shape \(shape), of which nothing was ever written") }
      let advice = isFiltered ? ", or packed to less than a thousandth: h5repack -f NONE unpacks it" : ""
      throw Misfit("shape \(shape) has more elements than are stored: not wholly written or corrupt\(advice)")
    }
    var values = [Double](repeating: .nan, count: count)
    let status: herr_t
    if isComplex {
      guard let memory = HDF5.complexType(chdf5_native_double()) else { throw Misfit("corrupt dataset") }
      status = H5Dread(dataset.id, memory.id, 0, 0, 0, &values)
    } else {
      status = H5Dread(dataset.id, chdf5_native_double(), 0, 0, 0, &values)
    }
    guard status >= 0 else {
      let failure = HDF5.misfit("cannot be read: truncated or corrupt")
      throw Self.missingFilter(creation.id) ?? failure
    }
    guard !isWhole || values.allSatisfy({ abs($0) < Self.leastRounded }) else {
      throw Misfit(
        "expected float64 or float32, found whole numbers from 2^53 on, which float64 does not hold exactly")
    }
    return (Operand(shape: shape, isComplex: isComplex, scalars: values), bytes == 4 && !isWhole)
  }

  /// The whole numbers before this one are doubles; it may itself have been the next.
  private static let leastRounded = 0x1p53

  /// That the library lacks a filter of a dataset; nil where it has all.
  private static func missingFilter(_ creation: hid_t) -> Misfit? {
    for index in 0..<UInt32(clamping: max(H5Pget_nfilters(creation), 0)) {
      var flags: UInt32 = 0
      var values = 0
      var configuration: UInt32 = 0
      var letters = [CChar](repeating: 0, count: 64)
      let filter = H5Pget_filter2(creation, index, &flags, &values, nil, letters.count, &letters, &configuration)
      guard filter >= 0, H5Zfilter_avail(filter) <= 0 else { continue }
      let name = String(decoding: letters.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
      let advice = "write it without, or with gzip, by the program that wrote it"
      return Misfit(
        "packed by \(name.isEmpty ? "a filter" : name) (filter \(filter)), which HDF5 \(HDF5.libraryVersion) lacks here: \(advice)"
      )
    }
    return nil
  }

  /// How many scalars an array has, whose bytes are taken off the budget.
  private mutating func spend(_ shape: [Int], scalars: Int) throws(Misfit) -> Int {
    // No axis is empty, so no overflow is followed by a zero.
    let bytes = ([scalars, MemoryLayout<Double>.stride] + shape).reduce(1) { product, extent in
      let (value, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : value
    }
    guard bytes <= budget else {
      throw Misfit("shape \(shape) has more elements than a file of \(fileBytes) bytes holds")
    }
    budget -= bytes
    return bytes / MemoryLayout<Double>.stride
  }

  private static func shape(_ space: hid_t) throws(Misfit) -> [Int] {
    let rank = Int(H5Sget_simple_extent_ndims(space))
    guard H5Sget_simple_extent_type(space) != H5S_NULL, rank >= 0 else {
      throw Misfit("empty dataspace, expected an array")
    }
    guard rank <= 4 else { throw Misfit("has \(rank) axes, expected at most 4") }
    var extents = [hsize_t](repeating: 0, count: max(rank, 1))
    guard H5Sget_simple_extent_dims(space, &extents, nil) >= 0 else { throw Misfit("corrupt dataspace") }
    return try extents.prefix(rank).map { (extent) throws(Misfit) in
      guard let value = Int(exactly: extent), value >= 1 else {
        throw Misfit("axis of length \(extent), expected at least 1")
      }
      return value
    }
  }
}
