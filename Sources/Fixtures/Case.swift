import Foundation
import KernelSpec
import Messages
import Numerics
import Tensors

/// Operands that fit a kernel, with the outputs and gradients expected of them where they are known.
public struct Case: Sendable {
  /// What reports and filters call it: the file's name, or the size for drawn operands.
  public let name: String
  /// The path of the file, nil for drawn operands.
  public private(set) var path: String?
  /// Extents, options and optional operands.
  public let size: Size
  /// What the kernel reads.
  public let inputs: Operands<Double>
  /// Cotangents of some or all outputs; those that are missing are zero.
  public private(set) var cotangents: Operands<Double>
  /// The outputs from outside; empty where none are known.
  public let outputs: Operands<Double>
  /// The gradients from outside, of some or all inputs.
  public let gradients: Operands<Double>
  /// For a golden: its largest relative difference from an independent oracle.
  public let agreement: Double?
  /// Datasets stored in 32 bits, such as `outputs/y`.
  public let single: Set<String>

  /// A case from operands that were drawn to fit.
  public init(name: String, size: Size, inputs: Operands<Double>, cotangents: Operands<Double>) {
    (self.name, self.path, self.size) = (name, nil, size)
    (self.inputs, self.cotangents) = (inputs, cotangents)
    (outputs, gradients, agreement, single) = (Operands(), Operands(), nil, [])
  }

  /// A case from a file, checked against the kernel's signature.
  ///
  /// - Throws: `Misfit` naming file, dataset, found and expected.
  public init(_ file: CaseFile, path: String, signature: Signature) throws(Misfit) {
    do {
      let found = Dictionary(
        uniqueKeysWithValues: file.inputs.names.map { name in
          (name, Found(shape: file.inputs[name]!.shape, isComplex: file.inputs[name]!.isComplex))
        })
      size = try signature.size(found: found, given: file.size, options: file.options)
      let present = signature.inputs(size)
      try Self.checkMemory(signature, size)
      try Self.check(file.inputs, "inputs", present, signature, size, finite: true)
      try Self.check(file.outputs, "outputs", signature.outputs, signature, size, finite: false)
      try Self.check(file.cotangents, "cotangents", signature.outputs, signature, size, finite: true)
      try Self.check(file.gradients, "gradients", present, signature, size, finite: false)
      guard file.gradients.names.isEmpty || !file.cotangents.names.isEmpty else {
        throw Misfit("cotangents: missing, expected some, since there are gradients")
      }
    } catch {
      throw Misfit("\(path): \(error)")
    }
    name = (path as NSString).lastPathComponent
    self.path = path
    (inputs, outputs, cotangents, gradients) = (file.inputs, file.outputs, file.cotangents, file.gradients)
    (agreement, single) = (file.agreement, file.single)
  }

  /// Reads the file and checks it.
  public init(contentsOf path: String, signature: Signature) throws(Misfit) {
    try self.init(CaseFile(contentsOf: path), path: path, signature: signature)
  }

  /// The same case with other cotangents; gradients from outside belong to the old ones and must be none.
  public func with(cotangents: Operands<Double>) -> Case {
    var other = self
    other.cotangents = cotangents
    return other
  }

  /// The same operands rounded to 32 bits, which both precisions hold.
  public func rounded() -> Case {
    with(
      inputs: inputs.converted(to: Float.self).converted(),
      cotangents: cotangents.converted(to: Float.self).converted())
  }

  /// The case with other operands; results from outside belong to the old ones and are not kept.
  public func with(inputs: Operands<Double>, cotangents: Operands<Double>) -> Case {
    var other = Case(name: name, size: size, inputs: inputs, cotangents: cotangents)
    other.path = path
    return other
  }

  /// A case file that holds the operands, results and gradients of this case.
  public func file(kernel: String, signature: Signature, source: String) -> CaseFile {
    let given = signature.given(size)
    var file = CaseFile(kernel: kernel, size: given.size, options: given.options, source: source)
    (file.inputs, file.outputs, file.cotangents, file.gradients) = (inputs, outputs, cotangents, gradients)
    return file
  }

  /// Refuses sizes whose operands alone do not fit this machine: a size that is merely stated may be any.
  public static func checkMemory(_ signature: Signature, _ size: Size) throws(Misfit) {
    let scalars = (signature.inputs(size) + signature.outputs).map { spec in
      signature.shape(spec, size).reduce(spec.isComplex ? 2.0 : 1.0) { $0 * Double($1) }
    }
    let bytes = 8 * scalars.reduce(0, +)
    let memory = Double(ProcessInfo.processInfo.physicalMemory)
    guard bytes < memory else {
      let gigabytes = [bytes, memory].map { "\(Int(($0 / 1e9).rounded(.up)))" }
      throw Misfit("size: \(size) needs \(gigabytes[0]) GB, expected less than this machine's \(gigabytes[1]) GB")
    }
  }

  private static func check(
    _ operands: Operands<Double>, _ group: String, _ expected: [OperandSpec], _ signature: Signature, _ size: Size,
    finite: Bool
  ) throws(Misfit) {
    for name in operands.names {
      guard let operand = expected.first(where: { $0.name == name }) else {
        let names = expected.map(\.name)
        throw Misfit(
          "\(group)/\(name): unknown operand\(hint(for: name, among: names)), expected \(names.joined(separator: ", "))"
        )
      }
      let wanted = Found(shape: signature.shape(operand, size), isComplex: operand.isComplex)
      let found = Found(shape: operands[name]!.shape, isComplex: operands[name]!.isComplex)
      guard wanted.shape == found.shape, wanted.isComplex == found.isComplex else {
        throw Misfit("\(group)/\(name): expected \(wanted.description), found \(found.description)")
      }
      if finite, let index = operands[name]!.scalars.firstIndex(where: { !$0.isFinite }) {
        let element = index / (operand.isComplex ? 2 : 1)
        throw Misfit(
          "\(group)/\(name): \(operands[name]!.scalars[index]) at element \(element), expected finite values")
      }
    }
  }
}
