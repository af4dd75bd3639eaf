import Lanes
import Transforms

/// Everything by real Fourier transforms of one length, twice a block that holds `min(order, length)` terms.
///
/// A recurrence goes by blocks: what the block before contributes is a product with the spectrum of M, and within a block a
/// product with that of `1/(1 − M)` modulo `tᴮ` does the rest. No spectrum is divided by: where `1 − M` vanishes on the unit circle,
/// as it does for eigenvalues that are roots of unity, nothing happens. `1/(1 − M)` is found by Newton's iteration
///
///     G ← G − G ((1 − M) G − 1)   mod t²ᵐ
///
/// in which the transforms have length 2m only: the terms that wrap around fall on those that are known. Each step leaves the terms
/// before as they are and solves for the others, so an error of rounding acts as it would in the recurrence: where that is stable, so
/// is this. Errors are relative to the norms of what is multiplied, not to each element.
///
/// Time is 4 transforms for each block and channel of a recurrence and 2 for each block of a correlation, `O(log B)` a term;
/// kept are a few spectra of 2B.
final class SpectralSeries<E: FFTWScalar>: SeriesEngine {
  typealias Element = E

  static var padding: Int { DirectSeries<E>.padding }
  /// Below this many terms `1/(1 − M)` is computed by its recurrence.
  private static var least: Int { 64 }

  private let order: Int
  private let channels: Int
  private let block: Int
  private let bins: Int
  private let transform: RealTransform<E>
  /// The transforms of Newton's iteration, the shortest first.
  private let doublings: [RealTransform<E>]
  private let window: Workspace<E>
  private let series: Workspace<E>
  private let system: Workspace<E>
  private let response: Workspace<E>
  private let products: Workspace<E>
  private let rows: Workspace<E>
  private let row: Workspace<E>
  private let scratch: Workspace<E>

  /// The least of `2ᵏ` and `3·2ᵏ` that holds the shorter of taps and terms.
  static func block(_ order: Int, _ length: Int) -> Int {
    var block = least
    while block < min(order, length) { block = block.nonzeroBitCount == 1 ? block / 2 * 3 : block / 3 * 4 }
    return block
  }

  /// The lengths from which and to which Newton's iteration doubles.
  private static func start(_ block: Int) -> Int {
    var start = block
    while start > least { start /= 2 }
    return start
  }

  init(order: Int, length: Int, channels: Int) {
    self.order = order
    self.channels = channels
    block = Self.block(order, length)
    bins = RealTransform<E>.bins(2 * block)
    transform = .shared(2 * block)
    doublings = sequence(first: 2 * Self.start(block)) { $0 * 2 }.prefix { [block] in $0 <= block }.map {
      .shared($0)
    }
    let pairs = channels * channels
    window = Workspace(pairs * order)
    series = Workspace(pairs * block)
    system = Workspace(pairs * 2 * bins)
    response = Workspace(pairs * 2 * bins)
    products = Workspace(max(pairs, 3) * 2 * bins)
    rows = Workspace(channels * 2 * block)
    row = Workspace(2 * block)
    scratch = Workspace(Self.scratchCount(order: order, length: length))
  }

  static func bytes(order: Int, length: Int, channels: Int) -> Int {
    let block = block(order, length)
    let spectrum = 2 * RealTransform<E>.bins(2 * block)
    let pairs = channels * channels
    let spectra = 2 * pairs + max(pairs, 3)
    let terms = pairs * (order + block) + 2 * (channels + 1) * block
    let own = terms + spectra * spectrum + scratchCount(order: order, length: length)
    var plans = RealTransform<E>.bytes(2 * block)
    // Beyond the 300 KB that FFTW takes once, plans of the shorter lengths add up to those of the longest.
    plans += 3 * block * MemoryLayout<E>.stride
    return own * MemoryLayout<E>.stride + plans
  }

  var convolutionScratch: UnsafeMutablePointer<E> { scratch.base }

  func taps(_ row: Int, _ column: Int) -> UnsafeMutablePointer<E> { window.base + (row * channels + column) * order }

  /// The spectrum of a pair of channels.
  private func spectrum(
    _ spectra: Workspace<E>, _ row: Int, _ column: Int, transposed: Bool = false
  ) -> UnsafeMutablePointer<E> {
    spectra.base + (transposed ? column * channels + row : row * channels + column) * 2 * bins
  }

