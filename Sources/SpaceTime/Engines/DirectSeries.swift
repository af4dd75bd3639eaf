import Lanes
import Numerics
import Tensors

/// The sums themselves, four vectors of outputs in registers.
///
/// A recurrence goes by blocks of these four vectors: what earlier blocks contribute is a correlation, and within a block the first
/// terms of `1/(1 − M)` do the rest. Each output is a sum of products as in the definition, in lanes, so errors are the definition's; long
/// sums are taken in pieces, whose errors add up to less.
///
/// Time grows with taps times terms; kept are the taps and some blocks.
final class DirectSeries<E: Lane>: SeriesEngine {
  typealias Element = E

  static var block: Int { 4 * E.width }
  static var padding: Int { block }

  private let order: Int
  private let channels: Int
  private let window: Workspace<E>
  /// Room for `Expansion`, in a wider precision.
  private let wide: Workspace<Oracle>
  /// The terms after a block of zeros, for each pair of channels.
  private let response: Workspace<E>
  private let rest: Workspace<E>
  private let edge: Workspace<E>
  private let scratch: Workspace<E>

  init(order: Int, length: Int, channels: Int) {
    self.order = order
    self.channels = channels
    let pairs = channels * channels
    window = Workspace(pairs * order)
    wide = Workspace(2 * pairs * Self.block)
    response = Workspace(pairs * 2 * Self.block)
    rest = Workspace(channels * Self.block)
    edge = Workspace(Self.block)
    scratch = Workspace(Self.scratchCount(order: order, length: length))
  }

  static func bytes(order: Int, length: Int, channels: Int) -> Int {
    let pairs = channels * channels
    let count = pairs * (order + 2 * block) + (channels + 1) * block + scratchCount(order: order, length: length)
    return count * MemoryLayout<E>.stride + 2 * pairs * block * MemoryLayout<Oracle>.stride
  }

  var convolutionScratch: UnsafeMutablePointer<E> { scratch.base }

  func taps(_ row: Int, _ column: Int) -> UnsafeMutablePointer<E> {
    window.base + (row * channels + column) * order
  }

  private func response(_ row: Int, _ column: Int) -> UnsafeMutablePointer<E> {
    response.base + (row * channels + column) * 2 * Self.block
  }

  /// The terms of `1/(1 − M)` act in every block, so that their errors would add up: they are computed wider and rounded once.
  func prepareSystem() {
    response.base.update(repeating: 0, count: response.count)
    if E.self == Float.self { expand(Double.self) } else { expand(Oracle.self) }
  }

  @inline(__always)
  private func expand<U: Scalar>(_: U.Type) {
    let count = min(order, Self.block - 1), pairs = channels * channels
    let nearest = UnsafeMutableRawPointer(wide.base).bindMemory(to: U.self, capacity: 2 * pairs * Self.block)
    let terms = nearest + pairs * Self.block
    terms.update(repeating: 0, count: pairs * Self.block)
    for row in 0..<channels {
      for column in 0..<channels {
        let (taps, near) = (taps(row, column), nearest + (row * channels + column) * Self.block)
        for m in 0..<count { near[m] = U(taps[order - 1 - m]) }
      }
      terms[(row * channels + row) * Self.block] = 1
    }
    // Each term is final when the terms before it have been added to those that follow them.
    for t in 0..<Self.block - 1 {
      for row in 0..<channels {
        for column in 0..<channels {
          let target = terms + ((row * channels + column) * Self.block + t + 1)
          for through in 0..<channels {
            let factor = terms[(through * channels + column) * Self.block + t]
            let source = nearest + (row * channels + through) * Self.block
            for m in 0..<min(count, Self.block - 1 - t) { target[m] += factor * source[m] }
          }
        }
      }
    }
    for pair in 0..<pairs {
      let target = response.base + (2 * pair + 1) * Self.block
      for t in 0..<Self.block { target[t] = E(terms[pair * Self.block + t]) }
    }
  }

  func solve(
    _ first: UnsafeMutablePointer<E>, _ second: UnsafeMutablePointer<E>, _ count: Int, transposed: Bool, history: Bool
  ) {
    for start in stride(from: 0, to: count, by: Self.block) {
      let present = min(Self.block, count - start)
      // Taps that reach before the first term meet zeros, but for a history.
      let reach = history ? order : min(order, start + Self.block)
      rest.base.update(repeating: 0, count: rest.count)
      for channel in 0..<channels {
        let terms = (channel == 0 ? first : second) + start
        (rest.base + channel * Self.block).update(from: terms, count: present)
        terms.update(repeating: 0, count: present)
      }
      for row in 0..<channels {
        for column in 0..<channels {
          let taps = transposed ? taps(column, row) : taps(row, column)
          let earlier = (column == 0 ? first : second) + start - reach
          Self.sum(
            UnsafePointer(earlier), step: 1, taps + order - reach, reach, into: rest.base + row * Self.block,
            adding: true)
        }
      }
      for row in 0..<channels {
        for column in 0..<channels {
          let response = transposed ? response(column, row) : response(row, column)
          Self.sum(
            UnsafePointer(response) + Self.block, step: -1, rest.base + column * Self.block, present, into: edge.base,
            adding: column > 0)
        }
        ((row == 0 ? first : second) + start).update(from: edge.base, count: present)
      }
    }
  }

