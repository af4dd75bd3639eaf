import Numerics

/// The real number types that references and variants compute in.
public typealias Scalar = Real & BinaryFloatingPoint & Sendable

#if arch(x86_64)
  /// The widest precision at hand: references evaluated in it decide what is right.
  public typealias Oracle = Float80
#else
  /// The widest precision at hand: references evaluated in it decide what is right.
  public typealias Oracle = Double
#endif
