import KernelSpec
import Lanes

extension DSSFilter {
  /// A worker for each rule: the modes that grow have their filter written on mirrored positions, beside the others', and added.
  ///
  /// A thread also keeps one filter.
  final class MirroredFilter<T, Worker: FilterWorker>: FilterWorker where Worker.Rule == Modes<T> {
    typealias Rule = Modes<T>

    private let blocking: Blocking
    private let plain, mirrored: Worker
    private let scratch: Workspace<T>

    static func blocking(_ size: Size) -> Blocking { Worker.blocking(size) }

    static func bytes(_ blocking: Blocking) -> Int {
      2 * Worker.bytes(blocking) + blocking.length * MemoryLayout<T>.stride
    }

    init(_ blocking: Blocking) {
      self.blocking = blocking
      plain = Worker(blocking)
      mirrored = Worker(blocking)
      scratch = Workspace(blocking.length)
    }

    var rule: Rule! {
      didSet {
        plain.rule = rule
        mirrored.rule = Modes(mirroring: rule)
      }
    }

    @inline(__always) func filter(_ head: Int, _ rows: Range<Int>, _ K: UnsafeMutablePointer<T>) {
      plain.filter(head, rows, K)
      let rule = rule!
      if !(0..<blocking.modes).contains(where: { rule.isGrowing(head, $0, blocking.modes) }) { return }
      let own = blocking.positions(rows)
      let first = (blocking.length - own.upperBound) / blocking.block
      let end = (blocking.length - own.lowerBound + blocking.block - 1) / blocking.block
      mirrored.filter(head, first..<end, scratch.base)
      let last = scratch.base + (blocking.length - 1)
      for l in own { K[l] += last[-l] }
    }
  }

  /// The sums of a sequence for the modes that decay, and of the mirrored one for those that grow.
  ///
  /// A thread also keeps one sequence.
  final class MirroredSums<T, Worker: SumWorker>: SumWorker where Worker.Rule == Modes<T> {
    typealias Rule = Modes<T>

    private let blocking: Blocking
    private let plain, mirrored: Worker
    private let scratch: Workspace<T>
    private let lanes: Workspace<ComplexLanes>
    private let modes: ModeLanes<T>

    static func blocking(_ size: Size) -> Blocking { Worker.blocking(size) }

    static func bytes(_ blocking: Blocking) -> Int {
      2 * Worker.bytes(blocking) + blocking.length * MemoryLayout<T>.stride + 2 * ModeLanes<T>.groups(blocking.modes)
        * MemoryLayout<ComplexLanes>.stride
    }

    init(_ blocking: Blocking) {
      self.blocking = blocking
      plain = Worker(blocking)
      mirrored = Worker(blocking)
      scratch = Workspace(blocking.length)
      lanes = Workspace(2 * ModeLanes<T>.groups(blocking.modes))
      modes = ModeLanes(modes: blocking.modes, columns: 2, memory: lanes.base)
    }

    var rule: Rule! {
      didSet {
        plain.rule = rule
        mirrored.rule = Modes(mirroring: rule)
      }
    }

    @inline(__always)
    func sum(
      _ head: Int, _ rows: Range<Int>, _ g: UnsafePointer<T>, _ s0: UnsafeMutablePointer<ComplexLanes>,
      _ s1: UnsafeMutablePointer<ComplexLanes>
    ) {
      plain.sum(head, rows, g, s0, s1)
      let rule = rule!
      if !(0..<blocking.modes).contains(where: { rule.isGrowing(head, $0, blocking.modes) }) { return }
      for l in 0..<blocking.length { scratch.base[l] = g[blocking.length - 1 - l] }
      mirrored.sum(head, rows, scratch.base, modes[0], modes[1])
      for mode in 0..<blocking.modes where rule.isGrowing(head, mode, blocking.modes) {
        modes.set(s0, mode, modes.scalar(modes[0], mode))
        modes.set(s1, mode, modes.scalar(modes[1], mode))
      }
    }
  }
}
