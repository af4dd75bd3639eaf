import CFFTW
import Lanes
import Synchronization

/// A precision for which FFTW is at hand. Spectra are interleaved (real, imaginary).
protocol FFTWScalar: Lane {
  static func planForward(_ n: Int, _ row: UnsafeMutablePointer<Self>, _ spectrum: UnsafeMutablePointer<Self>)
    -> OpaquePointer
  static func planInverse(_ n: Int, _ spectrum: UnsafeMutablePointer<Self>, _ row: UnsafeMutablePointer<Self>)
    -> OpaquePointer
  static func limitPlanning(seconds: Double)
  /// What plans of this precision are kept as: by it plans made by other rules stay apart.
  static var planFile: String { get }
  static func readPlans(_ path: String)
  static func writePlans(_ path: String) -> Bool
  static func forward(
    _ plan: OpaquePointer, _ row: UnsafeMutablePointer<Self>, _ spectrum: UnsafeMutablePointer<Self>)
  static func inverse(
    _ plan: OpaquePointer, _ spectrum: UnsafeMutablePointer<Self>, _ row: UnsafeMutablePointer<Self>)
  /// The plans made so far, by length.
  static var transforms: TransformCache<Self> { get }
}

/// Plans by length, for the life of the process: a plan costs up to a second, and many sizes share it.
///
/// The lock also serializes FFTW's planner, which is not thread-safe; executing a plan is.
final class TransformCache<T: FFTWScalar>: Sendable {
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
  static let transforms = TransformCache<Float>()

  static func planForward(
    _ n: Int, _ row: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>
  ) -> OpaquePointer {
    fftwf_plan_dft_r2c_1d(Int32(n), row, complexes(spectrum), FFTW_MEASURE)
  }

  static func planInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Float>, _ row: UnsafeMutablePointer<Float>
  ) -> OpaquePointer {
    fftwf_plan_dft_c2r_1d(Int32(n), complexes(spectrum), row, FFTW_MEASURE)
  }

  static func limitPlanning(seconds: Double) { fftwf_set_timelimit(seconds) }

  static let planFile = "fftwf-measure"

  static func readPlans(_ path: String) { fftwf_import_wisdom_from_filename(path) }

  static func writePlans(_ path: String) -> Bool { fftwf_export_wisdom_to_filename(path) != 0 }

  static func forward(
    _ plan: OpaquePointer, _ row: UnsafeMutablePointer<Float>, _ spectrum: UnsafeMutablePointer<Float>
  ) {
    fftwf_execute_dft_r2c(plan, row, complexes(spectrum))
  }

  static func inverse(
    _ plan: OpaquePointer, _ spectrum: UnsafeMutablePointer<Float>, _ row: UnsafeMutablePointer<Float>
  ) {
    fftwf_execute_dft_c2r(plan, complexes(spectrum), row)
  }

  private static func complexes(_ spectrum: UnsafeMutablePointer<Float>) -> UnsafeMutablePointer<fftwf_complex> {
    UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftwf_complex.self)
  }
}

extension Double: FFTWScalar {
  static let transforms = TransformCache<Double>()

  static func planForward(
    _ n: Int, _ row: UnsafeMutablePointer<Double>, _ spectrum: UnsafeMutablePointer<Double>
  ) -> OpaquePointer {
    fftw_plan_dft_r2c_1d(Int32(n), row, complexes(spectrum), FFTW_MEASURE)
  }

  static func planInverse(
    _ n: Int, _ spectrum: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Double>
  ) -> OpaquePointer {
    fftw_plan_dft_c2r_1d(Int32(n), complexes(spectrum), row, FFTW_MEASURE)
  }

  static func limitPlanning(seconds: Double) { fftw_set_timelimit(seconds) }

  static let planFile = "fftw-measure"

  static func readPlans(_ path: String) { fftw_import_wisdom_from_filename(path) }

  static func writePlans(_ path: String) -> Bool { fftw_export_wisdom_to_filename(path) != 0 }

  static func forward(
    _ plan: OpaquePointer, _ row: UnsafeMutablePointer<Double>, _ spectrum: UnsafeMutablePointer<Double>
  ) {
    fftw_execute_dft_r2c(plan, row, complexes(spectrum))
  }

  static func inverse(
    _ plan: OpaquePointer, _ spectrum: UnsafeMutablePointer<Double>, _ row: UnsafeMutablePointer<Double>
  ) {
    fftw_execute_dft_c2r(plan, complexes(spectrum), row)
  }

  private static func complexes(_ spectrum: UnsafeMutablePointer<Double>) -> UnsafeMutablePointer<fftw_complex> {
    UnsafeMutableRawPointer(spectrum).assumingMemoryBound(to: fftw_complex.self)
  }
}
