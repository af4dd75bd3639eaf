import Fixtures
import Foundation
import KernelSpec
import Numerics
import Platform
import Tensors

/// A folder that small failing cases are written to, and how much may be spent on making them small.
public final class FailureFolder {
  private let path: String
  private let patience: Duration
  private var seen: Set<String> = []

  /// A folder that is made when the first failure comes; shrinking one may take `seconds`.
  public init(_ path: String, seconds: Double = 2) {
    self.path = path
    patience = .seconds(seconds)
  }

  /// Whether a failure of this key is the first: others of its kind tell no more.
  func isFirst(_ key: String) -> Bool { seen.insert(key).inserted }

  /// Whether a file is in the folder: a case that was kept already is not kept anew.
  func holds(_ file: String) -> Bool {
    func real(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
    return real((file as NSString).deletingLastPathComponent) == real(path)
  }

  /// When to stop shrinking a failure that was found now.
  var deadline: ContinuousClock.Instant { .now + patience }

  /// Writes a case, and says where.
  ///
  /// - Throws: `Misfit` where it cannot be written.
  func write(_ file: CaseFile, _ name: String) throws(Misfit) -> String {
    do { try OutputFolder(path).make() } catch { throw Misfit(error.description) }
    let safe = String(name.map { $0.isLetter || $0.isNumber || "-_.".contains($0) ? $0 : "-" })
    let target = "\(path)/\(safe).h5"
    try file.write(to: target)
    return target
  }
}

/// A failing case that was made small, and written to a file where that was possible.
public struct KeptFailure: Sendable {
  /// The file; nil where it could not be written.
  public let path: String?
  /// Its size.
  public let size: Size
  /// What fails there.
  public let reason: String
  /// The seed of what a law draws; nil where values were judged.
  public let seed: Int?
}

extension Verification {
  /// Shrinks a case on which a check fails and keeps it; nil for what is no failure, or not the first of its kind.
  func keep(
    _ item: Case, _ check: String, _ variant: Variant, _ outcome: Outcome, seed: Int?,
    _ recheck: @escaping (Case) -> Outcome
  ) -> KeptFailure? {
    let name = "\(K.name)-\(variant.label)-\(check)"
    guard let failures, case .fail(let reason) = outcome, failures.isFirst(name) else { return nil }
    if let path = item.path, failures.holds(path) { return nil }
    let shrinker = Shrinker(K.self, reason: reason, until: failures.deadline, recheck)
    let (small, found) = shrinker.smallest(item)
    var file = small.file(
      kernel: K.name, signature: K.signature, source: "hippodrome verify, shrunk from \(item.name)")
    file.notes = "\(check), \(variant.label): \(found)"
    do {
      return KeptFailure(path: try failures.write(file, name), size: small.size, reason: found, seed: seed)
    } catch {
      return KeptFailure(path: nil, size: small.size, reason: "\(found) (not kept: \(error))", seed: seed)
    }
  }
}
