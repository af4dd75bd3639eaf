import CHDF5

/// One dataset of a file, described by bytes.
struct DatasetRecipe {
  private let shape: [hsize_t]
  private let type: ElementType
  private let isStored: Bool
  private let isCompressed: Bool
  private let value: Double

  /// What an element may be.
  private enum ElementType: Int, CaseIterable {
    case double, float, complex, bigEndian, complexFloat, swapped, three, integer, text, wide, null
  }

  /// Anything.
  init(_ source: inout ByteSource) {
    type = ElementType.allCases[source.below(ElementType.allCases.count)]
    shape = (0..<source.below(7)).map { _ in source.length() }
    isStored = source.below(4) < 3
    isCompressed = source.below(4) == 3
    value = source.below(2) == 0 ? 1 : source.double()
  }

  /// An operand that fits, but for what bytes change.
  init(shape ordinary: [hsize_t], isComplex: Bool, _ source: inout ByteSource) {
    var other = DatasetRecipe(&source)
    if source.below(4) < 3 {
      let grown = ordinary.map { extent in source.below(8) == 7 ? source.length() : extent }
      other = DatasetRecipe(
        shape: grown, type: isComplex ? .complex : .double, isStored: other.isStored,
        isCompressed: other.isCompressed, value: other.value)
    }
    self = other
  }

  private init(shape: [hsize_t], type: ElementType, isStored: Bool, isCompressed: Bool, value: Double) {
    (self.shape, self.type, self.isStored) = (shape, type, isStored)
    (self.isCompressed, self.value) = (isCompressed, value)
  }

  /// Writes it; large ones are stated and hold no data.
  func write(_ name: String, _ group: hid_t) {
    let space = type == .null ? H5Screate(H5S_NULL) : H5Screate_simple(Int32(shape.count), shape, nil)
    guard space >= 0 else { return }
    defer { H5Sclose(space) }
    let count: hsize_t = shape.reduce(1) { product, extent in
      let (value, overflow) = product.multipliedReportingOverflow(by: extent)
      return overflow ? .max : value
    }
    let creation = H5Pcreate(chdf5_dataset_creation())
    defer { H5Pclose(creation) }
    let isSmall = count <= 4096
    if !shape.isEmpty, isCompressed || !isSmall {
      H5Pset_chunk(creation, Int32(shape.count), shape.map { max(1, min($0, 4)) })
      if isCompressed { H5Pset_deflate(creation, 9) }
    }
    let kind = elementType()
    defer { H5Tclose(kind) }
    let dataset = H5Dcreate2(group, name, kind, space, 0, creation, 0)
    guard dataset >= 0 else { return }
    defer { H5Dclose(dataset) }
    guard isStored, isSmall, ![.text, .null, .three].contains(type) else { return }
    var values = [Double](repeating: value, count: Int(count) * 2)
    let memory =
      [.complex, .complexFloat, .swapped].contains(type) ? compound(chdf5_native_double(), ["r", "i"]) : -1
    H5Dwrite(dataset, memory < 0 ? chdf5_native_double() : memory, 0, 0, 0, &values)
    if memory >= 0 { H5Tclose(memory) }
  }

  private func elementType() -> hid_t {
    switch type {
    case .double, .null: return H5Tcopy(chdf5_file_double())
    case .float: return H5Tcopy(chdf5_native_float())
    case .bigEndian:
      let type = H5Tcopy(chdf5_file_double())
      H5Tset_order(type, H5T_ORDER_BE)
      return type
    case .complex: return compound(chdf5_native_double(), ["r", "i"])
    case .complexFloat: return compound(chdf5_native_float(), ["r", "i"])
    case .swapped: return compound(chdf5_native_double(), ["i", "r"])
    case .three: return compound(chdf5_native_double(), ["r", "i", "j"])
    case .integer: return H5Tcopy(chdf5_file_int64())
    case .text: return H5Tcopy(chdf5_c_string())
    case .wide:
      let type = H5Tcopy(chdf5_file_double())
      H5Tset_size(type, 16)
      return type
    }
  }

  private func compound(_ part: hid_t, _ names: [String]) -> hid_t {
    let bytes = H5Tget_size(part)
    let type = H5Tcreate(H5T_COMPOUND, names.count * bytes)
    for (index, name) in names.enumerated() { H5Tinsert(type, name, index * bytes, part) }
    return type
  }
}
