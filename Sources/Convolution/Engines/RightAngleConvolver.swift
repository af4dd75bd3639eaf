import KernelSpec
import Lanes

/// Convolution of whole rows by the right-angle transform.
final class RightAngleConvolver<T: SquareLane>: RowConvolver {
  private let L: Int
  private let taps: Int
  private let transform: RightAngleTransform<T>
  private let scale: T
  private let filter: Workspace<T>
  private let product: Workspace<T>
  private let input: Workspace<T>
  private let sum: Workspace<T>

  init(L: Int, W: Int, gradient: Bool, beside other: RightAngleConvolver?) {
    self.L = L
    taps = min(W, L)
    transform = other?.transform ?? RightAngleTransform(roots: RightAngleRoots(least: L))
    let n = transform.roots.n
    scale = 1 / T(n)
    filter = Workspace(2 * n)
    product = Workspace(2 * n)
    input = Workspace(gradient ? 2 * n : 0)
    sum = Workspace(gradient ? 2 * n : 0)
  }

  static func bytes(L: Int, W: Int, gradient: Bool, threads: Int) -> Int {
    let (factor, inner) = RightAngleRoots<T>.factors(L)
    let spectra = 2 * factor * inner * (gradient ? 4 : 2)
    return (RightAngleRoots<T>.count(factor, inner) + threads * spectra) * MemoryLayout<T>.stride
  }

  func setFilter(_ K: UnsafePointer<T>) {
    transform.forward(K, taps, into: filter.base)
  }

  func convolve(_ u: UnsafePointer<T>, skip: T, into y: UnsafeMutablePointer<T>) {
    transform.roundTrip(u, .multiply(filter.base), work: product.base, scale: scale, skip: skip, L, into: y)
  }

  func startFilterGradient() {
    sum.base.update(repeating: 0, count: sum.count)
  }

  func correlate(_ u: UnsafePointer<T>, _ g: UnsafePointer<T>, skip: T, into gradU: UnsafeMutablePointer<T>) {
    transform.forward(u, L, into: input.base)
    transform.roundTrip(
      g, .correlate(u: input.base, sum: sum.base, filter: filter.base), work: product.base, scale: scale, skip: skip,
      L,
      into: gradU)
  }

  func finishFilterGradient(into gradK: UnsafeMutablePointer<T>) {
    transform.inverse(sum.base, scale: scale, taps, into: gradK)
  }
}
