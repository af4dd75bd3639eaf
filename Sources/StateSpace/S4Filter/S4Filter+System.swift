import KernelSpec
import Lanes

/// The model's operands in a call.
struct SystemPointers<T: Lane> {
  let dt, A, P, B, C: UnsafePointer<T>

  @inline(__always) init(_ arguments: borrowing Arguments<T>) {
    dt = arguments.input("dt")
    A = arguments.input("A")
    P = arguments.input("P")
    B = arguments.input("B")
    C = arguments.input("C")
  }
}

/// The discrete model of one head in double precision and in real numbers: a state is a column of its real parts followed by its
/// imaginary parts, each padded to whole vectors, and what is read from it, `2 Re Σ c x`, is its product with the row `(2 Re c, −2 Im c)`.
///
/// `Abar = 1 + diag(change) − Σᵣ uᵣ vᵣ` and `(1 − h𝔸)⁻¹ = diag(inverse) − ½ Σᵣ uᵣ vᵣ`, with h = dt/2, columns `u = inverse·P` and rows
/// `v = 2h (1 + h P* inverse P)⁻¹ P* inverse`: a step costs O(N R).
///
/// Rounding a pole to double turns every step by the same angle, which adds up, where other errors of a step partly cancel. So for results
/// in double what a pole differs from 1 by, which loses nothing where steps are small, is kept with what rounding takes from it, u and v
/// are the true ones rounded once, and the error of l steps is some `√l·ε`.
final class DiscreteSystem {
  let modes, ranks: Int
  /// How many real parts a state has, with padding, and how many numbers.
  let half, length: Int
  /// Half of the step size.
  private(set) var h = 0.0
  /// Columns of A, B and, for each rank, P and u; rows of C and, for each rank, v.
  let A, B, C, P, u, v: UnsafeMutablePointer<Double>
  /// Real parts, imaginary parts and their negatives; `rest` is what rounding took from `change`.
  let change, rest, inverse: UnsafeMutablePointer<Double>
  /// While v is made: `1 + h P* inverse P`, and what rounding took from it and from v, where that is kept.
  let gram, gramRest, vRest: UnsafeMutablePointer<Double>
  private let isExact: Bool
  private let signals: UnsafeMutablePointer<Double>
  private let memory: Workspace<Double>

  /// A number of modes, or of ranks, in whole vectors.
  static func half(_ modes: Int) -> Int { (modes + Double.width - 1) / Double.width * Double.width }

  private static func doubles(_ modes: Int, _ ranks: Int) -> Int {
    (15 + 8 * ranks) * half(modes) + 2 * ranks * half(ranks) + ranks
  }

  static func bytes(modes: Int, ranks: Int) -> Int { doubles(modes, ranks) * MemoryLayout<Double>.stride }

  /// Room for a model; `isExact` where results are in double.
  init(modes: Int, ranks: Int, isExact: Bool) {
    self.isExact = isExact
    self.modes = modes
    self.ranks = ranks
    half = Self.half(modes)
    length = 2 * half
    memory = Workspace(Self.doubles(modes, ranks))
    memory.base.update(repeating: 0, count: memory.count)
    A = memory.base
    B = A + length
    C = B + length
    P = C + length
    u = P + ranks * length
    v = u + ranks * length
    vRest = v + ranks * length
    change = vRest + ranks * length
    rest = change + 3 * half
    inverse = rest + 3 * half
    gram = inverse + 3 * half
    gramRest = gram + ranks * Self.half(ranks)
    signals = gramRest + ranks * Self.half(ranks)
  }

  /// Reads and discretizes the model of one of the heads.
  @inline(__always) func load<T: Lane>(_ operands: SystemPointers<T>, _ head: Int, of heads: Int) {
    h = Double(operands.dt[head]) / 2
    spread(operands.A, head, A)
    spread(operands.B, head, B)
    spread(operands.C, head, C)
    for m in stride(from: 0, to: half, by: Double.width) {
      store(complex(C + m).conjugate.multiplied(by: 2), C + m)
    }
    for r in 0..<ranks { spread(operands.P, r * heads + head, P + r * length) }
    if isExact { discretizeExactly() } else { discretize() }
  }

  /// In double arithmetic. Results in double need more: see `discretizeExactly`.
  @inline(__always) private func discretize() {
    for m in stride(from: 0, to: half, by: Double.width) {
      let z = complex(A + m).multiplied(by: h)
      let D = ComplexLanes(1) / (ComplexLanes(1) - z)
      store((z + z) * D, change + m, negated: change + 2 * half + m)
      store(D, inverse + m, negated: inverse + 2 * half + m)
      for r in 0..<ranks {
        let p = complex(P + r * length + m)
        store(D * p, u + r * length + m)
        let row = (D * p.conjugate).multiplied(by: 2)
        store(row.conjugate, v + r * length + m)
      }
    }
    for r in 0..<ranks {
      for s in 0..<ranks { gram[r * ranks + s] = (r == s ? 1 : 0) + h * dot(v + r * length, P + s * length) }
    }
    eliminate()
    for i in 0..<ranks * length { v[i] *= 2 * h }
  }

