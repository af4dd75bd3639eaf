import Foundation

/// Plans that processes share through the folder that `HIPPODROME_PLANS` names, where it names one.
///
/// FFTW finds its plans by timing them, so that each process finds another, up to a tenth faster or slower. Processes that are compared
/// with one another, of two builds for instance, must not differ by that.
struct PlanFolder: Sendable {
  /// The folder of this process.
  static let shared = PlanFolder(path: isEstimated ? nil : named)

  private static let named = ProcessInfo.processInfo.environment["HIPPODROME_PLANS"]

  /// Whether plans are to be estimated instead of found by timing: what counts instructions needs the same plans each time.
  static let isEstimated = named == "estimate"

  private let path: String?

  init(path: String?) { self.path = path }

  /// Makes a plan, by what others have found where they have. Whoever comes meanwhile waits, and finds it. A folder that cannot be
  /// written is done without.
  func planning<T: FFTWScalar, Plan>(_: T.Type, _ make: () -> Plan) -> Plan {
    guard let path else { return make() }
    let folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard folder >= 0 else { return make() }
    defer { close(folder) }
    flock(folder, LOCK_EX)
    let file = "\(path)/\(T.planFile)"
    T.readPlans(file)
    let plan = make()
    let nascent = "\(file).\(ProcessInfo.processInfo.processIdentifier)"
    guard T.writePlans(nascent) else {
      unlink(nascent)
      return plan
    }
    if lines(nascent) == lines(file) {
      unlink(nascent)
    } else {
      rename(nascent, file)
    }
    return plan
  }

  /// The lines of a file, which FFTW writes in any order.
  private func lines(_ path: String) -> Set<Substring>? {
    guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
    return Set(text.split(separator: "\n"))
  }
}
