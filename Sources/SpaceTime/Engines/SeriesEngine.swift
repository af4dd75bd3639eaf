import Lanes

/// One thread's means of computing with series: correlations with short ones, and linear recurrences.
///
/// A system of C channels is `v[h] = r[h] + Σₘ M[m] v[h−m]`, m = 1 … order, with C × C matrices M: as power series
/// `v = r / (1 − M)`. Kernels say what they compute in these terms, and variants how: this is where the two meet.
///
/// Series are followed by `padding` zeros, and those that a recurrence works on are also preceded by as many.
protocol SeriesEngine: AnyObject, SendableMetatype {
  associatedtype Element: Lane
  /// Zeros that a series is surrounded by.
  static var padding: Int { get }
  /// Room for systems of this many channels and taps, and series of up to `length` terms.
  init(order: Int, length: Int, channels: Int)
  /// Bytes that an instance allocates.
  static func bytes(order: Int, length: Int, channels: Int) -> Int
  /// Where the caller writes the taps from channel `column` to channel `row`, the oldest first: element i is `M[order − i]`.
  func taps(_ row: Int, _ column: Int) -> UnsafeMutablePointer<Element>
  /// Takes the taps for the calls that follow.
  func prepareSystem()
  /// Replaces r by v in `count` terms of each channel; a system of one channel ignores the second. With `transposed` each M is.
  ///
  /// With `history` the `order` elements before the first term are earlier values of v; else zeros are.
  func solve(
    _ first: UnsafeMutablePointer<Element>, _ second: UnsafeMutablePointer<Element>, _ count: Int, transposed: Bool,
    history: Bool)
  /// `out[j] = Σᵢ taps[i] x[j + i]`, or adds that to it, x being zero from `xCount` on.
  ///
  /// Either the taps or the outputs are at most `min(order, length)`.
  func correlate(
    _ x: UnsafePointer<Element>, _ xCount: Int, _ taps: UnsafePointer<Element>, _ tapCount: Int,
    into out: UnsafeMutablePointer<Element>, _ count: Int, adding: Bool)
  /// Room for `2·padding` elements and the terms of two series.
  var convolutionScratch: UnsafeMutablePointer<Element> { get }
}

extension SeriesEngine {
  /// The scratch that `convolve` needs.
  static func scratchCount(order: Int, length: Int) -> Int { 2 * (order + length) + 2 * padding }

  /// `out[n] = Σᵢ f[i] g[n−i]`, or adds that to it.
  func convolve(
    _ f: UnsafePointer<Element>, _ fCount: Int, _ g: UnsafePointer<Element>, _ gCount: Int,
    into out: UnsafeMutablePointer<Element>, _ count: Int, adding: Bool
  ) {
    if fCount > gCount { return convolve(g, gCount, f, fCount, into: out, count, adding: adding) }
    guard fCount > 0 else {
      if !adding { out.update(repeating: 0, count: count) }
      return
    }
    let reversed = convolutionScratch
    let row = reversed + fCount
    for i in 0..<fCount { reversed[i] = f[fCount - 1 - i] }
    row.update(repeating: 0, count: fCount - 1)
    (row + fCount - 1).update(from: g, count: gCount)
    (row + fCount - 1 + gCount).update(repeating: 0, count: Self.padding)
    correlate(row, fCount - 1 + gCount, reversed, fCount, into: out, count, adding: adding)
  }
}

/// Copies series between precisions.
@inline(__always)
func convert<T: Lane, U: Lane>(_ from: UnsafePointer<T>, _ count: Int, _ to: UnsafeMutablePointer<U>) {
  for i in 0..<count { to[i] = U(from[i]) }
}

/// Copies a series in reverse order.
@inline(__always)
func reverse<T: Lane>(_ from: UnsafePointer<T>, _ count: Int, _ to: UnsafeMutablePointer<T>) {
  for i in 0..<count { to[i] = from[count - 1 - i] }
}
