import Lanes

/// A few vectors side by side: as many as leave the machine's registers room for six rows of sums.
struct Strip<T: Lane> {
  var a, b: T.Lanes
  #if ISA_V4
    var c, d: T.Lanes
    static var vectors: Int { 4 }
  #else
    static var vectors: Int { 2 }
  #endif

  /// How many numbers a strip holds.
  @inline(__always) static var width: Int { vectors * T.width }

  @inline(__always) init() {
    let zero = T.Lanes(repeating: 0)
    (a, b) = (zero, zero)
    #if ISA_V4
      (c, d) = (zero, zero)
    #endif
  }

  @inline(__always) init(_ pointer: UnsafePointer<T>) {
    a = T.load(pointer)
    b = T.load(pointer + T.width)
    #if ISA_V4
      c = T.load(pointer + 2 * T.width)
      d = T.load(pointer + 3 * T.width)
    #endif
  }

  @inline(__always) func store(_ pointer: UnsafeMutablePointer<T>) {
    T.store(a, pointer)
    T.store(b, pointer + T.width)
    #if ISA_V4
      T.store(c, pointer + 2 * T.width)
      T.store(d, pointer + 3 * T.width)
    #endif
  }

  /// Adds `factor` times a strip.
  @inline(__always) mutating func add(_ factor: T, _ strip: Strip) {
    let factors = T.Lanes(repeating: factor)
    a = T.multiplyAdd(factors, strip.a, a)
    b = T.multiplyAdd(factors, strip.b, b)
    #if ISA_V4
      c = T.multiplyAdd(factors, strip.c, c)
      d = T.multiplyAdd(factors, strip.d, d)
    #endif
  }
}

/// Six rows of a matrix product, one strip wide, in registers.
struct Tile<T: Lane> {
  static var rows: Int { 6 }

  /// Writes the product of six rows of `left`, `stride` apart, with `inner` strips one after another, as six strips to `result`,
  /// `resultStride` apart.
  @inline(__always) static func multiply(
    _ left: UnsafePointer<T>, stride: Int, _ strips: UnsafePointer<T>, inner: Int,
    _ result: UnsafeMutablePointer<T>, resultStride: Int
  ) {
    var r0 = Strip<T>()
    var r1 = Strip<T>()
    var r2 = Strip<T>()
    var r3 = Strip<T>()
    var r4 = Strip<T>()
    var r5 = Strip<T>()
    var strip = strips
    let lower = left + 3 * stride
    for k in 0..<inner {
      let right = Strip<T>(strip)
      r0.add(left[k], right)
      r1.add(left[k + stride], right)
      r2.add(left[k + 2 * stride], right)
      r3.add(lower[k], right)
      r4.add(lower[k + stride], right)
      r5.add(lower[k + 2 * stride], right)
      strip += Strip<T>.width
    }
    r0.store(result)
    r1.store(result + resultStride)
    r2.store(result + 2 * resultStride)
    r3.store(result + 3 * resultStride)
    r4.store(result + 4 * resultStride)
    r5.store(result + 5 * resultStride)
  }
}
