import Numerics

/// A real or complex tensor: the value of one operand.
public enum Operand<T: Scalar>: Sendable, Equatable {
  /// A real tensor.
  case real(Tensor<T>)
  /// A complex tensor.
  case complex(Tensor<Complex<T>>)

  /// An operand from its scalars in memory order; complex elements are pairs (real, imaginary).
  public init(shape: [Int], isComplex: Bool, scalars: [T]) {
    if isComplex {
      precondition(scalars.count.isMultiple(of: 2), "\(scalars.count) scalars of complex elements, expected pairs")
      // A complex number lies in memory as its two parts, one after the other.
      let pairs = scalars.withUnsafeBufferPointer { $0.withMemoryRebound(to: Complex<T>.self) { Array($0) } }
      self = .complex(Tensor(shape: shape, elements: pairs))
    } else {
      self = .real(Tensor(shape: shape, elements: scalars))
    }
  }

  /// The extent of each axis.
  public var shape: [Int] {
    switch self {
    case .real(let tensor): tensor.shape
    case .complex(let tensor): tensor.shape
    }
  }

  /// Whether the elements are complex.
  public var isComplex: Bool {
    if case .complex = self { true } else { false }
  }

  /// The scalars in memory order; complex elements are pairs (real, imaginary).
  public var scalars: [T] {
    switch self {
    case .real(let tensor): tensor.elements
    case .complex(let tensor):
      tensor.elements.withUnsafeBufferPointer { $0.withMemoryRebound(to: T.self) { Array($0) } }
    }
  }

  /// The same operand with every scalar rounded to `U`.
  public func converted<U: Scalar>(to _: U.Type = U.self) -> Operand<U> {
    if let same = self as? Operand<U> { return same }
    return Operand<U>(shape: shape, isComplex: isComplex, scalars: rounded(scalars))
  }
}

/// Numbers rounded to `U`. Operands hold millions of them, and a conversion between types that the compiler does not know is slow.
@specialized(where T == Float, U == Double)
@specialized(where T == Double, U == Float)
@specialized(where T == Float, U == Oracle)
@specialized(where T == Oracle, U == Float)
@specialized(where T == Double, U == Oracle)
@specialized(where T == Oracle, U == Double)
private func rounded<T: Scalar, U: Scalar>(_ scalars: [T]) -> [U] { scalars.map { U($0) } }

/// Operands by name: the inputs, outputs, cotangents or gradients of a kernel.
public struct Operands<T: Scalar>: Sendable, Equatable {
  private var values: [String: Operand<T>]

  /// Operands by name; none by default.
  public init(_ values: [String: Operand<T>] = [:]) {
    self.values = values
  }

  /// The names present, sorted.
  public var names: [String] { values.keys.sorted() }

  /// The operand of that name, nil where it is absent.
  public subscript(name: String) -> Operand<T>? {
    get { values[name] }
    set { values[name] = newValue }
  }

  /// The real operand `name`, which must be present.
  public func real(_ name: String) -> Tensor<T> {
    guard case .real(let tensor) = values[name] else { fatalError("no real operand '\(name)' among \(names)") }
    return tensor
  }

  /// The complex operand `name`, which must be present.
  public func complex(_ name: String) -> Tensor<Complex<T>> {
    guard case .complex(let tensor) = values[name] else { fatalError("no complex operand '\(name)' among \(names)") }
    return tensor
  }

  /// The real operand `name`, nil where it is absent.
  public func optionalReal(_ name: String) -> Tensor<T>? {
    values[name] == nil ? nil : real(name)
  }

  /// The complex operand `name`, nil where it is absent.
  public func optionalComplex(_ name: String) -> Tensor<Complex<T>>? {
    values[name] == nil ? nil : complex(name)
  }

  /// The same operands with every scalar rounded to `U`.
  public func converted<U: Scalar>(to _: U.Type = U.self) -> Operands<U> {
    Operands<U>(values.mapValues { $0.converted(to: U.self) })
  }
}
