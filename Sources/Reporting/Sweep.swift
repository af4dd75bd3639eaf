/// The axes along which a kernel was measured, found from the sizes in its records.
///
/// A sweep goes through one size along one extent after the other while the rest keep their values. Extents that grow
/// together, as the taps of a convolution as long as its input, are one axis.
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
    let options = Self.mostCommon(sizes.map(\.options))
    let comparable = sizes.filter { $0.options == options }.map { Point(text: $0.text, extents: $0.extents) }

    // The center is the size through which lines cover the most sizes; of several the one with the longest extents.
    let candidates = comparable.map { center in (center, lines: Self.lines(through: center, comparable, names)) }
    let best = candidates.max { a, b in
      let (covered, other) = (Self.covered(a.lines), Self.covered(b.lines))
      return (covered, Self.total(a.0)) < (other, Self.total(b.0))
    }
    var series = (best?.lines ?? []).map { Series(extents: $0.extents, sizes: $0.points.map(\.text)) }
    let placed = Set(series.flatMap(\.sizes))
    let others = sizes.map(\.text).filter { !placed.contains($0) }
    series.sort { a, b in
      let (place, other) = (names.firstIndex(of: a.extents[0])!, names.firstIndex(of: b.extents[0])!)
      return (place, a.title) < (other, b.title)
    }
    if !others.isEmpty { series.append(Series(extents: [], sizes: others)) }
    self.series = series
  }

  private struct Point {
    let text: String
    let extents: [String: Int]
  }

  /// The lines through a size: sizes that differ from it in the same extents, all of which grow from each to the next.
  private static func lines(
    through center: Point, _ points: [Point], _ names: [String]
  ) -> [(extents: [String], points: [Point])] {
    let others = points.filter { $0.text != center.text }
    let groups = Dictionary(grouping: others) { point in names.filter { point.extents[$0] != center.extents[$0] } }
    return groups.compactMap { extents, members in
      guard let first = extents.first else { return nil }
      let line = (members + [center]).sorted { $0.extents[first] ?? 0 < $1.extents[first] ?? 0 }
      let grows = zip(line, line.dropFirst()).allSatisfy { a, b in
        extents.allSatisfy { a.extents[$0] ?? 0 < b.extents[$0] ?? 0 }
      }
      return grows ? (extents, line) : nil
    }
  }

  private static func covered(_ lines: [(extents: [String], points: [Point])]) -> Int {
    lines.map { $0.points.count - 1 }.reduce(0, +)
  }

  private static func total(_ point: Point) -> Int { point.extents.values.reduce(0, +) }

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
