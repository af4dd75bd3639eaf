import Foundation
import Lanes
import Numerics
import Testing

/// Vector functions against the library's in wider precision, in ulps of the result, over whole ranges of arguments.
@Suite struct ElementaryLaneTests {
  @Test func expInFloat() {
    let samples = floats(-103.9...88.7) + [0, -0.0, 0x1p-30, -0x1p-30, 88.72283, -87.336544, -103.97]
    #expect(worst(samples, Float.exp) { Foundation.exp(Double($0)) } <= 1)
  }

  @Test func expInDouble() {
    let samples = doubles(-744.4...709.7) + [0, -0.0, 0x1p-60, 709.782712893384, -708.3964185322641, -745.1]
    #expect(worst(samples, Double.exp) { Oracle80.exp($0) } <= 1)
  }

  @Test func expAtTheEnds() {
    for x: Float in [-.infinity, -1e30, -104.1, -200] { #expect(lane(Float.exp, x) == 0) }
    for x: Float in [88.8, 1e10, .infinity] { #expect(lane(Float.exp, x) == .infinity) }
    #expect(lane(Float.exp, .nan).isNaN)
    for x: Double in [-.infinity, -1e300, -745.2] { #expect(lane(Double.exp, x) == 0) }
    for x: Double in [709.8, 1e10, .infinity] { #expect(lane(Double.exp, x) == .infinity) }
    #expect(lane(Double.exp, .nan).isNaN)
  }

  @Test func quickExp() {
    #expect(
      worst(floats(-104...88.7), Float.quickExp, { Foundation.exp(Double($0)) }, allowance: { abs($0) / 20 }) <= 0.9)
    #expect(worst(doubles(-746...709), Double.quickExp, { Oracle80.exp($0) }, allowance: { abs($0) / 3 }) <= 0.9)
    #expect(worst(floats(-0.3...0.3), Float.quickExp) { Foundation.exp(Double($0)) } <= 0.9)
    #expect(worst(doubles(-0.3...0.3), Double.quickExp) { Oracle80.exp($0) } <= 0.9)
  }

  @Test func quickExpAtTheEnds() {
    #expect(lane(Float.quickExp, 0) == 1 && lane(Double.quickExp, 0) == 1)
    #expect(lane(Float.quickExp, .infinity) == .infinity && lane(Double.quickExp, .infinity) == .infinity)
    #expect(lane(Float.quickExp, 89) == .infinity && lane(Double.quickExp, 710) == .infinity)
    for x: Float in [-105, -1e4, -.infinity] { #expect(lane(Float.quickExp, x) == 0) }
    for x: Double in [-746, -1e9, -.infinity] { #expect(lane(Double.quickExp, x) == 0) }
    // Subnormal results, to one of their own units.
    for x: Float in floats(-103.9 ... -87.4) {
      #expect(
        abs(Double(lane(Float.quickExp, x)) - Foundation.exp(Double(x))) <= 0x1p-149 + 1e-6
          * Foundation.exp(Double(x)))
    }
    #expect(lane(Float.quickExp, .nan).isNaN && lane(Double.quickExp, .nan).isNaN)
  }

  @Test func quickTwiceExp() {
    // Where the difference vanishes an error in ulps says nothing: it is compared with the greater of the two terms.
    let scale = { (x: Double) in max(1, 2 * Foundation.exp(x)) }
    for x in floats(-60...0.5) {
      let found = Double(lane({ Float.quickTwiceExp($0).minusOne }, x))
      #expect(abs(found - (1 + 2 * Foundation.expm1(Double(x)))) <= 0x1p-23 * scale(Double(x)))
    }
    #expect(
      worst(floats(-0.002...0), { Float.quickTwiceExp($0).minusOne }) { 1 + 2 * Foundation.expm1(Double($0)) } <= 0.55
    )
    #expect(
      worst(doubles(-0.002...0), { Double.quickTwiceExp($0).minusOne }) { 1 + 2 * Oracle80.expMinusOne($0) } <= 0.55)
    #expect(
      worst(
        floats(-40...0), { Float.quickTwiceExp($0).value }, { 2 * Foundation.exp(Double($0)) },
        allowance: { abs($0) / 20 }) <= 1)
    #expect(lane({ Float.quickTwiceExp($0).minusOne }, -200) == -1)
    for x in floats(-100 ... -86) {
      let exact = 2 * Foundation.exp(Double(x))
      #expect(abs(Double(lane({ Float.quickTwiceExp($0).value }, x)) - exact) <= 0x1p-148 + 1e-6 * exact)
    }
    for x in floats(-86...86) {
      let (within, beyond) = (
        { (x: Float.Lanes) in Float.quickTwiceExpWithinReach(x) }, { (x: Float.Lanes) in Float.quickTwiceExp(x) }
      )
      #expect(lane({ within($0).minusOne }, x) == lane({ beyond($0).minusOne }, x))
      #expect(lane({ within($0).value }, x) == lane({ beyond($0).value }, x))
    }
  }

  @Test func softplus() {
    #expect(worst(floats(-103...100), Float.softplus) { Double(exactSoftplus(Double($0))) } <= 2)
    #expect(worst(doubles(-740...740), Double.softplus) { exactSoftplus($0) } <= 2)
    #expect(lane(Float.softplus, 1e30) == 1e30 && lane(Float.softplus, -1e30) == 0)
    #expect(lane(Float.softplus, .nan).isNaN)
    for x in floats(-30...30) {
      #expect(lane({ Float.softplusAndSlope($0).value }, x) == lane(Float.softplus, x))
      #expect(lane({ Float.softplusAndSlope($0).slope }, x) == lane(Float.logistic, x))
    }
  }

  @Test func logistic() {
    #expect(worst(floats(-103...100), Float.logistic) { 1 / (1 + Foundation.exp(-Double($0))) } <= 2)
    #expect(worst(doubles(-740...740), Double.logistic) { 1 / (1 + Oracle80.exp(-$0)) } <= 2)
    #expect(lane(Float.logistic, 1e30) == 1 && lane(Float.logistic, -1e30) == 0)
    #expect(lane(Float.logistic, .nan).isNaN)
  }

  @Test func silu() {
    #expect(worst(floats(-87...100), Float.silu) { Double($0) / (1 + Foundation.exp(-Double($0))) } <= 3)
    #expect(worst(doubles(-708...740), Double.silu) { Oracle80($0) / (1 + Oracle80.exp(-$0)) } <= 3)
    #expect(lane(Float.silu, 1e30) == 1e30 && lane(Float.silu, -1e30) == 0)
    // The slope vanishes at −1.28: its error is compared with 1.
    for x in floats(-80...80) {
      let e = Foundation.exp(-Double(x)), sigma = 1 / (1 + e)
      #expect(abs(Double(lane(Float.siluSlope, x)) - sigma * (1 + Double(x) * (e / (1 + e)))) <= 0x1p-21)
    }
  }

  @Test func accumulateLosesNothing() {
    var sum = Float.splat(0), lost = Float.splat(0)
    for value: Float in [1e8, 1, -1e8, 1e-3, 3e7, -3e7] { Float.accumulate(Float.splat(value), &sum, &lost) }
    #expect(sum[0] + lost[0] == 1.001)
  }

  @Test func transposeAndSums() {
    transposes(Float.self)
    transposes(Double.self)
  }

  private func transposes<T: ElementaryLane>(_: T.Type) {
    let width = T.width
    let rows = (0..<width).map { i in
      var row = T.splat(0)
      for j in 0..<width { row[j] = T(i * width + j) }
      return row
    }
    var columns = Array(repeating: T.splat(0), count: width)
    T.transpose({ rows[$0] }, { columns[$0] = $1 })
    let sums = T.sums { rows[$0] }
    for i in 0..<width {
      for j in 0..<width { #expect(columns[i][j] == rows[j][i]) }
      #expect(sums[i] == T((0..<width).map { i * width + $0 }.reduce(0, +)))
    }
  }
}

#if arch(x86_64)
  private typealias Oracle80 = Float80
#else
  private typealias Oracle80 = Double
#endif

extension Oracle80 {
  fileprivate static func exp(_ x: Double) -> Oracle80 { exp(Oracle80(x)) }
  fileprivate static func expMinusOne(_ x: Double) -> Oracle80 { expMinusOne(Oracle80(x)) }
}

private func exactSoftplus(_ x: Double) -> Oracle80 { max(Oracle80(x), 0) + .log(onePlus: .exp(-abs(Oracle80(x)))) }

/// Evenly spread arguments and, for both signs, arguments of every magnitude.
private func floats(_ range: ClosedRange<Float>) -> [Float] {
  doubles(Double(range.lowerBound)...Double(range.upperBound)).map {
    min(max(Float($0), range.lowerBound), range.upperBound)
  }
}

private func doubles(_ range: ClosedRange<Double>) -> [Double] {
  let even = (0...20_000).map { range.lowerBound + (range.upperBound - range.lowerBound) * Double($0) / 20_000 }
  let scaled = (0..<2_000).flatMap { i in
    [range.lowerBound, range.upperBound].map { $0 * Foundation.pow(0.98, Double(i)) }
  }
  return (even + scaled).filter(range.contains)
}

/// The function's value at one argument; NaN unless it is the same in every lane.
private func lane(_ function: (FloatLanes) -> FloatLanes, _ x: Float) -> Float {
  let values = function(FloatLanes(repeating: x))
  return values == FloatLanes(repeating: values[0]) ? values[0] : .nan
}

private func lane(_ function: (DoubleLanes) -> DoubleLanes, _ x: Double) -> Double {
  let values = function(DoubleLanes(repeating: x))
  return values == DoubleLanes(repeating: values[0]) ? values[0] : .nan
}

/// The largest error in ulps of the true value, less what the argument allows.
private func worst(
  _ samples: [Float], _ function: (FloatLanes) -> FloatLanes, _ truth: (Float) -> Double,
  allowance: (Float) -> Float = { _ in 0 }
) -> Double {
  samples.map { error(lane(function, $0), truth($0)) - Double(allowance($0)) }.max()!
}

private func worst(
  _ samples: [Double], _ function: (DoubleLanes) -> DoubleLanes, _ truth: (Double) -> Oracle80,
  allowance: (Double) -> Double = { _ in 0 }
) -> Double {
  samples.map { error(lane(function, $0), truth($0)) - allowance($0) }.max()!
}

private func error<T: BinaryFloatingPoint, W: BinaryFloatingPoint>(_ found: T, _ expected: W) -> Double {
  let error = Double(abs(W(found) - expected) / W(max(T(expected).ulp, T.leastNonzeroMagnitude)))
  return error.isNaN ? .infinity : error
}
