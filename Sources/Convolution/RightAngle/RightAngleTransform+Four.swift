import Lanes

/// The first pass and the last for a factor of four, the most common one: there `zₖ = iᵏ z₀`, so after one product with a power of
/// `z₀` all else is signs.
extension RightAngleTransform {
  func splitIntoFour(_ row: UnsafePointer<T>, _ count: Int, into spectrum: UnsafeMutablePointer<T>) {
    let quarter = roots.inner
    let z1 = ComplexVector<T>(repeating: roots.first(0, 1)), z2 = ComplexVector<T>(repeating: roots.first(0, 2))
    let z3 = ComplexVector<T>(repeating: roots.first(0, 3))
    // Loops that are known to stay inside the row need no look at its end.
    let inside = max(count - 3 * quarter, 0) / T.width * T.width
    for i in stride(from: 0, to: inside, by: T.width) { pass(i, 4 * quarter) }
    for i in stride(from: inside, to: quarter, by: T.width) { pass(i, count) }

    @inline(__always) func pass(_ i: Int, _ count: Int) {
      let x0 = Self.load(row, count, i), x1 = Self.load(row, count, i + quarter)
      let x2 = Self.load(row, count, i + 2 * quarter), x3 = Self.load(row, count, i + 3 * quarter)
      let y2 = ComplexVector<T>(x2 * z2.re, x2 * z2.im)
      let s02 = ComplexVector<T>(x0 + y2.re, y2.im),
        d02 = ComplexVector<T>(x0 - y2.re, ComplexVector<T>.negated(y2.im))
      let y1 = ComplexVector<T>(x1 * z1.re, x1 * z1.im), y3 = ComplexVector<T>(x3 * z3.re, x3 * z3.im)
      let s13 = y1 + y3, d13 = y1 - y3
      let target = spectrum + 2 * i
      (s02 + s13).store(target)
      d02.plusTimesI(d13).store(target + 2 * quarter)
      (s02 - s13).store(target + 4 * quarter)
      d02.minusTimesI(d13).store(target + 6 * quarter)
    }
  }

  func joinFour(
    _ spectrum: UnsafePointer<T>, _ scale: T, _ skip: T, _ x: UnsafePointer<T>?, _ count: Int,
    into row: UnsafeMutablePointer<T>
  ) {
    let quarter = roots.inner
    let scale = T.Lanes(repeating: scale), skip = T.Lanes(repeating: skip)
    let z1 = ComplexVector<T>(repeating: roots.first(0, 1)), z2 = ComplexVector<T>(repeating: roots.first(0, 2))
    let z3 = ComplexVector<T>(repeating: roots.first(0, 3))
    let inside = max(count - 3 * quarter, 0) / T.width * T.width
    for i in stride(from: 0, to: inside, by: T.width) { pass(i, 4 * quarter) }
    for i in stride(from: inside, to: quarter, by: T.width) { pass(i, count) }

    @inline(__always) func pass(_ i: Int, _ count: Int) {
      @inline(__always) func write(_ sum: T.Lanes, _ l: Int) {
        var result = scale * sum
        if let x { result = T.multiplyAdd(skip, Self.load(x, count, l), result) }
        Self.store(result, row, count, l)
      }
      let source = spectrum + 2 * i
      let x0 = ComplexVector<T>(at: source), x1 = ComplexVector<T>(at: source + 2 * quarter)
      let x2 = ComplexVector<T>(at: source + 4 * quarter), x3 = ComplexVector<T>(at: source + 6 * quarter)
      let s02 = x0 + x2, s13 = x1 + x3, d02 = x0 - x2, d13 = x1 - x3
      write(s02.re + s13.re, i)
      write(d02.minusTimesI(d13).realTimesConjugate(z1), i + quarter)
      write((s02 - s13).realTimesConjugate(z2), i + 2 * quarter)
      write(d02.plusTimesI(d13).realTimesConjugate(z3), i + 3 * quarter)
    }
  }
}
