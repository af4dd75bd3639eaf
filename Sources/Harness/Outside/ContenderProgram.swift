import Fixtures
import Foundation
import KernelSpec
import Numerics
import Platform
import Tensors

/// A command that is started once and speaks the contender protocol, so that what takes long to start starts once.
public final class ContenderProgram<K: Kernel>: OutsideProgram {
  public let name: String
  public let arguments: [String]
  private let command: [String]
  private let precisions: [OutsidePrecision]
  private let threads: Int
  private let timeout: Double
  private let probe: CaseProbe
  private let scratch: ScratchFolder
  private var process: ContenderProcess?
  private var writes = 0
  private var patience = Patience()
  /// What it wrote to its standard error, since it was started last.
  private let errors: String

  /// A second call is made of this many where one takes less than `quick` seconds: some kernels go wrong only later.
  private static var later: Int { 12 }
  private static var quick: Double { 0.05 }
  private var lastSeconds = 0.0

  /// A command line of the shell that speaks the protocol.
  ///
  /// - Parameters:
  ///   - precisions: in which it is asked to compute.
  ///   - threads: on how many threads.
  ///   - timeout: seconds that an answer may take.
  ///   - probe: reads results first, in a process of its own.
  /// - Throws: `Misfit` where there is no place for its files.
  public init(
    _: K.Type, _ command: String, name: String, arguments: [String], precisions: [OutsidePrecision], threads: Int,
    timeout: Double, probe: CaseProbe
  ) throws(Misfit) {
    (self.name, self.arguments) = (name, arguments)
    (self.precisions, self.threads, self.timeout, self.probe) = (precisions, threads, timeout, probe)
    scratch = try ScratchFolder()
    errors = scratch.path + "/errors.txt"
    self.command = Entrant.shell("exec 2>\(Verdict.quoted(errors))\n" + command)
  }

  public var isPersistent: Bool { true }

  /// A contender computes one pass at a time, in the precision that it is asked for.
  public func rounds(_ passes: [Pass]) -> [OutsideRound] {
    precisions.flatMap { precision in passes.map { OutsideRound(passes: [$0], precision: precision) } }
  }

  public func answer(_ question: OutsideQuestion) throws(Misfit) -> OutsideAnswer {
    if let reason = patience.reason { return .notAsked(reason) }
    let path = scratch.path + "/input.h5"
    if !question.isAgain { try question.file(K.self).write(to: path) }
    do throws(Misfit) {
      let answer = try ask(question, path)
      patience.note(answer, timeout: timeout)
      return answer
    } catch {
      let isLate = process?.isLate == true
      // It may be in any state: the next question gets a new process.
      process = nil
      let said = CommandRun.text(of: errors).replacing(scratch.path + "/", with: "")
      let last = said.split(whereSeparator: \.isNewline).last.map { ": \($0.prefix(200))" } ?? ""
      let answer = OutsideAnswer.fault(error.description + last, errors: said)
      let codes = [126, 127].filter { error.description == "the process ended: exit code \($0)" }
      let ending: CommandRun.Ending? =
        isLate ? .timeout : codes.first.map { .exit(Int32($0)) }
      patience.note(answer, ending, timeout: timeout)
      return answer
    }
  }

  private func ask(_ question: OutsideQuestion, _ path: String) throws(Misfit) -> OutsideAnswer {
    let running: ContenderProcess
    if let process { running = process } else { running = try ContenderProcess(command, timeout: timeout) }
    process = running
    if !question.isAgain {
      var request = ContenderRequest()
      (request.prepare, request.variant, request.threads) = (path, name, threads)
      (request.pass, request.precision) = (question.round.passes[0].rawValue, question.round.precision?.rawValue)
      if let reason = try running.ask(request).refused { return .refused(reason) }
    }
    var request = ContenderRequest()
    request.run = question.isAgain && lastSeconds < Self.quick ? Self.later : 1
    let seconds = try running.ask(request).seconds ?? 0
    lastSeconds = seconds
    writes += 1
    let output = "\(scratch.path)/output-\(writes).h5"
    defer { try? FileManager.default.removeItem(atPath: output) }
    request = ContenderRequest()
    request.write = output
    _ = try running.ask(request)
    guard isRegularFile(output) else { throw Misfit("wrote no file when asked to") }
    if let complaint = try probe.complaint(output) { throw Misfit(complaint.replacing("\(output): ", with: "")) }
    return .results(try question.results(K.self, at: output), seconds: seconds)
  }
}