  private func series(_ row: Int, _ column: Int) -> UnsafeMutablePointer<E> {
    series.base + (row * channels + column) * block
  }

  /// Tap m, which is 0 from `order + 1` on.
  private func tap(_ row: Int, _ column: Int, _ m: Int) -> E { m <= order ? taps(row, column)[order - m] : 0 }

  func prepareSystem() {
    begin(Self.start(block))
    var known = Self.start(block)
    for transform in doublings {
      double(known, transform)
      known *= 2
    }
    // The inverse's factor is divided out here, once for all blocks.
    let scale = 1 / E(2 * block)
    for i in 0..<channels {
      for j in 0..<channels {
        row.base.update(repeating: 0, count: 2 * block)
        for m in 1...min(order, block) { row.base[m] = scale * tap(i, j, m) }
        transform.forward(row.base, into: spectrum(system, i, j))
        row.base.update(repeating: 0, count: 2 * block)
        for t in 0..<block { row.base[t] = scale * series(i, j)[t] }
        transform.forward(row.base, into: spectrum(response, i, j))
      }
    }
  }

  /// The first terms by the recurrence.
  private func begin(_ count: Int) {
    series.base.update(repeating: 0, count: series.count)
    for i in 0..<channels { series(i, i)[0] = 1 }
    for t in 0..<count - 1 {
      for i in 0..<channels {
        for j in 0..<channels {
          for through in 0..<channels {
            let factor = series(through, j)[t]
            for m in stride(from: 1, through: min(order, count - 1 - t), by: 1) {
              series(i, j)[t + m] += factor * taps(i, through)[order - m]
            }
          }
        }
      }
    }
  }

  /// One step of Newton's iteration, from `m` terms to twice as many, by the transform of that length.
  private func double(_ m: Int, _ transform: RealTransform<E>) {
    let bins = RealTransform<E>.bins(2 * m)
    let scale = 1 / E(2 * m)
    for i in 0..<channels {
      for j in 0..<channels {
        row.base[0] = i == j ? scale : 0
        for t in 1..<2 * m { row.base[t] = -scale * tap(i, j, t) }
        transform.forward(row.base, into: spectrum(system, i, j))
        row.base.update(from: series(i, j), count: m)
        (row.base + m).update(repeating: 0, count: m)
        transform.forward(row.base, into: spectrum(response, i, j))
      }
    }
    for i in 0..<channels {
      for j in 0..<channels {
        let product = spectrum(products, i, j)
        multiply(system, response, i, j, into: product, bins)
        transform.inverse(product, into: row.base)
        // What is beyond the known terms is to vanish.
        for t in 0..<m { row.base[t] = -scale * row.base[m + t] }
        (row.base + m).update(repeating: 0, count: m)
        transform.forward(row.base, into: product)
      }
    }
    for i in 0..<channels {
      for j in 0..<channels {
        multiply(response, products, i, j, into: system.base, bins)
        transform.inverse(system.base, into: row.base)
        (series(i, j) + m).update(from: row.base, count: m)
      }
    }
  }

  /// Element (i, j) of the product of two matrices of spectra.
  private func multiply(
    _ a: Workspace<E>, _ b: Workspace<E>, _ i: Int, _ j: Int, into target: UnsafeMutablePointer<E>, _ bins: Int
  ) {
    for through in 0..<channels {
      Spectra.multiply(
        spectrum(a, i, through), spectrum(b, through, j), into: target, bins, adding: through > 0)
    }
  }

  func solve(
    _ first: UnsafeMutablePointer<E>, _ second: UnsafeMutablePointer<E>, _ count: Int, transposed: Bool, history: Bool
  ) {
    if history {
      let reached = min(order, count)
      correlate(first - order, order, taps(0, 0), order, into: first, reached, adding: true)
    }
    let product = products.base + channels * 2 * bins
    for start in stride(from: 0, to: count, by: block) {
      let present = min(block, count - start)
      for channel in 0..<channels {
        let rest = rows.base + channel * 2 * block
        rest.update(from: (channel == 0 ? first : second) + start, count: present)
        (rest + present).update(repeating: 0, count: 2 * block - present)
      }
      if start > 0 {
        for channel in 0..<channels {
          row.base.update(from: (channel == 0 ? first : second) + start - block, count: block)
          (row.base + block).update(repeating: 0, count: block)
          transform.forward(row.base, into: products.base + channel * 2 * bins)
        }
        for channel in 0..<channels {
          apply(system, channel, transposed, into: product)
          let rest = rows.base + channel * 2 * block
          for t in 0..<present { rest[t] += row.base[block + t] }
        }
      }
      for channel in 0..<channels {
        transform.forward(rows.base + channel * 2 * block, into: products.base + channel * 2 * bins)
      }
      for channel in 0..<channels {
        apply(response, channel, transposed, into: product)
        ((channel == 0 ? first : second) + start).update(from: row.base, count: present)
      }
    }
  }

