import Tensors

/// The operands of one call as raw memory, by name. Complex operands are interleaved (real, imaginary).
///
/// The memory belongs to the caller, is aligned to 64 bytes, and has the shapes of the signature at the prepared size.
/// Looking a name up costs a few nanoseconds.
@frozen public struct Arguments<T: Scalar>: ~Copyable {
  @usableFromInline let names: [String]
  @usableFromInline let pointers: [UnsafeMutablePointer<T>]
  @usableFromInline let inputs: Range<Int>
  @usableFromInline let outputs: Range<Int>
  @usableFromInline let cotangents: Range<Int>
  @usableFromInline let gradients: Range<Int>

  /// Names and memory of each group; groups that a pass does not use are empty.
  public init(
    inputs: [(String, UnsafeMutablePointer<T>)], outputs: [(String, UnsafeMutablePointer<T>)] = [],
    cotangents: [(String, UnsafeMutablePointer<T>)] = [], gradients: [(String, UnsafeMutablePointer<T>)] = []
  ) {
    let all = inputs + outputs + cotangents + gradients
    names = all.map(\.0)
    pointers = all.map(\.1)
    self.inputs = 0..<inputs.count
    self.outputs = self.inputs.upperBound..<self.inputs.upperBound + outputs.count
    self.cotangents = self.outputs.upperBound..<self.outputs.upperBound + cotangents.count
    self.gradients = self.cotangents.upperBound..<self.cotangents.upperBound + gradients.count
  }

  @inlinable func find(_ name: String, _ group: Range<Int>) -> UnsafeMutablePointer<T>? {
    for index in group where names[index] == name { return pointers[index] }
    return nil
  }

  /// The input `name`, which is not optional.
  @inlinable public func input(_ name: String) -> UnsafePointer<T> { UnsafePointer(find(name, inputs)!) }

  /// The input `name`, nil where it is absent.
  @inlinable public func optionalInput(_ name: String) -> UnsafePointer<T>? {
    find(name, inputs).map { UnsafePointer($0) }
  }

  /// The output `name`, to be written wholly.
  @inlinable public func output(_ name: String) -> UnsafeMutablePointer<T> { find(name, outputs)! }

  /// The cotangent of the output `name`.
  @inlinable public func cotangent(_ name: String) -> UnsafePointer<T> { UnsafePointer(find(name, cotangents)!) }

  /// The gradient of the input `name`, to be written wholly.
  @inlinable public func gradient(_ name: String) -> UnsafeMutablePointer<T> { find(name, gradients)! }

  /// The gradient of the input `name`, nil where the input is absent.
  @inlinable public func optionalGradient(_ name: String) -> UnsafeMutablePointer<T>? { find(name, gradients) }
}
