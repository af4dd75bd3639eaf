import ArgumentParser
import Catalog
import Fixtures
import Harness
import KernelSpec
import Messages

/// Which variants are meant: flags that several subcommands share.
typealias Choice = ChoiceBy<Precision>

/// The same with precisions that are no variant's among those that can be named, as programs from outside may have.
struct ChoiceBy<Value: NamedPrecision>: ParsableArguments {
  @Option(help: "Only variants of this name; may be repeated.", completion: .variants)
  var variant: [String] = []

  @Option(help: Value.help)
  var precision: [Value] = []

  @Option(name: .customLong("pass"), help: "Only this pass: forward or gradient; may be repeated.")
  var passes: [Pass] = []

  @Option(help: "Only variants with this number of threads; may be repeated.")
  var threads: [Int] = []

  @Option(help: "Only sizes that contain this text, such as L4096; may be repeated.")
  var size: [String] = []

  var selection: Selection {
    var selection = Selection()
    (selection.variants, selection.passes) = (variant, passes)
    selection.precisions = precision.compactMap(\.ofVariants)
    (selection.threads, selection.sizes) = (threads, size)
    return selection
  }

  /// Checks names and numbers against the chosen kernels, so that a typing error is not silently an empty selection: each must be of some
  /// variant, and all together too.
  ///
  /// - Parameter withReference: whether the reference can be chosen, which is no variant.
  func check(against kernels: [any Kernel.Type], withReference: Bool = false) throws {
    try checkNames(against: kernels)
    let variants = kernels.flatMap { $0.variants }
    try checkEach(passes, variants.map(\.pass), of: kernels) {
      "has the pass \($0.rawValue)"
    } list: {
      $0.rawValue
    }
    try checkEach(precision, variants.map { Value($0.precision) }, of: kernels) {
      "computes in \($0.rawValue)"
    } list: {
      $0.rawValue
    }
    try checkEach(threads, variants.map(\.threads), of: kernels) {
      "runs on \($0) threads"
    } list: {
      "\($0)"
    }
    if withReference && variant.contains("reference") { return }
    let chosen = selection
    guard !variants.contains(where: { chosen.includes($0) }) else { return }
    let ofName = variants.filter { variant.contains($0.name) }
    let named = (ofName.isEmpty ? variants : ofName).map(\.label).uniqued()
    let rest = named.count > 8 ? " and \(named.count - 8) others" : ""
    throw Failure.misuse(
      "no variant of \(Self.words(kernels)) is \(variantWords), expected \(named.prefix(8).joined(separator: ", "))\(rest)"
    )
  }

  /// Checks what can be checked without knowing which variants there are, as of records: they may be of a kernel as it was.
  func checkNames(against kernels: [any Kernel.Type]) throws {
    let known = Set(kernels.flatMap { $0.variants.map(\.name) } + ["reference"])
    for name in variant where !known.contains(name) {
      throw Failure.misuse(unknown("variant", name, expected: known.sorted()))
    }
    for count in threads where count < 1 { throw Failure.misuse("--threads is \(count), expected at least 1") }
  }

  private func checkEach<Property: Hashable>(
    _ wanted: [Property], _ known: [Property], of kernels: [any Kernel.Type], _ verb: (Property) -> String,
    list: (Property) -> String
  ) throws {
    for value in wanted where !known.contains(value) {
      let values = known.uniqued().map(list).joined(separator: ", ")
      throw Failure.misuse("no variant of \(Self.words(kernels)) \(verb(value)), expected \(values)")
    }
  }

  /// Checks that each text of `--size` is of some of these sizes.
  func checkSizes(_ sizes: [Size]) throws {
    for text in size where !sizes.contains(where: { $0.description.contains(text) }) {
      let known = sizes.map(\.description).uniqued()
      let rest = known.count > 12 ? " and \(known.count - 12) others" : ""
      throw Failure.misuse(
        "no size contains '\(text)', expected a part of \(known.prefix(12).joined(separator: ", "))\(rest)")
    }
  }

  /// What was chosen, as it is written on the command line; empty where nothing was.
  var words: String { Self.words([("--size", size)], after: variantWords) }

  /// The part of it that chooses variants.
  private var variantWords: String {
    Self.words([
      ("--variant", variant), ("--pass", passes.map(\.rawValue)), ("--precision", precision.map(\.rawValue)),
      ("--threads", threads.map { "\($0)" }),
    ])
  }

  /// Options with their values as they are written on the command line.
  static func words(_ options: [(flag: String, values: [String])], after first: String = "") -> String {
    let words = options.flatMap { option in option.values.map { "\(option.flag) \($0)" } }
    return ((first.isEmpty ? [] : [first]) + words).joined(separator: " ")
  }

  /// The error that no variant is left at any size.
  func leavesNothing(to verb: String) -> Failure {
    .misuse("the selection (\(words.isEmpty ? "all" : words)) leaves nothing to \(verb)")
  }

  /// Kernels in a message.
  static func words(_ kernels: [any Kernel.Type]) -> String {
    kernels.count == catalog.count ? "any kernel" : kernels.map { $0.name }.joined(separator: ", ")
  }
}

extension CompletionKind {
  /// The kernels' names.
  static var kernels: CompletionKind { .list(catalog.map { $0.name }) }

  /// The variants' names, of all kernels.
  static var variants: CompletionKind {
    .list(Set(catalog.flatMap { $0.variants.map(\.name) } + ["reference"]).sorted())
  }

  /// Case files.
  static let cases = CompletionKind.file(extensions: ["h5", "hdf5"])

  /// Files of records.
  static let records = CompletionKind.file(extensions: ["jsonl"])
}

/// A precision as an option names it.
protocol NamedPrecision: ExpressibleByArgument, CaseIterable, Codable, Hashable, RawRepresentable<String>, Sendable {
  /// What the option says of itself.
  static var help: ArgumentHelp { get }
  /// The precision of variants.
  init(_ precision: Precision)
  /// The precision of variants that it is; nil where none has it.
  var ofVariants: Precision? { get }
}

extension Precision: NamedPrecision {
  static var help: ArgumentHelp { "Only this precision: float or double; may be repeated." }
  init(_ precision: Precision) { self = precision }
  var ofVariants: Precision? { self }
}

extension OutsidePrecision: NamedPrecision {
  static var help: ArgumentHelp {
    "Only this precision: float or double; beside a program from outside the one that it is judged in, also half or bfloat16; may be repeated."
  }
}

extension Pass: ExpressibleByArgument {}

/// The kernels of these names, or all; each once.
func kernels(named names: [String]) throws -> [any Kernel.Type] {
  try names.isEmpty ? catalog : names.uniqued().map { try kernel(named: $0) }
}

/// The kernel of that name.
func kernel(named name: String) throws -> any Kernel.Type {
  guard let kernel = catalog.first(where: { $0.name == name }) else {
    throw Failure.misuse(unknown("kernel", name, expected: catalog.map { $0.name }))
  }
  return kernel
}

/// Sizes that were named on the command line, of a kernel.
func sizesNamed(_ texts: [String], of kernel: any Kernel.Type) throws -> [Size] {
  do {
    return try texts.map { text in
      let size = try kernel.signature.size(text)
      try Case.checkMemory(kernel.signature, size)
      return size
    }
  } catch let misfit as Misfit {
    throw Failure.misuse("\(kernel.name): \(misfit)")
  }
}