  /// A row of a matrix of spectra times the channels' spectra, transformed back into `row`.
  private func apply(
    _ matrix: Workspace<E>, _ channel: Int, _ transposed: Bool, into product: UnsafeMutablePointer<E>
  ) {
    for through in 0..<channels {
      Spectra.multiply(
        spectrum(matrix, channel, through, transposed: transposed), products.base + through * 2 * bins, into: product,
        bins, adding: through > 0)
    }
    transform.inverse(product, into: row.base)
  }

  func correlate(
    _ x: UnsafePointer<E>, _ xCount: Int, _ taps: UnsafePointer<E>, _ tapCount: Int,
    into out: UnsafeMutablePointer<E>, _ count: Int, adding: Bool
  ) {
    let window = products.base, sum = window + 2 * bins, filter = sum + 2 * bins
    if !adding { out.update(repeating: 0, count: count) }
    // Blocks of outputs, each from all taps; or of taps, whose contributions to all outputs add up.
    let isShort = tapCount <= block
    if isShort { load(taps, tapCount, into: filter) }
    for start in stride(from: 0, to: min(xCount, isShort ? count : tapCount), by: block) {
      if !isShort { load(taps + start, min(block, tapCount - start), into: filter) }
      load(x + start, min(2 * block, xCount - start), into: window)
      Spectra.multiplyConjugate(window, filter, into: sum, bins, adding: !isShort && start > 0)
      if isShort { add(sum, to: out + start, min(block, count - start)) }
    }
    if !isShort { add(sum, to: out, count) }
  }

  /// The spectrum of a few terms and zeros.
  private func load(_ x: UnsafePointer<E>, _ count: Int, into spectrum: UnsafeMutablePointer<E>) {
    row.base.update(from: x, count: count)
    (row.base + count).update(repeating: 0, count: 2 * block - count)
    transform.forward(row.base, into: spectrum)
  }

  /// Adds the first terms of a spectrum's row.
  private func add(_ spectrum: UnsafeMutablePointer<E>, to out: UnsafeMutablePointer<E>, _ count: Int) {
    transform.inverse(spectrum, into: row.base)
    let scale = 1 / E(2 * block)
    for j in 0..<count { out[j] += scale * row.base[j] }
  }
}

/// Products of spectra of `bins` interleaved complex numbers.
private enum Spectra {
  /// `a·b`, or adds that.
  @inline(__always)
  static func multiply<T: Lane>(
    _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, into c: UnsafeMutablePointer<T>, _ bins: Int, adding: Bool
  ) {
    for k in 0..<bins {
      let (ar, ai, br, bi) = (a[2 * k], a[2 * k + 1], b[2 * k], b[2 * k + 1])
      c[2 * k] = (adding ? c[2 * k] : 0) + (ar * br - ai * bi)
      c[2 * k + 1] = (adding ? c[2 * k + 1] : 0) + (ar * bi + ai * br)
    }
  }

  /// `a·conj(b)`, or adds that.
  @inline(__always)
  static func multiplyConjugate<T: Lane>(
    _ a: UnsafePointer<T>, _ b: UnsafePointer<T>, into c: UnsafeMutablePointer<T>, _ bins: Int, adding: Bool
  ) {
    for k in 0..<bins {
      let (ar, ai, br, bi) = (a[2 * k], a[2 * k + 1], b[2 * k], b[2 * k + 1])
      c[2 * k] = (adding ? c[2 * k] : 0) + (ar * br + ai * bi)
      c[2 * k + 1] = (adding ? c[2 * k + 1] : 0) + (ai * br - ar * bi)
    }
  }
}
