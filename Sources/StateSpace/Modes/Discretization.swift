import Lanes

/// `DiscreteMode` for a lane each of modes.
struct DiscreteLanes<Powers: PolePowers> {
  /// `Abar`.
  let pole: Powers
  /// `Bbar/B`.
  let gain: ComplexLanes
  private let dt: DoubleLanes
  private let z: ComplexLanes
  /// `gain/dt`.
  private let ratio: ComplexLanes
  private let bilinear: Bool

  @inline(__always) init(dt: Double, A: ComplexLanes, bilinear: Bool) {
    self.dt = DoubleLanes(repeating: dt)
    self.bilinear = bilinear
    z = A.multiplied(by: dt)
    if bilinear {
      let (inverse, pole) = Powers.bilinear(self.dt, A)
      self.pole = pole
      ratio = inverse.rounded
    } else {
      let (minusOne, pole) = Powers.exponentials(self.dt, A)
      self.pole = pole
      // φ = (e^z − 1)/z, which is 1 where z² underflows.
      let isTiny = z.lengthSquared .< DoubleLanes(repeating: 1e-290)
      ratio = (minusOne / z).replacing(with: ComplexLanes(1), where: isTiny)
    }
    gain = ratio.multiplied(by: dt)
  }

  /// The derivatives of `Abar` by `z = dt·A`, and of `Bbar/B` by `A` and `dt`.
  @inline(__always) var derivatives: (poleByZ: ComplexLanes, gainByA: ComplexLanes, gainByDt: ComplexLanes) {
    if bilinear {
      let square = ratio * ratio
      return (square, square.multiplied(by: dt * dt * 0.5), square)
    }
    return (pole.rounded, derivativeOfPhi.multiplied(by: dt * dt), pole.rounded)
  }

  /// `(e^z − φ)/z`, below |z| = 1 by its series `Σ (k+1) z^k/(k+2)!`, even and odd terms apart.
  @inline(__always) private var derivativeOfPhi: ComplexLanes {
    let isSmall = z.lengthSquared .< DoubleLanes(repeating: 1)
    let near = z.replacing(with: ComplexLanes(0), where: .!isSmall)
    let square = near * near
    var even = ComplexLanes(seriesOfDerivative[18])
    var odd = ComplexLanes(seriesOfDerivative[19])
    for k in stride(from: 16, through: 0, by: -2) {
      even = .multiplyAdd(even, square, ComplexLanes(seriesOfDerivative[k]))
      odd = .multiplyAdd(odd, square, ComplexLanes(seriesOfDerivative[k + 1]))
    }
    let series = ComplexLanes.multiplyAdd(odd, near, even)
    return ((pole.rounded - ratio) / z).replacing(with: series, where: isSmall)
  }
}

/// `(k+1)/(k+2)! = 1/((k+2) k!)`, literally, so that no call has to compute or allocate them.
private let seriesOfDerivative: [Double] = [
  1.0 / 2, 1.0 / 3, 1.0 / 8, 1.0 / 30, 1.0 / 144, 1.0 / 840, 1.0 / 5760, 1.0 / 45360, 1.0 / 403200,
  1.0 / 3_991_680, 1.0 / 43_545_600, 1.0 / 518_918_400, 1.0 / 6_706_022_400, 1.0 / 93_405_312_000,
  1.0 / 1_394_852_659_200, 1.0 / 22_230_464_256_000, 1.0 / 376_610_217_984_000, 1.0 / 6_758_061_133_824_000,
  1.0 / 128_047_474_114_560_000, 1.0 / 2_554_547_108_585_472_000,
]
