import Fixtures
import KernelSpec
import Numerics
import Tensors

/// An implementation of a kernel from outside, in any language: a program that is given operands and gives results.
public protocol OutsideProgram: AnyObject {
  /// What verdicts call it.
  var name: String { get }
  /// The arguments of `hippodrome verify` that name it, but for the precision.
  var arguments: [String] { get }
  /// How the passes that are wanted of a case are asked for: several at once, or one by one.
  func rounds(_ passes: [Pass]) -> [OutsideRound]
  /// Whether a second call costs little, since the program goes on running.
  var isPersistent: Bool { get }
  /// The answer to a question, within the program's own time limit.
  ///
  /// - Throws: `Misfit` where files cannot be written; what the program does wrong is an answer.
  func answer(_ question: OutsideQuestion) throws(Misfit) -> OutsideAnswer
}

/// What is asked for at once.
public struct OutsideRound: Sendable {
  /// What is wanted.
  public let passes: [Pass]
  /// In which precision; nil leaves that to the program.
  public let precision: OutsidePrecision?
}

/// What a program from outside is asked to compute.
public struct OutsideQuestion: Sendable {
  /// Extents, options and optional operands.
  public let size: Size
  /// What it reads.
  public let inputs: Operands<Double>
  /// Cotangents of all outputs; none where gradients are not wanted.
  public let cotangents: Operands<Double>
  /// What is wanted of it.
  public let round: OutsideRound
  /// Whether these are the operands of the question before: a second call.
  public var isAgain = false
}

/// What a program from outside made of a question.
public enum OutsideAnswer: Sendable {
  /// It wrote something that can be read.
  case results(CaseFile, seconds: Double)
  /// It does not take the case; why.
  case refused(String)
  /// It did not get as far as results; how, in one line, and all that it wrote to its standard error.
  case fault(String, errors: String)
  /// It was not asked, since nothing is to be expected of it any more; why.
  case notAsked(String)
}

extension CaseFile {
  /// What a pass wrote.
  func results(of pass: Pass) -> Operands<Double> { pass == .forward ? outputs : gradients }

  /// A dataset of a pass that was written in 32 bits; nil where there is none.
  func narrowDataset(of pass: Pass) -> String? {
    results(of: pass).names.map { "\(pass.group)/\($0)" }.first { single.contains($0) }
  }

  /// The precision to judge a pass by: the one that was asked for, else the narrowest in which anything of it was written.
  ///
  /// - Throws: `Misfit` naming the dataset that has fewer bits than were asked for.
  func precision(of pass: Pass, asked: OutsidePrecision?) throws(Misfit) -> OutsidePrecision {
    let narrow = narrowDataset(of: pass)
    if asked == .double, let narrow {
      throw Misfit("\(narrow): float32, expected float64, since double was asked for")
    }
    return asked ?? (narrow == nil ? .double : .float)
  }

  /// Checks that a pass wrote the operands that it must, no others, and in their shapes.
  ///
  /// - Throws: `Misfit` naming the dataset, what was found and what was expected.
  func checkResults(of pass: Pass, _ signature: Signature, _ size: Size) throws(Misfit) {
    let (group, found) = (pass.group, results(of: pass))
    let specs = pass == .forward ? signature.outputs : signature.inputs(size)
    for spec in specs {
      let wanted = Found(shape: signature.shape(spec, size), isComplex: spec.isComplex)
      let written = found[spec.name].map { Found(shape: $0.shape, isComplex: $0.isComplex) }
      guard let written, written.shape == wanted.shape, written.isComplex == wanted.isComplex else {
        throw Misfit(
          "\(group)/\(spec.name): expected \(wanted.description), found \(written?.description ?? "nothing")")
      }
    }
    for name in found.names where !specs.contains(where: { $0.name == name }) {
      throw Misfit("\(group)/\(name): unknown operand, expected \(specs.map(\.name).joined(separator: ", "))")
    }
  }
}

extension Pass {
  /// The group of a case file that holds what it writes.
  var group: String { self == .forward ? "outputs" : "gradients" }
}