  /// `v ← gram⁻¹ v` by Gauss and Jordan with partial pivoting.
  private func eliminate() {
    for k in 0..<ranks {
      var pivot = k
      for i in k..<ranks where abs(gram[i * ranks + k]) > abs(gram[pivot * ranks + k]) { pivot = i }
      if pivot != k {
        for j in 0..<ranks { swap(&gram[k * ranks + j], &gram[pivot * ranks + j]) }
        for j in 0..<length { swap(&v[k * length + j], &v[pivot * length + j]) }
      }
      let factor = 1 / gram[k * ranks + k]
      for j in k..<ranks { gram[k * ranks + j] *= factor }
      for j in 0..<length { v[k * length + j] *= factor }
      for i in 0..<ranks where i != k {
        let factor = gram[i * ranks + k]
        for j in k..<ranks { gram[i * ranks + j] -= factor * gram[k * ranks + j] }
        for j in 0..<length { v[i * length + j] -= factor * v[k * length + j] }
      }
    }
  }

  /// `y = Abar x` for a column; y may be x.
  @inline(__always) func step(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    advance(x, y, half, dotted: v, added: u)
  }

  /// `y = x Abar` for a row.
  @inline(__always) func stepRow(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    advance(x, y, 2 * half, dotted: u, added: v)
  }

  /// `y = (1 − h𝔸)⁻¹ x` for a column.
  @inline(__always) func solve(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    send(x, dotted: v, -0.5)
    for m in stride(from: 0, to: half, by: Double.width) {
      let factor = ComplexLanes(Double.load(inverse + m), Double.load(inverse + half + m))
      store(received(factor * complex(x + m), u, m), y + m)
    }
  }

  /// `y = x (1 − h𝔸)⁻¹` for a row.
  @inline(__always) func solveRow(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    send(x, dotted: u, -0.5)
    for m in stride(from: 0, to: half, by: Double.width) {
      let factor = ComplexLanes(Double.load(inverse + m), Double.load(inverse + 2 * half + m))
      store(received(factor * complex(x + m), v, m), y + m)
    }
  }

  /// The trace of `h𝔸 (1 − h𝔸)⁻¹ matrix`, of rows `stride` apart: half of what Abar differs from 1 by, which neither small steps nor a
  /// large low-rank part make cancel.
  func trace(_ matrix: UnsafePointer<Double>, _ stride: Int) -> Double {
    var sum = 0.0
    for m in 0..<modes {
      let n = half + m
      sum += change[m] * (matrix[m * stride + m] + matrix[n * stride + n])
      sum += change[n] * (matrix[m * stride + n] - matrix[n * stride + m])
    }
    for r in 0..<ranks {
      for i in 0..<length { sum -= v[r * length + i] * dot(matrix + i * stride, u + r * length) }
    }
    return sum / 2
  }

  /// `y = Bbar`.
  func input(_ y: UnsafeMutablePointer<Double>) {
    solve(B, y)
    for i in 0..<length { y[i] *= 2 * h }
  }

  /// `y = Abar x + input·factor` for a column, and what C reads from it; y may be x.
  @inline(__always)
  func step(
    _ x: UnsafePointer<Double>, adding input: UnsafePointer<Double>, _ factor: Double,
    _ y: UnsafeMutablePointer<Double>
  ) -> Double {
    send(x, dotted: v, -1)
    let factor = DoubleLanes(repeating: factor)
    var (even, odd) = (DoubleLanes(repeating: 0), DoubleLanes(repeating: 0))
    for m in stride(from: 0, to: half, by: Double.width) {
      var next = advanced(x, half, u, m)
      next.real = Double.multiplyAdd(factor, Double.load(input + m), next.real)
      next.imaginary = Double.multiplyAdd(factor, Double.load(input + half + m), next.imaginary)
      even = Double.multiplyAdd(Double.load(C + m), next.real, even)
      odd = Double.multiplyAdd(Double.load(C + half + m), next.imaginary, odd)
      store(next, y + m)
    }
    return (even + odd).sum()
  }

  @inline(__always)
  private func advance(
    _ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>, _ imaginary: Int, dotted: UnsafePointer<Double>,
    added: UnsafePointer<Double>
  ) {
    send(x, dotted: dotted, -1)
    for m in stride(from: 0, to: half, by: Double.width) { store(advanced(x, imaginary, added, m), y + m) }
  }

  /// A vector of modes after a step, whose signals were sent.
  @inline(__always)
  private func advanced(
    _ x: UnsafePointer<Double>, _ imaginary: Int, _ added: UnsafePointer<Double>, _ m: Int
  ) -> ComplexLanes {
    let value = complex(x + m)
    return value + received(changed(value, imaginary, m), added, m)
  }

