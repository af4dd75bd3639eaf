import Numerics
import Testing

@testable import Lanes

#if arch(x86_64)
  /// Against the C library in 64-bit precision, in units of the last place of the double result.
  @Suite struct ComplexExponentialTests {
    private static func vectors(_ count: Int, _ draw: (inout SystemRandomNumberGenerator) -> Double) -> [DoubleLanes]
    {
      var random = SystemRandomNumberGenerator()
      return (0..<count).map { _ in
        var lanes = DoubleLanes(repeating: 0)
        for lane in lanes.indices { lanes[lane] = draw(&random) }
        return lanes
      }
    }

    private static func ulps(_ found: Double, _ exact: Float80) -> Double {
      let rounded = Double(exact)
      if rounded.isInfinite { return found == rounded ? 0 : .infinity }
      return Double(abs(Float80(found) - exact) / Float80(max(rounded.ulp, .leastNonzeroMagnitude)))
    }

    private static func worst(_ found: DoubleLanes, _ x: DoubleLanes, _ function: (Float80) -> Float80) -> Double {
      x.indices.map { ulps(found[$0], function(Float80(x[$0]))) }.max()!
    }

    /// Evenly drawn angles, and neighbours of multiples of π/2, where sine or cosine cancel.
    @Test(arguments: [1e-3, 1, 100, 1e4, 1e6, 1e9, 1e15]) func sineAndCosine(_ bound: Double) {
      var sine = 0.0
      var cosine = 0.0
      let even = Self.vectors(20000) { Double.random(in: -bound...bound, using: &$0) }
      let critical = Self.vectors(20000) {
        (Double.random(in: -bound...bound, using: &$0) / (.pi / 2)).rounded() * (.pi / 2)
      }
      for x in even + critical {
        let z = ComplexLanes.unit(x)
        sine = max(sine, Self.worst(z.imaginary, x) { .sin($0) })
        cosine = max(cosine, Self.worst(z.real, x) { .cos($0) })
      }
      #expect(sine < 1.05)
      #expect(cosine < 1.05)
    }

    @Test(arguments: [1e-9, 1e-3, 1, 30, 708]) func realExponential(_ bound: Double) {
      var exponential = 0.0
      var minusOne = 0.0
      for x in Self.vectors(20000, { Double.random(in: -bound...bound, using: &$0) }) {
        let growth = Growth(x)
        exponential = max(exponential, Self.worst(growth.exponential, x) { .exp($0) })
        minusOne = max(minusOne, Self.worst(growth.minusOne, x) { .expMinusOne($0) })
      }
      #expect(exponential < 1.1)
      #expect(minusOne < 2.2)
    }

    @Test func complexExponentials() {
      let real = Self.vectors(20000) { Double.random(in: -3...3, using: &$0) }
      let imaginary = Self.vectors(20000) { Double.random(in: -10...10, using: &$0) }
      var worst = 0.0
      var worstMinusOne = 0.0
      for (x, y) in zip(real, imaginary) {
        let found = ComplexLanes.exponential(ComplexLanes(x, y))
        let minusOne = ComplexLanes.exponentialMinusOne(ComplexLanes(x, y))
        for lane in x.indices {
          let z = Complex(Float80(x[lane]), Float80(y[lane]))
          worst = max(worst, Self.ulps(found.real[lane], Complex.exp(z).real))
          worst = max(worst, Self.ulps(found.imaginary[lane], Complex.exp(z).imaginary))
          let exact = Complex.expMinusOne(z)
          let error = Complex(Float80(minusOne.real[lane]), Float80(minusOne.imaginary[lane])) - exact
          worstMinusOne = max(worstMinusOne, Double(error.length / exact.length) / .ulpOfOne)
        }
      }
      #expect(worst < 3)
      #expect(worstMinusOne < 2)
    }

    /// Near 0, where `e^z − 1` cancels.
    @Test(arguments: [1e-300, 1e-20, 1e-8, 1e-3]) func exponentialMinusOneNearZero(_ bound: Double) {
      for (x, y) in zip(
        Self.vectors(1000) { Double.random(in: -bound...bound, using: &$0) },
        Self.vectors(1000) { Double.random(in: -bound...bound, using: &$0) })
      {
        let found = ComplexLanes.exponentialMinusOne(ComplexLanes(x, y))
        for lane in x.indices {
          let exact = Complex.expMinusOne(Complex(Float80(x[lane]), Float80(y[lane])))
          let error = Complex(Float80(found.real[lane]), Float80(found.imaginary[lane])) - exact
          #expect(error.length <= exact.length * 0x1p-51)
        }
      }
    }

    @Test func extremes() {
      for (x, value, minusOne) in [
        (-Double.infinity, 0, -1), (-1e300, 0, -1), (-746, 0, -1), (710, Double.infinity, .infinity),
        (.infinity, .infinity, .infinity), (0, 1, 0), (709.7, 1.6549840276802644e308, 1.6549840276802644e308),
      ] {
        let growth = Growth(DoubleLanes(repeating: x))
        #expect(abs(growth.exponential[0] / value - 1) < 1e-15 || growth.exponential[0] == value)
        #expect(abs(growth.minusOne[0] / minusOne - 1) < 1e-15 || growth.minusOne[0] == minusOne)
      }
      #expect(Growth(DoubleLanes(repeating: .nan)).exponential[0].isNaN)
      #expect(ComplexLanes.unit(DoubleLanes(repeating: .nan)).real[0].isNaN)
      #expect(ComplexLanes.unit(DoubleLanes(repeating: .infinity)).imaginary[0].isNaN)
      var denormal = 0.0
      for x in Self.vectors(1000, { Double.random(in: -745 ... -708, using: &$0) }) {
        denormal = max(denormal, Self.worst(Growth(x).exponential, x) { .exp($0) })
      }
      #expect(denormal < 1.5)
    }

    /// The power 2¹⁶ by squaring multiplies a relative error by as much: what is left shows the precision.
    @Test(arguments: [1e-5, 1, 50, 3e5]) func compensatedExponential(_ bound: Double) {
      var worst: Float80 = 0
      for (x, y) in zip(
        Self.vectors(500) { Double.random(in: -1e-4...1e-4, using: &$0) },
        Self.vectors(500) { Double.random(in: -bound...bound, using: &$0) })
      {
        var power = CompensatedComplexLanes.exponential(CompensatedComplexLanes(ComplexLanes(x, y)))
        for _ in 0..<16 { power = power * power }
        for lane in x.indices {
          let exact = Complex.exp(Complex(Float80(x[lane]), Float80(y[lane])).multiplied(by: 65536))
          let found = Complex(
            Float80(power.real.high[lane]) + Float80(power.real.low[lane]),
            Float80(power.imaginary.high[lane]) + Float80(power.imaginary.low[lane]))
          worst = max(worst, (found - exact).length / exact.length)
        }
      }
      #expect(worst < 0x1p-54)
    }

    /// Products so large that what their rounding lost is large too: modes that a model masks.
    @Test(arguments: [-1e22, -3.3e100, -1e300]) func compensatedExponentialOfMaskedModes(_ A: Double) {
      let dt = DoubleLanes(repeating: 0.01)
      var real = DoubleLanes(repeating: -0.5)
      real[1] = A
      var imaginary = DoubleLanes(repeating: 3)
      (imaginary[1], imaginary[2]) = (A, A)
      let z = CompensatedComplexLanes(CompensatedLanes(product: dt, real), CompensatedLanes(product: dt, imaginary))
      let found = CompensatedComplexLanes.exponential(z)
      #expect(found.rounded.real[1] == 0 && found.rounded.imaginary[1] == 0)
      for lane in [0, 2] {
        // The angle as it was given: the rounded product and what it lost.
        let turn = (z.imaginary.high[lane], z.imaginary.low[lane])
        let whole = Complex(Double.cos(turn.0), Double.sin(turn.0))
        let rest = Complex(Double.cos(turn.1), Double.sin(turn.1))
        let value = (whole * rest).multiplied(by: Double.exp(z.real.high[lane]))
        #expect(abs(found.rounded.real[lane] - value.real) < 1e-15)
        #expect(abs(found.rounded.imaginary[lane] - value.imaginary) < 1e-15)
      }
    }

    @Test func compensatedQuotient() {
      let a = ComplexLanes(DoubleLanes(repeating: 1.1), DoubleLanes(repeating: -0.3))
      let b = ComplexLanes(DoubleLanes(repeating: 0.7), DoubleLanes(repeating: 1.9))
      let quotient = CompensatedComplexLanes(a) / CompensatedComplexLanes(b)
      let rest = quotient * CompensatedComplexLanes(b) + CompensatedComplexLanes(ComplexLanes(-a.real, -a.imaginary))
      #expect(abs(rest.real.high[0]) < 1e-30)
      #expect(abs(rest.imaginary.high[0]) < 1e-30)
    }
  }
#endif