  func correlate(
    _ x: UnsafePointer<E>, _ xCount: Int, _ taps: UnsafePointer<E>, _ tapCount: Int,
    into out: UnsafeMutablePointer<E>, _ count: Int, adding: Bool
  ) {
    for start in stride(from: 0, to: count, by: Self.block) {
      let acting = max(0, min(tapCount, xCount - start))
      if start + Self.block <= count, acting > 0 {
        Self.sum(x + start, step: 1, taps, acting, into: out + start, adding: adding)
        continue
      }
      // Past the end of the series there is nothing to read.
      let present = min(Self.block, count - start)
      if acting > 0 {
        Self.sum(x + start, step: 1, taps, acting, into: edge.base, adding: false)
      } else {
        edge.base.update(repeating: 0, count: present)
      }
      for j in 0..<present { out[start + j] = edge.base[j] + (adding ? out[start + j] : 0) }
    }
  }

  /// `out[j] = Σᵢ taps[i] x[j ± i]` for a block of outputs, or adds that to it.
  @inline(__always)
  private static func sum(
    _ x: UnsafePointer<E>, step: Int, _ taps: UnsafePointer<E>, _ count: Int, into out: UnsafeMutablePointer<E>,
    adding: Bool
  ) {
    let piece = 512
    sumPiece(x, step: step, taps, min(piece, count), into: out, begins: adding, ends: false)
    for first in stride(from: piece, to: count, by: piece) {
      sumPiece(
        x + step * first, step: step, taps + first, min(piece, count - first), into: out, begins: false, ends: true)
    }
  }

  /// A sum that begins or ends with what is there, or replaces it. What it begins with, each of its terms rounds.
  @inline(__always)
  private static func sumPiece(
    _ x: UnsafePointer<E>, step: Int, _ taps: UnsafePointer<E>, _ count: Int, into out: UnsafeMutablePointer<E>,
    begins: Bool, ends: Bool
  ) {
    let width = E.width
    let zero = E.Lanes(repeating: 0)
    var (a0, a1, a2, a3) = (zero, zero, zero, zero)
    var (b0, b1, b2, b3) = (zero, zero, zero, zero)
    if begins {
      (a0, a1) = (E.load(out), E.load(out + width))
      (a2, a3) = (E.load(out + 2 * width), E.load(out + 3 * width))
    }
    var p = x
    var i = 0
    while i + 2 <= count {
      let s = E.Lanes(repeating: taps[i]), t = E.Lanes(repeating: taps[i + 1])
      a0 = E.multiplyAdd(s, E.load(p), a0)
      a1 = E.multiplyAdd(s, E.load(p + width), a1)
      a2 = E.multiplyAdd(s, E.load(p + 2 * width), a2)
      a3 = E.multiplyAdd(s, E.load(p + 3 * width), a3)
      p += step
      b0 = E.multiplyAdd(t, E.load(p), b0)
      b1 = E.multiplyAdd(t, E.load(p + width), b1)
      b2 = E.multiplyAdd(t, E.load(p + 2 * width), b2)
      b3 = E.multiplyAdd(t, E.load(p + 3 * width), b3)
      p += step
      i += 2
    }
    if i < count {
      let s = E.Lanes(repeating: taps[i])
      a0 = E.multiplyAdd(s, E.load(p), a0)
      a1 = E.multiplyAdd(s, E.load(p + width), a1)
      a2 = E.multiplyAdd(s, E.load(p + 2 * width), a2)
      a3 = E.multiplyAdd(s, E.load(p + 3 * width), a3)
    }
    (a0, a1, a2, a3) = (a0 + b0, a1 + b1, a2 + b2, a3 + b3)
    if ends {
      (a0, a1) = (a0 + E.load(out), a1 + E.load(out + width))
      (a2, a3) = (a2 + E.load(out + 2 * width), a3 + E.load(out + 3 * width))
    }
    E.store(a0, out)
    E.store(a1, out + width)
    E.store(a2, out + 2 * width)
    E.store(a3, out + 3 * width)
  }
}
