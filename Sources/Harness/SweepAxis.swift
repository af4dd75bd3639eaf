import KernelSpec

/// Extents that take these values in a sweep; where there are several they take the same value each time.
///
/// Written `L=256,1024,4096`, `N=16..256x2` (each twice the one before), `L=100..500+100` (each 100 more), or
/// `L,W=256..65536x4` for two extents that grow together.
public struct SweepAxis: Hashable, Sendable {
  /// The extents' names.
  public let extents: [String]
  /// The values, in order, none twice.
  public let values: [Int]

  /// What is expected, for messages.
  static let forms = "whole numbers, FIRST..LASTxFACTOR or FIRST..LAST+STEP, separated by commas"

  /// Reads `NAMES=VALUES`.
  ///
  /// - Throws: `Misfit` naming the part that cannot be read.
  public init(_ text: String) throws(Misfit) {
    let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
    guard parts.count == 2 else {
      throw Misfit("axis '\(text)': expected NAME=VALUES, such as L=256,1024 or N=16..256x2")
    }
    try self.init(parts[0], values: parts[1])
  }

  /// Reads the names and the values.
  public init(_ names: String, values text: String) throws(Misfit) {
    var values: [Int] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let range = Self.values(of: part) else {
        throw Misfit("axis \(names)=\(text): found '\(part)', expected \(Self.forms)")
      }
      values += range
    }
    try self.init(names, values: values)
  }

  /// An axis with these values.
  public init(_ names: String, values: [Int]) throws(Misfit) {
    extents = names.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    guard extents.allSatisfy({ !$0.isEmpty }), Set(extents).count == extents.count else {
      throw Misfit("axis '\(names)': expected names of extents, each once, separated by commas")
    }
    guard !values.isEmpty, values.count <= Self.most else {
      throw Misfit("axis \(names): \(values.count) values, expected 1 to \(Self.most)")
    }
    var seen: Set<Int> = []
    self.values = values.filter { seen.insert($0).inserted }
  }

  /// More values than this are a typing error.
  private static let most = 1000

  /// The values of one part between commas; nil where it is none of the forms.
  private static func values(of part: Substring) -> [Int]? {
    if let value = number(part) { return [value] }
    guard let match = part.wholeMatch(of: /(\d+)\.\.(\d+)([x+])(\d+)/),
      let first = number(match.1), let last = number(match.2), let step = number(match.4)
    else { return nil }
    let grows = match.3 == "x" ? step >= 2 && first >= 1 : step >= 1
    guard grows, first <= last else { return nil }
    var values: [Int] = []
    var value = first
    while value <= last, values.count <= most {
      values.append(value)
      value = match.3 == "x" ? value * step : value + step
    }
    return values
  }

  /// A whole number with at most 9 digits, so that no product of two overflows.
  private static func number(_ text: Substring) -> Int? {
    !text.isEmpty && text.count <= 9 && text.allSatisfy { $0.isASCII && $0.isNumber } ? Int(text) : nil
  }
}

extension Kernel {
  /// The sizes that differ from `bases` along the axes: every base with every combination of values, the last axis fastest.
  ///
  /// - Throws: `Misfit` where an axis has no extent of the kernel, two axes have the same one, or a size is not the kernel's.
  public static func sizes(around bases: [Size], along axes: [SweepAxis]) throws(Misfit) -> [Size] {
    let named = axes.flatMap(\.extents)
    for extent in named where !signature.extents.contains(extent) {
      throw Misfit("\(name): no extent '\(extent)', expected \(signature.extents.joined(separator: ", "))")
    }
    for (place, extent) in named.enumerated() where named[..<place].contains(extent) {
      throw Misfit("\(name): extent \(extent) is on two axes, expected on one")
    }
    let combinations = axes.reduce(bases.count) { $0.multipliedReportingOverflow(by: $1.values.count).partialValue }
    guard axes.count <= 4, combinations <= 10_000 else {
      throw Misfit("\(name): \(combinations) sizes along \(axes.count) axes, expected at most 10000 along 4")
    }
    var sizes: [Size] = []
    for base in bases {
      var all = [Dictionary(uniqueKeysWithValues: base.extents.map { ($0.name, $0.value) })]
      for axis in axes {
        all = all.flatMap { extents in
          axis.values.map { value in extents.merging(axis.extents.map { ($0, value) }) { $1 } }
        }
      }
      for extents in all { sizes.append(try signature.size(extents, options: base.options, present: base.present)) }
    }
    return sizes
  }

  /// The middle of the kernel's sweep: for each extent the value that most of its sizes have, of several the least.
  public static var center: Size {
    func mostCommon(_ values: [Int]) -> Int {
      let counts = Dictionary(grouping: values) { $0 }.mapValues(\.count)
      return counts.keys.sorted().max { counts[$0]! < counts[$1]! }!
    }
    let extents = signature.extents.map { extent in (extent, mostCommon(sweep.map { $0[extent] })) }
    let options = sweep[0].options, present = sweep[0].present
    let center = try? signature.size(Dictionary(uniqueKeysWithValues: extents), options: options, present: present)
    return center ?? sweep[0]
  }
}
