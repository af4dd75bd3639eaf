import Lanes

// A strongly damped mode leaves little of a state in `x − Σᵣ uᵣ (vᵣ x)`: each ulp that u and v are off by is several of the result.
extension DiscreteSystem {
  /// Discretizes with what rounding takes kept along: `change` has its `rest`, u and v are rounded once.
  func discretizeExactly() {
    let one = CompensatedComplexLanes(ComplexLanes(1))
    let step = DoubleLanes(repeating: h)
    for m in stride(from: 0, to: half, by: Double.width) {
      let value = complex(A + m)
      let z = CompensatedComplexLanes(
        CompensatedLanes(product: step, value.real), CompensatedLanes(product: step, value.imaginary))
      let denominator = one + CompensatedComplexLanes(-z.real, -z.imaginary)
      let quotient = (z + z) / denominator
      store(quotient.rounded, change + m, negated: change + 2 * half + m)
      let low = ComplexLanes(quotient.real.low, quotient.imaginary.low)
      store(low, rest + m, negated: rest + 2 * half + m)
      let D = one / denominator
      store(D.rounded, inverse + m, negated: inverse + 2 * half + m)
      for r in 0..<ranks {
        let p = complex(P + r * length + m)
        store((D * CompensatedComplexLanes(p)).rounded, u + r * length + m)
        let row = D * CompensatedComplexLanes(p.conjugate)
        let two = DoubleLanes(repeating: 2)
        keep(row.real.scaled(by: two), v, vRest, r * length + m)
        keep((-row.imaginary).scaled(by: two), v, vRest, r * length + half + m)
      }
    }
    let stride = Self.half(ranks)
    for r in 0..<ranks {
      for s in 0..<ranks {
        (gram[r * stride + s], gramRest[r * stride + s]) = gramEntry(r, s)
      }
    }
    eliminateExactly()
    for k in Swift.stride(from: 0, to: ranks * length, by: Double.width) {
      Double.store((kept(v, vRest, k) * CompensatedLanes(step + step, DoubleLanes(repeating: 0))).high, v + k)
    }
  }

  /// `1 + h P* inverse P`, at (r, s).
  private func gramEntry(_ r: Int, _ s: Int) -> (high: Double, low: Double) {
    let zero = DoubleLanes(repeating: 0)
    var sum = CompensatedLanes(zero, zero)
    for k in stride(from: 0, to: length, by: Double.width) {
      sum = sum + kept(v, vRest, r * length + k) * CompensatedLanes(Double.load(P + s * length + k), zero)
    }
    sum = sum * CompensatedLanes(DoubleLanes(repeating: h), zero)
    var (high, low) = (r == s ? 1.0 : 0.0, 0.0)
    for lane in 0..<Double.width {
      let next = high + sum.high[lane]
      let rounded = next - high
      low += (high - (next - rounded)) + (sum.high[lane] - rounded) + sum.low[lane]
      high = next
    }
    return (high, low)
  }

  /// `v ← gram⁻¹ v` by Gauss and Jordan with partial pivoting.
  private func eliminateExactly() {
    let stride = Self.half(ranks)
    let zero = DoubleLanes(repeating: 0)
    for k in 0..<ranks {
      var pivot = k
      for i in k..<ranks where abs(gram[i * stride + k]) > abs(gram[pivot * stride + k]) { pivot = i }
      if pivot != k {
        swapRows(gram, gramRest, k, pivot, stride)
        swapRows(v, vRest, k, pivot, length)
      }
      let diagonal = entry(k, k)
      let reciprocal = 1 / diagonal.high
      let rest = CompensatedLanes(DoubleLanes(repeating: 1), zero) + -(diagonal * CompensatedLanes(reciprocal, zero))
      let factor = CompensatedLanes(large: reciprocal, small: rest.high * reciprocal)
      for (rows, low, count) in [(gram, gramRest, stride), (v, vRest, length)] {
        for j in Swift.stride(from: k * count, to: (k + 1) * count, by: Double.width) {
          keep(kept(rows, low, j) * factor, rows, low, j)
        }
      }
      for i in 0..<ranks where i != k {
        let factor = -entry(i, k)
        for (rows, low, count) in [(gram, gramRest, stride), (v, vRest, length)] {
          for j in Swift.stride(from: 0, to: count, by: Double.width) {
            keep(kept(rows, low, i * count + j) + factor * kept(rows, low, k * count + j), rows, low, i * count + j)
          }
        }
      }
    }
  }

  /// An entry of the matrix, in all lanes.
  private func entry(_ i: Int, _ j: Int) -> CompensatedLanes {
    let place = i * Self.half(ranks) + j
    return CompensatedLanes(DoubleLanes(repeating: gram[place]), DoubleLanes(repeating: gramRest[place]))
  }

  private func swapRows(
    _ high: UnsafeMutablePointer<Double>, _ low: UnsafeMutablePointer<Double>, _ i: Int, _ k: Int, _ count: Int
  ) {
    for j in 0..<count {
      swap(&high[i * count + j], &high[k * count + j])
      swap(&low[i * count + j], &low[k * count + j])
    }
  }

  @inline(__always)
  private func kept(_ high: UnsafePointer<Double>, _ low: UnsafePointer<Double>, _ place: Int) -> CompensatedLanes {
    CompensatedLanes(Double.load(high + place), Double.load(low + place))
  }

  @inline(__always)
  private func keep(
    _ value: CompensatedLanes, _ high: UnsafeMutablePointer<Double>, _ low: UnsafeMutablePointer<Double>, _ place: Int
  ) {
    Double.store(value.high, high + place)
    Double.store(value.low, low + place)
  }
}
