import Foundation

/// What a compiled file puts into an executable: an ELF object of 64 bits, little-endian.
///
/// Equal fingerprints mean the same code: the bytes of every section that is loaded, what the linker writes into them and where, and
/// the symbols. Debug information and the folder of the build, which it names, are left out.
struct ObjectFile {
  /// Names that other files can link to.
  private(set) var defined: Set<String> = []
  /// Names that it links to and does not define.
  private(set) var undefined: Set<String> = []
  /// Tells its code from other code.
  private(set) var fingerprint = Fingerprint()

  /// Reads an object; nil where it is none, or not one of this kind.
  init?(contentsOf path: String) {
    guard let data = try? Data(contentsOf: URL(filePath: path)), let elf = ELF(data, type: 1) else { return nil }
    guard let symbols = Self.symbols(elf) else { return nil }
    for symbol in symbols where symbol.isGlobal {
      if symbol.section == 0 { undefined.insert(symbol.name) } else { defined.insert(symbol.name) }
    }
    undefined.remove("")
    for section in elf.sections where section.isLoaded && section.name != Self.compilerNote {
      fingerprint.add(section.name)
      fingerprint.add(section.flags)
      fingerprint.add(UInt64(section.size))
      guard section.type != ELF.noBits else { continue }
      guard let bytes = elf.bytes(section) else { return nil }
      fingerprint.add(bytes)
    }
    // Relocations of sections that are not loaded are for the debugger.
    for section in elf.sections where section.type == ELF.relocations {
      guard elf.sections.indices.contains(section.info) else { return nil }
      guard elf.sections[section.info].isLoaded else { continue }
      guard let bytes = elf.bytes(section) else { return nil }
      fingerprint.add(UInt64(section.info))
      for entry in stride(from: 0, to: bytes.count - 23, by: 24) {
        let info: UInt64 = bytes.load(entry + 8)
        let target = Int(info >> 32)
        guard symbols.indices.contains(target) else { return nil }
        fingerprint.add(bytes.load(entry) as UInt64)
        fingerprint.add(info & 0xFFFF_FFFF)
        fingerprint.add(bytes.load(entry + 16) as UInt64)
        symbols[target].add(to: &fingerprint)
      }
    }
    for symbol in symbols where symbol.isGlobal { symbol.add(to: &fingerprint) }
  }

  /// Where the Swift compiler notes what it was called with, paths included, so as not to compile the same twice.
  private static let compilerNote = ".swift_modhash"

  private struct Symbol {
    let name: String
    let section: Int
    let value, size: UInt64
    let info: UInt8

    var isGlobal: Bool { info >> 4 != 0 }

    func add(to fingerprint: inout Fingerprint) {
      fingerprint.add(name)
      fingerprint.add(UInt64(section))
      fingerprint.add(value)
      fingerprint.add(size)
      fingerprint.add(UInt64(info))
    }
  }

  private static func symbols(_ elf: ELF) -> [Symbol]? {
    guard let table = elf.sections.first(where: { $0.type == ELF.symbolTable }) else { return [] }
    guard elf.sections.indices.contains(table.link), let bytes = elf.bytes(table),
      let names = elf.bytes(elf.sections[table.link])
    else { return nil }
    // More sections than 16 bits can count have their indices in a table of their own.
    let wide = elf.sections.first { $0.type == ELF.sectionIndices }.flatMap(elf.bytes)
    return stride(from: 0, to: bytes.count - 23, by: 24).map { entry in
      var section = Int(bytes.load(entry + 6) as UInt16)
      if section == 0xFFFF, let wide, entry / 6 + 4 <= wide.count { section = Int(wide.load(entry / 6) as UInt32) }
      let info: UInt8 = bytes.load(entry + 4)
      // A section's own symbol has no name; sections that are not loaded may lie between, so that places are no names.
      let isSection = info & 15 == 3 && elf.sections.indices.contains(section)
      let name = isSection ? elf.sections[section].name : names.text(Int(bytes.load(entry) as UInt32))
      return Symbol(
        name: name, section: section, value: bytes.load(entry + 8), size: bytes.load(entry + 16), info: info)
    }
  }
}

/// Tells byte sequences from one another: FNV-1a over 64 bits, with lengths, so that where one part ends matters.
struct Fingerprint: Hashable {
  private var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  mutating func add(_ value: UInt64) {
    for shift in stride(from: 0, to: 64, by: 8) { mix(UInt8(truncatingIfNeeded: value >> UInt64(shift))) }
  }

  mutating func add(_ text: String) {
    text.utf8.forEach { mix($0) }
    add(UInt64(text.utf8.count))
  }

  mutating func add(_ bytes: Data) {
    bytes.withUnsafeBytes { $0.forEach { mix($0) } }
    add(UInt64(bytes.count))
  }

  private mutating func mix(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
