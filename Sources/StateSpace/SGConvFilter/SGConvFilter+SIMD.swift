import KernelSpec
import Lanes
import Parallel
import Tensors

/// Vectors that the taps between two parameters are made of, with their lanes' sums by halves.
private protocol SpanVector: SIMD {
  var total: Scalar { get }
}

extension SIMD2: SpanVector where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { x + y }
}
extension SIMD4: SpanVector where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { (lowHalf + highHalf).total }
}
extension SIMD8: SpanVector where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { (lowHalf + highHalf).total }
}
extension SIMD16: SpanVector where Scalar: FloatingPoint {
  @inline(__always) fileprivate var total: Scalar { (lowHalf + highHalf).total }
}

/// What a thread keeps of one filter. Between the centres of two parameters lie f taps whose weights are the same in every such span: a
/// table of them takes the place of positions. Before the first centre and after the last lie f/2 equal taps.
final class ScaleWorker<T: Lane> {
  private let scales: Scales
  private let hasNorm: Bool
  /// The weights of a span's second parameter; those for f taps, a power of two from 2 on, begin at f.
  private let parts: Workspace<T>
  private let taps: Workspace<T>
  /// How many taps there are, and how many of them are given.
  private let count, kept, length: Int

  static func bytes(_ size: Size) -> Int {
    let scales = Scales(size)
    return (scales.taps + 2 * scales.factor(scales.count - 1)) * MemoryLayout<T>.stride
  }

  init(_ size: Size) {
    scales = Scales(size)
    hasNorm = size.flag("norm")
    (count, length) = (scales.taps, size.L)
    kept = min(length, count)
    let longest = scales.factor(scales.count - 1)
    parts = Workspace(2 * longest)
    taps = Workspace(count)
    for scale in 0..<scales.count {
      let factor = scales.factor(scale)
      for r in 0..<factor { parts.base[factor + r] = (T(r) + 1 / 2) / T(factor) }
    }
  }

  /// All taps of one filter before they are normalized; rows of parameters are `stride` apart.
  @inline(__always) private func interpolate(_ kappa: UnsafePointer<T>, _ stride: Int) {
    // The longest scale first: where scales are added, the others find its taps there.
    for scale in (0..<scales.count).reversed() {
      let row = kappa + scale * stride, result = taps.base + scales.start(scale)
      let adds = scales.isSum && scale < scales.count - 1
      let weight: T = scales.weight(scale)
      switch scales.factor(scale) {
      case 1:
        for j in 0..<scales.width { result[j] = (adds ? result[j] : 0) + weight * row[j] }
      case 2: interpolate(row, weight, 2, result, adds: adds, SIMD2<T>.self)
      case 4: interpolate(row, weight, 4, result, adds: adds, SIMD4<T>.self)
      case 8: interpolate(row, weight, 8, result, adds: adds, SIMD8<T>.self)
      case let factor: interpolate(row, weight, factor, result, adds: adds, SIMD16<T>.self)
      }
    }
  }

  @inline(__always) private func interpolate<V: SIMD>(
    _ kappa: UnsafePointer<T>, _ weight: T, _ factor: Int, _ result: UnsafeMutablePointer<T>, adds: Bool, _: V.Type
  ) where V.Scalar == T {
    let half = factor / 2, table = parts.base + factor
    let end = result + scales.width * factor - half
    var before = weight * kappa[0]
    for r in 0..<half { result[r] = (adds ? result[r] : 0) + before }
    var span = result + half
    for j in 1..<max(scales.width, 1) {
      let after = weight * kappa[j]
      for r in stride(from: 0, to: factor, by: V.scalarCount) {
        let part = UnsafeRawPointer(table + r).loadUnaligned(as: V.self)
        let value = (1 - part) * before + part * after
        let sum = adds ? UnsafeRawPointer(span + r).loadUnaligned(as: V.self) + value : value
        UnsafeMutableRawPointer(span + r).storeBytes(of: sum, as: V.self)
      }
      before = after
      span += factor
    }
    for r in 0..<half { end[r] = (adds ? end[r] : 0) + before }
  }

  /// The sum of products of the first elements of two sequences, in double.
  @inline(__always)
  private func product(_ a: UnsafePointer<T>, _ b: UnsafePointer<T>, _ count: Int) -> Double {
    var even = DoubleLanes(repeating: 0), odd = even
    var l = 0
    while l + 2 * Double.width <= count {
      let next = l + Double.width
      even = Double.multiplyAdd(T.loadDoubles(a + l), T.loadDoubles(b + l), even)
      odd = Double.multiplyAdd(T.loadDoubles(a + next), T.loadDoubles(b + next), odd)
      l += 2 * Double.width
    }
    var sum = (even + odd).sum()
    while l < count {
      sum += Double(a[l]) * Double(b[l])
      l += 1
    }
    return sum
  }

