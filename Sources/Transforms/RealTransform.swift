import Lanes

/// FFTW's real transform of one length and its inverse, for rows and spectra that `Workspace` aligned.
public final class RealTransform<T: FFTWScalar>: @unchecked Sendable {
  /// The length of a row.
  public let n: Int
  private let forwardPlan: OpaquePointer
  private let inversePlan: OpaquePointer

  /// The transform of length `n`. Plans are shared by all who ask for that length and never freed.
  public static func shared(_ n: Int) -> RealTransform { T.transforms.transform(n) }

  /// For the cache, which holds the planner's lock. Measures on scratch memory for half a second in each direction at most; what
  /// is found by then is taken.
  init(planning n: Int) {
    self.n = n
    let row = Workspace<T>(n), spectrum = Workspace<T>(2 * Self.bins(n))
    T.limitPlanning(seconds: 0.5)
    forwardPlan = T.planForward(n, row.base, spectrum.base)
    inversePlan = T.planInverse(n, spectrum.base, row.base)
  }

  /// How many complex bins the spectrum of a real row has.
  public static func bins(_ n: Int) -> Int { n / 2 + 1 }

  /// About how many bytes FFTW holds for plans of length `n`: 300 KB once in a process, and twiddle factors, of which plans that
  /// measured equally fast have between one and two scalars for each element.
  public static func bytes(_ n: Int) -> Int { 310_000 + 3 * n / 2 * MemoryLayout<T>.stride }

  /// The smallest even length from `least` on, or 1, that has no prime factor above 7.
  public static func goodLength(_ least: Int) -> Int {
    guard least > 1 else { return 1 }
    var n = least + least % 2
    while true {
      var rest = n
      for prime in [2, 3, 5, 7] {
        while rest % prime == 0 { rest /= prime }
      }
      if rest == 1 { return n }
      n += 2
    }
  }

  /// The spectrum of `row`, which is kept.
  public func forward(_ row: UnsafeMutablePointer<T>, into spectrum: UnsafeMutablePointer<T>) {
    T.forward(forwardPlan, row, spectrum)
  }

  /// `n` times the row of `spectrum`, which is destroyed.
  public func inverse(_ spectrum: UnsafeMutablePointer<T>, into row: UnsafeMutablePointer<T>) {
    T.inverse(inversePlan, spectrum, row)
  }
}

/// Products of spectra of `bins` interleaved complex numbers.
public enum Spectrum {
  /// `a ← a·b`.
  @inlinable @inline(__always)
  public static func multiply<T: Lane>(_ a: UnsafeMutablePointer<T>, _ b: UnsafePointer<T>, _ bins: Int) {
    for k in 0..<bins {
      let (ar, ai, br, bi) = (a[2 * k], a[2 * k + 1], b[2 * k], b[2 * k + 1])
      a[2 * k] = ar * br - ai * bi
      a[2 * k + 1] = ar * bi + ai * br
    }
  }

  /// `sum ← sum + a·conj(b)`, then `a ← a·conj(c)`.
  @inlinable @inline(__always)
  public static func correlate<T: Lane>(
    _ a: UnsafeMutablePointer<T>, _ b: UnsafePointer<T>, addingTo sum: UnsafeMutablePointer<T>, _ c: UnsafePointer<T>,
    _ bins: Int
  ) {
    for k in 0..<bins {
      let (ar, ai, br, bi) = (a[2 * k], a[2 * k + 1], b[2 * k], b[2 * k + 1])
      let (cr, ci) = (c[2 * k], c[2 * k + 1])
      sum[2 * k] += ar * br + ai * bi
      sum[2 * k + 1] += ai * br - ar * bi
      a[2 * k] = ar * cr + ai * ci
      a[2 * k + 1] = ai * cr - ar * ci
    }
  }
}
