import Foundation
import KernelSpec
import Numerics
import Tensors

/// A case file as it stands on disk: operands by name, and what the file says of itself.
///
/// Nothing is checked against a kernel yet; see `Case`. The format is documented in `docs/case-files.md`.
public struct CaseFile: Sendable {
  /// The kernel's name.
  public var kernel: String
  /// The extents that the file states.
  public var size: [String: Given]
  /// The options that the file states.
  public var options: [String: Given]
  /// Where the data come from.
  public var source: String
  /// What the data are meant to show.
  public var notes: String?
  /// For a golden: its largest relative difference from an independent oracle, as measured by whoever made it.
  public var agreement: Double?
  /// The groups of datasets.
  public var inputs = Operands<Double>()
  /// Outputs, where the file has any.
  public var outputs = Operands<Double>()
  /// Cotangents, where the file has any.
  public var cotangents = Operands<Double>()
  /// Gradients, where the file has any.
  public var gradients = Operands<Double>()
  /// Datasets stored in 32 bits, such as `outputs/y`: they cannot be expected to hold more digits.
  public var single: Set<String> = []
  /// How datasets are written; what a file was read from does not matter.
  public var storage = Storage.double

  /// The types of datasets. NumPy has no complex numbers of 16-bit parts: beside `half`, complex datasets are of 32-bit ones.
  public enum Storage: Sendable {
    /// 16 bits, of real datasets.
    case half
    /// 32 bits.
    case single
    /// 64 bits.
    case double
  }

  /// A file without datasets.
  public init(kernel: String, size: [String: Given] = [:], options: [String: Given] = [:], source: String) {
    self.kernel = kernel
    self.size = size
    self.options = options
    self.source = source
  }

  /// The version of the HDF5 library that reads and writes the files.
  public static var libraryVersion: String { HDF5.libraryVersion }

  typealias Group = (name: String, path: WritableKeyPath<CaseFile, Operands<Double>> & Sendable)

  /// The groups, by name.
  static let groups: [Group] = [
    ("inputs", \.inputs), ("outputs", \.outputs), ("cotangents", \.cotangents), ("gradients", \.gradients),
  ]
}

extension Given: Codable {
  /// Decodes a JSON value; a truth value is not a number, nor the reverse.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let flag = try? container.decode(Bool.self) {
      self = .flag(flag)
    } else if let number = try? container.decode(Double.self) {
      self = .number(number)
    } else if let text = try? container.decode(String.self) {
      self = .text(text)
    } else {
      self = .other("neither a string, a number nor a truth value")
    }
  }

  /// Encodes the value as JSON; whole numbers without a point.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag(let flag): try container.encode(flag)
    case .number(let number):
      if let whole = Int(exactly: number) { try container.encode(whole) } else { try container.encode(number) }
    case .text(let text), .other(let text): try container.encode(text)
    }
  }
}
