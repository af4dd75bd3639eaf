import Lanes
import Transforms

/// Transforms, and the plain sums for systems of fewer than 32 taps: there those are the faster, and the more accurate too, since they
/// round less often than a transform does.
final class FewTermsSummed<E: FFTWScalar>: SeriesEngine {
  typealias Element = E

  static var padding: Int { DirectSeries<E>.padding }

  private let sums: DirectSeries<E>?
  private let transforms: SpectralSeries<E>?

  private static func isShort(_ order: Int) -> Bool { order < 32 }

  init(order: Int, length: Int, channels: Int) {
    let short = Self.isShort(order)
    sums = short ? DirectSeries(order: order, length: length, channels: channels) : nil
    transforms = short ? nil : SpectralSeries(order: order, length: length, channels: channels)
  }

  static func bytes(order: Int, length: Int, channels: Int) -> Int {
    isShort(order)
      ? DirectSeries<E>.bytes(order: order, length: length, channels: channels)
      : SpectralSeries<E>.bytes(order: order, length: length, channels: channels)
  }

  var convolutionScratch: UnsafeMutablePointer<E> { sums?.convolutionScratch ?? transforms!.convolutionScratch }

  func taps(_ row: Int, _ column: Int) -> UnsafeMutablePointer<E> {
    sums?.taps(row, column) ?? transforms!.taps(row, column)
  }

  func prepareSystem() {
    sums?.prepareSystem()
    transforms?.prepareSystem()
  }

  func solve(
    _ first: UnsafeMutablePointer<E>, _ second: UnsafeMutablePointer<E>, _ count: Int, transposed: Bool, history: Bool
  ) {
    sums?.solve(first, second, count, transposed: transposed, history: history)
    transforms?.solve(first, second, count, transposed: transposed, history: history)
  }

  func correlate(
    _ x: UnsafePointer<E>, _ xCount: Int, _ taps: UnsafePointer<E>, _ tapCount: Int,
    into out: UnsafeMutablePointer<E>, _ count: Int, adding: Bool
  ) {
    sums?.correlate(x, xCount, taps, tapCount, into: out, count, adding: adding)
    transforms?.correlate(x, xCount, taps, tapCount, into: out, count, adding: adding)
  }
}
