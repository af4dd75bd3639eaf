import KernelSpec
import Numerics
import Tensors

/// A measure over the past: how much each moment counts in the projection whose coefficients a state holds.
enum Measure: String, CaseIterable {
  /// Legendre polynomials on the whole past, scaled: on `[0, t]`, or decaying as `e^(−t)` where time-invariant.
  case legs
  /// The normal part of `legs`.
  case legsd
  /// Legendre polynomials on a window of length 2.
  case legt
  /// Laguerre polynomials on the whole past.
  case lagt
  /// Sines and cosines on a window of length 2.
  case fout
  /// Sines and cosines on a past that decays.
  case fourierDecay = "fourier-decay"
  /// The diagonal part of the decaying one, at twice the frequencies.
  case foud

  /// The measure of a size, which is the first unless it says otherwise.
  init(_ size: Size) { self = size.choice("measure").flatMap(Measure.init) ?? .legs }

  /// Whether coefficients come in pairs, a cosine and a sine.
  var isFourier: Bool { [.fout, .fourierDecay, .foud].contains(self) }

  /// Why there is no state of this size; nil where there is one.
  func complaint(_ N: Int) -> String? {
    isFourier && N % 2 == 1 ? "N is \(N), expected an even number: \(rawValue) has cosines and sines" : nil
  }

  /// `√(2n+1) √(2k+1)`, rounded twice at most.
  @inline(__always) static func legendre<T: Scalar>(_ n: Int, _ k: Int, _: T.Type) -> T {
    T((2 * n + 1) * (2 * k + 1)).squareRoot()
  }

  /// The square of a Fourier coefficient's weight: sines have none.
  @inline(__always) static func fourier(_ n: Int) -> Int { n % 2 == 1 ? 0 : n == 0 ? 1 : 2 }

  /// The element of the transition matrix in row n and column k.
  @inline(__always) func transition<T: Scalar>(_ n: Int, _ k: Int, _: T.Type = T.self) -> T {
    let rotation: T = n / 2 != k / 2 || n == k ? 0 : (n < k ? -1 : 1) * T.pi * T(n / 2)
    let coupling = T(Self.fourier(n) * Self.fourier(k)).squareRoot()
    return switch self {
    case .legs: n > k ? -Self.legendre(n, k, T.self) : n == k ? -T(n + 1) : 0
    case .legsd: n == k ? -1 / 2 : (n > k ? -1 : 1) * Self.legendre(n, k, T.self) / 2
    case .legt: (n < k && (k - n) % 2 == 1 ? 1 : -1) * Self.legendre(n, k, T.self) / 2
    case .lagt: n > k ? -1 : n == k ? -1 / 2 : 0
    case .fout: rotation - coupling
    case .fourierDecay: rotation - coupling / 2
    case .foud: n == k ? -1 / 2 : 2 * rotation
    }
  }

  /// The input coefficient of row n.
  @inline(__always) func input<T: Scalar>(_ n: Int, _: T.Type = T.self) -> T {
    switch self {
    case .legs: T(2 * n + 1).squareRoot()
    case .legsd, .legt: T(2 * n + 1).squareRoot() / 2
    case .lagt: 1
    case .fout, .foud: T(Self.fourier(n)).squareRoot()
    case .fourierDecay: T(Self.fourier(n)).squareRoot() / 2
    }
  }
}

extension OptionSpec {
  /// The measures, legs being the default.
  static let measure = OptionSpec.choice(
    "measure", "legs", "legsd", "legt", "lagt", "fout", "fourier-decay", "foud")
}
