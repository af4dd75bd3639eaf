import KernelSpec
import Lanes

/// A transform for long rows and filters, the plain sum for short ones.
///
/// Up to 128 positions the sum is the faster of the two. It makes as many roundings as there are taps, and a transform some
/// tens, spread over the row: for up to 16 taps the sum is the more accurate, and on an impulse it is exact.
final class ShortRowsSummed<Transform: RowConvolver>: RowConvolver {
  typealias Element = Transform.Element

  private let sum: DirectConvolver<Element>?
  private let transform: Transform?

  init(L: Int, W: Int, gradient: Bool, beside other: ShortRowsSummed?) throws(Refusal) {
    let short = Self.sums(L, W)
    sum = short ? try DirectConvolver(L: L, W: W, gradient: gradient, beside: nil) : nil
    transform = short ? nil : try Transform(L: L, W: W, gradient: gradient, beside: other?.transform)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    sums(L, W)
      ? DirectConvolver<Element>.bytes(L: L, W: W, gradient: gradient, threads: threads)
      : Transform.bytes(L: L, W: W, gradient: gradient, threads: threads)
  }

  private static func sums(_ L: Int, _ W: Int) -> Bool { L <= 128 || W <= 16 }

  func setFilter(_ K: UnsafePointer<Element>) {
    sum?.setFilter(K)
    transform?.setFilter(K)
  }

  func convolve(_ u: UnsafePointer<Element>, skip: Element, into y: UnsafeMutablePointer<Element>) {
    sum?.convolve(u, skip: skip, into: y)
    transform?.convolve(u, skip: skip, into: y)
  }

  func startFilterGradient() {
    sum?.startFilterGradient()
    transform?.startFilterGradient()
  }

  func correlate(
    _ u: UnsafePointer<Element>, _ g: UnsafePointer<Element>, skip: Element,
    into gradU: UnsafeMutablePointer<Element>
  ) {
    sum?.correlate(u, g, skip: skip, into: gradU)
    transform?.correlate(u, g, skip: skip, into: gradU)
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<Element>) {
    sum?.finishFilterGradient(into: gradK)
    transform?.finishFilterGradient(into: gradK)
  }
}
