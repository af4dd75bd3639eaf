import Fixtures
import KernelSpec
import Numerics
import Tensors

/// A second call tells whether results repeat; where one takes longer than this, in seconds, that is not asked.
let outsidePatience = 5.0

/// Calls of a program from outside on operands that a law draws, and what went wrong in them.
final class OutsideTrial<K: Kernel> {
  private let program: any OutsideProgram
  private let pass: Pass
  private let round: OutsideRound
  private let assumed: OutsidePrecision
  private var outcome: Outcome?
  /// Why the program could not be asked, which is no fault of its.
  private(set) var obstacle: Misfit?
  /// What the program wrote to its standard error where it failed last.
  private(set) var errors = ""
  /// What was asked last, and what was given.
  private var last: (inputs: Operands<Double>, cotangents: Operands<Double>, size: Size, results: Operands<Double>)?
  /// Whether something was written in a narrower precision than was assumed.
  private(set) var isNarrower = false

  init(_: K.Type, _ program: any OutsideProgram, _ pass: Pass, _ round: OutsideRound, assumed: OutsidePrecision) {
    (self.program, self.pass, self.round, self.assumed) = (program, pass, round, assumed)
  }

  /// What went wrong since this was asked last, which explains why there are no results.
  func takeOutcome() -> Outcome? {
    defer { outcome = nil }
    if outcome == nil { errors = "" }
    return outcome
  }

  /// Asks the program. Where it would have to be started to repeat itself it is not asked: whether it does is known from the cases.
  func call(_ inputs: Operands<Double>, _ cotangents: Operands<Double>, _ size: Size) -> Operands<Double>? {
    let isAgain =
      last.map {
        $0.size == size && $0.inputs.firstDifference(from: inputs) == nil
          && $0.cotangents.firstDifference(from: cotangents) == nil
      } ?? false
    if isAgain, !program.isPersistent { return last?.results }
    last = nil
    guard outcome == nil else { return nil }
    var generator = SeededGenerator("cotangents", seed: 0)
    // A program that is asked for several passes finds cotangents in every file.
    let seeds =
      round.passes.contains(.gradient) && pass == .forward
      ? K.signature.drawnCotangents(size, using: &generator) : cotangents
    let question = OutsideQuestion(size: size, inputs: inputs, cotangents: seeds, round: round, isAgain: isAgain)
    let answer: OutsideAnswer
    do { answer = try program.answer(question) } catch {
      obstacle = error
      outcome = .fail(error.description)
      return nil
    }
    do throws(Misfit) {
      guard case .results(let file, _) = answer else {
        outcome = answer.outcomeInLaw
        errors = answer.errors
        return nil
      }
      try file.checkResults(of: pass, K.signature, size)
      if try file.precision(of: pass, asked: round.precision) == .float, assumed == .double { isNarrower = true }
      last = (inputs, cotangents, size, file.results(of: pass))
    } catch {
      outcome = .unjudged(error.description)
    }
    return last?.results
  }
}

extension OutsideAnswer {
  /// Whether the program failed before it gave results.
  var isFault: Bool {
    switch self {
    case .fault, .notAsked: true
    case .results, .refused: false
    }
  }

  /// What the program wrote to its standard error before it failed.
  var errors: String { if case .fault(_, let errors) = self { errors } else { "" } }

  /// The verdict where there are no results to judge.
  var outcome: Outcome {
    switch self {
    case .results: .pass
    case .refused(let reason): .refused(reason)
    case .fault(let reason, _): .fail(reason)
    case .notAsked(let reason): .unjudged(reason)
    }
  }

  /// The same of a call that a law asked for.
  var outcomeInLaw: Outcome {
    if case .fault(let reason, _) = self { .unjudged(reason) } else { outcome }
  }

  /// What a second call wrote.
  ///
  /// - Throws: `Misfit` where it wrote nothing that can be judged, although the first call did.
  func file(of pass: Pass, _ signature: Signature, _ size: Size) throws(Misfit) -> CaseFile {
    do throws(Misfit) {
      switch self {
      case .results(let file, _):
        try file.checkResults(of: pass, signature, size)
        return file
      case .refused(let reason): throw Misfit("refused: \(reason)")
      case .fault(let reason, _), .notAsked(let reason): throw Misfit(reason)
      }
    } catch {
      throw Misfit("on a second call: \(error)")
    }
  }
}
