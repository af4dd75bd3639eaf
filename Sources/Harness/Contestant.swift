import KernelSpec

/// One process of a duel.
final class Contestant {
  private let process: ContenderProcess
  let workspace: Int?
  let refusal: String?

  /// One that found its plans, where it needs any, made already: one that had to make them holds other memory than those that read them.
  static func prepared(
    _ process: ContenderProcess, of command: [String], _ variant: Variant, _ course: Course, _ timeout: Double
  ) throws(Misfit) -> Contestant {
    let before = course.plans.kept
    let contestant = try Contestant(process, variant, course)
    if course.plans.kept == before { return contestant }
    let fresh = try ContenderProcess(command, environment: course.plans.environment, timeout: timeout)
    return try Contestant(fresh, variant, course)
  }

  /// A process that has prepared the variant, or refused to.
  convenience init(_ process: ContenderProcess, _ variant: Variant, _ course: Course) throws(Misfit) {
    try self.init(process, variant, caseAt: course.casePath)
  }

  /// The same on the operands of a case file.
  init(_ process: ContenderProcess, _ variant: Variant, caseAt path: String) throws(Misfit) {
    self.process = process
    var request = ContenderRequest()
    request.prepare = path
    request.variant = variant.name
    (request.pass, request.precision) = (variant.pass.rawValue, variant.precision.rawValue)
    request.threads = variant.threads
    let reply = try process.ask(request)
    (workspace, refusal) = (reply.workspace, reply.refused)
  }

  func seconds(_ calls: Int) throws(Misfit) -> Double {
    let seconds = try process.run(calls).seconds!
    guard seconds > 0 else { throw Misfit("the contender answered 0 seconds, expected a positive number") }
    return seconds
  }

  func demandPossibleTimes(_ calls: Int) throws(Misfit) { try process.demandPossibleTimes(calls: calls) }

  /// Judges what the last call wrote.
  func demandRight(on course: Course) throws(Misfit) {
    if case .fail(let reason) = try course.judge(process) { throw Misfit("is wrong: \(reason)") }
  }

  /// How many calls fill `seconds`, at least `least`.
  func calls(filling seconds: Double, _ least: Int = 1) throws(Misfit) -> Int {
    var calls = least
    var taken = try self.seconds(calls)
    while taken < seconds, calls < 1 << 24 {
      calls = max(calls + 1, min(calls * 10, Int(Double(calls) * 1.2 * seconds / max(taken, 1e-9))))
      taken = try self.seconds(calls)
    }
    return calls
  }

  func peak() throws(Misfit) -> [Int] {
    var reset = ContenderRequest()
    reset.resetPeak = true
    _ = try process.ask(reset)
    var run = ContenderRequest()
    run.run = 1
    return try process.ask(run).peak.map { [$0] } ?? []
  }
}
