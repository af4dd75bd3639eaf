import KernelSpec
import Numerics
import Tensors

// Operands as vectors: what laws need of linear algebra.

/// `Σ Re⟨a, b⟩` over the operands that both have.
func dot(_ a: Operands<Oracle>, _ b: Operands<Oracle>) -> Oracle {
  a.names.filter { b[$0] != nil }.reduce(0) { $0 + dot(a[$1]!, b[$1]!) }
}

/// `Re⟨a, b⟩`.
func dot(_ a: Operand<Oracle>, _ b: Operand<Oracle>) -> Oracle {
  zip(a.scalars, b.scalars).reduce(0) { $0 + $1.0 * $1.1 }
}

/// `‖a‖₂`.
func norm(_ a: Operand<Oracle>) -> Oracle { dot(a, a).squareRoot() }

extension Operand {
  /// `self · factor + other · otherFactor`, scalar by scalar.
  package func combined(_ factor: T, _ other: Operand, _ otherFactor: T) -> Operand {
    let scalars = zip(scalars, other.scalars).map { $0 * factor + $1 * otherFactor }
    return Operand(shape: shape, isComplex: isComplex, scalars: scalars)
  }

  /// The elements at `indices` along an axis, in that order; nil stands for zero.
  package func taking(_ indices: [Int?], along axis: Int) -> Operand {
    let parts = isComplex ? 2 : 1
    let inner = shape[(axis + 1)...].reduce(parts, *)
    let outer = shape[..<axis].reduce(1, *)
    let source = scalars
    var result: [T] = []
    result.reserveCapacity(outer * indices.count * inner)
    for block in 0..<outer {
      for index in indices {
        if let index {
          let start = (block * shape[axis] + index) * inner
          result += source[start..<start + inner]
        } else {
          result += Array(repeating: 0, count: inner)
        }
      }
    }
    var changed = shape
    changed[axis] = indices.count
    return Operand(shape: changed, isComplex: isComplex, scalars: result)
  }

  /// This operand followed by `other` along an axis.
  package func followed(by other: Operand, along axis: Int) -> Operand {
    let inner = shape[(axis + 1)...].reduce(isComplex ? 2 : 1, *)
    let (a, b) = (scalars, other.scalars)
    let (rowA, rowB) = (shape[axis] * inner, other.shape[axis] * inner)
    var result: [T] = []
    for block in 0..<shape[..<axis].reduce(1, *) {
      result += a[(block * rowA)..<(block * rowA + rowA)]
      result += b[(block * rowB)..<(block * rowB + rowB)]
    }
    var changed = shape
    changed[axis] += other.shape[axis]
    return Operand(shape: changed, isComplex: isComplex, scalars: result)
  }
}

extension Operands {
  /// The operands with `indices` taken along every axis of that name; the others as they are.
  package func taking(_ indices: [Int?], along axis: String, _ specs: [OperandSpec]) -> Operands {
    var result = self
    for spec in specs {
      guard let operand = result[spec.name] else { continue }
      result[spec.name] = spec.axes.indices.filter { spec.axes[$0] == axis }.reduce(operand) {
        $0.taking(indices, along: $1)
      }
    }
    return result
  }
}

extension Operands {
  /// The first name whose scalars differ, bit for bit, from those of `other`, or that only one of them has; nil where there is none.
  func firstDifference(from other: Operands<T>) -> String? {
    Set(names + other.names).sorted().first { name in
      guard let a = self[name]?.scalars, let b = other[name]?.scalars else { return true }
      return !a.withUnsafeBytes { a in b.withUnsafeBytes { a.elementsEqual($0) } }
    }
  }
}
