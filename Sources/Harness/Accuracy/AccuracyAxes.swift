import KernelSpec

extension Kernel {
  /// The extents along which errors may grow: those that the kernel's sweep varies around its center, alone or together. The sequence
  /// goes from 2⁴ to 2²⁰, other extents from 2² to 2¹⁰.
  public static var accuracyAxes: [SweepAxis] {
    let center = center
    var groups: [[String]: Int] = [:]
    for size in sweep {
      // What does not interact lets no error grow; along the sequence that is worth seeing.
      let changed = signature.extents.filter {
        size[$0] != center[$0] && ($0 == sequence || !signature.independent.contains($0))
      }
      if !changed.isEmpty { groups[changed, default: 0] += 1 }
    }
    // One size that differs is no axis.
    let axes = groups.filter { $0.value > 1 }.keys.sorted { $0.lexicographicallyPrecedes($1) }
    let sequenceFirst = axes.filter(isSequential) + axes.filter { !isSequential($0) }
    return sequenceFirst.flatMap { extents -> [SweepAxis] in
      let powers = isSequential(extents) ? Array(stride(from: 4, through: 20, by: 2)) : [2, 4, 6, 8, 10]
      func axis(_ extents: [String]) -> SweepAxis {
        try! SweepAxis(extents.joined(separator: ","), values: powers.map { 1 << $0 })
      }
      // Where the kernel's rule keeps extents from growing alike, the sequence grows alone.
      let candidates = [extents] + (isSequential(extents) ? [[sequence!]] : [])
      return candidates.map(axis).first { isAllowed($0) }.map { [$0] } ?? []
    }
  }

  private static func isAllowed(_ axis: SweepAxis) -> Bool {
    (try? sizes(around: [accuracyBase], along: [axis])) != nil
  }

  private static func isSequential(_ extents: [String]) -> Bool { sequence.map(extents.contains) ?? false }

  /// A small size to grow from: extents that the sweep does not vary are at most 2, those that it does at most 16 and the sequence at most
  /// 1024, since errors do not depend on what does not interact.
  public static var accuracyBase: Size {
    let center = center
    var values: [String: Int] = [:]
    for extent in signature.extents {
      let varies = Set(sweep.map { $0[extent] }).count > 1
      values[extent] = min(center[extent], extent == sequence ? 1024 : varies ? 16 : 2)
    }
    return (try? signature.size(values, options: center.options, present: center.present)) ?? center
  }

  /// About how long one draw takes, in seconds: the reference in the widest precision and, together as long, in those of variants.
  public static func accuracySeconds(_ size: Size, _ pass: Pass) -> Double {
    2 * referenceWork(size, pass).oracleSeconds
  }
}
