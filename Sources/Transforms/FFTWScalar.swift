import CFFTW
import Lanes
import Synchronization

/// A precision for which FFTW is at hand. Spectra are interleaved (real, imaginary).
public protocol FFTWScalar: Lane {
  /// A measured plan of the real transform of length `n`, made on scratch memory.
  static func planForward(_ n: Int, _ row: UnsafeMutablePointer<Self>, _ spectrum: UnsafeMutablePointer<Self>)
    -> OpaquePointer
  /// A measured plan of its inverse, made on scratch memory.
  static func planInverse(_ n: Int, _ spectrum: UnsafeMutablePointer<Self>, _ row: UnsafeMutablePointer<Self>)
    -> OpaquePointer
  /// How long the next plans may be looked for.
  static func limitPlanning(seconds: Double)
  /// What plans of this precision are kept as: by it plans made by other rules stay apart.
  static var planFile: String { get }
  /// Takes over what a file holds of plans.
  static func readPlans(_ path: String)
  /// Writes what is known of plans to a file, and whether that succeeded.
  static func writePlans(_ path: String) -> Bool
  /// The spectrum of `row`, which is kept.
  static func forward(
    _ plan: OpaquePointer, _ row: UnsafeMutablePointer<Self>, _ spectrum: UnsafeMutablePointer<Self>)
  /// `n` times the row of `spectrum`, which is destroyed.
  static func inverse(
    _ plan: OpaquePointer, _ spectrum: UnsafeMutablePointer<Self>, _ row: UnsafeMutablePointer<Self>)
  /// The plans made so far, by length.
  static var transforms: TransformCache<Self> { get }
}

/// How FFTW finds plans: by timing them, but where `HIPPODROME_PLANS` is `estimate`. Estimated plans are the same in every process.
private let planning = PlanFolder.isEstimated ? UInt32(FFTW_ESTIMATE) : UInt32(FFTW_MEASURE)

/// Plans by length, for the life of the process: a plan costs up to a second, and many sizes share it.
///
/// The lock also serializes FFTW's planner, which is not thread-safe; executing a plan is.
public final class TransformCache<T: FFTWScalar>: Sendable {
  private let transforms = Mutex<[Int: RealTransform<T>]>([:])

  /// The transform of length `n`, planned at its first use.
  func transform(_ n: Int) -> RealTransform<T> {
    transforms.withLock { known in
      if let transform = known[n] { return transform }
      let transform = PlanFolder.shared.planning(T.self) { RealTransform<T>(planning: n) }
      known[n] = transform
      return transform
    }
  }
}

extension Float: FFTWScalar {
  public static let transforms = TransformCache<Float>()

  public static func planForward(
    _ n: Int, _ row: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>
  ) -> OpaquePointer {
    fftwf_plan_dft_r2c_1d(Int32(n), row, complexes(spectrum), planning)
  }

  public static func planInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Float>, _ row: UnsafeMutablePointer<Float>
  ) -> OpaquePointer {
    fftwf_plan_dft_c2r_1d(Int32(n), complexes(spectrum), row, planning)
  }

  public static func limitPlanning(seconds: Double) { fftwf_set_timelimit(seconds) }

  public static let planFile = "fftwf-measure"

  public static func readPlans(_ path: String) { fftwf_import_wisdom_from_filename(path) }

  public static func writePlans(_ path: String) -> Bool { fftwf_export_wisdom_to_filename(path) != 0 }

  public static func forward(
    _ plan: OpaquePointer, _ row: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>
  ) {
    fftwf_execute_dft_r2c(plan, row, complexes(spectrum))
  }

  public static func inverse(
    _ plan: OpaquePointer, _ spectrum: UnsafeMutablePointer<Float>, _ row: UnsafeMutablePointer<Float>
  ) {
    fftwf_execute_dft_c2r(plan, complexes(spectrum), row)
  }

  private static func complexes(_ spectrum: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<fftwf_complex> {
    UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftwf_complex.self)
  }
}

extension Double: FFTWScalar {
  public static let transforms = TransformCache<Double>()

  public static func planForward(
    _ n: Int, _ row: UnsafeMutablePointer<Double>, _ spectrum: UnsafeMutablePointer<Double>
  ) -> OpaquePointer {
    fftw_plan_dft_r2c_1d(Int32(n), row, complexes(spectrum), planning)
  }

  public static func planInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Double>
  ) -> OpaquePointer {
    fftw_plan_dft_c2r_1d(Int32(n), complexes(spectrum), row, planning)
  }

  public static func limitPlanning(seconds: Double) { fftw_set_timelimit(seconds) }

  public static let planFile = "fftw-measure"

  public static func readPlans(_ path: String) { fftw_import_wisdom_from_filename(path) }

  public static func writePlans(_ path: String) -> Bool { fftw_export_wisdom_to_filename(path) != 0 }

  public static func forward(
    _ plan: OpaquePointer, _ row: UnsafeMutablePointer<Double>, _ spectrum: UnsafeMutablePointer<Double>
  ) {
    fftw_execute_dft_r2c(plan, row, complexes(spectrum))
  }

  public static func inverse(
    _ plan: OpaquePointer, _ spectrum: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Double>
  ) {
    fftw_execute_dft_c2r(plan, complexes(spectrum), row)
  }

  private static func complexes(_ spectrum: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<fftw_complex> {
    UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftw_complex.self)
  }
}
