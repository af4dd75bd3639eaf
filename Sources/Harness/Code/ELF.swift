import Foundation

/// The sections of an ELF file of 64 bits, little-endian.
struct ELF {
  static let symbolTable: UInt32 = 2, relocations: UInt32 = 4, dynamic: UInt32 = 6, noBits: UInt32 = 8
  static let sectionIndices: UInt32 = 18

  struct Section {
    var name = ""
    let nameOffset: Int
    let type: UInt32
    let flags: UInt64
    let offset, size, link, info: Int

    /// Whether it is part of the running program.
    var isLoaded: Bool { flags & 2 != 0 }
  }

  private let data: Data
  private(set) var sections: [Section] = []

  /// Reads the table of sections; nil where the data is not such a file or not of this type: 1 for objects, 2 and 3 for executables.
  init?(_ data: Data, type: UInt16...) {
    // A copy starts at 0, which offsets count from.
    let data = data.startIndex == 0 ? data : Data(data)
    self.data = data
    guard data.count >= 64, data.prefix(6) == Data([0x7F, 0x45, 0x4C, 0x46, 2, 1]), type.contains(data.load(16))
    else {
      return nil
    }
    let table = Int(data.load(40) as UInt64)
    var count = Int(data.load(60) as UInt16), names = Int(data.load(62) as UInt16)
    guard table > 0, table <= data.count - 64 else { return nil }
    // What 16 bits cannot count the first section has.
    if count == 0 { count = Int(data.load(table + 32) as UInt64) }
    if names == 0xFFFF { names = Int(data.load(table + 40) as UInt32) }
    guard count > 0, count <= (data.count - table) / 64, names < count else { return nil }
    sections = (0..<count).map { index in
      let at = table + 64 * index
      return Section(
        nameOffset: Int(data.load(at) as UInt32), type: data.load(at + 4), flags: data.load(at + 8),
        offset: Int(truncatingIfNeeded: data.load(at + 24) as UInt64),
        size: Int(truncatingIfNeeded: data.load(at + 32) as UInt64), link: Int(data.load(at + 40) as UInt32),
        info: Int(data.load(at + 44) as UInt32))
    }
    guard let texts = bytes(sections[names]) else { return nil }
    for index in sections.indices { sections[index].name = texts.text(sections[index].nameOffset) }
  }

  /// What the section holds in the file; nil where the file is too short.
  func bytes(_ section: Section) -> Data? {
    guard section.offset >= 0, section.size >= 0, section.offset <= data.count,
      section.size <= data.count - section.offset
    else { return nil }
    return Data(data[section.offset..<section.offset + section.size])
  }

  /// The libraries that an executable loads, and where it looks for them.
  var libraries: [String]? {
    guard let section = sections.first(where: { $0.type == Self.dynamic }), sections.indices.contains(section.link),
      let entries = bytes(section), let names = bytes(sections[section.link])
    else { return nil }
    // Needed libraries, their folders, and the older form of these.
    let tags: [UInt64: String] = [1: "needs", 29: "in", 15: "in"]
    return stride(from: 0, to: entries.count - 15, by: 16).compactMap { entry in
      guard let tag = tags[entries.load(entry)] else { return nil }
      return "\(tag) \(names.text(Int(truncatingIfNeeded: entries.load(entry + 8) as UInt64)))"
    }
  }
}

extension Data {
  /// A number at an offset, whatever its alignment.
  func load<Value: FixedWidthInteger & BitwiseCopyable>(_ offset: Int) -> Value {
    precondition(offset >= 0 && offset + MemoryLayout<Value>.size <= count, "a number beyond the end")
    return withUnsafeBytes { $0.loadUnaligned(fromByteOffset: offset, as: Value.self) }
  }

  /// The text from an offset to the next zero.
  func text(_ offset: Int) -> String {
    guard offset >= 0, offset < count else { return "" }
    return withUnsafeBytes { bytes in String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self) }
  }
}
