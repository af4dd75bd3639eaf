import Foundation
import KernelSpec

/// What a brief look at a variant gives, by which a duel is planned.
public struct DuelReading: Sendable {
  /// How long it took to start a process and to prepare the variant.
  public let startSeconds: Double
  /// How long one call takes, the median of the samples.
  public let callSeconds: Double
  /// The times of a call, in samples as a duel has them.
  public let samples: [Double]
}

/// Looks at variants of one build, briefly and one after another, in one process.
public final class DuelProbe {
  private let command: [String]
  private let timeout: Double
  private var process: ContenderProcess?
  private var plans: SharedPlans?
  private var launch = 0.0

  /// A probe of a command that serves the contender protocol.
  public init(_ command: [String], timeout: Double = 60) { (self.command, self.timeout) = (command, timeout) }

  /// A look at the variant; nil where the build lacks it, refuses the size or fails.
  public func look(at variant: Variant, on course: Course) -> DuelReading? {
    do throws(Misfit) { return try reading(variant, course) } catch {
      // Whoever has failed may have ended.
      process = nil
      return nil
    }
  }

  private func reading(_ variant: Variant, _ course: Course) throws(Misfit) -> DuelReading? {
    // A process knows where plans are kept from its start.
    if process == nil || plans !== course.plans {
      let begin = ContinuousClock.now
      process = try ContenderProcess(command, environment: course.plans.environment, timeout: timeout)
      plans = course.plans
      var request = ContenderRequest()
      request.resetPeak = true
      _ = try process!.ask(request)
      launch = begin.duration(to: .now).seconds
    }
    let before = course.plans.kept
    var (contestant, start) = try prepared(variant, course)
    // Plans are found once: who starts later reads them.
    if course.plans.kept != before { (contestant, start) = try prepared(variant, course) }
    guard contestant.refusal == nil else { return nil }
    let effort = Duel.Effort()
    let first = ContinuousClock.now
    let calls = try contestant.calls(filling: effort.sampleSeconds)
    var samples: [Double] = []
    let end = first + .milliseconds(50)
    // Whoever is slow is looked at no longer than to see that.
    while samples.isEmpty || samples.count < 2 && .now < end + .milliseconds(100) || samples.count < 12 && .now < end
    {
      samples.append(try contestant.seconds(calls) / Double(calls))
    }
    return DuelReading(
      startSeconds: start + launch, callSeconds: samples.sorted()[samples.count / 2], samples: samples)
  }

  /// The process with the variant prepared, and how many seconds that took.
  private func prepared(_ variant: Variant, _ course: Course) throws(Misfit) -> (Contestant, Double) {
    let begin = ContinuousClock.now
    let contestant = try Contestant(process!, variant, course)
    return (contestant, begin.duration(to: .now).seconds)
  }
}
