import KernelSpec

/// Which variants are known to be wrong in calls by themselves: of those, laws say nothing more.
///
/// A law relates calls. Where a call by itself is wrong, it is not the law that does not hold. The first such call of a variant of which
/// nothing was known is a failure, since nothing else says that it is wrong; after that laws are not judged.
public final class WrongValues {
  private var labels: Set<String> = []

  /// None yet.
  public init() {}

  func insert(_ variant: Variant) { labels.insert(variant.label) }

  /// The outcome of a law of a variant, where `unjudged` says what is wrong with a call.
  func settled(_ outcome: Outcome, of variant: Variant) -> Outcome {
    guard case .unjudged(let reason) = outcome else { return outcome }
    return labels.insert(variant.label).inserted
      ? .fail(reason) : .unjudged("a call by itself fails already: \(reason)")
  }
}
