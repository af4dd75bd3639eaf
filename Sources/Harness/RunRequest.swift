import Fixtures
import KernelSpec
import Messages
import Numerics
import Tensors

/// A precision to compute in: one of the variants', or the oracle's.
public enum ComputingPrecision: String, Sendable, CaseIterable {
  /// 32 bits.
  case float
  /// 64 bits.
  case double
  /// The widest at hand; for the reference only.
  case oracle
}

/// One computation on the operands of a file.
public struct RunRequest {
  private let variant: String
  private let precision: ComputingPrecision
  private let threads: Int
  private let passes: [Pass]

  /// A computation by a variant, or by the reference under the name `reference`.
  public init(variant: String, precision: ComputingPrecision, threads: Int, passes: [Pass]) {
    (self.variant, self.precision, self.threads, self.passes) = (variant, precision, threads, passes)
  }

  /// Reads the operands, computes, and returns what is to be written.
  ///
  /// - Throws: `Misfit` where the file or the request is wrong, `Refusal` where the variant does not take the size.
  public func run<K: Kernel>(_ kernel: K.Type, from path: String) throws -> CaseFile {
    let file = try CaseFile(contentsOf: path)
    guard file.kernel == K.name else {
      throw Misfit("\(path): attribute kernel: expected \(K.name), found \(file.kernel)")
    }
    let item = try Case(file, path: path, signature: K.signature)
    for pass in passes where !K.passes.contains(pass) { throw Misfit("\(K.name) has no \(pass.rawValue) pass") }
    if passes.contains(.gradient), item.cotangents.names.isEmpty {
      let names = K.signature.outputs.map { "cotangents/\($0.name)" }.joined(separator: " or ")
      throw Misfit("\(path): \(names): missing, needed for gradients")
    }
    let given = K.signature.given(item.size)
    var result = CaseFile(
      kernel: K.name, size: given.size, options: given.options,
      source: "hippodrome run --variant \(variant) --precision \(precision.rawValue)")
    for pass in passes {
      let written =
        switch precision {
        case .float: try compute(kernel, pass, item, Float.self)
        case .double: try compute(kernel, pass, item, Double.self)
        case .oracle: try oracle(kernel, pass, item)
        }
      if pass == .forward { result.outputs = written } else { result.gradients = written }
    }
    return result
  }

  private func compute<K: Kernel, T: VariantScalar>(
    _ kernel: K.Type, _ pass: Pass, _ item: Case, _: T.Type
  ) throws -> Operands<Double> {
    let inputs = item.inputs.converted(to: T.self)
    let cotangents = item.cotangents.converted(to: T.self)
    if variant == "reference" { return K.evaluate(pass, inputs, cotangents, item.size).converted() }
    let named = K.variants.filter { $0.name == variant }
    guard !named.isEmpty else {
      let known = ["reference"] + Set(K.variants.map(\.name)).sorted()
      throw Misfit(unknown("variant", variant, of: K.name, expected: known))
    }
    let fitting = named.filter { $0.pass == pass && $0.threads == threads }
    guard let found = fitting.first(where: { $0.precision.rawValue == precision.rawValue }) else {
      let known = named.map { "\($0.pass.rawValue) in \($0.precision.rawValue) on \($0.threads)" }.joined(
        separator: ", ")
      throw Misfit(
        "\(variant) of \(K.name) has no \(pass.rawValue) pass in \(precision.rawValue) on \(threads) threads, only: \(known)"
      )
    }
    let run = try T.preparation(of: found)!(item.size)
    let execution = Execution(run, pass, K.signature, item.size, inputs: inputs, cotangents: cotangents)
    execution.call()
    return execution.written.converted()
  }

  private func oracle<K: Kernel>(_ kernel: K.Type, _ pass: Pass, _ item: Case) throws -> Operands<Double> {
    guard variant == "reference" else {
      throw Misfit("only the reference computes in the oracle's precision, not \(variant)")
    }
    let inputs = item.inputs.converted(to: Oracle.self)
    return K.evaluate(pass, inputs, item.cotangents.converted(to: Oracle.self), item.size).converted()
  }
}
