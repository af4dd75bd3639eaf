import Lanes

extension RightAngleTransform {
  /// The first pass: block k is `Σⱼ zₖʲ xⱼ` with `xⱼ` the j-th part of the row, and `zₖ` the k-th root of `t^factor = i`.
  func split(_ row: UnsafePointer<T>, _ count: Int, into spectrum: UnsafeMutablePointer<T>) {
    // A constant factor lets the compiler keep the parts in registers.
    switch roots.factor {
    case 4: splitIntoFour(row, count, into: spectrum)
    case 5: split(factor: 5, row, count, into: spectrum)
    case 6: split(factor: 6, row, count, into: spectrum)
    case 7: split(factor: 7, row, count, into: spectrum)
    default: split(factor: roots.factor, row, count, into: spectrum)
    }
  }

  @inline(__always)
  private func split(
    factor: Int, _ row: UnsafePointer<T>, _ count: Int, into spectrum: UnsafeMutablePointer<T>
  ) {
    let (inner, width) = (roots.inner, T.width)
    for i in stride(from: 0, to: inner, by: 2 * width) {
      var parts = InlineArray<14, T.Lanes>(repeating: T.Lanes(repeating: 0))
      for j in 0..<factor {
        parts[2 * j] = Self.load(row, count, j * inner + i)
        parts[2 * j + 1] = Self.load(row, count, j * inner + i + width)
      }
      for k in 0..<factor {
        var re0 = parts[0], re1 = parts[1]
        var im0 = T.Lanes(repeating: 0), im1 = im0
        for j in 1..<max(factor, 1) {
          let z = roots.first(k, j)
          let cosine = T.Lanes(repeating: z[0]), sine = T.Lanes(repeating: z[1])
          re0 = T.multiplyAdd(cosine, parts[2 * j], re0)
          re1 = T.multiplyAdd(cosine, parts[2 * j + 1], re1)
          im0 = T.multiplyAdd(sine, parts[2 * j], im0)
          im1 = T.multiplyAdd(sine, parts[2 * j + 1], im1)
        }
        let target = spectrum + 2 * (k * inner + i)
        ComplexVector<T>(re0, im0).store(target)
        ComplexVector<T>(re1, im1).store(target + 2 * width)
      }
    }
  }

  /// The last pass back, real parts alone: part j is `scale · Re Σₖ conj(zₖʲ) Xₖ + skip·x`.
  func join(
    _ spectrum: UnsafePointer<T>, scale: T, skip: T, _ x: UnsafePointer<T>?, _ count: Int,
    into row: UnsafeMutablePointer<T>
  ) {
    switch roots.factor {
    case 4: joinFour(spectrum, scale, skip, x, count, into: row)
    case 5: join(factor: 5, spectrum, scale, skip, x, count, into: row)
    case 6: join(factor: 6, spectrum, scale, skip, x, count, into: row)
    case 7: join(factor: 7, spectrum, scale, skip, x, count, into: row)
    default: join(factor: roots.factor, spectrum, scale, skip, x, count, into: row)
    }
  }

  @inline(__always)
  private func join(
    factor: Int, _ spectrum: UnsafePointer<T>, _ scale: T, _ skip: T, _ x: UnsafePointer<T>?, _ count: Int,
    into row: UnsafeMutablePointer<T>
  ) {
    let (inner, width) = (roots.inner, T.width)
    let scale = T.Lanes(repeating: scale), skip = T.Lanes(repeating: skip)
    func skipped(_ l: Int) -> T.Lanes { x.map { skip * Self.load($0, count, l) } ?? T.Lanes(repeating: 0) }
    for i in stride(from: 0, to: inner, by: 2 * width) {
      for j in 0..<factor where j * inner + i < count {
        var sum0 = T.Lanes(repeating: 0), sum1 = sum0
        for k in 0..<factor {
          let z = roots.first(k, j)
          let cosine = T.Lanes(repeating: z[0]), sine = T.Lanes(repeating: z[1])
          let source = spectrum + 2 * (k * inner + i)
          sum0 = T.multiplyAdd(sine, T.load(source + width), T.multiplyAdd(cosine, T.load(source), sum0))
          sum1 = T.multiplyAdd(
            sine, T.load(source + 3 * width), T.multiplyAdd(cosine, T.load(source + 2 * width), sum1))
        }
        let l = j * inner + i
        Self.store(T.multiplyAdd(scale, sum0, skipped(l)), row, count, l)
        if l + width < count {
          Self.store(T.multiplyAdd(scale, sum1, skipped(l + width)), row, count, l + width)
        }
      }
    }
  }

  /// What wrapped around, the imaginary parts times `scale`: elements `range`, in place in a row of n elements.
  ///
  /// For a product it is what follows after the row; for a correlation, the negative of what precedes it.
  func joinWrapped(
    _ spectrum: UnsafePointer<T>, scale: T, _ range: Range<Int>, into row: UnsafeMutablePointer<T>
  ) {
    let (factor, inner, width) = (roots.factor, roots.inner, T.width)
    let scale = T.Lanes(repeating: scale)
    for l in stride(from: range.lowerBound / width * width, to: range.upperBound, by: width) {
      let (j, i) = l.quotientAndRemainder(dividingBy: inner)
      var sum = T.Lanes(repeating: 0)
      for k in 0..<factor {
        let z = roots.first(k, j)
        let source = ComplexVector<T>(at: spectrum + 2 * (k * inner + i))
        sum = T.multiplyAdd(T.Lanes(repeating: z[0]), source.im, sum)
        sum = T.multiplyAdd(T.Lanes(repeating: -z[1]), source.re, sum)
      }
      T.store(scale * sum, row + l)
    }
  }

  /// The vector of a row at `l`, zeros beyond its end.
  @inline(__always)
  static func load(_ row: UnsafePointer<T>, _ count: Int, _ l: Int) -> T.Lanes {
    l + T.width <= count ? T.load(row + l) : loadEnd(row, count, l)
  }

  @inline(__always)
  static func store(_ vector: T.Lanes, _ row: UnsafeMutablePointer<T>, _ count: Int, _ l: Int) {
    if l + T.width <= count { T.store(vector, row + l) } else { storeEnd(vector, row, count, l) }
  }

  // Once in a row, and out of the way of the loops.
  @inline(never)
  private static func loadEnd(_ row: UnsafePointer<T>, _ count: Int, _ l: Int) -> T.Lanes {
    var vector = T.Lanes(repeating: 0)
    for lane in 0..<max(count - l, 0) { vector[lane] = row[l + lane] }
    return vector
  }

  @inline(never)
  private static func storeEnd(_ vector: T.Lanes, _ row: UnsafeMutablePointer<T>, _ count: Int, _ l: Int) {
    for lane in 0..<max(count - l, 0) { row[l + lane] = vector[lane] }
  }
}