  /// Writes the filter of a head.
  @inline(__always) func filter(_ kappa: UnsafePointer<T>, _ stride: Int, _ K: UnsafeMutablePointer<T>) {
    interpolate(kappa, stride)
    if hasNorm {
      let inverse = 1 / product(taps.base, taps.base, count).squareRoot()
      var l = 0
      while l + Double.width <= kept {
        T.storeDoubles(T.loadDoubles(taps.base + l) * inverse, K + l)
        l += Double.width
      }
      while l < kept {
        K[l] = T(Double(taps.base[l]) * inverse)
        l += 1
      }
    } else {
      K.update(from: taps.base, count: kept)
    }
    (K + kept).update(repeating: 0, count: length - kept)
  }

  /// Writes the gradient of a head's parameters.
  @inline(__always)
  func gradient(
    _ kappa: UnsafePointer<T>, _ stride: Int, _ g: UnsafePointer<T>, _ gradKappa: UnsafeMutablePointer<T>
  ) {
    if hasNorm {
      interpolate(kappa, stride)
      differentiateNorm(g)
    } else {
      taps.base.update(from: g, count: kept)
      (taps.base + kept).update(repeating: 0, count: count - kept)
    }
    for scale in 0..<scales.count {
      let result = gradKappa + scale * stride, row = taps.base + scales.start(scale)
      let weight: T = scales.weight(scale)
      switch scales.factor(scale) {
      case 1: for j in 0..<scales.width { result[j] = weight * row[j] }
      case 2: gather(row, weight, 2, result, SIMD2<T>.self)
      case 4: gather(row, weight, 4, result, SIMD4<T>.self)
      case 8: gather(row, weight, 8, result, SIMD8<T>.self)
      case let factor: gather(row, weight, factor, result, SIMD16<T>.self)
      }
    }
  }

  /// Puts gradients in the place of the taps: `(g − K Σ g K)/n`, g being zero beyond what is given.
  @inline(__always) private func differentiateNorm(_ g: UnsafePointer<T>) {
    // A filter of one tap is 1 or −1 whatever the parameter.
    if count == 1 { return taps.base.update(repeating: 0, count: 1) }
    let square = product(taps.base, taps.base, count)
    let inverse = 1 / square.squareRoot()
    let share = product(g, taps.base, kept) / square
    var l = 0
    while l + Double.width <= kept {
      let rest = ComplexLanes.subtractProduct(
        T.loadDoubles(g + l), T.loadDoubles(taps.base + l), DoubleLanes(repeating: share))
      T.storeDoubles(rest * inverse, taps.base + l)
      l += Double.width
    }
    while l < kept {
      taps.base[l] = T((Double(g[l]) - Double(taps.base[l]) * share) * inverse)
      l += 1
    }
    while l < count {
      taps.base[l] = T(-Double(taps.base[l]) * share * inverse)
      l += 1
    }
  }

  @inline(__always) private func gather<V: SpanVector>(
    _ taps: UnsafePointer<T>, _ weight: T, _ factor: Int, _ result: UnsafeMutablePointer<T>, _: V.Type
  ) where V.Scalar == T {
    let half = factor / 2, table = parts.base + factor
    let end = taps + scales.width * factor - half
    var carried: T = 0
    for r in 0..<half { carried += taps[r] }
    var span = taps + half
    for j in 0..<scales.width - 1 {
      var first = V(repeating: 0), second = first
      for r in stride(from: 0, to: factor, by: V.scalarCount) {
        let part = UnsafeRawPointer(table + r).loadUnaligned(as: V.self)
        let value = UnsafeRawPointer(span + r).loadUnaligned(as: V.self)
        first += (1 - part) * value
        second += part * value
      }
      result[j] = weight * (carried + first.total)
      carried = second.total
      span += factor
    }
    for r in 0..<half { carried += end[r] }
    result[scales.width - 1] = weight * carried
  }
}

extension SGConvFilter {
  static func forward<T: Lane>(_ size: Size, _ threads: Int) -> Run<T> {
    let (heads, width, length) = (size.H, size.W, size.L)
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in ScaleWorker<T>(size) }
    return { arguments in
      let kappa = arguments.input("kappa"), K = arguments.output("K")
      team.run { thread in
        for head in heads * thread / threads..<heads * (thread + 1) / threads {
          workers[thread].filter(kappa + head * width, heads * width, K + head * length)
        }
      }
    }
  }

  static func backward<T: Lane>(_ size: Size, _ threads: Int) -> Run<T> {
    let (heads, width, length) = (size.H, size.W, size.L)
    let team = Team(threads: threads)
    let workers = (0..<threads).map { _ in ScaleWorker<T>(size) }
    return { arguments in
      let kappa = arguments.input("kappa"), g = arguments.cotangent("K"), gradKappa = arguments.gradient("kappa")
      team.run { thread in
        for head in heads * thread / threads..<heads * (thread + 1) / threads {
          workers[thread].gradient(
            kappa + head * width, heads * width, g + head * length, gradKappa + head * width)
        }
      }
    }
  }
}
