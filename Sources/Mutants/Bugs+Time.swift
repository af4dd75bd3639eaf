import Harness
import KernelSpec
import Numerics
import Tensors

// Bugs of loops over time: chunks, tails, boundaries, indices.

extension Traits {
  var timeBugs: [Mutant] {
    guard let time else { return [] }
    return passes.flatMap { pass in
      // Of a gradient only operands that run over time can be wrong in such a way.
      pass == .forward || !timed.isEmpty ? misplaced(time, pass) : []
    } + (timed.isEmpty ? [] : misread(time))
  }

  /// Results at wrong positions or at none. `source` gives the position whose result lands at l of L, nil for zero.
  private func misplaced(_ time: String, _ pass: Pass) -> [Mutant] {
    func bug(_ name: String, _ source: @escaping @Sendable (_ l: Int, _ L: Int) -> Int?) -> Mutant {
      Mutant(name, pass) { call in
        call.spoiled { result, spec in
          guard let axis = spec.place(of: time) else { return result }
          return result.moved(along: axis) { source($0, result.shape[axis]) }
        }
      }
    }
    func gain(_ name: String, _ factor: @escaping @Sendable (_ l: Int, _ L: Int) -> Float) -> Mutant {
      Mutant(name, pass) { call in
        call.spoiled { result, spec in
          guard let axis = spec.place(of: time) else { return result }
          return result.scaled(along: axis) { factor($0, result.shape[axis]) }
        }
      }
    }
    return [64, 16, 8].map { chunk in
      bug("tail after chunks of \(chunk) is zero") { l, L in l < L / chunk * chunk ? l : nil }
    }
      + [64, 16].map { chunk in
        gain("tail after chunks of \(chunk) is unwritten") { l, L in l < L / chunk * chunk ? 1 : .nan }
      }
      + [
        bug("tail after chunks of 16 repeats the chunk before") { l, L in
          l < L / 16 * 16 || L < 16 ? l : l - 16
        },
        bug("only the first chunk of 64 is written") { l, _ in l < 64 ? l : nil },
        bug("a step late") { l, _ in l == 0 ? nil : l - 1 },
        bug("a step early") { l, L in l + 1 < L ? l + 1 : nil },
        bug("a step late, wrapped round") { l, L in (l + L - 1) % L },
        bug("backwards") { l, L in L - 1 - l },
        bug("last position is that before") { l, L in l == L - 1 && l > 0 ? l - 1 : l },
        bug("last position is zero") { l, L in l == L - 1 ? nil : l },
        bug("last position is zero where L = 1 modulo 16") { l, L in l == L - 1 && L % 16 == 1 ? nil : l },
        bug("last position is zero where L is odd") { l, L in l == L - 1 && L % 2 == 1 ? nil : l },
        bug("first position is zero") { l, _ in l == 0 ? nil : l },
        bug("positions from 1024 are zero") { l, _ in l < 1024 ? l : nil },
        bug("positions from 4096 are zero") { l, _ in l < 4096 ? l : nil },
        bug("two positions are swapped at chunks of 16") { l, L in
          if l % 16 == 0 && l > 0 { return l - 1 }
          return l % 16 == 15 && l + 1 < L ? l + 1 : l
        },
        gain("nothing is written where L = 1") { _, L in L == 1 ? .nan : 1 },
        gain("first positions of chunks of 16 count twice") { l, _ in l % 16 == 0 ? 2 : 1 },
        gain("last position is 0.1 % off where L is prime") { l, L in l == L - 1 && L.isPrime ? 1.001 : 1 },
        gain("drifts by 1e-5 a step") { l, _ in 1 + 1e-5 * Float(l) },
      ]
  }

  /// Operands read at wrong positions, in the forward pass.
  private func misread(_ time: String) -> [Mutant] {
    timed.flatMap { spec in
      func bug(_ name: String, _ source: @escaping @Sendable (_ l: Int, _ L: Int) -> Int?) -> Mutant {
        Mutant("\(spec.name) \(name)") { call in
          call.right(changing: spec.name) { operand in
            let axis = spec.place(of: time)!
            return operand.moved(along: axis) { source($0, operand.shape[axis]) }
          }
        }
      }
      return [
        bug("is read a step early") { l, L in l + 1 < L ? l + 1 : nil },
        bug("is read a step late") { l, _ in l == 0 ? nil : l - 1 },
        bug("is not read at the last position") { l, L in l == L - 1 ? nil : l },
        bug("is read at the start of each chunk of 16") { l, _ in l / 16 * 16 },
      ]
    }
  }
}

extension Int {
  /// Whether only one and itself divide it.
  fileprivate var isPrime: Bool {
    self > 1 && !(2..<self).prefix { $0 * $0 <= self }.contains { self.isMultiple(of: $0) }
  }
}
