/// The axes along which a kernel was measured, found from the sizes in its records.
///
/// A sweep goes along one extent while the others keep the value that is most common among the sizes. Extents that
/// grow together, as the taps of a convolution as long as its input, are one axis.
struct Sweep {
  /// Sizes that differ along one axis, in ascending order.
  struct Series: Equatable {
    /// The extents that vary, the first of which orders the sizes; empty for sizes on no axis.
    let extents: [String]
    /// The sizes, as text.
    let sizes: [String]

    /// How headings name it.
    var title: String {
      extents.isEmpty ? "other sizes" : "by " + extents.joined(separator: " with ")
    }
  }

  /// The series, that along L first. Every size is in one of them; the common one is in all that have an axis.
  let series: [Series]

  init(_ measurements: [MeasurementRecord]) {
    let sizes = measurements.distinct(\.size).compactMap { text in
      measurements.first { $0.size == text }.map { (text: text, extents: $0.extents, options: Self.options($0)) }
    }
    let names = measurements.flatMap(Self.order).distinct(\.self).stablySorted { $0 == "L" && $1 != "L" }
    let common = Dictionary(
      uniqueKeysWithValues: names.map { name in (name, Self.mostCommon(sizes.map { $0.extents[name] ?? 0 })) })
    let options = Self.mostCommon(sizes.map(\.options))

    var onAxes: [[String]: [(text: String, extents: [String: Int])]] = [:]
    var center: (text: String, extents: [String: Int])?
    var others: [String] = []
    for size in sizes {
      let varying = names.filter { size.extents[$0] != common[$0] }
      if size.options != options {
        others.append(size.text)
      } else if varying.isEmpty {
        center = (size.text, size.extents)
      } else {
        onAxes[varying, default: []].append((size.text, size.extents))
      }
    }

    var series: [Series] = []
    for (extents, members) in onAxes {
      let line = (members + (center.map { [$0] } ?? [])).sorted { a, b in
        a.extents[extents[0]] ?? 0 < b.extents[extents[0]] ?? 0
      }
      let isLine = zip(line, line.dropFirst()).allSatisfy { a, b in
        extents.allSatisfy { a.extents[$0] ?? 0 < b.extents[$0] ?? 0 }
      }
      if isLine && line.count > 1 {
        series.append(Series(extents: extents, sizes: line.map(\.text)))
      } else {
        others += members.map(\.text)
      }
    }
    series.sort { a, b in
      let (place, other) = (names.firstIndex(of: a.extents[0])!, names.firstIndex(of: b.extents[0])!)
      return (place, a.title) < (other, b.title)
    }
    if let center, series.isEmpty { others.append(center.text) }
    if !others.isEmpty {
      series.append(Series(extents: [], sizes: sizes.map(\.text).filter(others.contains)))
    }
    self.series = series
  }

  /// The first series with an axis.
  var first: Series? { axes.first }

  /// The series with an axis.
  var axes: [Series] { series.filter { !$0.extents.isEmpty } }

  /// The extents in the order of the size's text; those that it does not show come last.
  private static func order(_ measurement: MeasurementRecord) -> [String] {
    let shown = parts(of: measurement.size).compactMap { part in
      measurement.extents.first { part == "\($0.key)\($0.value)" }?.key
    }
    return shown + measurement.extents.keys.filter { !shown.contains($0) }.sorted()
  }

  /// What the size's text says beside extents.
  private static func options(_ measurement: MeasurementRecord) -> String {
    let extents = Set(measurement.extents.map { "\($0.key)\($0.value)" })
    return parts(of: measurement.size).filter { !extents.contains($0) }.joined(separator: "-")
  }

  /// The parts of a size's text: extents and options follow hyphens, optional operands a plus each, as in
  /// `L8-zoh+D+z`.
  static func parts(of size: String) -> [String] {
    let text = size.prefix { $0 != "+" }
    let operands = String(size.dropFirst(text.count))
    return text.split(separator: "-").map(String.init) + (operands.isEmpty ? [] : [operands])
  }

  /// The value that occurs most often; of several the greatest.
  private static func mostCommon<Value: Hashable & Comparable>(_ values: [Value]) -> Value? {
    Dictionary(grouping: values) { $0 }.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key
  }
}
