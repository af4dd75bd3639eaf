import Lanes

/// The transform in which convolution needs no padding: a real row x of length n as the polynomial `Σ xₗ tˡ` at the n roots of
/// `tⁿ = i`.
///
/// A product of two such polynomials is known `mod (tⁿ − i)`: what wraps around comes back times i, in the imaginary part.
/// The real part of the way back is therefore the causal convolution itself: one complex transform of length n, where a real transform
/// of length 2n would be needed, and no separation of its bins. On the unit circle conjugation turns t into 1/t, so
/// `X conj(Y)` gives `Σₗ x[l+j] y[l]` in the same way: negative j wrap around to `−i`.
///
/// The transform splits `mod (t²ᵐ − c²)` into `mod (tᵐ − c)` and `mod (tᵐ + c)`: element l of the halves is `aₗ ± c aₗ₊ₘ`, with
/// one constant for a whole block. So all but the last levels work on contiguous vectors with constants in registers. At
/// the last, where a block is one vector, `width` blocks are transposed, and their constants are vectors. Spectra stay in the order in which
/// the levels leave them, transposed too: products do not care. Levels go in pairs, depth first, so that small blocks finish in cache; the
/// product with another spectrum and the way back are done there as well, before the block is left.
///
/// A spectrum is stored as vectors of `width` real parts, each followed by its imaginary parts.
///
/// References: Nussbaumer 1982, Fast Fourier Transform and Convolution Algorithms (right-angle circular convolution);
/// Bernstein 2007, The tangent FFT, §2 (the splitting by polynomial remainders).
struct RightAngleTransform<T: SquareLane> {
  /// What is done with a spectrum's block while it is in cache, between the way there and the way back.
  enum Action {
    /// Only the way there.
    case keep
    /// Only the way back.
    case invert
    /// Times a filter's spectrum.
    case multiply(UnsafePointer<T>)
    /// Adds `X conj(U)` to a sum; then times `conj(K)`.
    case correlate(u: UnsafePointer<T>, sum: UnsafeMutablePointer<T>, filter: UnsafePointer<T>)
    /// The same with `U − i V`, where V is the spectrum of the row before: lags that reach back into it.
    case correlateOn(
      u: UnsafePointer<T>, previous: UnsafePointer<T>, sum: UnsafeMutablePointer<T>, filter: UnsafePointer<T>)
  }

  let roots: RightAngleRoots<T>

  /// Blocks up to this many elements are finished level by level: they stay in the first-level cache.
  private static var leaf: Int { 8192 / (2 * MemoryLayout<T>.stride) }

  /// The spectrum of a row of `count` elements.
  func forward(_ row: UnsafePointer<T>, _ count: Int, into spectrum: UnsafeMutablePointer<T>) {
    split(row, count, into: spectrum)
    for block in 0..<roots.factor { visit(spectrum, pass: 0, block, .keep) }
  }

  /// `scale` times the row of a spectrum, which is destroyed: its first `count` elements.
  func inverse(
    _ spectrum: UnsafeMutablePointer<T>, scale: T, _ count: Int, into row: UnsafeMutablePointer<T>
  ) {
    for block in 0..<roots.factor { visit(spectrum, pass: 0, block, .invert) }
    join(spectrum, scale: scale, skip: 0, nil, count, into: row)
  }

  /// There, through `action`, and back: `scale` times the result, plus `skip·x`.
  func roundTrip(
    _ x: UnsafePointer<T>, _ action: Action, work: UnsafeMutablePointer<T>, scale: T, skip: T, _ count: Int,
    into row: UnsafeMutablePointer<T>
  ) {
    split(x, count, into: work)
    for block in 0..<roots.factor { visit(work, pass: 0, block, action) }
    join(work, scale: scale, skip: skip, x, count, into: row)
  }

  /// Finishes one block of a pass: two levels, its four parts, and two levels back.
  private func visit(_ data: UnsafeMutablePointer<T>, pass: Int, _ block: Int, _ action: Action) {
    let length = roots.inner >> (2 * pass)
    if length <= Self.leaf || pass == roots.passes { return finish(data, pass, block, action) }
    let start = data + 2 * block * length
    if action.descends { Self.split4(start, length, roots.pass(pass, block)) }
    for part in 0..<4 { visit(data, pass: pass + 1, 4 * block + part, action) }
    if action.ascends { Self.join4(start, length, roots.pass(pass, block)) }
  }

  /// Finishes a block that fits in cache.
  private func finish(_ data: UnsafeMutablePointer<T>, _ first: Int, _ block: Int, _ action: Action) {
    let length = roots.inner >> (2 * first)
    let start = data + 2 * block * length
    let width = T.width
    let squares = length / (width * width)
    if action.descends {
      for pass in first..<roots.passes {
        let part = roots.inner >> (2 * pass)
        for index in 0..<length / part {
          Self.split4(start + 2 * index * part, part, roots.pass(pass, block * (length / part) + index))
        }
      }
      if roots.pairs {
        let pairs = length / (4 * width)
        for pair in 0..<pairs {
          Butterflies.splitPair(
            start + 8 * pair * width, 2 * width, ComplexVector(repeating: roots.pair(block * pairs + pair)))
        }
      }
      for square in 0..<squares {
        Self.splitSquare(start + 2 * square * width * width, roots.square(block * squares + square))
      }
    }
    act(action, start, start - data, length)
    if action.ascends {
      for square in 0..<squares {
        Self.joinSquare(start + 2 * square * width * width, roots.square(block * squares + square))
      }
      if roots.pairs {
        let pairs = length / (4 * width)
        for pair in 0..<pairs {
          Butterflies.joinPair(
            start + 8 * pair * width, 2 * width, ComplexVector(repeating: roots.pair(block * pairs + pair)))
        }
      }
      for pass in (first..<roots.passes).reversed() {
        let part = roots.inner >> (2 * pass)
        for index in 0..<length / part {
          Self.join4(start + 2 * index * part, part, roots.pass(pass, block * (length / part) + index))
        }
      }
    }
  }

