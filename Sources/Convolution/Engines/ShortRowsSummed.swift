import KernelSpec
import Lanes

/// A transform for long rows, the plain sum for short ones.
///
/// Up to 64 positions the sum is as fast, and it makes fewer roundings than a transform: on an impulse it is exact.
final class ShortRowsSummed<Transform: RowConvolver>: RowConvolver {
  typealias Element = Transform.Element

  private let sum: DirectConvolver<Element>?
  private let transform: Transform?

  init(L: Int, W: Int, gradient: Bool) throws(Refusal) {
    let short = Self.sums(L)
    sum = short ? try DirectConvolver(L: L, W: W, gradient: gradient) : nil
    transform = short ? nil : try Transform(L: L, W: W, gradient: gradient)
  }

  static func bytes(L: Int, W: Int, gradient: Bool) -> Int {
    sums(L)
      ? DirectConvolver<Element>.bytes(L: L, W: W, gradient: gradient) : Transform.bytes(L: L, W: W, gradient: gradient)
  }

  private static func sums(_ L: Int) -> Bool { L <= 64 }

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
    _ u: UnsafePointer<Element>, _ g: UnsafePointer<Element>, skip: Element, into gradU: UnsafeMutablePointer<Element>
  ) {
    sum?.correlate(u, g, skip: skip, into: gradU)
    transform?.correlate(u, g, skip: skip, into: gradU)
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<Element>) {
    sum?.finishFilterGradient(into: gradK)
    transform?.finishFilterGradient(into: gradK)
  }
}
