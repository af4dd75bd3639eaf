import Fixtures
import KernelSpec
import Numerics
import Tensors

/// Makes a failing case small while it fails alike: extents first, then options and optional operands, then the operands' values.
///
/// Alike is a failure of the same law, or of the same output: what its reason says before the first colon.
struct Shrinker<K: Kernel> {
  private let kind: Substring
  private let deadline: ContinuousClock.Instant
  private let recheck: (Case) -> Outcome

  init(_: K.Type, reason: String, until deadline: ContinuousClock.Instant, _ recheck: @escaping (Case) -> Outcome) {
    kind = reason.prefix { $0 != ":" }
    self.deadline = deadline
    self.recheck = recheck
  }

  /// The smallest case found by the deadline, and why it fails. Stored results are dropped: they belong to the large case.
  func smallest(_ item: Case) -> (item: Case, reason: String) {
    let bare = Case(name: item.name, size: item.size, inputs: item.inputs, cotangents: item.cotangents)
    guard var best = failing(bare) else { return (bare, "it fails no more when it is repeated") }
    var isSmaller = true
    while isSmaller {
      isSmaller = false
      for step in [smallerSizes, plainerSizes, simplerOperands] {
        while let next = firstFailing(step(best.item)) {
          best = next
          isSmaller = true
        }
      }
    }
    return best
  }

  private func firstFailing(_ candidates: some Sequence<Case>) -> (item: Case, reason: String)? {
    for candidate in candidates where ContinuousClock.now < deadline {
      if let found = failing(candidate) { return found }
    }
    return nil
  }

  private func failing(_ item: Case) -> (item: Case, reason: String)? {
    guard case .fail(let reason) = recheck(item), reason.prefix(while: { $0 != ":" }) == kind else { return nil }
    return (item, reason)
  }

  /// Each extent at its least, halved, and one less.
  private func smallerSizes(_ item: Case) -> [Case] {
    item.size.extents.flatMap { extent in
      let least = K.signature.step(of: extent.name)
      let lengths = [least, extent.value / 2 / least * least, extent.value - least]
      return Set(lengths.filter { $0 >= least && $0 < extent.value }).sorted().compactMap { length in
        resized(item, [extent.name: length])
      }
    }
  }

  /// One option at its default, or one optional operand absent.
  private func plainerSizes(_ item: Case) -> [Case] {
    let size = item.size
    let options = size.options.keys.sorted().compactMap { name in
      resized(item, [:], options: size.options.filter { $0.key != name })
    }
    return options + size.present.sorted().compactMap { resized(item, [:], present: size.present.subtracting([$0])) }
  }

  private func resized(
    _ item: Case, _ changed: [String: Int], options: [String: String]? = nil, present: Set<String>? = nil
  ) -> Case? {
    let extents = Dictionary(uniqueKeysWithValues: item.size.extents.map { ($0.name, $0.value) })
    guard
      let size = try? K.signature.size(
        extents.merging(changed) { $1 }, options: options ?? item.size.options, present: present ?? item.size.present)
    else { return nil }
    return Case(
      name: item.name, size: size, inputs: cut(item.inputs, K.signature.inputs(size), size),
      cotangents: cut(item.cotangents, K.signature.outputs, size))
  }

  /// The first elements of each operand along each axis.
  private func cut(_ operands: Operands<Double>, _ specs: [OperandSpec], _ size: Size) -> Operands<Double> {
    var result = Operands<Double>()
    for spec in specs {
      guard let operand = operands[spec.name] else { continue }
      result[spec.name] = K.signature.shape(spec, size).enumerated().reduce(operand) { operand, axis in
        operand.shape[axis.offset] == axis.element
          ? operand : operand.taking(Array(0..<axis.element), along: axis.offset)
      }
    }
    return result
  }

  /// One operand rounded to powers of two, or with zeros in it: everywhere, in a half, in a quarter, ….
  private func simplerOperands(_ item: Case) -> [Case] {
    item.inputs.names.flatMap { name -> [Case] in
      let operand = item.inputs[name]!
      let scalars = operand.scalars
      var simpler: [[Double]] = []
      var length = scalars.count
      while length >= 1, simpler.count < 64 {
        for start in stride(from: 0, to: scalars.count, by: length) {
          let range = start..<min(start + length, scalars.count)
          if scalars[range].contains(where: { $0 != 0 }) {
            simpler.append(scalars.indices.map { range.contains($0) ? 0 : scalars[$0] })
          }
        }
        length /= 2
      }
      let rounded = scalars.map { $0 == 0 ? 0 : Double(signOf: $0, magnitudeOf: .exp2(.log2(abs($0)).rounded())) }
      if rounded != scalars { simpler.append(rounded) }
      return simpler.map { scalars in
        var inputs = item.inputs
        inputs[name] = Operand(shape: operand.shape, isComplex: operand.isComplex, scalars: scalars)
        return Case(name: item.name, size: item.size, inputs: inputs, cotangents: item.cotangents)
      }
    }
  }
}

extension Signature {
  /// What an extent is a multiple of.
  func step(of extent: String) -> Int { derived.values.filter { $0.extent == extent }.map(\.divisor).max() ?? 1 }
}
