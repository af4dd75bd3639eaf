import Catalog
import Harness
import KernelSpec
import Messages

/// A sweep as data: what `bench --sweep` reads. docs/sweeps.md describes the format.
struct SweepFile {
  /// What to measure, in order.
  let entries: [SweepEntry]
  /// What it says of effort; nil where it says nothing.
  let samples: Int?
  let sampleMilliseconds, variantSeconds, timeout: Double?
  /// Whether the reference is raced too.
  let reference: Bool?
  /// What a contender may allocate.
  let memory: ByteCount?

  /// Reads a file.
  ///
  /// - Throws: `Misfit` that names file and key, what was found and what was expected.
  init(contentsOf path: String) throws(Misfit) {
    let file = try JSONObject(contentsOf: path)
    try file.expect([
      "schema", "sweeps", "samples", "sample-milliseconds", "variant-seconds", "timeout", "memory", "reference",
    ])
    guard try file.number("schema") == 1 else { throw file.misfit("schema", "1") }
    var entries: [SweepEntry] = []
    for object in try file.objects("sweeps") { entries.append(try Self.entry(object, path)) }
    guard !entries.isEmpty else { throw file.misfit("sweeps", "at least one") }
    self.entries = entries
    samples = try file.whole("samples")
    sampleMilliseconds = try file.number("sample-milliseconds")
    variantSeconds = try file.number("variant-seconds")
    timeout = try file.number("timeout")
    switch file["memory"] {
    case nil: memory = nil
    case .text(let text):
      guard let count = ByteCount(argument: text) else { throw file.misfit("memory", ByteCount.form) }
      memory = count
    default: throw file.misfit("memory", "a text: \(ByteCount.form)")
    }
    switch file["reference"] {
    case nil: reference = nil
    case .flag(let flag): reference = flag
    default: throw file.misfit("reference", "true or false")
    }
  }

  private static func entry(_ object: JSONObject, _ path: String) throws(Misfit) -> SweepEntry {
    try object.expect(["kernel", "at", "axes", "variants", "passes", "precisions", "threads"])
    guard let name = try object.text("kernel") else { throw object.misfit("kernel", "a kernel's name") }
    guard let kernel = catalog.first(where: { $0.name == name }) else {
      throw object.misfit("kernel", catalog.map { $0.name }.joined(separator: ", "))
    }
    var selection = Selection()
    selection.variants = try object.texts("variants")
    for variant in selection.variants where !kernel.variants.contains(where: { $0.name == variant }) {
      throw Misfit(
        "\(path): \(unknown("variant", variant, of: name, expected: kernel.variants.map(\.name).uniqued()))")
    }
    selection.passes = try cases(object, "passes")
    selection.precisions = try cases(object, "precisions")
    selection.threads = try object.wholes("threads")
    do {
      let axes = try object.object("axes").map(axes) ?? []
      return SweepEntry(kernel, try kernel.sizes(at: try object.texts("at"), along: axes), selection)
    } catch {
      throw error.description.hasPrefix(path) ? error : Misfit("\(path): \(error)")
    }
  }

  /// Axes in alphabetical order: JSON gives keys none.
  private static func axes(_ object: JSONObject) throws(Misfit) -> [SweepAxis] {
    var axes: [SweepAxis] = []
    for names in object.keys {
      if case .text(let text) = object[names] {
        axes.append(try SweepAxis(names, values: text))
      } else {
        axes.append(try SweepAxis(names, values: try object.wholes(names)))
      }
    }
    return axes
  }

  private static func cases<Value: RawRepresentable<String> & CaseIterable>(
    _ object: JSONObject, _ key: String
  ) throws(Misfit) -> [Value] {
    var values: [Value] = []
    for text in try object.texts(key) {
      guard let value = Value(rawValue: text) else {
        throw object.misfit(key, "any of \(Value.allCases.map(\.rawValue).joined(separator: ", "))")
      }
      values.append(value)
    }
    return values
  }
}

extension Kernel {
  /// The sizes that texts and axes ask for: those of the sweep where there is neither.
  static func sizes(at texts: [String], along axes: [SweepAxis]) throws(Misfit) -> [Size] {
    var bases: [Size] = []
    for text in texts {
      do { bases.append(try signature.size(text)) } catch { throw Misfit("\(name): \(error)") }
    }
    if axes.isEmpty { return bases.isEmpty ? sweep : bases }
    return try sizes(around: bases.isEmpty ? [center] : bases, along: axes)
  }
}
