import Fixtures
import Foundation
import KernelSpec
import Numerics
import Platform
import Tensors

/// A command that is started for each case, as `COMMAND INPUT.h5 OUTPUT.h5`.
///
/// Each run has a new folder, so that nothing that it finds there can be taken for its results.
public final class CommandProgram<K: Kernel>: OutsideProgram {
  public let name: String
  public let arguments: [String]
  private let command: String
  private let precision: OutsidePrecision?
  private let timeout: Double
  private let probe: CaseProbe
  private let scratch: ScratchFolder
  private var runs = 0
  private var patience = Patience()

  /// The exit code by which a command says that it does not take a case; the reason is the last line of its standard error.
  public static var refusal: Int32 { 3 }

  /// A command line of the shell.
  ///
  /// - Parameters:
  ///   - precision: in which it is to be judged; nil leaves that to what it writes.
  ///   - timeout: seconds that a case may take.
  ///   - probe: reads results first, in a process of its own.
  /// - Throws: `Misfit` where there is no place for its files.
  public init(
    _: K.Type, _ command: String, name: String, arguments: [String], precision: OutsidePrecision?, timeout: Double,
    probe: CaseProbe
  ) throws(Misfit) {
    (self.command, self.name, self.arguments, self.precision) = (command, name, arguments, precision)
    (self.timeout, self.probe) = (timeout, probe)
    scratch = try ScratchFolder()
  }

  public var isPersistent: Bool { false }

  public func rounds(_ passes: [Pass]) -> [OutsideRound] { [OutsideRound(passes: passes, precision: precision)] }

  public func answer(_ question: OutsideQuestion) throws(Misfit) -> OutsideAnswer {
    if let reason = patience.reason { return .notAsked(reason) }
    runs += 1
    let folder = "\(scratch.path)/\(runs)"
    defer { try? FileManager.default.removeItem(atPath: folder) }
    do { try OutputFolder(folder).make() } catch { throw Misfit(error.description) }
    let (input, output) = (folder + "/input.h5", folder + "/output.h5")
    try question.file(K.self).write(to: input)
    let before = FileManager.default.contents(atPath: input)
    let errors = folder + "/errors.txt"
    let run = try CommandRun(command, [input, output], errors: errors, timeout: timeout)

    func clear(_ text: String) -> String {
      text.replacing(input, with: "INPUT.h5").replacing(output, with: "OUTPUT.h5")
    }
    let said = clear(run.lastError)
    let fault = try self.fault(run, said, input, before, output)
    let answer: OutsideAnswer
    if let fault {
      answer = .fault(fault, errors: clear(CommandRun.text(of: errors)))
    } else if run.ending == .exit(Self.refusal) {
      answer = .refused(said)
    } else {
      do throws(Misfit) {
        answer = .results(try question.results(K.self, at: output), seconds: run.seconds)
      } catch {
        answer = .fault("OUTPUT.h5: \(error)", errors: clear(CommandRun.text(of: errors)))
      }
    }
    patience.note(answer, run.ending, timeout: timeout)
    return answer
  }

  /// Why a run gave nothing to judge; nil where it gave results, or a reason why not.
  private func fault(
    _ run: CommandRun, _ said: String, _ input: String, _ before: Data?, _ output: String
  ) throws(Misfit) -> String? {
    let words = said.isEmpty ? "" : ": \(said)"
    switch run.ending {
    case .timeout: return "no result within \(timeout.formatted()) s"
    case .signal(let signal, let hint): return "ended by signal \(signal)\(hint)\(words)"
    case .exit(Self.refusal):
      return said.isEmpty
        ? "exit code \(Self.refusal), a refusal, expected its reason on the last line of standard error" : nil
    case .exit(let code) where code != 0: return "exit code \(code)\(words)"
    case .exit: break
    }
    guard isRegularFile(input), FileManager.default.contents(atPath: input) == before else {
      return "changed its INPUT.h5"
    }
    guard FileManager.default.fileExists(atPath: output) else { return "wrote no OUTPUT.h5\(words)" }
    guard isRegularFile(output) else { return "OUTPUT.h5: is no regular file\(words)" }
    return try probe.complaint(output).map { "OUTPUT.h5: \($0.replacing("\(output): ", with: ""))" }
  }
}

extension OutsideQuestion {
  /// The case file that holds its operands, and nothing of what is expected.
  func file<K: Kernel>(_: K.Type) -> CaseFile {
    var file = Case(name: size.description, size: size, inputs: inputs, cotangents: cotangents)
      .file(kernel: K.name, signature: K.signature, source: "hippodrome verify")
    switch round.precision {
    case nil, .float, .double: break
    case .half: file.storage = .half
    case .bfloat16: file.storage = .single
    }
    return file
  }

  /// What a program wrote. Floats of 16 bits are results where such a precision was asked for: else they would be judged as if they had
  /// all digits.
  func results<K: Kernel>(_: K.Type, at path: String) throws(Misfit) -> CaseFile {
    try CaseFile(resultsOf: path, kernel: K.name, mayBeHalf: round.precision?.format != nil)
  }
}
