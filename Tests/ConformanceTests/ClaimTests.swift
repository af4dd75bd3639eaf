import KernelSpec
import Testing

@Test(arguments: Subject.all)
func everyVariantClaimsHowItsCostsGrow(subject: Subject) throws {
  let extents = Set(subject.kernel.signature.extents)
  for variant in subject.kernel.variants {
    let time = try #require(variant.claims.time, "\(variant.label) claims no growth of its time")
    let workspace = try #require(variant.claims.workspace, "\(variant.label) claims no growth of its workspace")
    #expect(
      time.extents.union(workspace.extents).isSubset(of: extents), "\(variant.label) claims \(time), \(workspace)")
  }
}

/// What a variant says it holds, in bytes, must itself grow as it says: seen over sizes that nobody would measure.
@Test(arguments: Subject.all)
func claimedBytesGrowAsClaimed(subject: Subject) throws {
  let signature = subject.kernel.signature
  for start in subject.kernel.sweep {
    for extent in signature.extents where !signature.divides.contains(where: { $0.divisor == extent }) {
      // Some rules allow no such sizes.
      guard let large = try? start.with(extent, times: 1 << 12, signature),
        let larger = try? start.with(extent, times: 1 << 16, signature)
      else { continue }
      for variant in subject.kernel.variants {
        guard let growth = variant.claims.workspace else { continue }
        let grows = Double(variant.workspace(larger)) / Double(max(1, variant.workspace(large)))
        let claimed = growth.value(at: larger) / growth.value(at: large)
        // Lengths are rounded up to good ones, by less than a half.
        #expect(grows <= 1.5 * claimed, "\(variant.label) from \(large) to \(larger): \(grows), claimed \(claimed)")
      }
    }
  }
}

extension Size {
  /// The size with one extent multiplied.
  fileprivate func with(_ extent: String, times factor: Int, _ signature: Signature) throws -> Size {
    let extents = Dictionary(uniqueKeysWithValues: self.extents.map { ($0.name, $0.value) })
    return try signature.size(
      extents.merging([extent: self[extent] * factor]) { $1 }, options: options, present: present)
  }
}
