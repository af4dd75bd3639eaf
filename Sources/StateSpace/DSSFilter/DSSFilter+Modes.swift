import KernelSpec
import Lanes

extension DSSFilter {
  /// A mode's pole is `e^z`, its coefficient `C` times the gain or `C/(A D)`, D being the sum of the pole's powers.
  ///
  /// The softmax of a mode with `Re A > 0` is that of `−z` from the last position to the first. Such modes have coefficient 0 here, and
  /// the others have it in the mirrored rule, so that no power is larger than 1.
  struct Modes<T: ModeLane>: FilterRule, SumRule {
    private let isSoftmax, isMirrored: Bool
    private let length: Int
    private let dt, A, C: UnsafePointer<T>
    private let results: Results?

    static var columns: Int { 2 }
    static var scratchColumns: Int { 2 }

    struct Results {
      let dt, A, C: UnsafeMutablePointer<T>

      @inline(__always) init(_ arguments: borrowing Arguments<T>) {
        dt = arguments.gradient("dt")
        A = arguments.gradient("A")
        C = arguments.gradient("C")
      }
    }

    init(_ size: Size, _ arguments: borrowing Arguments<T>, _ results: Results? = nil) {
      isSoftmax = size.choice("mode") == "softmax"
      isMirrored = false
      length = size.L
      dt = arguments.input("dt")
      A = arguments.input("A")
      C = arguments.input("C")
      self.results = results
    }

    /// The rule of the modes that grow, on mirrored positions.
    init(mirroring rule: Modes) {
      (isSoftmax, isMirrored, length) = (true, true, rule.length)
      (dt, A, C, results) = (rule.dt, rule.A, rule.C, nil)
    }

    /// Whether a mode grows.
    @inline(__always) func isGrowing(_ head: Int, _ mode: Int, _ modes: Int) -> Bool {
      A[2 * (head * modes + mode)] > 0
    }

    @inline(__always) func load(_ head: Int, _ modes: ModeLanes<T>) {
      modes.spread(A, head, to: 0)
      modes.spread(C, head, to: 1)
    }

    @inline(__always) func pole(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> T.Powers {
      isSoftmax ? weight(head, group, modes).pole : discrete(head, group, modes).pole
    }

    @inline(__always)
    func mode(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> (pole: T.Powers, coefficient: ComplexLanes) {
      if isSoftmax {
        let (pole, isOther) = weight(head, group, modes)
        let sum = PowerSums(pole, count: length).sum.rounded
        let coefficient = modes[1][group] / (modes[0][group] * sum)
        return (pole, coefficient.replacing(with: ComplexLanes(0), where: isOther))
      }
      let mode = discrete(head, group, modes)
      return (mode.pole, modes[1][group] * mode.gain)
    }

    @inline(__always)
    private func discrete(_ head: Int, _ group: Int, _ modes: ModeLanes<T>) -> DiscreteLanes<T.Powers> {
      DiscreteLanes(dt: Double(dt[head]), A: modes[0][group], bilinear: false)
    }

    /// The poles of the modes that are this rule's, 1 for the others.
    @inline(__always)
    private func weight(
      _ head: Int, _ group: Int, _ modes: ModeLanes<T>
    ) -> (pole: T.Powers, isOther: SIMDMask<DoubleLanes.MaskStorage>) {
      let A = modes[0][group]
      let isGrowing = A.real .> DoubleLanes(repeating: 0)
      let isOther = isMirrored ? .!isGrowing : isGrowing
      let step = DoubleLanes(repeating: isMirrored ? -Double(dt[head]) : Double(dt[head]))
      return (T.Powers.exponentials(step, A.replacing(with: ComplexLanes(0), where: isOther)).pole, isOther)
    }

    func finish(
      _ head: Int, _ modes: ModeLanes<T>, _ s0: UnsafePointer<ComplexLanes>, _ s1: UnsafePointer<ComplexLanes>,
      _ scratch: UnsafeMutablePointer<ComplexLanes>
    ) {
      let results = results!
      let dt = Double(self.dt[head])
      var gradDt = 0.0
      for group in 0..<modes.groups {
        let (A, C) = (modes[0][group], modes[1][group])
        let byDt: DoubleLanes
        if isSoftmax {
          // Sums of a mode that grows are those of the mirrored rule: of −z.
          let sign = DoubleLanes(repeating: 1).replacing(with: -1, where: A.real .> DoubleLanes(repeating: 0))
          let pole = T.Powers.exponentials(sign * dt, A).pole
          let sums = PowerSums(pole, count: length)
          let sum = sums.sum.rounded
          let R = s0[group] / sum
          let byZ = ((pole.rounded * s1[group] - R * sums.weighted.rounded) / sum).multiplied(by: sign)
          scratch[group] = (C / A * (byZ.multiplied(by: dt) - R / A)).conjugate
          scratch[modes.groups + group] = (R / A).conjugate
          byDt = (C * byZ).real
        } else {
          let mode = discrete(head, group, modes)
          let (poleByZ, gainByA, gainByDt) = mode.derivatives
          let viaPole = C * mode.gain * s1[group] * poleByZ
          let direct = C * s0[group]
          scratch[group] = (direct * gainByA + viaPole.multiplied(by: dt)).conjugate
          scratch[modes.groups + group] = (s0[group] * mode.gain).conjugate
          byDt = (direct * gainByDt + viaPole * A).real
        }
        for lane in 0..<modes.count(group) { gradDt += byDt[lane] }
      }
      results.dt[head] = T(gradDt)
      modes.collect(scratch, results.A, head)
      modes.collect(scratch + modes.groups, results.C, head)
    }
  }

  /// `Σ p^j` and `Σ j p^j` for j below a count, by doubling it: nothing is divided by `p − 1`, and what cancels does so in the powers'
  /// own precision.
  struct PowerSums<Powers: PolePowers> {
    private(set) var sum, weighted: Powers

    @inline(__always) init(_ p: Powers, count: Int) {
      // The sums of the first n powers, and p^n.
      var n = 1
      var power = p
      sum = Powers(ComplexLanes(1))
      weighted = Powers(ComplexLanes(0))
      var bit = (Int.bitWidth - 1 - count.leadingZeroBitCount)
      while bit > 0 {
        bit -= 1
        weighted = weighted + power * (weighted + Powers(ComplexLanes(Double(n))) * sum)
        sum = sum + power * sum
        power = power * power
        n *= 2
        if count >> bit & 1 == 1 {
          weighted = weighted + Powers(ComplexLanes(Double(n))) * power
          sum = sum + power
          power = power * p
          n += 1
        }
      }
    }
  }
}
