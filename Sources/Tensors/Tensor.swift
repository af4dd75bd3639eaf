/// A dense array of up to four axes, row-major: the last axis runs fastest.
///
/// Indices are not checked in optimized builds; shapes are checked where tensors are made.
public struct Tensor<Element: Sendable>: Sendable {
  /// The extent of each axis.
  public let shape: [Int]
  /// The elements in row-major order.
  public var elements: [Element]
  @usableFromInline let strides: SIMD4<Int>

  /// Wraps `elements`, whose number must be the product of `shape`.
  public init(shape: [Int], elements: [Element]) {
    guard elements.count == shape.reduce(1, *), shape.count <= 4 else {
      fatalError("a tensor of shape \(shape) needs \(shape.reduce(1, *)) elements, found \(elements.count)")
    }
    var strides = SIMD4<Int>(repeating: 0)
    var stride = 1
    for axis in shape.indices.reversed() {
      strides[axis] = stride
      stride *= shape[axis]
    }
    self.shape = shape
    self.elements = elements
    self.strides = strides
  }

  /// A tensor whose elements all are `value`.
  public init(repeating value: Element, shape: [Int]) {
    self.init(shape: shape, elements: Array(repeating: value, count: shape.reduce(1, *)))
  }

  /// The element at `i`, for one axis.
  @inlinable public subscript(i: Int) -> Element {
    get { elements[i] }
    set { elements[i] = newValue }
  }

  /// The element at `(i, j)`, for two axes.
  @inlinable public subscript(i: Int, j: Int) -> Element {
    get { elements[i * strides.x + j] }
    set { elements[i * strides.x + j] = newValue }
  }

  /// The element at `(i, j, k)`, for three axes.
  @inlinable public subscript(i: Int, j: Int, k: Int) -> Element {
    get { elements[i * strides.x + j * strides.y + k] }
    set { elements[i * strides.x + j * strides.y + k] = newValue }
  }

  /// The element at `(i, j, k, l)`, for four axes.
  @inlinable public subscript(i: Int, j: Int, k: Int, l: Int) -> Element {
    get { elements[i * strides.x + j * strides.y + k * strides.z + l] }
    set { elements[i * strides.x + j * strides.y + k * strides.z + l] = newValue }
  }
}

extension Tensor: Equatable where Element: Equatable {}