  /// What the diagonal part of a step adds to a vector of modes.
  @inline(__always) private func changed(_ value: ComplexLanes, _ imaginary: Int, _ m: Int) -> ComplexLanes {
    let sum = value * ComplexLanes(Double.load(change + m), Double.load(change + imaginary + m))
    guard isExact else { return sum }
    return .multiplyAdd(value, ComplexLanes(Double.load(rest + m), Double.load(rest + imaginary + m)), sum)
  }

  /// `y = x D` for a row, D being the diagonal part of Abar; y may be x.
  @inline(__always) func turnRow(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    for m in stride(from: 0, to: half, by: Double.width) {
      let value = complex(x + m)
      store(value + changed(value, 2 * half, m), y + m)
    }
  }

  /// `y = (Abar − 1) x` for a column.
  @inline(__always) func change(_ x: UnsafePointer<Double>, _ y: UnsafeMutablePointer<Double>) {
    send(x, dotted: v, -1)
    for m in stride(from: 0, to: half, by: Double.width) {
      let factor = ComplexLanes(Double.load(change + m), Double.load(change + half + m))
      store(received(factor * complex(x + m), u, m), y + m)
    }
  }

  /// `y ← y + x`.
  @inline(__always) func add(_ x: UnsafePointer<Double>, to y: UnsafeMutablePointer<Double>) {
    for k in stride(from: 0, to: length, by: Double.width) {
      Double.store(Double.load(y + k) + Double.load(x + k), y + k)
    }
  }

  /// What the low-rank part reads from x.
  @inline(__always) private func send(_ x: UnsafePointer<Double>, dotted: UnsafePointer<Double>, _ weight: Double) {
    for r in 0..<ranks { signals[r] = weight * dot(dotted + r * length, x) }
  }

  /// The sum of a value and of what the low-rank part adds to it.
  @inline(__always)
  private func received(_ value: ComplexLanes, _ added: UnsafePointer<Double>, _ m: Int) -> ComplexLanes {
    var value = value
    for r in 0..<ranks {
      let signal = DoubleLanes(repeating: signals[r])
      let direction = complex(added + r * length + m)
      value.real = Double.multiplyAdd(signal, direction.real, value.real)
      value.imaginary = Double.multiplyAdd(signal, direction.imaginary, value.imaginary)
    }
    return value
  }

  /// The product of a row and a column.
  @inline(__always) func dot(_ x: UnsafePointer<Double>, _ y: UnsafePointer<Double>) -> Double {
    var even = DoubleLanes(repeating: 0)
    var odd = even
    for m in stride(from: 0, to: half, by: Double.width) {
      even = Double.multiplyAdd(Double.load(x + m), Double.load(y + m), even)
      odd = Double.multiplyAdd(Double.load(x + half + m), Double.load(y + half + m), odd)
    }
    return (even + odd).sum()
  }

  @inline(__always) func complex(_ x: UnsafePointer<Double>) -> ComplexLanes {
    ComplexLanes(Double.load(x), Double.load(x + half))
  }

  @inline(__always) func store(_ value: ComplexLanes, _ x: UnsafeMutablePointer<Double>) {
    Double.store(value.real, x)
    Double.store(value.imaginary, x + half)
  }

  @inline(__always)
  func store(
    _ value: ComplexLanes, _ x: UnsafeMutablePointer<Double>, negated: UnsafeMutablePointer<Double>
  ) {
    store(value, x)
    Double.store(-value.imaginary, negated)
  }

  /// Spreads row `index` of a complex operand.
  @inline(__always)
  func spread<T: Lane>(_ operand: UnsafePointer<T>, _ index: Int, _ x: UnsafeMutablePointer<Double>) {
    let row = operand + 2 * index * modes
    var m = 0
    while m + Double.width <= modes {
      let (real, imaginary) = Double.separated(
        T.loadDoubles(row + 2 * m), T.loadDoubles(row + 2 * m + Double.width))
      store(ComplexLanes(real, imaginary), x + m)
      m += Double.width
    }
    while m < modes {
      x[m] = Double(row[2 * m])
      x[half + m] = Double(row[2 * m + 1])
      m += 1
    }
  }

  /// Collects a column to row `index` of a complex operand.
  @inline(__always)
  func collect<T: Lane>(_ x: UnsafePointer<Double>, _ operand: UnsafeMutablePointer<T>, _ index: Int) {
    let row = operand + 2 * index * modes
    var m = 0
    while m + Double.width <= modes {
      let value = complex(x + m)
      let (low, high) = Double.paired(value.real, value.imaginary)
      T.storeDoubles(low, row + 2 * m)
      T.storeDoubles(high, row + 2 * m + Double.width)
      m += Double.width
    }
    while m < modes {
      row[2 * m] = T(x[m])
      row[2 * m + 1] = T(x[half + m])
      m += 1
    }
  }
}
