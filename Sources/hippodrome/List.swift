import ArgumentParser
import Catalog
import Foundation
import KernelSpec

/// `hippodrome list`
struct List: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Lists kernels, their operands, options, variants and measured sizes.",
    discussion: """
      With --check: whether each kernel has fixtures, laws and gradients, and each variant ran on fixtures and on laws; a line for each gap, \
      and exit code 1 if there is one.

      Examples:
        hippodrome list s4d.filter
        hippodrome list --check
      """)

  @Argument(help: "Kernels; all by default.", completion: .kernels)
  var kernels: [String] = []

  @Flag(help: "Print JSON.")
  var json = false

  @Flag(help: "Print the kernels' names only.")
  var names = false

  @Flag(help: "Check instead that everything the kernels claim is verified.")
  var check = false

  @Option(
    help:
      "For --check, a file or folder of records with verdicts; without it kernels are judged at once; may be repeated."
  )
  var records: [String] = []

  @Option(
    help:
      "For --check, the folder that holds a folder of fixtures for each kernel (default: fixtures here, else of the checkout)."
  )
  var fixtures: String?

  @Flag(help: "With --check, look too whether a tenth of any timed result may be left out: takes minutes.")
  var draws = false

  func run() throws {
    let chosen = try hippodrome.kernels(named: kernels)
    if check { return try CoverageCheck.run(chosen, records: records, fixtures: fixtures, draws: draws) }
    guard records.isEmpty, fixtures == nil, !draws else {
      throw Failure.misuse("--records, --fixtures and --draws are for --check, which is missing")
    }
    if names { return say(chosen.map { $0.name }.joined(separator: "\n")) }
    if json {
      let encoder = JSONEncoder()
      encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
      say(String(decoding: try encoder.encode(chosen.map { Entry($0) }), as: UTF8.self))
      return
    }
    for kernel in chosen { say(text(kernel)) }
  }

  private func text(_ kernel: any Kernel.Type) -> String {
    func line(_ operand: OperandSpec) -> String { "\(operand.name)\(operand.isOptional ? "*" : "") \(operand.type)" }
    let signature = kernel.signature
    var lines = ["\(kernel.name): \(kernel.summary)"]
    if !signature.inputs.isEmpty { lines.append("  inputs   " + signature.inputs.map(line).joined(separator: ", ")) }
    lines.append("  outputs  " + signature.outputs.map(line).joined(separator: ", "))
    for option in signature.options {
      lines.append("  option   \(option.name): \(option.meaning)")
    }
    for pass in Pass.allCases {
      let variants = kernel.variants.filter { $0.pass == pass }
      for name in variants.map(\.name).uniqued() {
        let same = variants.filter { $0.name == name }
        let precisions = same.map(\.precision.rawValue).uniqued().joined(separator: ", ")
        let threads = same.map { "\($0.threads)" }.uniqued().joined(separator: ", ")
        lines.append(
          "  \(pass.rawValue.padding(toLength: 9, withPad: " ", startingAt: 0))\(name) (\(precisions); threads \(threads)): \(same[0].idea)"
        )
      }
    }
    lines.append("  sizes    " + kernel.sweep.map(\.description).joined(separator: ", "))
    return lines.joined(separator: "\n") + "\n"
  }

  private struct Entry: Encodable {
    struct Operand: Encodable {
      let shape: [String]
      let type: String
      let optional: Bool
    }
    struct Option: Encodable {
      let values: [String]?
      let expected: String
      let `default`: String?
    }
    struct Variant: Encodable {
      let name, pass, precision: String
      let threads: Int
      let idea: String
    }
    let kernel, summary: String
    let inputs, outputs: [String: Operand]
    let options: [String: Option]
    let passes: [String]
    let variants: [Variant]
    let sizes: [String]

    init(_ kernel: any Kernel.Type) {
      func operands(_ specs: [OperandSpec]) -> [String: Operand] {
        Dictionary(
          uniqueKeysWithValues: specs.map {
            ($0.name, Operand(shape: $0.axes, type: $0.isComplex ? "complex" : "real", optional: $0.isOptional))
          })
      }
      self.kernel = kernel.name
      summary = kernel.summary
      inputs = operands(kernel.signature.inputs)
      outputs = operands(kernel.signature.outputs)
      options = Dictionary(
        uniqueKeysWithValues: kernel.signature.options.map {
          ($0.name, Option(values: $0.values, expected: $0.expectation, default: $0.standard))
        })
      passes = kernel is any DifferentiableKernel.Type ? ["forward", "gradient"] : ["forward"]
      variants = kernel.variants.map {
        Variant(
          name: $0.name, pass: $0.pass.rawValue, precision: $0.precision.rawValue, threads: $0.threads, idea: $0.idea)
      }
      sizes = kernel.sweep.map(\.description)
    }
  }
}

extension OptionSpec {
  /// The values it takes where they can be counted, the default first.
  var values: [String]? {
    switch kind {
    case .choice(let values): values
    case .flag: [standard!] + alternatives
    case .integer, .number: nil
    }
  }

  /// What it takes and what it is otherwise, for a person.
  var meaning: String {
    values?.joined(separator: ", ") ?? expectation + (standard.map { ", default \($0)" } ?? "")
  }
}

extension Sequence where Element: Hashable {
  /// The elements without repetitions, in order.
  func uniqued() -> [Element] {
    var seen: Set<Element> = []
    return filter { seen.insert($0).inserted }
  }
}