  @inline(__always)
  private func act(_ action: Action, _ block: UnsafeMutablePointer<T>, _ offset: Int, _ length: Int) {
    let step = 2 * T.width
    switch action {
    case .keep, .invert: break
    case .multiply(let filter):
      for i in stride(from: 0, to: 2 * length, by: step) {
        (ComplexVector(at: block + i) * ComplexVector(at: filter + offset + i)).store(block + i)
      }
    case .correlate(let u, let sum, let filter):
      for i in stride(from: 0, to: 2 * length, by: step) {
        correlate(ComplexVector(at: u + offset + i), sum + offset + i, filter + offset + i, block + i)
      }
    case .correlateOn(let u, let previous, let sum, let filter):
      for i in stride(from: 0, to: 2 * length, by: step) {
        let both = ComplexVector<T>(at: u + offset + i).minusTimesI(ComplexVector(at: previous + offset + i))
        correlate(both, sum + offset + i, filter + offset + i, block + i)
      }
    }
  }

  @inline(__always)
  private func correlate(
    _ u: ComplexVector<T>, _ sum: UnsafeMutablePointer<T>, _ filter: UnsafePointer<T>,
    _ block: UnsafeMutablePointer<T>
  ) {
    let x = ComplexVector<T>(at: block)
    (ComplexVector(at: sum) + x.timesConjugate(u)).store(sum)
    x.timesConjugate(ComplexVector(at: filter)).store(block)
  }

  @inline(__always)
  private static func split4(_ start: UnsafeMutablePointer<T>, _ length: Int, _ roots: UnsafePointer<T>) {
    let c = ComplexVector<T>(repeating: roots), d = ComplexVector<T>(repeating: roots + 2)
    let quarter = length / 2
    for i in stride(from: 0, to: quarter, by: 2 * T.width) { Butterflies.split4(start + i, quarter, c, d) }
  }

  @inline(__always)
  private static func join4(_ start: UnsafeMutablePointer<T>, _ length: Int, _ roots: UnsafePointer<T>) {
    let c = ComplexVector<T>(repeating: roots), d = ComplexVector<T>(repeating: roots + 2)
    let cd = ComplexVector<T>(repeating: roots + 4)
    let quarter = length / 2
    for i in stride(from: 0, to: quarter, by: 2 * T.width) { Butterflies.join4(start + i, quarter, c, d, cd) }
  }

  /// The last levels of `width` blocks of `width` elements each.
  @inline(__always)
  private static func splitSquare(_ start: UnsafeMutablePointer<T>, _ roots: UnsafePointer<T>) {
    let step = 2 * T.width
    T.transposeSquare(start, step)
    T.transposeSquare(start + T.width, step)
    var roots = roots
    var length = T.width
    while length >= 4 {
      for block in stride(from: 0, to: T.width, by: length) {
        let c = ComplexVector(at: roots), d = ComplexVector(at: roots + step)
        for i in 0..<length / 4 { Butterflies.split4(start + (block + i) * step, length / 4 * step, c, d) }
        roots += 3 * step
      }
      length /= 4
    }
    if length == 2 {
      for block in stride(from: 0, to: T.width, by: 4) {
        Butterflies.splitPair(start + block * step, step, ComplexVector(at: roots))
        roots += step
      }
    }
  }

  /// The way back from `splitSquare`.
  @inline(__always)
  private static func joinSquare(_ start: UnsafeMutablePointer<T>, _ roots: UnsafePointer<T>) {
    let step = 2 * T.width
    var roots = roots + RightAngleRoots<T>.squareCount
    var length = 1
    if T.width.trailingZeroBitCount % 2 == 1 {
      for following in stride(from: 4, to: T.width + 1, by: 4) {
        roots -= step
        Butterflies.joinPair(start + (T.width - following) * step, step, ComplexVector(at: roots))
      }
      length = 2
    }
    while length < T.width {
      length *= 4
      for following in stride(from: length, to: T.width + 1, by: length) {
        let block = T.width - following
        roots -= 3 * step
        let c = ComplexVector(at: roots), d = ComplexVector(at: roots + step),
          cd = ComplexVector(at: roots + 2 * step)
        for i in 0..<length / 4 { Butterflies.join4(start + (block + i) * step, length / 4 * step, c, d, cd) }
      }
    }
    T.transposeSquare(start, step)
    T.transposeSquare(start + T.width, step)
  }
}

extension RightAngleTransform.Action {
  @inline(__always) fileprivate var descends: Bool { if case .invert = self { false } else { true } }
  @inline(__always) fileprivate var ascends: Bool { if case .keep = self { false } else { true } }
}
