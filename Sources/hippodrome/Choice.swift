import ArgumentParser
import Catalog
import Fixtures
import Harness
import KernelSpec

/// Which variants are meant: flags that several subcommands share.
struct Choice: ParsableArguments {
  @Option(help: "Only variants of this name; may be repeated.")
  var variant: [String] = []

  @Option(help: "Only this precision: float or double; may be repeated.")
  var precision: [Precision] = []

  @Option(name: .customLong("pass"), help: "Only this pass: forward or gradient; may be repeated.")
  var passes: [Pass] = []

  @Option(help: "Only variants with this number of threads; may be repeated.")
  var threads: [Int] = []

  @Option(help: "Only sizes that contain this text, such as L4096; may be repeated.")
  var size: [String] = []

  var selection: Selection {
    var selection = Selection()
    (selection.variants, selection.precisions, selection.passes) = (variant, precision, passes)
    (selection.threads, selection.sizes) = (threads, size)
    return selection
  }

  /// Checks names against the chosen kernels, so that a typing error is not silently an empty selection.
  func check(against kernels: [any Kernel.Type]) throws {
    let known = Set(kernels.flatMap { $0.variants.map(\.name) } + ["reference"])
    for name in variant where !known.contains(name) {
      throw Failure.misuse("unknown variant '\(name)', expected \(known.sorted().joined(separator: ", "))")
    }
  }
}

extension Precision: ExpressibleByArgument {}
extension Pass: ExpressibleByArgument {}

/// The kernels of these names, or all.
func kernels(named names: [String]) throws -> [any Kernel.Type] {
  try names.isEmpty ? catalog : names.map { try kernel(named: $0) }
}

/// The kernel of that name.
func kernel(named name: String) throws -> any Kernel.Type {
  guard let kernel = catalog.first(where: { $0.name == name }) else {
    throw Failure.misuse("unknown kernel '\(name)', expected \(catalog.map { $0.name }.joined(separator: ", "))")
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
