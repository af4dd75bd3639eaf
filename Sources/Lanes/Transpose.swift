/// Exchanges the off-diagonal blocks of side `side` in each square of two rows: one stage of a transposition.
@inlinable @inline(__always) func exchange<V: SIMD>(_ a: inout V, _ b: inout V, _ side: Int) {
  var upper = a
  var lower = b
  for lane in 0..<V.scalarCount {
    if lane & side == 0 { lower[lane] = a[lane + side] } else { upper[lane] = b[lane - side] }
  }
  a = upper
  b = lower
}

@inlinable @inline(__always) func exchange4<V: SIMD>(_ a: inout V, _ b: inout V, _ c: inout V, _ d: inout V) {
  exchange(&a, &c, 2)
  exchange(&b, &d, 2)
  exchange(&a, &b, 1)
  exchange(&c, &d, 1)
}

/// Rows of four lanes.
@inlinable @inline(__always) func transpose4<V: SIMD>(_ load: (Int) -> V, _ store: (Int, V) -> Void) {
  var a = load(0), b = load(1), c = load(2), d = load(3)
  exchange4(&a, &b, &c, &d)
  store(0, a)
  store(1, b)
  store(2, c)
  store(3, d)
}

@inlinable @inline(__always) func exchange8<V: SIMD>(
  _ a: inout V, _ b: inout V, _ c: inout V, _ d: inout V, _ e: inout V, _ f: inout V, _ g: inout V, _ h: inout V
) {
  exchange(&a, &e, 4)
  exchange(&b, &f, 4)
  exchange(&c, &g, 4)
  exchange(&d, &h, 4)
  exchange4(&a, &b, &c, &d)
  exchange4(&e, &f, &g, &h)
}

/// Eight rows of eight lanes.
@inlinable @inline(__always) func transpose8<V: SIMD>(_ load: (Int) -> V, _ store: (Int, V) -> Void) {
  var a = load(0), b = load(1), c = load(2), d = load(3), e = load(4), f = load(5), g = load(6), h = load(7)
  exchange8(&a, &b, &c, &d, &e, &f, &g, &h)
  store(0, a)
  store(1, b)
  store(2, c)
  store(3, d)
  store(4, e)
  store(5, f)
  store(6, g)
  store(7, h)
}

/// Sixteen rows of sixteen lanes.
@inlinable @inline(__always) func transpose16<V: SIMD>(_ load: (Int) -> V, _ store: (Int, V) -> Void) {
  var a = load(0), b = load(1), c = load(2), d = load(3), e = load(4), f = load(5), g = load(6), h = load(7)
  var i = load(8), j = load(9), k = load(10), l = load(11), m = load(12), n = load(13), o = load(14), p = load(15)
  exchange(&a, &i, 8)
  exchange(&b, &j, 8)
  exchange(&c, &k, 8)
  exchange(&d, &l, 8)
  exchange(&e, &m, 8)
  exchange(&f, &n, 8)
  exchange(&g, &o, 8)
  exchange(&h, &p, 8)
  exchange8(&a, &b, &c, &d, &e, &f, &g, &h)
  exchange8(&i, &j, &k, &l, &m, &n, &o, &p)
  store(0, a)
  store(1, b)
  store(2, c)
  store(3, d)
  store(4, e)
  store(5, f)
  store(6, g)
  store(7, h)
  store(8, i)
  store(9, j)
  store(10, k)
  store(11, l)
  store(12, m)
  store(13, n)
  store(14, o)
  store(15, p)
}
